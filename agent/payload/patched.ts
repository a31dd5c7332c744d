/**
 * A patched payload: pieces that are proven one by one and decoded against the running slot. Like a plain image it is
 * written from the first block to the last, digested whole from flash, and given an index made here. Unlike one it goes
 * on after a reset: what each unit makes is bound by a digest in the head, and the first unit that does not stand is made
 * again.
 *
 *   First: the first piece → Judge: units that stand → Make: piece → block → Name → Erase → Program → ReadBack
 *
 * A configuration that has no `patches` keeps all of this out of its bundle.
 */
import { bytesCopy, bytesEqual } from '../bytes.ts';
import { Idle, More, Ok } from '../codes.ts';
import * as Err from '../err.ts';
import { flashCompare, flashRead } from '../flash.ts';
import type { Flash } from '../flash.ts';
import { BLOCK, DIGEST_LENGTH, blockLength } from '../format/index.ts';
import {
  DIGESTS_MADE,
  DIGESTS_NEXT,
  PIECE_DIGEST,
  PIECE_MAX,
  PLACES_OFFSET,
  UNIT_DIGEST,
} from './patch/layout.ts';
import { patchMake, patchNew, patchOpen, patchPiece, patchRoom, patchUnit } from './patch/patch.ts';
import type { Patch } from './patch/patch.ts';
import { BlockStep } from './block-writer.ts';
import { digestOf, groupEnd, groupStart } from './transfer.ts';
import type { Transfer } from './transfer.ts';

/** Bytes of image made in one poll. */
const MAKE_STEP = 512;

const STAGE_FIRST = 0;
const STAGE_JUDGE = 1;
const STAGE_MAKE = 2;

export interface Patched {
  readonly patch: Patch;
  /** The block that is made: its place in the transfer's buffer. */
  readonly block: Uint8Array;
  stage: number;
  /** Bytes of the running image that may be read; 0: the patch needs none of it. */
  baseSize: number;
  /** The piece that comes: its place in the payload, its length, what of it is here, and where that stands. */
  offset: number;
  need: number;
  got: number;
  room: number;
  unit: number;
  /** The image is right up to here, and is not written again. */
  standing: number;
}

/** What the agent calls where the configuration has it. */
export interface Patches {
  readonly create: (old: Flash, fresh: Flash, block: Uint8Array) => Patched;
  readonly begin: (transfer: Transfer, patched: Patched, first: number, baseSize: number) => void;
  readonly push: (patched: Patched, bytes: Uint8Array, from: number, to: number) => number;
  readonly step: (transfer: Transfer, patched: Patched) => number;
}

function patchedNew(old: Flash, fresh: Flash, block: Uint8Array): Patched {
  return {
    patch: patchNew(old, fresh),
    block: block,
    stage: STAGE_FIRST,
    baseSize: 0,
    offset: 0,
    need: 0,
    got: 0,
    room: 0,
    unit: 0,
    standing: 0,
  };
}

function patchedBegin(transfer: Transfer, patched: Patched, first: number, baseSize: number): void {
  const patch = patched.patch;
  patch.predictor.old = transfer.source;
  patch.fresh = transfer.flash;
  patch.range.at = patch.range.end = 0;
  patched.stage = STAGE_FIRST;
  patched.baseSize = baseSize;
  patched.offset = 0;
  patched.need = first;
  patched.got = 0;
  patched.room = 0;
  patched.unit = 0;
  patched.standing = 0;
}

/** Takes bytes of the piece that comes. */
function patchedPush(patched: Patched, bytes: Uint8Array, from: number, to: number): number {
  const n = Math.min(to - from, patched.need - patched.got);
  bytesCopy(bytes, from, patched.patch.range.bytes, patched.room + patched.got, n);
  patched.got += n;
  return n;
}

/** Proves a piece, judges a block, or makes some bytes. Idle: waits for bytes. */
function patchedStep(transfer: Transfer, patched: Patched): number {
  if (patched.got < patched.need) return Idle;
  if (patched.stage === STAGE_FIRST) return firstTake(transfer, patched);
  if (patched.stage === STAGE_JUDGE) return unitJudge(transfer, patched);
  if (patched.need > 0) return pieceTake(transfer, patched);
  return blockMake(transfer, patched);
}

function pieceDigest(transfer: Transfer, patched: Patched): Uint8Array {
  return digestOf(transfer, patched.patch.range.bytes, patched.room, patched.room + patched.need);
}

function firstTake(transfer: Transfer, patched: Patched): number {
  const patch = patched.patch;
  const root = transfer.prover.manifest.indexRoot;
  if (!bytesEqual(pieceDigest(transfer, patched), 0, root, 0, DIGEST_LENGTH)) return Err.PieceDigest;
  const code = patchOpen(
    patch,
    patch.range.bytes,
    patched.need,
    patched.baseSize,
    transfer.tail.imageSize,
    transfer.payloadSize,
  );
  if (code < 0) return code;
  patched.need = patched.got = 0;
  patched.stage = STAGE_JUDGE;
  transfer.verified = 0;
  return More;
}

