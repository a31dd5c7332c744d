/**
 * A plain image: no index, so nothing proves a part of it. It is written from the first block to the last, digested
 * whole from flash, and given an index made here, so that the next framed update can copy blocks from it. After a reset
 * it starts again.
 */
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
import { BlockStep } from './block-writer.ts';
import { PIECE, rangeErase, rangeName } from './transfer.ts';
import type { Transfer } from './transfer.ts';

/** Whether bytes of the image can be taken. */
export function plainWaits(transfer: Transfer): boolean {
  if (transfer.erasedTo < transfer.flash.size) return false;
  return transfer.step === BlockStep.Decide && transfer.block < transfer.blocks;
}

/** Takes bytes of the image into the block at work. */
export function plainPush(transfer: Transfer, bytes: Uint8Array, from: number, to: number): number {
  const length = blockLength(transfer.imageSize, transfer.block);
  const n = Math.min(to - from, length - transfer.held);
  for (let i = 0; i < n; i++) transfer.high[transfer.held + i] = bytes[from + i]!;
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
  const flash = transfer.flash;
  const at = (block % (PIECE / ENTRY_LENGTH)) * ENTRY_LENGTH;
  transfer.hash.begin();
  transfer.hash.update(transfer.high, 0, length);
  transfer.hash.finish(transfer.digest);
  for (let i = 0; i < SHORT_DIGEST; i++) transfer.scratch[at + i] = transfer.digest[i]!;
  entryWrite(transfer.scratch, at, Encoding.Stored, 0);
  const end = at + ENTRY_LENGTH;
  if (end < PIECE && block + 1 < transfer.blocks) return Ok;
  const padded = flashUp(flash, end);
  transfer.scratch.fill(flash.erased, end, padded);
  const first = block - (block % (PIECE / ENTRY_LENGTH));
  const offset = transfer.tail.indexAt + indexEntryAt(transfer.blocks, first);
  const code = flashProgram(flash, offset, transfer.scratch, 0, padded);
  // `high` has been digested: it serves to read back.
  return code < 0 ? code : readBack(transfer, offset, transfer.scratch, padded);
}

function readBack(transfer: Transfer, offset: number, bytes: Uint8Array, length: number): number {
  return flashCompare(transfer.flash, offset, bytes, 0, length, transfer.high);
}

/** Writes page digests, header and envelope, a piece each call. 1: more; Ok: all but the footer stands. */
export function plainTailWrite(transfer: Transfer): number {
  const flash = transfer.flash;
  const tail = transfer.tail;
  const pages = indexPages(transfer.blocks);
  if (transfer.piece < pages) return pageDigest(transfer, transfer.piece++);
  const bytes = transfer.scratch;
  if (transfer.piece === pages) {
    transfer.piece++;
    headerWrite(bytes, transfer.imageSize, MADE_HERE);
    const code = flashProgram(flash, tail.indexAt, bytes, 0, HEADER_LENGTH);
    if (code < 0) return code;
    const same = readBack(transfer, tail.indexAt, bytes, HEADER_LENGTH);
    return same < 0 ? same : 1;
  }
  const done = (transfer.piece - pages - 1) * PIECE;
  if (done >= tail.envelopeLength) return Ok;
  transfer.piece++;
  const n = Math.min(PIECE, tail.envelopeLength - done);
  for (let i = 0; i < n; i++) bytes[i] = transfer.buffer[done + i]!;
  const padded = flashUp(flash, n);
  bytes.fill(flash.erased, n, padded);
  const code = flashProgram(flash, tail.envelopeAt + done, bytes, 0, padded);
  if (code < 0) return code;
  const same = readBack(transfer, tail.envelopeAt + done, bytes, padded);
  return same < 0 ? same : 1;
}

function pageDigest(transfer: Transfer, page: number): number {
  const flash = transfer.flash;
  const bytes = transfer.high;
  const first = page * PAGE_ENTRIES;
  const length = Math.min(PAGE_ENTRIES, transfer.blocks - first) * ENTRY_LENGTH;
  const at = transfer.tail.indexAt + indexHeadLength(transfer.blocks) + first * ENTRY_LENGTH;
  let code = flashRead(flash, at, bytes, 0, length);
  if (code < 0) return code;
  transfer.hash.begin();
  transfer.hash.update(bytes, 0, length);
  transfer.hash.finish(transfer.digest);
  const digestAt = transfer.tail.indexAt + HEADER_LENGTH + page * DIGEST_LENGTH;
  code = flashProgram(flash, digestAt, transfer.digest, 0, DIGEST_LENGTH);
  if (code < 0) return code;
  code = readBack(transfer, digestAt, transfer.digest, DIGEST_LENGTH);
  return code < 0 ? code : 1;
}

/** Bytes of image read from flash into `high` for the block under digest. */
export function plainRead(transfer: Transfer, block: number): number {
  return flashRead(transfer.flash, block * BLOCK, transfer.high, 0, blockLength(transfer.imageSize, block));
}
