/**
 * The decoder of patches: docs/SPEC.md section 9. Makes the new image from its first byte to its last, block by block,
 * out of the old slot, what has been made of the new one, and proven pieces of the patch.
 *
 *   piece → range decoder → tokens → block
 *                             ↑
 *            old slot → predictor (copy map, references)
 *
 * Nothing here grows with the image, nothing is made after open, and every token makes a byte at least: a patch that lies
 * ends with a code or with an image of another digest.
 */
import { More, Ok } from '../../codes.ts';
import * as Err from '../../err.ts';
import { flashRead } from '../../flash.ts';
import type { Flash } from '../../flash.ts';
import { copyMapNew, copyMapTake } from './copy-map.ts';
import { headNew, headTake } from './head.ts';
import type { Head } from './head.ts';
import {
  AFTER_AT,
  CLASS_ALIGNED,
  CLASS_LITERAL,
  CLASS_OTHER,
  CONTEXTS_MAX,
  DISTANCE_SLOT_BITS,
  FLAG_ALIGNED,
  FLAG_MAPPED,
  FLAG_RESIDUAL,
  FLAG_RISCV,
  FLAG_THUMB,
  JUMP_AT,
  KIND_ALIGNED,
  KIND_AT,
  KIND_BEFORE,
  KIND_JUMP,
  KIND_NEAR,
  KIND_REPEAT,
  LENGTH_AT,
  LENGTH_LEAST,
  LENGTH_SLOT_BITS,
  LENGTH_TREE,
  LITERAL_AT,
  MATCH_AT,
  NEAR_AT,
  NEAR_LENGTHS,
  PIECE_MAX,
  SIGN_AT,
  TOKEN_MAX,
} from './layout.ts';
import {
  predictorByte,
  predictorCopies,
  predictorForget,
  predictorNew,
  predictorOld,
  predictorShift,
  predictorStart,
  predictorTake,
} from './predictor.ts';
import type { Predictor } from './predictor.ts';
import { bitTake, distanceTake, lengthTake, plainTake, rangeNew, rangeStart, treeTake } from './range.ts';
import type { Range } from './range.ts';

export interface Patch {
  readonly head: Head;
  readonly range: Range;
  readonly predictor: Predictor;
  fresh: Flash;
  mapped: boolean;
  /** Whether the unit's first piece is there, and whether all are. */
  begun: boolean;
  whole: boolean;
  /** The next byte of the new image, and the end of the unit. */
  at: number;
  end: number;
  /** Classes of the last two tokens. */
  state: number;
  /** What is added to a place of the new image for the place of the old one: now, and before the last jump. */
  shift: number;
  shiftBefore: number;
  /** The place of the old image behind what was copied last, and the last distance back in the new one. */
  oldEnd: number;
  repeat: number;
  /** The token at work: bytes to go, its kind, the old place or the distance. */
  left: number;
  kind: number;
  from: number;
  /** The byte before. */
  last: number;
}

export function patchNew(old: Flash, fresh: Flash): Patch {
  const bytes = new Uint8Array(2 * CONTEXTS_MAX + PIECE_MAX + TOKEN_MAX);
  const contexts = new Uint16Array(bytes.buffer, 0, CONTEXTS_MAX);
  return {
    head: headNew(),
    range: rangeNew(contexts, bytes.subarray(2 * CONTEXTS_MAX)),
    predictor: predictorNew(copyMapNew(), old),
    fresh: fresh,
    mapped: false,
    begun: false,
    whole: false,
    at: 0,
    end: 0,
    state: 0,
    shift: 0,
    shiftBefore: 0,
    oldEnd: 0,
    repeat: 0,
    left: 0,
    kind: 0,
    from: 0,
    last: 0,
  };
}

/** Takes the first piece, proven, of a patch from `oldSize` bytes to `freshSize`. */
export function patchOpen(
  patch: Patch,
  piece: Uint8Array,
  length: number,
  oldSize: number,
  freshSize: number,
  payloadSize: number,
): number {
  const head = patch.head;
  const range = patch.range;
  if (!(length <= PIECE_MAX)) return Err.PatchMalformed;
  let code = headTake(head, piece, length, freshSize, payloadSize);
  if (code < 0) return code;
  for (let i = 0; i < length; i++) range.bytes[i] = piece[i]!;
  patch.mapped = (head.flags & FLAG_MAPPED) !== 0;
  patch.predictor.oldSize = oldSize;
  patch.predictor.references = head.flags & (FLAG_THUMB | FLAG_RISCV);
  patch.predictor.base = head.base;
  range.at = head.mapFrom;
  range.end = head.mapTo;
  if (patch.mapped) {
    rangeStart(range);
    code = copyMapTake(patch.predictor.map, range, head.copies, freshSize, oldSize);
    if (code < 0) return code;
  }
  range.at = head.end;
  range.end = length;
  return Ok;
}

