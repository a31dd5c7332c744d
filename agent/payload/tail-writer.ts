/**
 * Writes the tail of the inactive slot: index, envelope, footer (docs/SPEC.md section 3).
 *
 * What is right already stays. The rest is rewritten from a sector start on, upwards: each sector is named, erased and
 * filled before the next. If power dies here: the sector named last is erased again, and the index bytes in it are
 * fetched again.
 */
import { bytesCopy, bytesEqual } from '../bytes.ts';
import { NO_SLOT, Ok } from '../codes.ts';
import * as Err from '../err.ts';
import { flashCompare, flashProgram, flashRead, flashSectorAt, flashSectorStart, flashUp } from '../flash.ts';
import {
  BLOCK,
  DIGEST_LENGTH,
  HEADER_LENGTH,
  PAGE_ENTRIES,
  PAGE_LENGTH,
  headerCheck,
  indexEntryAt,
  indexHeadLength,
  indexPages,
} from '../format/index.ts';
import { FOOTER_LENGTH, footerWrite } from '../format/tail.ts';
import { journalName } from '../journal.ts';
import { blockStands, entryLoad } from './plan.ts';
import { groupEnd, groupStart, rangeBlank, rangeErase, rangeName, spareDigest } from './transfer.ts';
import type { Transfer } from './transfer.ts';
import { NAME_LENGTH_AT } from '../format/layout.ts';
import { stateGet } from '../format/state.ts';

function sectorFloor(transfer: Transfer, offset: number): number {
  return flashSectorStart(transfer.flash, flashSectorAt(transfer.flash, offset));
}

/** Lowers the place from which the tail is rewritten to the sector of `offset`. */
function rewriteFrom(transfer: Transfer, offset: number): void {
  transfer.tailFrom = Math.min(transfer.tailFrom, sectorFloor(transfer, offset));
}

/**
 * Smaller sectors are not shared by image and tail: a cut in a tail of several sectors would cost more than one of
 * them. Larger ones are worth it; the tail then goes with the last blocks of the image, and is fetched again with them.
 */
const SHARED_SECTOR_MIN = 16384;

/** Whether image and tail have their places in the slot. The tail has been placed. */
export function tailFits(transfer: Transfer): number {
  const tailStart = sectorFloor(transfer, transfer.tail.indexAt);
  // By groups: where two sectors make one, the last block's erase would take the tail's sector with it.
  if (groupEnd(transfer.flash, transfer.tail.imageSize - 1) <= tailStart) return Ok;
  const sector = flashSectorAt(transfer.flash, tailStart);
  const length = flashSectorStart(transfer.flash, sector + 1) - tailStart;
  return length >= SHARED_SECTOR_MIN ? Ok : Err.ImageTooLarge;
}

/** Decides what of the tail can stay, the index apart. The envelope stands in `buffer`. */
export function tailPlan(transfer: Transfer): void {
  const flash = transfer.flash;
  const tail = transfer.tail;
  const last = groupStart(flash, transfer.tail.imageSize - 1);
  const shared = groupEnd(flash, last) > sectorFloor(transfer, tail.indexAt);
  transfer.sharedBlock = shared ? last / BLOCK : transfer.blocks;
  transfer.tailFrom = flash.size;
  transfer.erasedTo = 0;
  transfer.piece = 0;
  envelopePlan(transfer);
  if (footerState(transfer) < 0) rewriteFrom(transfer, tail.footerAt);
}

/** Sector by sector: a cut in one that holds the end of the envelope does not cost the one that holds its start. */
function envelopePlan(transfer: Transfer): void {
  const flash = transfer.flash;
  const start = transfer.tail.envelopeAt;
  const end = start + transfer.tail.envelopeLength;
  for (let at = start; at < end;) {
    const to = Math.min(end, flashSectorStart(flash, flashSectorAt(flash, at) + 1));
    if (flashCompare(flash, at, transfer.buffer, at - start, to - at, transfer.scratch) < 0) {
      rewriteFrom(transfer, at);
      return;
    }
    at = to;
  }
}

/** 1: the footer of this image stands; 0: blank; else a code. */
export function footerState(transfer: Transfer): number {
  const flash = transfer.flash;
  const footer = transfer.digest;
  footerWrite(transfer.tail, footer);
  const code = flashCompare(flash, transfer.tail.footerAt, footer, 0, FOOTER_LENGTH, transfer.scratch);
  if (code !== Err.FlashReadBack) return code === Ok ? 1 : code;
  if (flashRead(flash, transfer.tail.footerAt, transfer.scratch, 0, FOOTER_LENGTH) < 0)
    return Err.FlashFailed;
  for (let i = 0; i < FOOTER_LENGTH; i++) if (transfer.scratch[i] !== flash.erased) return Err.FlashReadBack;
  return 0;
}

