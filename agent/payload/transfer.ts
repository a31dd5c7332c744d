/**
 * The record that all payload stages work on: one update on its way into the inactive slot. Buffers are made once, at
 * open; nothing in it grows with the image.
 *
 *   buffer   | the envelope               | high: a block                  |
 *            0                        envelopeMax                   its length
 *                      |            ring: the blocks made last               |
 *                      ringAt
 *
 * A board that takes framed payloads alone writes the envelope to the tail before it makes a block, and has both in one
 * place. Up to then `spare` is what there is to work in.
 *
 *   buffer   | the envelope               | spare       |
 *            | high: a block              spareAt       |
 *
 * The ring is as long as frames reach back, a block at least. Each block stands at its own place in it, over the block
 * that is as far behind as no frame can reach once it is overwritten. Until the tail is written the envelope is needed,
 * and the ring is not in use.
 */
import type { Hash, Inflate, Ports } from '../../hal/ports.ts';
import { NO_SLOT, Ok } from '../codes.ts';
import type { Config } from '../config.ts';
import * as Err from '../err.ts';
import { UNIT_MAX, flashErase, flashRead, flashSectorAt, flashSectorStart } from '../flash.ts';
import type { Flash } from '../flash.ts';
import { BLOCK, WINDOW_MAX } from '../format/index.ts';
import { ENVELOPE_MAX, FORMAT_PLAIN } from '../format/labels.ts';
import type { Tail } from '../format/tail.ts';
import { journalName } from '../journal.ts';
import type { Journal } from '../journal.ts';
import { HORIZON, takesPlain } from '../parts.ts';
import type { Prover } from '../proof.ts';
import type { Slots } from '../slots.ts';
import type { Patched } from './patched.ts';
import { NAME_LENGTH_AT, NAME_OFFSET_AT, NAME_SLOT_AT } from '../format/layout.ts';
import { stateGet } from '../format/state.ts';

export interface Transfer {
  // Made at open.
  readonly journal: Journal;
  readonly slots: Slots;
  /** Its buffer, hash, manifest and tail serve the update, too. */
  readonly prover: Prover;
  /** Where a digest is made: the verifier's scratch, and the journal's, whose calls go over it. */
  readonly digest: Uint8Array;
  /** Of what is digested in many steps. */
  readonly imageHash: Hash;
  readonly inflate: Inflate;
  /** The prover's. From its first byte on the envelope. */
  readonly buffer: Uint8Array;
  readonly ring: Uint8Array;
  /** Beside the envelope: whole program units, up to the buffer's end. */
  readonly spareAt: number;
  /** The journal's buffer: nothing in it outlives a call of the journal. */
  readonly scratch: Uint8Array;
  /** parts.ts */
  readonly parts: Uint8Array;
  /** A patch is decoded by it. */
  patched?: Patched | undefined;

  // The update.
  slot: number;
  flash: Flash;
  /** format/labels.ts `FORMAT_...` */
  format: number;
  blocks: number;
  payloadSize: number;
  /** The prover's. */
  readonly tail: Tail;
  /** The running slot, where blocks are copied from; no blocks: it has no index. */
  source: Flash;
  sourceSize: number;
  sourceBlocks: number;
  sourceIndexAt: number;

  // What is known of the inactive slot's flash in this power cycle.
  /** A range that a cut or a failure may have touched: erased before anything else. Empty when from >= to. */
  dirtyFrom: number;
  dirtyTo: number;
  /** The range erased last, programmed from `openFrom` up to `openFill` without a gap. */
  openFrom: number;
  openTo: number;
  openFill: number;

  // The way through it.
  /** Payload offset of the next byte pushed. */
  position: number;
  /** Bytes in `high` that wait for a program. */
  held: number;
  /** Tail: rewritten from this sector start on; the slot's size: nothing to rewrite. */
  tailFrom: number;
  /** Tail: the next byte to write. */
  cursor: number;
  /** Tail: end of what this pass has erased. */
  erasedTo: number;
  /** Index bytes from here on were fetched in this session. */
  indexFrom: number;
  /** The piece of the index to prove next: 0 its head, then its pages. */
  piece: number;
  /** The next block to judge of those that share a sector with the tail; `blocks`: none. */
  sharedBlock: number;
  /** The next block to judge, and the running sum of frame lengths up to it. */
  judged: number;
  framesEnd: number;
  /** The group under judgement: its blocks are groupFirst..groupLast-1. */
  groupFirst: number;
  groupLast: number;
  groupPass: number;
  groupRight: boolean;
  /** The next block to write, where its frame starts in the payload, how much of it has come. */
  block: number;
  frameAt: number;
  frameGot: number;
  step: number;
  eraseSector: number;
  /** Where in `buffer` the block at work is made. */
  place: number;
  /** The ring holds the blocks ringFrom..ringTo-1, as they are in flash. */
  ringFrom: number;
  ringTo: number;
  /** The block whose entry `entry` holds, or -1. */
  entryBlock: number;
  /** The block of the running slot to try first: where blocks are located, and where they are copied. */
  locateHint: number;
  copyHint: number;
  /** Verify: image bytes digested so far. Plain: pages written so far. */
  verified: number;
  /** Plain: the slot may already hold this image; not yet known. */
  perhaps: boolean;

