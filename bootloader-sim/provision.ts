/** The first flash of a board, as a programmer on the bench does it. */
import type { FlashPartition } from '../hal/ports.ts';
import type { Board } from './board.ts';

/** Programs `bytes` from the start of an erased partition. */
export const program = (partition: FlashPartition, bytes: Uint8Array): void => {
  const { writeAlign: unit = 4, eraseValue = 0xff } = partition.status();
  const erased = (at: number): boolean => bytes.subarray(at, at + unit).every((byte) => byte === eraseValue);
  // Units that stay erased are not programmed: on flash that is written once that is a difference.
  for (let at = 0; at < bytes.length;) {
    let end = at;
    while (end < bytes.length && !erased(end)) end += unit;
    if (end > at) partition.write(bytes.subarray(at, end), at);
    at = end + unit;
  }
};

/** Erases slot `slot` and programs `bytes`, a whole slot as publisher's `slotImage` makes it. */
export const provision = (board: Board, slot: 0 | 1, bytes: Uint8Array): void => {
  const { partition } = board.flash.slots[slot];
  const { size, blocks } = partition.status();
  if (bytes.length !== size) throw new RangeError(`${bytes.length} bytes for a slot of ${size}`);
  partition.eraseBlock(0, blocks);
  program(partition, bytes);
};