/** Start and length of a piece of the index: 0 its head, then its pages. Returns the end. */
function pieceStart(transfer: Transfer, piece: number): number {
  if (piece === 0) return 0;
  return Math.min(indexEntryAt(transfer.blocks, (piece - 1) * PAGE_ENTRIES), transfer.tail.indexLength);
}

function pieceEnd(transfer: Transfer, piece: number): number {
  const head = indexHeadLength(transfer.blocks);
  return piece === 0 ? head : Math.min(head + piece * PAGE_LENGTH, transfer.tail.indexLength);
}

/**
 * Proves the next piece of the index from flash. 1: more; Ok: all that stands is proven, and `cursor` is where the
 * tail goes on. A wrong piece lowers `tailFrom`, unless it was fetched whole in this session: then the index lies.
 */
export function tailProve(transfer: Transfer): number {
  const piece = transfer.piece;
  const from = pieceStart(transfer, piece);
  const to = pieceEnd(transfer, piece);
  const standing = Math.min(transfer.tail.indexLength, standingTo(transfer));
  if (to > standing) {
    // A tail that is fetched in part shares no sector with the image that could stay. A head that stands in part is
    // not proven by anything before it is whole, and then a stream does not come back for what stood.
    const whole = transfer.sharedBlock < transfer.blocks || piece === 0;
    if (whole && transfer.erasedTo === 0) rewriteFrom(transfer, transfer.tail.indexAt);
    return tailGoOn(transfer);
  }
  if (piece > indexPages(transfer.blocks)) return tailShared(transfer);
  const code = pieceCheck(transfer, piece, from, to);
  if (code === Ok) {
    transfer.piece++;
    return 1;
  }
  if (code !== Err.IndexDigest) return code;
  if (from >= transfer.indexFrom) return code;
  rewriteFrom(transfer, transfer.tail.indexAt + from);
  transfer.cursor = 0;
  transfer.erasedTo = 0;
  return tailGoOn(transfer);
}

/**
 * Judges the blocks that share a sector with a tail that could stay: when one is wrong the sector is erased, and the
 * tail with it. Asked before index bytes go by, because a stream does not come back.
 */
function tailShared(transfer: Transfer): number {
  const block = transfer.sharedBlock;
  if (block >= transfer.blocks || transfer.tailFrom <= sectorFloor(transfer, transfer.tail.indexAt)) {
    return tailGoOn(transfer);
  }
  let code = entryLoad(transfer, block);
  if (code < 0) return code;
  if (blockStands(transfer, block)) {
    transfer.sharedBlock++;
    return 1;
  }
  rewriteFrom(transfer, transfer.tail.indexAt);
  code = tailGoOn(transfer);
  transfer.entryBlock = -1;
  return code;
}

/** How far the index stands in flash: up to what is rewritten, or up to what was written in this session. */
function standingTo(transfer: Transfer): number {
  const edge = transfer.erasedTo > 0 ? transfer.cursor : transfer.tailFrom;
  return edge - transfer.tail.indexAt;
}

/** Sets the cursor to the first byte of the tail to write. */
function tailGoOn(transfer: Transfer): number {
  const tail = transfer.tail;
  if (transfer.erasedTo > 0) return Ok;
  transfer.cursor = Math.max(transfer.tailFrom, tail.indexAt);
  if (transfer.cursor >= tail.indexAt + tail.indexLength) {
    transfer.cursor = Math.max(transfer.cursor, tail.envelopeAt);
  }
  transfer.cursor = Math.min(transfer.cursor, tail.footerAt);
  transfer.indexFrom = Math.min(transfer.cursor - tail.indexAt, tail.indexLength);
  return Ok;
}

function pieceCheck(transfer: Transfer, piece: number, from: number, to: number): number {
  const flash = transfer.flash;
  const at = transfer.tail.indexAt;
  const bytes = transfer.scratch;
  const digest = transfer.digest;
  if (spareDigest(transfer, at + from, at + to) < 0) return Err.IndexDigest;
  if (piece === 0) {
    const root = transfer.prover.manifest.indexRoot;
    if (!bytesEqual(digest, 0, root, 0, DIGEST_LENGTH)) return Err.IndexDigest;
    const code = flashRead(flash, at, bytes, 0, HEADER_LENGTH);
    return code < 0 ? code : headerCheck(bytes, transfer.tail.imageSize);
  }
  const code = flashRead(flash, at + HEADER_LENGTH + (piece - 1) * DIGEST_LENGTH, bytes, 0, DIGEST_LENGTH);
  if (code < 0) return code;
  return bytesEqual(digest, 0, bytes, 0, DIGEST_LENGTH) ? Ok : Err.IndexDigest;
}

/** Whether index bytes are to be fetched. */
export function tailWantsIndex(transfer: Transfer): boolean {
  return transfer.cursor < transfer.tail.indexAt + transfer.tail.indexLength;
}