  // Counted for status().
  fetched: number;
  copied: number;
  kept: number;
}

/** `window`: of the prover's buffer. */
export function transferNew(
  ports: Pick<Ports, 'crypto' | 'inflate'>,
  config: Config,
  prover: Prover,
  journal: Journal,
  slots: Slots,
  parts: Uint8Array,
  envelopeMax: number,
  window: number,
): Transfer {
  const buffer = prover.buffer;
  return {
    journal: journal,
    slots: slots,
    prover: prover,
    digest: prover.verifier.scratch,
    // A framed image is digested when nothing else is.
    imageHash: takesPlain(config) ? ports.crypto.sha256() : prover.verifier.hash,
    inflate: ports.inflate,
    buffer: buffer,
    ring: buffer.length > window ? buffer.subarray(buffer.length - window) : buffer,
    spareAt: unitsUp(envelopeMax),
    scratch: journal.buffer,
    parts: parts,
    slot: NO_SLOT,
    flash: slots.first,
    format: FORMAT_PLAIN,
    blocks: 0,
    payloadSize: 0,
    tail: prover.tail,
    source: slots.first,
    sourceSize: 0,
    sourceBlocks: 0,
    sourceIndexAt: 0,
    dirtyFrom: 0,
    dirtyTo: 0,
    openFrom: 0,
    openTo: 0,
    openFill: 0,
    position: 0,
    held: 0,
    tailFrom: 0,
    cursor: 0,
    erasedTo: 0,
    indexFrom: 0,
    piece: 0,
    sharedBlock: 0,
    judged: 0,
    framesEnd: 0,
    groupFirst: 0,
    groupLast: 0,
    groupPass: 0,
    groupRight: false,
    block: 0,
    frameAt: 0,
    frameGot: 0,
    step: 0,
    eraseSector: 0,
    place: 0,
    ringFrom: 0,
    ringTo: 0,
    entryBlock: -1,
    locateHint: 0,
    copyHint: 0,
    verified: 0,
    perhaps: false,
    fetched: 0,
    copied: 0,
    kept: 0,
  };
}

/** A shorter one takes no update at all. */
const ENVELOPE_LEAST = 512;
const SPARE_LEAST = 512;

function unitsUp(length: number): number {
  return Math.ceil(length / UNIT_MAX) * UNIT_MAX;
}

/**
 * Bytes of buffer for an envelope of `envelopeMax` bytes and frames that reach back over `window`. `framed`: no payload
 * comes that is not framed. Throws RangeError for what cannot be.
 */
export function bufferLength(envelopeMax: number, window: number, framed: boolean): number {
  if (!(envelopeMax >= ENVELOPE_LEAST && envelopeMax <= ENVELOPE_MAX && envelopeMax % 1 === 0)) {
    throw new RangeError(
      `config: an envelope of ${envelopeMax} bytes: must be ${ENVELOPE_LEAST} to ${ENVELOPE_MAX}`,
    );
  }
  if (!(window >= BLOCK && window <= WINDOW_MAX && WINDOW_MAX % window === 0)) {
    throw new RangeError(`config: a window of ${window} bytes: must be 4096, 8192, 16384 or 32768`);
  }
  return Math.max(unitsUp(envelopeMax) + (framed ? SPARE_LEAST : BLOCK), window);
}

/** Throws RangeError for a slot whose sectors are larger than what can be judged ahead. */
export function slotCheck(flash: Flash): void {
  for (let sector = 0; sector < flash.sectors; sector++) {
    const length = flashSectorStart(flash, sector + 1) - flashSectorStart(flash, sector);
    if (!(length <= HORIZON * BLOCK))
      throw new RangeError(`slot: an erase sector of ${length} bytes is too large`);
  }
}

/** Sets the way back to its start. What is known of the flash stays known. */
export function transferRestart(transfer: Transfer): void {
  transfer.position = 0;
  transfer.held = 0;
  transfer.piece = 0;
  transfer.judged = 0;
  transfer.groupLast = 0;
  transfer.block = 0;
  transfer.frameGot = 0;
  transfer.step = 0;
  transfer.place = highAt(transfer);
  transfer.ringFrom = transfer.ringTo = 0;
  transfer.entryBlock = -1;
  transfer.locateHint = transfer.copyHint = 0;
  transfer.verified = 0;
  transfer.perhaps = false;
  transfer.fetched = 0;
  transfer.copied = 0;
  transfer.kept = 0;
}

