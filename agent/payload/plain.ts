/**
 * A plain image: no index, so nothing proves a part of it. It is written from the first block to the last, digested
 * whole from flash, and given an index made here, so that the next framed update can copy blocks from it. After a reset
 * it starts again.
 */
import { bytesCopy } from '../bytes.ts';
import { Ok } from '../codes.ts';
import { flashCompare, flashProgram, flashRead, flashSectorAt, flashSectorStart, flashUp } from '../flash.ts';
import {
  BLOCK,
  DIGEST_LENGTH,
  ENTRY_LENGTH,
  Encoding,
  HEADER_LENGTH,
  MADE_HERE,
  PAGE_ENTRIES,
  SHORT_DIGEST,
  blockLength,
  entryWrite,
  headerWrite,
  indexEntryAt,
  indexHeadLength,
  indexPages,
} from '../format/index.ts';
import { DECISIONS_AT, PIECE } from '../parts.ts';
import { BlockStep } from './block-writer.ts';
import { digestOf, highAt, rangeErase, rangeName } from './transfer.ts';
import type { Transfer } from './transfer.ts';

/** Whether bytes of the image can be taken. */
export function plainWaits(transfer: Transfer): boolean {
  if (transfer.erasedTo < transfer.flash.size) return false;
  return transfer.step === BlockStep.Decide && transfer.block < transfer.blocks;
}

/** Takes bytes of the image into the block at work. */
export function plainPush(transfer: Transfer, bytes: Uint8Array, from: number, to: number): number {
  const length = blockLength(transfer.tail.imageSize, transfer.block);
  const n = Math.min(to - from, length - transfer.held);
  bytesCopy(bytes, from, transfer.buffer, highAt(transfer) + transfer.held, n);
  transfer.held += n;
  if (transfer.held === length) {
    transfer.held = 0;
    transfer.fetched++;
    transfer.step = BlockStep.Name;
  }
  return n;
}

/**
 * Names and erases the sectors of the tail, before the image is written: what stood in the slot boots no more. 1: more;
 * Ok: done.
 */
export function plainTailErase(transfer: Transfer): number {
  const flash = transfer.flash;
  if (transfer.step === 0) {
    transfer.step = 1;
    transfer.eraseSector = flashSectorAt(flash, transfer.tail.indexAt);
    transfer.tailFrom = flashSectorStart(flash, transfer.eraseSector);
    return plainTailName(transfer);
  }
  const code = rangeErase(transfer, transfer.eraseSector, transfer.tailFrom, flash.size);
  if (code < 0) return code;
  transfer.eraseSector++;
  if (transfer.eraseSector < flash.sectors) return 1;
  // Index and envelope are programmed without being counted: never again is it taken for blank.
  transfer.openFill = transfer.openTo;
  transfer.erasedTo = flash.size;
  transfer.step = BlockStep.Decide;
  return Ok;
}

/** Names the sectors of the tail: before they are erased, and again before they are programmed. */
export function plainTailName(transfer: Transfer): number {
  const code = rangeName(transfer, transfer.tailFrom, transfer.flash.size);
  return code < 0 ? code : 1;
}

/** Adds the entry of the block in `high` to the index: 16 entries are 288 bytes, whole units whatever the unit. */
export function plainEntry(transfer: Transfer, block: number, length: number): number {
  const parts = transfer.parts;
  const before = block % (PIECE / ENTRY_LENGTH);
  const at = DECISIONS_AT + before * ENTRY_LENGTH;
  const high = highAt(transfer);
  bytesCopy(digestOf(transfer, transfer.buffer, high, high + length), 0, parts, at, SHORT_DIGEST);
  entryWrite(parts, at, Encoding.Stored, 0);
  const made = (before + 1) * ENTRY_LENGTH;
  if (made < PIECE && block + 1 < transfer.blocks) return Ok;
  const offset = transfer.tail.indexAt + indexEntryAt(transfer.blocks, block - before);
  return programPadded(transfer, offset, parts, DECISIONS_AT, made, transfer.scratch);
}

/** Programs `length` bytes of `bytes`, padded to a unit with the erased value, and reads them back through `scratch`. */
function programPadded(
  transfer: Transfer,
  offset: number,
  bytes: Uint8Array,
  from: number,
  length: number,
  scratch: Uint8Array,
): number {
  const flash = transfer.flash;
  const padded = flashUp(flash, length);
  bytes.fill(flash.erased, from + length, from + padded);
  const code = flashProgram(flash, offset, bytes, from, from + padded);
  return code < 0 ? code : flashCompare(flash, offset, bytes, from, padded, scratch);
}

/** Writes page digests, header and envelope, a piece each call. 1: more; Ok: all but the footer stands. */
export function plainTailWrite(transfer: Transfer): number {
  const tail = transfer.tail;
  const buffer = transfer.buffer;
  const spareAt = transfer.spareAt;
  const pages = indexPages(transfer.blocks);
  if (transfer.piece < pages) return pageDigest(transfer, transfer.piece++);
  let code: number;
  if (transfer.piece === pages) {
    transfer.piece++;
    headerWrite(transfer.scratch, tail.imageSize, MADE_HERE);
    code = programPadded(transfer, tail.indexAt, transfer.scratch, 0, HEADER_LENGTH, transfer.digest);
    return code < 0 ? code : 1;
  }
  const done = (transfer.piece - pages - 1) * PIECE;
  if (done >= tail.envelopeLength) return Ok;
  transfer.piece++;
  const n = Math.min(PIECE, tail.envelopeLength - done);
  bytesCopy(buffer, done, buffer, spareAt, n);
  code = programPadded(transfer, tail.envelopeAt + done, buffer, spareAt, n, transfer.scratch);
  return code < 0 ? code : 1;
}

function pageDigest(transfer: Transfer, page: number): number {
  const flash = transfer.flash;
  const high = highAt(transfer);
  const first = page * PAGE_ENTRIES;
  const length = Math.min(PAGE_ENTRIES, transfer.blocks - first) * ENTRY_LENGTH;
  const at = transfer.tail.indexAt + indexHeadLength(transfer.blocks) + first * ENTRY_LENGTH;
  let code = flashRead(flash, at, transfer.buffer, high, high + length);
  if (code < 0) return code;
  const digest = digestOf(transfer, transfer.buffer, high, high + length);
  const digestAt = transfer.tail.indexAt + HEADER_LENGTH + page * DIGEST_LENGTH;
  code = programPadded(transfer, digestAt, digest, 0, DIGEST_LENGTH, transfer.scratch);
  return code < 0 ? code : 1;
}

/** Bytes of image read from flash into `high` for the block under digest. */
export function plainRead(transfer: Transfer, block: number): number {
  const high = highAt(transfer);
  const end = high + blockLength(transfer.tail.imageSize, block);
  return flashRead(transfer.flash, block * BLOCK, transfer.buffer, high, end);
}
