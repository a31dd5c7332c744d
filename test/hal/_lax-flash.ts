import type { BlockPlace, FlashPort, FlashStatus } from '../../hal/ports.ts';

/** What an adapter is made of, so that a test can replace one part by a wrong one. */
export interface Parts {
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
  read(into: Uint8Array, offset: number): void;
  write(bytes: Uint8Array, offset: number): void;
  eraseBlock(from: number, to?: number): void;
  status(): FlashStatus;
  blockAt(offset: number): BlockPlace;
}

export const unit = 8;
const lengths = [1024, 1024, 2048, 512, 512, 1024];
const size = lengths.reduce((sum, length) => sum + length, 0);
const starts = lengths.map((_, sector) => lengths.slice(0, sector).reduce((sum, length) => sum + length, 0));

/** A right adapter over plain memory: it checks its arguments, and a second program is refused. */
export const laxFlash = (bytes: Uint8Array = new Uint8Array(size).fill(0xff)): Parts => {
  const bounds = (offset: number, length: number): void => {
    if (!(offset >= 0 && offset + length <= size)) throw new RangeError('out of bounds');
  };
  return {
    bytes,
    starts: [...starts, size],
    read: (into, offset) => {
      bounds(offset, into.length);
      into.set(bytes.subarray(offset, offset + into.length));
    },
    write: (from, offset) => {
      bounds(offset, from.length);
      if (offset % unit !== 0 || from.length % unit !== 0) throw new RangeError('not on units');
      const target = bytes.subarray(offset, offset + from.length);
      if (target.some((byte) => byte !== 0xff)) throw new Error('not erased');
      target.set(from);
    },
    eraseBlock: (from, to = from + 1) => {
      if (!(from >= 0 && from < to && to <= lengths.length)) throw new RangeError('no such sectors');
      bytes.fill(0xff, starts[from], starts[to] ?? size);
    },
    status: () => ({ size, blocks: lengths.length, blockLength: 2048, writeAlign: unit, eraseValue: 0xff }),
    blockAt: (offset) => {
      const block = starts.filter((start) => start <= offset).length - 1;
      return { block, offset: starts[block]!, length: lengths[block]! };
    },
  };
};

export const portOf = (parts: Parts): FlashPort => ({ partition: parts, blockAt: parts.blockAt });