/**
 * Digests a block of the unit under judgement, as it stands. What a cut may have touched has been erased by now, so what
 * reads right is right.
 */
function unitJudge(transfer: Transfer, patched: Patched): number {
  const head = patched.patch.head;
  const unit = patched.unit;
  const start = head.places[unit]!;
  const end = head.places[unit + 1]!;
  if (unit + 1 >= head.units) return makeBegin(transfer, patched);
  const at = start + transfer.verified;
  if (at === start) transfer.imageHash.begin();
  if (flashRead(transfer.flash, at, patched.block, 0, BLOCK) < 0) return makeBegin(transfer, patched);
  transfer.imageHash.update(patched.block, 0, BLOCK);
  transfer.verified += BLOCK;
  if (start + transfer.verified < end) return More;
  transfer.verified = 0;
  const digest = transfer.digest;
  transfer.imageHash.finish(digest);
  if (!bytesEqual(digest, 0, head.digests, DIGESTS_MADE + unit * UNIT_DIGEST, UNIT_DIGEST))
    return makeBegin(transfer, patched);
  patched.unit++;
  return More;
}

/**
 * Goes on with the first unit that does not stand. Its first block may share an erase sector with blocks that do: they
 * are made again too.
 */
function makeBegin(transfer: Transfer, patched: Patched): number {
  const starts = patched.patch.head.places;
  transfer.verified = 0;
  patched.standing = groupStart(transfer.flash, starts[patched.unit]!);
  while (starts[patched.unit]! > patched.standing) patched.unit--;
  transfer.block = starts[patched.unit]! / BLOCK;
  transfer.kept = transfer.block;
  patched.stage = STAGE_MAKE;
  unitBegin(patched);
  return More;
}

function unitBegin(patched: Patched): void {
  const head = patched.patch.head;
  patchUnit(patched.patch, patched.unit);
  if (head.inline) return;
  bytesCopy(head.digests, patched.unit * PIECE_DIGEST, head.digests, DIGESTS_NEXT, PIECE_DIGEST);
  patched.offset = head.places[PLACES_OFFSET + patched.unit]!;
  pieceBegin(patched);
}

/** Where the unit ends in the payload. */
function unitEnd(patched: Patched): number {
  return patched.patch.head.places[PLACES_OFFSET + patched.unit + 1]!;
}

function pieceBegin(patched: Patched): void {
  patched.room = patchRoom(patched.patch);
  patched.need = Math.min(PIECE_MAX, unitEnd(patched) - patched.offset);
  patched.got = 0;
}

/** A piece that is not the last of its unit begins with the digest of the next. */
function pieceTake(transfer: Transfer, patched: Patched): number {
  const bytes = patched.patch.range.bytes;
  const digests = patched.patch.head.digests;
  const digest = pieceDigest(transfer, patched);
  if (!bytesEqual(digest, 0, digests, DIGESTS_NEXT, PIECE_DIGEST)) return Err.PieceDigest;
  patched.offset += patched.need;
  const last = patched.offset === unitEnd(patched);
  const length = last ? patched.need : patched.need - PIECE_DIGEST;
  if (!last) {
    bytesCopy(bytes, patched.room, digests, DIGESTS_NEXT, PIECE_DIGEST);
    bytesCopy(bytes, patched.room + PIECE_DIGEST, bytes, patched.room, length);
  }
  patchPiece(patched.patch, length, last);
  patched.need = patched.got = 0;
  return More;
}

function blockMake(transfer: Transfer, patched: Patched): number {
  const patch = patched.patch;
  const start = transfer.block * BLOCK;
  const end = start + blockLength(transfer.tail.imageSize, transfer.block);
  if (patch.at === patch.end) {
    patched.unit++;
    unitBegin(patched);
    return More;
  }
  const code = patchMake(patch, patched.block, start, Math.min(patch.at + MAKE_STEP, end));
  if (code < 0) return code;
  if (code === More) {
    pieceBegin(patched);
    return Idle;
  }
  if (patch.at < end) return More;
  if (stands(transfer, patched, start, end - start)) {
    transfer.kept++;
    transfer.block++;
    return More;
  }
  transfer.fetched++;
  transfer.step = BlockStep.Name;
  return More;
}

/** Whether the block that was made is there already, in no sector that is to be erased. */
function stands(transfer: Transfer, patched: Patched, at: number, length: number): boolean {
  if (at < patched.standing) return true;
  const alone = groupEnd(transfer.flash, at) - groupStart(transfer.flash, at) <= BLOCK;
  if (!alone || at + length > transfer.tailFrom) return false;
  return flashCompare(transfer.flash, at, patched.block, 0, length, transfer.scratch) === Ok;
}

export const patches: Patches = {
  create: patchedNew,
  begin: patchedBegin,
  push: patchedPush,
  step: patchedStep,
};