/** Starts a unit. Its first piece is in place where it is inline; else it is to come. */
export function patchUnit(patch: Patch, unit: number): void {
  const start = patch.head.places[unit]!;
  patch.at = start;
  patch.end = patch.head.places[unit + 1]!;
  patch.state = 0;
  patch.shift = patch.shiftBefore = 0;
  patch.oldEnd = start;
  patch.repeat = 1;
  patch.left = 0;
  patch.last = 0;
  patch.begun = patch.whole = patch.head.inline;
  if (!patch.head.inline) patch.range.at = patch.range.end = 0;
  if (patch.mapped) predictorStart(patch.predictor, start);
  else predictorForget(patch.predictor);
  if (patch.head.inline) rangeStart(patch.range);
}

/** Bytes of the next piece can be put at the returned place of `patch.range.bytes`; what is left over moves to the front. */
export function patchRoom(patch: Patch): number {
  const range = patch.range;
  const left = range.end - range.at;
  for (let i = 0; i < left; i++) range.bytes[i] = range.bytes[range.at + i]!;
  range.at = 0;
  range.end = left;
  return left;
}

/** `length` proven bytes stand behind what was left over. `last`: there are no more in this unit. */
export function patchPiece(patch: Patch, length: number, last: boolean): void {
  patch.range.end += length;
  patch.whole = last;
  if (!patch.begun) rangeStart(patch.range);
  patch.begun = true;
}

/**
 * Makes bytes of the new image up to `to`, into the block that starts at `start`. Ok: it has come so far; More: another
 * piece is needed first.
 */
export function patchMake(patch: Patch, block: Uint8Array, start: number, to: number): number {
  const range = patch.range;
  while (patch.at < to) {
    if (patch.left > 0) {
      const code = copyMake(patch, block, start, to);
      if (code < 0) return code;
      continue;
    }
    if (!patch.whole && range.end - range.at < TOKEN_MAX) return More;
    const code = tokenTake(patch, block, start);
    if (code < 0) return code;
  }
  return Ok;
}

/** Reads a token. A literal is made at once; of a copy its kind, source and length are noted. */
function tokenTake(patch: Patch, block: Uint8Array, start: number): number {
  const range = patch.range;
  const around = (patch.head.flags & FLAG_ALIGNED) !== 0 ? patch.at & 3 : 0;
  if (bitTake(range, MATCH_AT + patch.state * 4 + around) === 0) return literalMake(patch, block, start);
  const kind = kindTake(patch);
  const length = lengthTake(range, LENGTH_AT + LENGTH_TREE[kind]! * (1 << LENGTH_SLOT_BITS));
  if (length < 0) return Err.PatchMalformed;
  patch.left = length + LENGTH_LEAST[kind]!;
  patch.kind = kind;
  if (!(patch.left <= patch.end - patch.at)) return Err.PatchMalformed;
  stateNext(patch, kind === KIND_ALIGNED ? CLASS_ALIGNED : CLASS_OTHER);
  if (kind === KIND_NEAR || kind === KIND_REPEAT) return nearTake(patch);
  return sourceTake(patch);
}

function kindTake(patch: Patch): number {
  const at = KIND_AT + patch.state * 4;
  if (bitTake(patch.range, at) === 0) return KIND_ALIGNED;
  if (bitTake(patch.range, at + 1) === 0) return KIND_BEFORE;
  if (bitTake(patch.range, at + 2) === 0) return KIND_JUMP;
  return bitTake(patch.range, at + 3) === 0 ? KIND_NEAR : KIND_REPEAT;
}

function stateNext(patch: Patch, kind: number): void {
  patch.state = (patch.state % 3) * 3 + kind;
}

/** The distance of a copy from the new image. */
function nearTake(patch: Patch): number {
  if (patch.kind === KIND_NEAR) {
    const tree = Math.min(NEAR_LENGTHS - 1, patch.left - LENGTH_LEAST[KIND_NEAR]!);
    const slots = NEAR_AT + tree * (1 << DISTANCE_SLOT_BITS);
    const low = NEAR_AT + NEAR_LENGTHS * (1 << DISTANCE_SLOT_BITS);
    const distance = distanceTake(patch.range, slots, low);
    if (distance < 0) return Err.PatchMalformed;
    patch.repeat = distance + 1;
  }
  patch.from = patch.repeat;
  return patch.repeat <= patch.at ? Ok : Err.PatchMalformed;
}

/** The place of a copy from the old image, and what is aligned from now on. */
function sourceTake(patch: Patch): number {
  if (patch.kind === KIND_ALIGNED && patch.mapped) return Ok;
  let from = patch.at + patch.shift;
  if (patch.kind === KIND_BEFORE && !patch.mapped) from = patch.at + patch.shiftBefore;
  if (patch.kind === KIND_JUMP) {
    const back = bitTake(patch.range, SIGN_AT);
    const distance = distanceTake(patch.range, JUMP_AT, JUMP_AT + (1 << DISTANCE_SLOT_BITS));
    if (distance < 0) return Err.PatchMalformed;
    from = patch.oldEnd + (back === 1 ? -distance : distance);
  }
  if (!(from >= 0 && from + patch.left <= patch.predictor.oldSize)) return Err.PatchMalformed;
  patch.from = from;
  patch.oldEnd = from + patch.left;
  if (patch.kind === KIND_ALIGNED) return Ok;
  patch.shiftBefore = patch.shift;
  patch.shift = from - patch.at;
  return Ok;
}

