/**
 * Judges what the two slots already hold, block by block, ahead of the writer.
 *
 * Nothing stored is believed: a block is right when its digest, read from flash, is the one in the proven index. All
 * blocks of a group are judged before its sectors are erased, so that wanted() counts those that the erase destroys.
 */
import { bytesEqual } from '../bytes.ts';
import { Ok } from '../codes.ts';
import * as Err from '../err.ts';
import { flashRead } from '../flash.ts';
import type { Flash } from '../flash.ts';
import {
  BLOCK,
  ENTRY_LENGTH,
  Encoding,
  SHORT_DIGEST,
  blockLength,
  entryEncoding,
  entryFrameLength,
  indexEntryAt,
} from '../format/index.ts';
import { DECISIONS_AT, DECISIONS_EACH, ENTRY_AT, HORIZON, PIECE } from '../parts.ts';
import { ringLose, ringPlace } from './ring.ts';
import { digestOf, groupEnd, spareDigest } from './transfer.ts';
import type { Transfer } from './transfer.ts';

/** What is to be done with a block. */
export const Decision = { Unknown: 0, Right: 1, Copy: 2, Fetch: 3 } as const;

/** Of two bits each, the first block's lowest. */
const DECISION_BITS = 2;

/** Blocks that can be judged ahead. */
function horizonOf(transfer: Transfer): number {
  return Math.min(HORIZON, (transfer.parts.length - DECISIONS_AT) * DECISIONS_EACH);
}

export function decisionOf(transfer: Transfer, block: number): number {
  const at = (block % horizonOf(transfer)) * DECISION_BITS;
  return (transfer.parts[DECISIONS_AT + (at >> 3)]! >> (at & 7)) & 3;
}

export function decide(transfer: Transfer, block: number, decision: number): void {
  const at = (block % horizonOf(transfer)) * DECISION_BITS;
  const place = DECISIONS_AT + (at >> 3);
  const others = transfer.parts[place]! & ~(3 << (at & 7));
  transfer.parts[place] = others | (decision << (at & 7));
}

/** Reads the entry of a block of the image on its way; checks what can be checked of it. */
export function entryLoad(transfer: Transfer, block: number): number {
  if (transfer.entryBlock === block) return Ok;
  transfer.entryBlock = -1;
  const at = transfer.tail.indexAt + indexEntryAt(transfer.blocks, block);
  const code = flashRead(transfer.flash, at, transfer.parts, ENTRY_AT, ENTRY_AT + ENTRY_LENGTH);
  if (code < 0) return code;
  const length = frameLength(transfer);
  const encoding = encodingOf(transfer);
  const whole = blockLength(transfer.tail.imageSize, block);
  if (!(length > 0 && length <= whole)) return Err.IndexMalformed;
  if (encoding !== Encoding.Stored && encoding !== Encoding.Deflate) return Err.IndexMalformed;
  if (encoding === Encoding.Stored && length !== whole) return Err.FrameLength;
  transfer.entryBlock = block;
  return Ok;
}

/** Of the entry loaded. */
export function frameLength(transfer: Transfer): number {
  return entryFrameLength(transfer.parts, ENTRY_AT);
}

export function encodingOf(transfer: Transfer): number {
  return entryEncoding(transfer.parts, ENTRY_AT);
}

/** Whether a digest, or the start of one, is that of the entry loaded. */
function entryIs(transfer: Transfer, digest: Uint8Array, at: number): boolean {
  return bytesEqual(digest, at, transfer.parts, ENTRY_AT, SHORT_DIGEST);
}

/** Reads a block of either slot to the place of the block at work and compares its digest with the entry loaded. */
export function blockMatches(transfer: Transfer, flash: Flash, block: number, length: number): boolean {
  ringLose(transfer);
  const place = transfer.place;
  if (flashRead(flash, block * BLOCK, transfer.buffer, place, place + length) < 0) return false;
  return digestMatches(transfer, length);
}

/** Whether the `length` bytes of the block at work are those of the entry loaded. */
export function digestMatches(transfer: Transfer, length: number): boolean {
  return entryIs(transfer, digestOf(transfer, transfer.buffer, transfer.place, transfer.place + length), 0);
}

/**
 * Whether a block of the inactive slot has the digest of the entry loaded. While the envelope is needed the block at work
 * may have no place: it goes through what is spare.
 */
export function blockStands(transfer: Transfer, block: number): boolean {
  const at = block * BLOCK;
  const end = at + blockLength(transfer.tail.imageSize, block);
  return spareDigest(transfer, at, end) === Ok && entryIs(transfer, transfer.digest, 0);
}

/** Judges one block further. 1: more; Ok: judged to the end, or as far as the horizon goes for now. */
export function planStep(transfer: Transfer): number {
  ringPlace(transfer);
  if (transfer.judged >= transfer.blocks) return planEnd(transfer);
  if (transfer.judged >= transfer.groupLast) {
    const from = transfer.judged * BLOCK;
    const last = Math.min(transfer.blocks, Math.ceil(groupEnd(transfer.flash, from) / BLOCK));
    if (last - transfer.block > horizonOf(transfer)) return Ok;
    groupOpen(transfer, last);
  }
  return transfer.groupPass === 0 ? judge(transfer) : locate(transfer);
}

