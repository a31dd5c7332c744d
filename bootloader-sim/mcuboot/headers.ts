/** boot_read_image_header of swap_offset.c: in the middle of a swap a header may be in the other slot. */
import { SwapType, trailerNumber, trailerNumberRead } from '../../hal/mcuboot/trailer.ts';
import { McubootAssert, went } from './area.ts';
import type { Area } from './area.ts';
import { headerTake, Slot, statusIsNew, swapTypeNow } from './loader.ts';
import type { Loader, Status } from './loader.ts';

/** find_last_idx: the last sector of the images that has to be moved. */
export const lastSector = (area: Area, size: number): number => {
  // Upstream counts up in 32 bits, and never gets there: a watchdog resets the board, and it begins again.
  if (size > 2 ** 32 - area.sectorSize) throw new McubootAssert(`${area.name}: a swap size without end`);
  return Math.max(1, Math.ceil(size / area.sectorSize)) - 1;
};

/** The swap size in the primary trailer; undefined where it cannot be read. */
export const swapSizeRead = (area: Area): number | undefined =>
  went(area, trailerNumberRead(area.trailer, area.trailer.swapSizeAt))
    ? trailerNumber(area.trailer)
    : undefined;

interface Place {
  readonly slot: number;
  readonly offset: number;
}

/** Where the image that began in `slot` has its header while a swap back is under way. */
const placeReverting = (slot: number, status: Status, last: number, sector: number): Place => {
  const done = status.index > last;
  if (slot === Slot.Primary) {
    return done || (status.index === last && status.state === 2)
      ? { slot: Slot.Secondary, offset: sector }
      : { slot: Slot.Primary, offset: 0 };
  }
  // Upstream compares with a third state, that a swap by offset never has.
  return done ? { slot: Slot.Primary, offset: 0 } : { slot: Slot.Secondary, offset: 0 };
};

/** The same while a swap forward is under way. Upstream counts sectors from 1 here, and from 0 above. */
const placeSwapping = (slot: number, status: Status, last: number, sector: number): Place => {
  const counted = status.index + 1;
  if (slot === Slot.Primary) {
    return (counted > 1 || status.state === 2) && counted <= last
      ? { slot: Slot.Secondary, offset: 0 }
      : { slot: Slot.Primary, offset: 0 };
  }
  return counted > 1 ? { slot: Slot.Primary, offset: 0 } : { slot: Slot.Secondary, offset: sector };
};

const placeResuming = (loader: Loader, slot: number, status: Status): Place | undefined => {
  const [primary] = loader.areas;
  const size = swapSizeRead(primary);
  if (size === undefined) return undefined;
  const last = lastSector(primary, size);
  const reverting = status.swapType === SwapType.Revert || swapTypeNow(loader) === SwapType.Revert;
  return (reverting ? placeReverting : placeSwapping)(slot, status, last, primary.sectorSize);
};

const placeAtRest = (loader: Loader, slot: number, status: Status | undefined): Place => {
  const reverting =
    status?.swapType === SwapType.Revert ||
    (slot === Slot.Secondary && swapTypeNow(loader) === SwapType.Revert);
  return { slot, offset: slot === Slot.Secondary && !reverting ? loader.areas[1].sectorSize : 0 };
};

const headerFind = (loader: Loader, asked: number, status: Status | undefined): boolean => {
  const resuming = status !== undefined && !statusIsNew(status);
  const place = resuming ? placeResuming(loader, asked, status) : placeAtRest(loader, asked, status);
  if (place === undefined) return false;
  const { slot } = place;
  let { offset } = place;
  const header = loader.headers[asked]!;
  const area = loader.areas[slot]!;
  if (!headerTake(area, offset, header)) return false;
  if (!resuming && !header.valid && slot === Slot.Secondary) {
    offset = swapTypeNow(loader) === SwapType.Revert ? area.sectorSize : 0;
    if (!headerTake(area, offset, header)) return false;
  }
  if (header.valid && status !== undefined && slot === Slot.Secondary) loader.secondaryOffset = offset;
  return status === undefined || header.valid;
};

/** boot_read_image_headers: whether MCUboot can go on with what it found. */
export const headersRead = (loader: Loader, all: boolean, status: Status | undefined): boolean => {
  if (!headerFind(loader, Slot.Primary, status)) return false;
  return headerFind(loader, Slot.Secondary, status) || !all;
};