/** Index bytes that fit in `spare` before they have to be programmed: to the end of sector, buffer or index. */
export function tailRoom(transfer: Transfer): number {
  const flash = transfer.flash;
  const cursor = transfer.cursor;
  const sectorEnd = flashSectorStart(flash, flashSectorAt(flash, cursor) + 1);
  const end = Math.min(
    sectorEnd,
    cursor + transfer.buffer.length - transfer.spareAt,
    transfer.tail.indexAt + transfer.tail.indexLength,
  );
  return end - cursor - transfer.held;
}

/** Makes the sector of the cursor ready. 1: there was work; Ok: it is. */
function tailReady(transfer: Transfer, offset: number): number {
  const flash = transfer.flash;
  if (offset < transfer.erasedTo) return Ok;
  const sector = flashSectorAt(flash, offset);
  const from = flashSectorStart(flash, sector);
  const to = flashSectorStart(flash, sector + 1);
  if (transfer.step === 0) {
    transfer.step = 1;
    const code = rangeName(transfer, from, to);
    return code < 0 ? code : 1;
  }
  transfer.step = 0;
  if (!rangeBlank(transfer, from, to)) {
    const code = rangeErase(transfer, sector, from, to);
    if (code < 0) return code;
  }
  transfer.openFill = transfer.openTo;
  transfer.erasedTo = to;
  return 1;
}

/** Programs `length` bytes of `bytes` at the cursor, padded to a unit with the erased value, and reads them back. */
function tailProgram(transfer: Transfer, bytes: Uint8Array, from: number, length: number): number {
  const flash = transfer.flash;
  const padded = flashUp(flash, length);
  if (padded > length) bytes.fill(flash.erased, from + length, from + padded);
  let code = flashProgram(flash, transfer.cursor, bytes, from, from + padded);
  if (code < 0) return code;
  code = flashCompare(flash, transfer.cursor, bytes, from, padded, transfer.scratch);
  transfer.cursor += padded;
  return code;
}

/** Index phase, when `spare` is full: erases and programs. 1: more to do; Ok: take bytes again. */
export function tailFlush(transfer: Transfer): number {
  let code = tailReady(transfer, transfer.cursor);
  if (code !== Ok) return code;
  code = tailProgram(transfer, transfer.buffer, transfer.spareAt, transfer.held);
  transfer.held = 0;
  if (code < 0) return code;
  if (!tailWantsIndex(transfer)) transfer.cursor = transfer.tail.envelopeAt;
  return Ok;
}

/** After the index: writes the envelope, and erases up to the end. 1: more to do; Ok: all but the footer stands. */
export function tailEnvelope(transfer: Transfer): number {
  const flash = transfer.flash;
  const tail = transfer.tail;
  const buffer = transfer.buffer;
  const spareAt = transfer.spareAt;
  if (transfer.tailFrom >= flash.size) return Ok;
  if (transfer.cursor >= tail.footerAt) {
    return transfer.erasedTo >= flash.size ? Ok : tailReady(transfer, transfer.erasedTo);
  }
  let code = tailReady(transfer, transfer.cursor);
  if (code !== Ok) return code;
  const done = transfer.cursor - tail.envelopeAt;
  const sectorEnd = flashSectorStart(flash, flashSectorAt(flash, transfer.cursor) + 1);
  const n = Math.min(tail.envelopeLength - done, sectorEnd - transfer.cursor, buffer.length - spareAt);
  // Through `spare`, so that the padding does not run over what follows the envelope.
  bytesCopy(buffer, done, buffer, spareAt, n);
  code = tailProgram(transfer, buffer, spareAt, n);
  if (code < 0) return code;
  if (transfer.cursor >= tail.envelopeAt + tail.envelopeLength) transfer.cursor = tail.footerAt;
  return 1;
}

/**
 * Writes the footer, after the whole image was digested from flash. 1: more; Ok: the slot is complete.
 * If power dies in it: its sector is named, and erased again.
 */
export function tailComplete(transfer: Transfer): number {
  const flash = transfer.flash;
  const state = footerState(transfer);
  if (state < 0) return state;
  const sector = flashSectorAt(flash, transfer.tail.footerAt);
  if (state === 0) {
    let code = rangeName(transfer, flashSectorStart(flash, sector), flash.size);
    if (code < 0) return code;
    transfer.cursor = transfer.tail.footerAt;
    // Anew: naming the range went over it.
    footerWrite(transfer.tail, transfer.digest);
    code = tailProgram(transfer, transfer.digest, 0, FOOTER_LENGTH);
    return code < 0 ? code : 1;
  }
  // Every program is complete and read back: nothing is in doubt after a reset any more.
  if (stateGet(transfer.journal.state, NAME_LENGTH_AT) === 0) return Ok;
  return journalName(transfer.journal, NO_SLOT, 0, 0);
}
