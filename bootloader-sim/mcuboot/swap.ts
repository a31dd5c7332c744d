/** swap_run of swap_offset.c, and what it stands on in swap_misc.c. */
import { flashSectorAt } from '../../agent/flash.ts';
import {
  Flag,
  Magic,
  SwapType,
  trailerNumber,
  trailerNumberRead,
  trailerWriteByte,
  trailerWriteMagic,
  trailerWriteNumber,
} from '../../hal/mcuboot/trailer.ts';
import { areaErase, areaRead, isErased, McubootAssert, must, sectorCopy, went } from './area.ts';
import type { Area } from './area.ts';
import { lastSector } from './headers.ts';
import { Slot, stateOf, statusIsNew, swapTypeNow } from './loader.ts';
import type { Loader, Status } from './loader.ts';

const sure = (area: Area): NonNullable<ReturnType<typeof stateOf>> => {
  const state = stateOf(area);
  if (state === undefined) throw new McubootAssert(`${area.name}: the trailer cannot be read`);
  return state;
};

/** swap_scramble_trailer_sectors: from the last sector down, so that the magic goes first. */
export const trailerScramble = (area: Area): void => {
  const { flash, trailer } = area;
  const first = flashSectorAt(flash, trailer.statusAt);
  must(area, 'erase of the trailer', areaErase(area, first, flash.sectors, true));
};

/** swap_status_source, swap_read_status, swap_read_status_bytes. False where the flash does not read. */
export const statusRead = (loader: Loader, status: Status): boolean => {
  const [primary, secondary] = loader.areas;
  const own = sure(primary);
  const other = sure(secondary);
  status.fromPrimary = own.magic === Magic.Good && own.copyDone === Flag.Unset && other.magic !== Magic.Good;
  if (!status.fromPrimary) return true;
  const { trailer } = primary;
  let found = 0;
  for (let entry = trailer.entries; entry > 0 && found === 0; entry--) {
    const byte = areaRead(primary, trailer.statusAt + (entry - 1) * trailer.statusUnit, 1);
    if (byte === undefined) return false;
    // Upstream means to notice gaps here, but counts changes of a return code that is always 0.
    if (!isErased(primary, byte)) found = entry;
  }
  status.index = found >> 1;
  status.state = (found & 1) + 1;
  const info = areaRead(primary, trailer.swapInfoAt, 1);
  if (info === undefined) return false;
  status.swapType = isErased(primary, info) ? SwapType.None : info[0]! & 15;
  return true;
};

/** boot_write_status: the half step at `status` is done. With a primary that is validated a failure is only counted. */
const statusWrite = (loader: Loader, status: Status): void => {
  const [primary] = loader.areas;
  const { trailer } = primary;
  const entry = status.index * 2 + status.state - 1;
  const at = trailer.statusAt + entry * trailer.statusUnit;
  const written = went(primary, trailerWriteByte(trailer, at, status.state));
  if (!written && !loader.validatePrimary) throw new McubootAssert('primary: status');
};

/** swap_status_init: the magic is written last. */
const statusBegin = (loader: Loader, area: Area, status: Status): void => {
  const { trailer } = area;
  const secondary = sure(loader.areas[Slot.Secondary]);
  if (status.swapType !== SwapType.None)
    must(area, 'swap info', trailerWriteByte(trailer, trailer.swapInfoAt, status.swapType));
  if (secondary.imageOk === Flag.Set)
    must(area, 'image ok', trailerWriteByte(trailer, trailer.imageOkAt, Flag.Set));
  must(area, 'swap size', trailerWriteNumber(trailer, trailer.swapSizeAt, status.swapSize));
  const sizes = loader.tlvSizes[0] + loader.tlvSizes[1] * 0x10000;
  must(area, 'TLV sizes', trailerWriteNumber(trailer, trailer.tlvSizesAt, sizes));
  must(area, 'magic', trailerWriteMagic(trailer));
};

/**
 * fixup_revert: before the primary trailer is erased, which alone says that there is something to go back to, the
 * secondary one is made to say so.
 */
