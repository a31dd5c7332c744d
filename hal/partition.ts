import type { BlockPlace, FlashPartition, FlashPort, FlashStatus } from './ports.ts';

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
  if (!flash.blockAt)
    return { base: fromSector * length, size: count * length, largest: length, mixed: false };
  let place = flash.blockAt(0);
  while (place.block < fromSector) place = flash.blockAt(place.offset + place.length);
  const extent = { base: place.offset, size: place.length, largest: place.length, mixed: false };
  while (place.block < fromSector + count - 1) {
    place = flash.blockAt(place.offset + place.length);
    extent.size += place.length;
    if (place.length !== extent.largest) extent.mixed = true;
    if (place.length > extent.largest) extent.largest = place.length;
  }
  return extent;
};

/**
 * Its functions find what they need in `this`. They are its prototype's, which lies in flash with them: there are three
 * windows on a board, and each function of its own would take RAM in each.
 */
interface Window extends FlashPartition, FlashStatus {
  readonly parent: FlashPartition;
  readonly base: number;
  readonly fromSector: number;
  readonly onRefusal: (() => void) | undefined;
}

const refuse = (window: Window, message: string): never => {
  if (window.onRefusal) window.onRefusal();
  throw new RangeError(message);
};

const checkRange = (window: Window, offset: number, length: number): void => {
  const size = window.size;
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
    refuse(window, `${length} bytes at ${offset} of a partition of ${size}`);
  }
};

function windowRead(this: Window, into: Uint8Array, offset: number): unknown {
  checkRange(this, offset, into.length);
  return this.parent.read(into, this.base + offset);
}

function windowWrite(this: Window, bytes: Uint8Array, offset: number): unknown {
  checkRange(this, offset, bytes.length);
  return this.parent.write(bytes, this.base + offset);
}

function windowErase(this: Window, from: number, to?: number): unknown {
  const end = to ?? from + 1;
  const count = this.blocks;
  if (!(from >= 0 && from < end && end <= count)) {
    refuse(this, `sectors ${from} to ${end} of a partition of ${count}`);
  }
  return this.parent.eraseBlock(this.fromSector + from, this.fromSector + end);
}

function windowStatus(this: Window): FlashStatus {
  return this;
}

const WINDOW = { read: windowRead, write: windowWrite, eraseBlock: windowErase, status: windowStatus };

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
  const status = parent.status();
  const window = Object.create(WINDOW) as { -readonly [Name in keyof Window]: Window[Name] };
  window.parent = parent;
  window.base = base;
  window.fromSector = fromSector;
  window.size = extent.size;
  window.blocks = count;
  window.blockLength = extent.largest;
  window.writeAlign = flash.writeAlign ?? status.writeAlign;
  window.eraseValue = flash.eraseValue ?? status.eraseValue;
  if (onRefusal) window.onRefusal = onRefusal;
  if (!flash.blockAt || !extent.mixed) return { partition: window };
  const blockAt = (offset: number): BlockPlace => {
    checkRange(window, offset, 1);
    const place = flash.blockAt!(base + offset);
    return { block: place.block - fromSector, offset: place.offset - base, length: place.length };
  };
  return { partition: window, blockAt };
};
