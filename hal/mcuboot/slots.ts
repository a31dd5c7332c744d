/**
 * The two slots of MCUboot as the agent sees them. MCUboot runs what stands in the primary slot, and exchanges contents;
 * the agent counts contents, not places: slot 0 and slot 1 are two images, one of which runs.
 *
 *   primary    | image that runs ............ | tail of slot 0 | trailer |
 *   secondary  | empty | the other image ..... | tail of slot 1 | trailer |
 *
 *   slot n as the agent sees it:   | its image, where it is now | its tail |
 *
 * - Swap using offset takes an update from the second sector of the secondary slot on.
 * - MCUboot moves no more than the images. The tails stay: each slot's tail has its own place, whichever way the images
 *   lie, and is never written while its image runs.
 */
import { flashOpen } from '../../agent/flash.ts';
import { indexBlocks, indexLength } from '../../agent/format/index.ts';
import { ENVELOPE_MAX } from '../../agent/format/labels.ts';
import type { FlashPartition, FlashPort, FlashStatus } from '../ports.ts';
import type { Trailer } from './trailer.ts';

/** Footer and padding of the tail's parts. */
const TAIL_REST = 160;

/** Both slots whole, and how MCUboot was built. */
export interface McubootSlots {
  readonly primary: FlashPort;
  readonly secondary: FlashPort;
  /** One of trailer.ts `Swap`. */
  readonly swap: number;
  /** `MCUBOOT_BOOT_MAX_ALIGN`: 8, 16 or 32. */
  readonly maxAlign: number;
  /** `MCUBOOT_MAX_IMG_SECTORS`. */
  readonly maxSectors: number;
}

export interface Places {
  readonly primary: FlashPort;
  readonly secondary: FlashPort;
  readonly sector: number;
  readonly unit: number;
  readonly erased: number;
  /** Sectors of image, and of tail. */
  readonly imageSectors: number;
  readonly tailSectors: number;
  /** Where the tails start, in sectors of their own slot. */
  readonly primaryTail: number;
  readonly secondaryTail: number;
  /** The slot whose image stands in the primary slot. */
  running: number;
}

/** Throws RangeError for slots that swap using offset does not take. */
export function placesOpen(
  primary: FlashPort,
  secondary: FlashPort,
  first: Trailer,
  second: Trailer,
): Places {
  const one = flashOpen(primary, undefined);
  const other = flashOpen(secondary, undefined);
  const sector = one.sectorLength;
  if (!(sector > 0 && other.sectorLength === sector && other.unit === one.unit)) {
    throw new RangeError('mcuboot: the slots must have equal sectors and units');
  }
  if (!(other.sectors === one.sectors || other.sectors === one.sectors + 1)) {
    throw new RangeError(`mcuboot: slots of ${one.sectors} and ${other.sectors} sectors`);
  }
  const room = Math.min(first.firstSector, second.firstSector - 1);
  const tail = indexLength(indexBlocks(room * sector)) + ENVELOPE_MAX + TAIL_REST;
  const tailSectors = Math.ceil(tail / sector);
  if (!(room > tailSectors))
    throw new RangeError(`mcuboot: no room for an image beside ${tailSectors} sectors of tail`);
  return {
    primary: primary,
    secondary: secondary,
    sector: sector,
    unit: one.unit,
    erased: one.erased,
    imageSectors: room - tailSectors,
    tailSectors: tailSectors,
    primaryTail: room - tailSectors,
    // One further: the first sector is the room that the exchange needs.
    secondaryTail: room - tailSectors + 1,
    running: 0,
  };
}

/** The partition and sector in which a sector of a slot lies now. */
function isPrimary(places: Places, slot: number, sector: number): boolean {
  return sector < places.imageSectors ? slot === places.running : slot === 0;
}

function sectorOf(places: Places, slot: number, sector: number): number {
  const primary = isPrimary(places, slot, sector);
  if (sector < places.imageSectors) return primary ? sector : sector + 1;
  return (primary ? places.primaryTail : places.secondaryTail) + sector - places.imageSectors;
}

function partitionOf(places: Places, slot: number, sector: number): FlashPartition {
  return isPrimary(places, slot, sector) ? places.primary.partition : places.secondary.partition;
}

/** Calls `each` for the parts of a range that lie in one piece: image, tail. */
function parts(
  places: Places,
  offset: number,
  length: number,
  each: (sector: number, offset: number, from: number, to: number) => void,
): void {
  const bound = places.imageSectors * places.sector;
  const end = offset + length;
  const cut = offset < bound && end > bound ? bound - offset : length;
  const call = (from: number, to: number): void => {
    if (from >= to) return;
    const sector = Math.floor((offset + from) / places.sector);
    each(sector, offset + from - sector * places.sector, from, to);
  };
  call(0, cut);
  call(cut, length);
}

/** A slot as a partition of image and tail. */
export function slotPort(places: Places, slot: number): FlashPort {
  const sectors = places.imageSectors + places.tailSectors;
  const status: FlashStatus = {
    size: sectors * places.sector,
    blocks: sectors,
    blockLength: places.sector,
    writeAlign: places.unit,
    eraseValue: places.erased,
  };
  // Refused as a whole, before any part is done.
  const check = (offset: number, length: number, unit: number): void => {
    if (!(offset >= 0 && length >= 0 && offset + length <= status.size)) {
      throw new RangeError(`mcuboot: ${length} bytes at ${offset} of ${status.size}`);
    }
    if (offset % unit !== 0 || length % unit !== 0) {
      throw new RangeError(`mcuboot: ${length} bytes at ${offset} are not whole units of ${unit}`);
    }
  };
  const at = (sector: number, offset: number): number =>
    sectorOf(places, slot, sector) * places.sector + offset;
  const partition: FlashPartition = {
    status: () => status,
    read: (into, offset) => {
      check(offset, into.length, 1);
      parts(places, offset, into.length, (sector, rest, from, to) => {
        partitionOf(places, slot, sector).read(into.subarray(from, to), at(sector, rest));
      });
    },
    write: (bytes, offset) => {
      check(offset, bytes.length, places.unit);
      parts(places, offset, bytes.length, (sector, rest, from, to) => {
        partitionOf(places, slot, sector).write(bytes.subarray(from, to), at(sector, rest));
      });
    },
    eraseBlock: (from, to) => {
      const end = to ?? from + 1;
      check(from * places.sector, (end - from) * places.sector, places.sector);
      for (let sector = from; sector < end; sector++) {
        const number = sectorOf(places, slot, sector);
        partitionOf(places, slot, sector).eraseBlock(number, number + 1);
      }
    },
  };
  return { partition: partition };
}