const revertPrepare = (loader: Loader, status: Status): void => {
  if (status.swapType !== SwapType.Revert || status.index !== 0) return;
  const secondary = loader.areas[Slot.Secondary];
  if (sure(secondary).magic !== Magic.Unset) return;
  trailerScramble(secondary);
  const { trailer } = secondary;
  must(secondary, 'copy done', trailerWriteByte(trailer, trailer.copyDoneAt, Flag.Set));
  statusBegin(loader, secondary, status);
};

interface Move {
  /** Of the primary slot. */
  readonly sector: number;
  /** Of the secondary slot: where it is kept, and where what replaces it is. */
  readonly keptAt: number;
  readonly takenFrom: number;
  readonly keep: boolean;
  readonly take: boolean;
}

/** boot_swap_sectors and boot_swap_sectors_revert: keeps a sector of the primary, then takes one of the secondary. */
const sectorSwap = (loader: Loader, status: Status, move: Move): void => {
  const [primary, secondary] = loader.areas;
  if (status.state === 1) {
    if (move.keep) {
      must(secondary, 'erase', areaErase(secondary, move.keptAt, move.keptAt + 1));
      sectorCopy(primary, move.sector, secondary, move.keptAt);
    }
    statusWrite(loader, status);
    status.state = 2;
  }
  if (move.take) {
    must(primary, 'erase', areaErase(primary, move.sector, move.sector + 1));
    sectorCopy(secondary, move.takenFrom, primary, move.sector);
  }
  statusWrite(loader, status);
  status.index++;
  status.state = 1;
};

/** Sectors of an image as its header and the TLV size in the trailer have it. */
const usedSectors = (loader: Loader, slot: number, tlvSize: number): number => {
  const header = loader.headers[slot]!;
  const length = header.headerSize + tlvSize + header.protectedSize + header.imageSize;
  return Math.ceil(length / loader.areas[slot]!.sectorSize);
};

const roomFor = (area: Area, last: number): boolean => {
  const trailer = Math.ceil((area.flash.size - area.trailer.statusAt) / area.sectorSize);
  return last < area.flash.sectors - trailer;
};

const sectorsSwap = (loader: Loader, status: Status, last: number): void => {
  const [primary, secondary] = loader.areas;
  const known = went(primary, trailerNumberRead(primary.trailer, primary.trailer.tlvSizesAt));
  const sizes = known ? trailerNumber(primary.trailer) : 0;
  const usedPrimary = usedSectors(loader, Slot.Primary, sizes & 0xffff);
  const usedSecondary = usedSectors(loader, Slot.Secondary, sizes >>> 16);
  const reverting = status.swapType === SwapType.Revert || swapTypeNow(loader) === SwapType.Revert;
  for (let step = status.index; step <= last; step++) {
    const sector = reverting ? last - step : step;
    sectorSwap(loader, status, {
      sector,
      keptAt: reverting ? sector + 1 : sector,
      takenFrom: reverting ? sector : sector + 1,
      // One sector more than is used, as upstream has it.
      keep: sector <= usedPrimary,
      take: sector <= usedSecondary,
    });
  }
  if (!reverting) return;
  // Else what was kept there would read as an image in the wrong place.
  must(secondary, 'erase of the first sector', areaErase(secondary, 0, 1));
  trailerScramble(secondary);
};

/** Begins a swap, or goes on with one. False where there is no room for it. */
export const swapRun = (loader: Loader, status: Status, size: number): boolean => {
  const [primary, secondary] = loader.areas;
  const last = lastSector(primary, size);
  if (statusIsNew(status) && !roomFor(primary, last)) {
    status.swapType = SwapType.None;
    return false;
  }
  revertPrepare(loader, status);
  if (status.index === 0) {
    if (!status.fromPrimary) {
      trailerScramble(primary);
      statusBegin(loader, primary, status);
    }
    trailerScramble(secondary);
  }
  sectorsSwap(loader, status, last);
  return true;
};

/** swap_set_image_ok. */
export const imageOkSet = (loader: Loader): void => {
  const [primary] = loader.areas;
  if (sure(primary).imageOk !== Flag.Unset) return;
  must(primary, 'image ok', trailerWriteByte(primary.trailer, primary.trailer.imageOkAt, Flag.Set));
};

/** swap_set_copy_done. */
export const copyDoneSet = (loader: Loader): void => {
  const [primary] = loader.areas;
  must(primary, 'copy done', trailerWriteByte(primary.trailer, primary.trailer.copyDoneAt, Flag.Set));
};
