import type { BlockPlace, FlashPort } from './ports.ts';

/** Where a window lies in its parent, in bytes. */
interface Extent {
  base: number;
  size: number;
  largest: number;
  mixed: boolean;
}

const extentOf = (flash: FlashPort, fromSector: number, count: number): Extent => {
  const status = flash.partition.status();
  if (!(fromSector >= 0 && count >= 1 && fromSector + count <= status.blocks)) {
    throw new RangeError(`no sectors ${fromSector} to ${fromSector + count} in a flash of ${status.blocks}`);
  }
  const length = status.blockLength;
  const blockAt = flash.blockAt;
  if (!blockAt) return { base: fromSector * length, size: count * length, largest: length, mixed: false };
  let place = blockAt(0);
  while (place.block < fromSector) place = blockAt(place.offset + place.length);
  const extent = { base: place.offset, size: place.length, largest: place.length, mixed: false };
  while (place.block < fromSector + count - 1) {
    place = blockAt(place.offset + place.length);
    extent.size += place.length;
    if (place.length !== extent.largest) extent.mixed = true;
    if (place.length > extent.largest) extent.largest = place.length;
  }
  return extent;
};

/**
 * A window of `count` erase sectors of `flash`, from sector `fromSector` on, as a partition of its own. Sectors and
 * offsets count from the start of the window. It finds its place now, so `flash` must answer `status()`.
 * `onRefusal` is told of each call that reaches out of the window, before it throws.
 */
export const partition = (
  flash: FlashPort,
  fromSector: number,
  count: number,
  onRefusal?: () => void,
): FlashPort => {
  const parent = flash.partition;
  const extent = extentOf(flash, fromSector, count);
  const base = extent.base;
  const size = extent.size;
  const writeAlign = flash.writeAlign ?? parent.status().writeAlign;
  const eraseValue = flash.eraseValue ?? parent.status().eraseValue;
  const status = { size, blocks: count, blockLength: extent.largest, writeAlign, eraseValue };
  const refuse = (message: string): never => {
    if (onRefusal) onRefusal();
    throw new RangeError(message);
  };
  const checkRange = (offset: number, length: number): void => {
    if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
      refuse(`${length} bytes at ${offset} of a partition of ${size}`);
    }
  };
  const window = {
    read: (into: Uint8Array, offset: number): unknown => {
      checkRange(offset, into.length);
      return parent.read(into, base + offset);
    },
    write: (bytes: Uint8Array, offset: number): unknown => {
      checkRange(offset, bytes.length);
      return parent.write(bytes, base + offset);
    },
    eraseBlock: (from: number, to?: number): unknown => {
      const end = to ?? from + 1;
      if (!(from >= 0 && from < end && end <= count)) {
        refuse(`sectors ${from} to ${end} of a partition of ${count}`);
      }
      return parent.eraseBlock(fromSector + from, fromSector + end);
    },
    status: () => status,
  };
  const parentBlockAt = flash.blockAt;
  if (!parentBlockAt || !extent.mixed) return { partition: window, writeAlign, eraseValue };
  const blockAt = (offset: number): BlockPlace => {
    checkRange(offset, 1);
    const place = parentBlockAt(base + offset);
    return { block: place.block - fromSector, offset: place.offset - base, length: place.length };
  };
  return { partition: window, writeAlign, eraseValue, blockAt };
};