/** Makes bytes of the copy at work. */
function copyMake(patch: Patch, block: Uint8Array, start: number, to: number): number {
  const place = patch.at - start;
  const n = Math.min(patch.left, to - patch.at);
  if (patch.kind === KIND_ALIGNED && patch.mapped) return alignedMake(patch, block, place, n);
  const made =
    patch.kind === KIND_NEAR || patch.kind === KIND_REPEAT
      ? nearMake(patch, block, place, n)
      : oldMake(patch, block, place, n);
  if (made < 0) return made;
  patch.left -= made;
  return bytesMade(patch, block, place, made);
}

function alignedMake(patch: Patch, block: Uint8Array, place: number, n: number): number {
  const predictor = patch.predictor;
  for (let i = 0; i < n; i++) {
    const byte = predictorByte(predictor);
    if (byte < 0) return predictor.failed ? Err.FlashFailed : Err.PatchMalformed;
    block[place + i] = byte;
    predictorTake(predictor, byte);
  }
  patch.at += n;
  patch.left -= n;
  patch.last = block[place + n - 1]!;
  if (patch.left === 0) patch.oldEnd = alignedEnd(patch);
  return Ok;
}

/** The place of the old image that is aligned with the next byte. */
function alignedEnd(patch: Patch): number {
  predictorByte(patch.predictor);
  return patch.at + predictorShift(patch.predictor);
}

function oldMake(patch: Patch, block: Uint8Array, place: number, n: number): number {
  const code = flashRead(patch.predictor.old, patch.from, block, place, place + n);
  patch.from += n;
  return code < 0 ? code : n;
}

/** What of the source is in flash is read, the rest is in the block. */
function nearMake(patch: Patch, block: Uint8Array, place: number, n: number): number {
  const from = place - patch.from;
  if (from < 0) {
    const inFlash = Math.min(n, -from);
    const code = flashRead(patch.fresh, patch.at - patch.from, block, place, place + inFlash);
    return code < 0 ? code : inFlash;
  }
  for (let i = 0; i < n; i++) block[place + i] = block[from + i]!;
  return n;
}

/** Goes on behind `n` bytes of the block at `place`. */
function bytesMade(patch: Patch, block: Uint8Array, place: number, n: number): number {
  if (patch.mapped) {
    for (let i = 0; i < n; i++) {
      predictorByte(patch.predictor);
      predictorTake(patch.predictor, block[place + i]!);
    }
    if (patch.predictor.failed) return Err.FlashFailed;
  }
  patch.at += n;
  patch.last = block[place + n - 1]!;
  return Ok;
}

function literalMake(patch: Patch, block: Uint8Array, start: number): number {
  const range = patch.range;
  const aligned = alignedByte(patch);
  if (aligned < -1) return Err.FlashFailed;
  const plain =
    LITERAL_AT + ((patch.last >> (7 - patch.head.literalBits)) & ((1 << patch.head.literalBits) - 1)) * 256;
  let byte: number;
  if (patch.head.plain) byte = plainTake(range, 8);
  else if (aligned < 0) byte = treeTake(range, plain, 8);
  else if ((patch.head.flags & FLAG_RESIDUAL) !== 0 && predictorCopies(patch.predictor)) {
    byte = (aligned + treeTake(range, AFTER_AT + (patch.state % 3) * 256, 8)) & 0xff;
  } else byte = literalAfter(range, aligned, plain);
  stateNext(patch, CLASS_LITERAL);
  const place = patch.at - start;
  block[place] = byte;
  return bytesMade(patch, block, place, 1);
}

/** A literal beside the byte that is aligned with it, as long as their bits are the same. */
function literalAfter(range: Range, aligned: number, plain: number): number {
  let node = 1;
  let same = true;
  for (let i = 7; i >= 0; i--) {
    const expected = (aligned >> i) & 1;
    const bit = bitTake(range, same ? AFTER_AT + expected * 256 + node : plain + node);
    if (bit !== expected) same = false;
    node = (node << 1) | bit;
  }
  return node - 256;
}

/** The byte of the old image that is aligned with the next one; -1: none, or not asked for; -2: not readable. */
function alignedByte(patch: Patch): number {
  if (patch.mapped) {
    const byte = predictorByte(patch.predictor);
    return patch.predictor.failed ? -2 : byte;
  }
  const place = patch.at + patch.shift;
  if (patch.state % 3 === CLASS_LITERAL || !(place >= 0 && place < patch.predictor.oldSize)) return -1;
  const at = predictorOld(patch.predictor, place, 1);
  return at < 0 ? -2 : patch.predictor.bytes[at]!;
}