/** Frames that do not add up to the payload: the index lies. */
function planEnd(transfer: Transfer): number {
  return transfer.framesEnd === transfer.payloadSize ? Ok : Err.IndexMalformed;
}

function groupOpen(transfer: Transfer, last: number): void {
  transfer.groupFirst = transfer.judged;
  transfer.groupLast = last;
  transfer.groupPass = 0;
  // A sector of it erased with the tail holds no block yet.
  const end = groupEnd(transfer.flash, transfer.judged * BLOCK);
  transfer.groupRight = !(transfer.tailFrom < transfer.flash.size && end > transfer.tailFrom);
}

/** Whether the group under judgement is the one that was being filled, in this power cycle, when a session ended. */
function groupIsOpen(transfer: Transfer): boolean {
  const from = transfer.groupFirst * BLOCK;
  return transfer.openFrom === from && transfer.openTo === groupEnd(transfer.flash, from);
}

/** First pass: is the block right where it is? */
function judge(transfer: Transfer): number {
  const block = transfer.judged;
  const code = entryLoad(transfer, block);
  if (code < 0) return code;
  const length = blockLength(transfer.tail.imageSize, block);
  const filled = !groupIsOpen(transfer) || block * BLOCK + length <= transfer.openFill;
  let right = false;
  if (transfer.groupRight && filled) {
    right = blockMatches(transfer, transfer.flash, block, length);
    if (!right) transfer.groupRight = false;
  }
  decide(transfer, block, right ? Decision.Right : Decision.Unknown);
  transfer.judged++;
  return transfer.judged === transfer.groupLast ? judgeEnd(transfer) : 1;
}

/** A group with one wrong block is erased: then none of it stays. One still being filled goes on where it was. */
function judgeEnd(transfer: Transfer): number {
  if (!transfer.groupRight) {
    const end = groupEnd(transfer.flash, transfer.groupFirst * BLOCK);
    // Judged right when the tail was judged, and wrong now: the flash cannot be relied on.
    if (transfer.tailFrom >= transfer.flash.size && end > transfer.tail.indexAt) return Err.FlashReadBack;
    for (let block = transfer.groupFirst; block < transfer.groupLast; block++) {
      decide(transfer, block, Decision.Unknown);
    }
    if (groupIsOpen(transfer) && transfer.openFill > transfer.openFrom) {
      transfer.openFrom = transfer.openTo = transfer.openFill = 0;
    }
  }
  transfer.judged = transfer.groupFirst;
  transfer.groupPass = 1;
  return 1;
}

/** Second pass: where does the block come from? */
function locate(transfer: Transfer): number {
  const block = transfer.judged;
  const code = entryLoad(transfer, block);
  if (code < 0) return code;
  transfer.framesEnd += frameLength(transfer);
  transfer.judged++;
  if (decisionOf(transfer, block) === Decision.Right) return 1;
  const found = sourceFind(transfer, blockLength(transfer.tail.imageSize, block), transfer.locateHint);
  if (found >= 0) transfer.locateHint = found + 1;
  decide(transfer, block, found >= 0 ? Decision.Copy : Decision.Fetch);
  return 1;
}

/**
 * The block of the running slot with the digest of the entry loaded, or -1; `hint` is tried first. Looked for again when
 * it is copied: to keep it would take two bytes for each block judged ahead.
 */
export function sourceFind(transfer: Transfer, length: number, hint: number): number {
  if (sourceHas(transfer, hint, length)) return hint;
  const page = transfer.scratch;
  const entries = PIECE / ENTRY_LENGTH;
  for (let first = 0; first < transfer.sourceBlocks; first += entries) {
    const n = Math.min(entries, transfer.sourceBlocks - first);
    const at = transfer.sourceIndexAt + indexEntryAt(transfer.sourceBlocks, first);
    if (flashRead(transfer.source, at, page, 0, n * ENTRY_LENGTH) < 0) return -1;
    for (let i = 0; i < n; i++) {
      if (!entryIs(transfer, page, i * ENTRY_LENGTH)) continue;
      if (blockLength(transfer.sourceSize, first + i) === length) return first + i;
    }
  }
  return -1;
}

function sourceHas(transfer: Transfer, block: number, length: number): boolean {
  if (!(block < transfer.sourceBlocks) || blockLength(transfer.sourceSize, block) !== length) return false;
  const at = transfer.sourceIndexAt + indexEntryAt(transfer.sourceBlocks, block);
  if (flashRead(transfer.source, at, transfer.scratch, 0, SHORT_DIGEST) < 0) return false;
  return entryIs(transfer, transfer.scratch, 0);
}
