/** The first flash of a board, as a programmer on the bench does it. */
import type { Board } from './board.ts';

/** Erases slot `slot` and programs `bytes`, a whole slot as publisher's `slotImage` makes it. */
export const provision = (board: Board, slot: 0 | 1, bytes: Uint8Array): void => {
  const { partition } = board.flash.slots[slot];
  const { size, blocks, writeAlign: unit = 4, eraseValue = 0xff } = partition.status();
  if (bytes.length !== size) throw new RangeError(`${bytes.length} bytes for a slot of ${size}`);
  partition.eraseBlock(0, blocks);
  const erased = (at: number): boolean => bytes.subarray(at, at + unit).every((byte) => byte === eraseValue);
  // Units that stay erased are not programmed: on flash that is written once that is a difference.
  for (let at = 0; at < size;) {
    let end = at;
    while (end < size && !erased(end)) end += unit;
    if (end > at) partition.write(bytes.subarray(at, end), at);
    at = end + unit;
  }
};