/** Where `high` is in the buffer: the place of a block, whatever the window. */
export function highAt(transfer: Transfer): number {
  return transfer.buffer.length - BLOCK;
}

/** Digests bytes from..to-1, to `digest`. */
export function digestOf(transfer: Transfer, bytes: Uint8Array, from: number, to: number): Uint8Array {
  const hash = transfer.prover.verifier.hash;
  hash.begin();
  hash.update(bytes, from, to);
  hash.finish(transfer.digest);
  return transfer.digest;
}

/** Digests bytes from..to-1 of the slot by way of what is spare, to `digest`. Ok, or a code. */
export function spareDigest(transfer: Transfer, from: number, to: number): number {
  const hash = transfer.prover.verifier.hash;
  const buffer = transfer.buffer;
  const start = transfer.spareAt;
  hash.begin();
  for (let at = from; at < to;) {
    const n = Math.min(buffer.length - start, to - at);
    const code = flashRead(transfer.flash, at, buffer, start, start + n);
    if (code < 0) return code;
    hash.update(buffer, start, start + n);
    at += n;
  }
  hash.finish(transfer.digest);
  return Ok;
}

/**
 * The group of sectors that holds `offset`: the smallest range with sector bounds and block bounds at both ends. An
 * erase sector of 4 KiB or more is a group; smaller ones make groups of one block.
 */
export function groupStart(flash: Flash, offset: number): number {
  let sector = flashSectorAt(flash, offset);
  while (flashSectorStart(flash, sector) % BLOCK !== 0) sector--;
  return flashSectorStart(flash, sector);
}

export function groupEnd(flash: Flash, offset: number): number {
  let sector = flashSectorAt(flash, offset) + 1;
  while (sector < flash.sectors && flashSectorStart(flash, sector) % BLOCK !== 0) sector++;
  return flashSectorStart(flash, sector);
}

/** Names a range unless it is the one named last. What is named is erased again after a reset. */
export function rangeName(transfer: Transfer, from: number, to: number): number {
  const state = transfer.journal.state;
  const fresh = transfer.journal.sector >= 0;
  if (
    fresh &&
    state[NAME_SLOT_AT] === transfer.slot &&
    stateGet(state, NAME_OFFSET_AT) === from &&
    stateGet(state, NAME_LENGTH_AT) === to - from
  ) {
    return Ok;
  }
  return journalName(transfer.journal, transfer.slot, from, to - from);
}

/** Whether a range was erased in this power cycle and nothing programmed into it since. */
export function rangeBlank(transfer: Transfer, from: number, to: number): boolean {
  return transfer.openFrom === from && transfer.openTo === to && transfer.openFill === from;
}

/** Erases one sector of a named range, and remembers the range as blank when it was the last. */
export function rangeErase(transfer: Transfer, sector: number, from: number, to: number): number {
  transfer.openFrom = transfer.openTo = transfer.openFill = 0;
  const code = flashErase(transfer.flash, sector);
  if (code < 0) return code;
  if (flashSectorStart(transfer.flash, sector + 1) >= to) {
    transfer.openFrom = from;
    transfer.openTo = to;
    transfer.openFill = from;
  }
  return Ok;
}

/** After a failure nothing is known of the range named last. */
export function rangeDoubt(transfer: Transfer): void {
  const state = transfer.journal.state;
  transfer.openFrom = transfer.openTo = transfer.openFill = 0;
  if (state[NAME_SLOT_AT] !== transfer.slot || stateGet(state, NAME_LENGTH_AT) === 0) return;
  transfer.dirtyFrom = stateGet(state, NAME_OFFSET_AT);
  transfer.dirtyTo = stateGet(state, NAME_OFFSET_AT) + stateGet(state, NAME_LENGTH_AT);
}

/** Erases the dirty range, a sector each call. Ok when there is none, 1 when there was work. */
export function rangeClean(transfer: Transfer): number {
  const flash = transfer.flash;
  if (transfer.dirtyFrom >= transfer.dirtyTo) return Ok;
  if (!(transfer.dirtyTo <= flash.size)) return Err.FlashBounds;
  if (transfer.step === 0) {
    const code = rangeName(transfer, transfer.dirtyFrom, transfer.dirtyTo);
    transfer.eraseSector = flashSectorAt(flash, transfer.dirtyFrom);
    transfer.step = 1;
    return code < 0 ? code : 1;
  }
  const code = rangeErase(transfer, transfer.eraseSector, transfer.dirtyFrom, transfer.dirtyTo);
  if (code < 0) return code;
  transfer.eraseSector++;
  if (flashSectorStart(flash, transfer.eraseSector) >= transfer.dirtyTo) {
    transfer.dirtyFrom = transfer.dirtyTo = 0;
    transfer.step = 0;
  }
  return 1;
}
