/**
 * The blocks made last, which frames reach back to. Each stands at its own place, over the block that is as far behind
 * as no frame reaches once it is overwritten.
 *
 *   place   0          1          2          3             of a ring of four blocks
 *           | block 8  | block 5  | block 6  | block 7  |  while block 8 is being made: 4 can still be reached in part
 */
import { Ok } from '../codes.ts';
import { flashRead } from '../flash.ts';
import { BLOCK } from '../format/index.ts';
import type { Transfer } from './transfer.ts';

/** Where in the buffer the ring is. */
export function ringAt(transfer: Transfer): number {
  return transfer.buffer.length - transfer.ring.length;
}

/** Gives the block that is written next its place in the ring. */
export function ringPlace(transfer: Transfer): void {
  const blocks = transfer.ring.length / BLOCK;
  transfer.place = ringAt(transfer) + (transfer.block % blocks) * BLOCK;
}

/** The place of the block at work is written to: the block that stood there is gone. */
export function ringLose(transfer: Transfer): void {
  const blocks = transfer.ring.length / BLOCK;
  transfer.ringFrom = Math.max(transfer.ringFrom, transfer.block - blocks + 1);
}

/** The block at work stands in flash: the ring goes on with it, or begins anew. */
export function ringTake(transfer: Transfer): void {
  if (transfer.ringTo !== transfer.block) transfer.ringFrom = transfer.block;
  ringLose(transfer);
  transfer.ringTo = transfer.block + 1;
}

/** Reads from flash what the ring must hold before a frame: all blocks that it reaches back to. */
export function ringFill(transfer: Transfer): number {
  const block = transfer.block;
  const blocks = transfer.ring.length / BLOCK;
  const from = Math.max(0, block - blocks);
  const known = transfer.ringTo === block ? transfer.ringFrom : block;
  for (let b = from; b < known; b++) {
    const place = (b % blocks) * BLOCK;
    const code = flashRead(transfer.flash, b * BLOCK, transfer.ring, place, place + BLOCK);
    if (code < 0) return code;
  }
  transfer.ringFrom = from;
  transfer.ringTo = block;
  return Ok;
}
