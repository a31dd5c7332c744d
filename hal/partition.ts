import type { BlockPlace, FlashPort } from './ports.ts';

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
  const status = parent.status();
  if (!(fromSector >= 0 && count >= 1 && fromSector + count <= status.blocks)) {
    throw new RangeError(`no sectors ${fromSector} to ${fromSector + count} in a flash of ${status.blocks}`);
  }
  const parentBlockAt = flash.blockAt;
  let base = fromSector * status.blockLength;
  let size = count * status.blockLength;
  let largest = status.blockLength;
  let mixed = false;
  if (parentBlockAt) {
    let place = parentBlockAt(0);
    while (place.block < fromSector) place = parentBlockAt(place.offset + place.length);
    base = place.offset;
    largest = place.length;
    size = place.length;
    while (place.block < fromSector + count - 1) {
      place = parentBlockAt(place.offset + place.length);
      size += place.length;
      if (place.length !== largest) mixed = true;
      if (place.length > largest) largest = place.length;
    }
  }
  const refuse = (message: string): never => {
    if (onRefusal) onRefusal();
    throw new RangeError(message);
  };
  const checkRange = (offset: number, length: number): void => {
    if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
      refuse(`${length} bytes at ${offset} of a partition of ${size}`);
    }
  };
  const own = {
    size: size,
    blocks: count,
    blockLength: largest,
    writeAlign: flash.writeAlign ?? status.writeAlign,
    eraseValue: flash.eraseValue ?? status.eraseValue,
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
    status: () => own,
  };
  const blockAt = (offset: number): BlockPlace => {
    checkRange(offset, 1);
    const place = (parentBlockAt as (offset: number) => BlockPlace)(base + offset);
    return { block: place.block - fromSector, offset: place.offset - base, length: place.length };
  };
  return {
    partition: window,
    writeAlign: own.writeAlign,
    eraseValue: own.eraseValue,
    blockAt: mixed ? blockAt : undefined,
  };
};
