/**
 * What stands at each place of the new image if nothing but places changed: the old image through the copy map, with
 * references led to where their targets are now. Goes forward byte by byte; is told what really stands there, and
 * remembers: a word that came out otherwise comes out so again, and addresses in RAM move together with their neighbours.
 *
 * Encoder and decoder run this same code. It starts anew with each unit, so that a device can start there.
 */
import { readU16, readU32, writeU16, writeU32 } from '../../bytes.ts';
import type { Flash } from '../../flash.ts';
import { flashRead } from '../../flash.ts';
import type { CopyMap } from './copy-map.ts';
import { copyEnd, copyTarget } from './copy-map.ts';
import { COPY_OLD, FLAG_RISCV, FLAG_THUMB } from './layout.ts';
import { LUI_AHEAD } from './riscv-layout.ts';
import { riscvIsCode, riscvIsLui, riscvIsWide, riscvJump, riscvLow, riscvLui } from './riscv.ts';
import { isWide, thumbNarrow, thumbWide } from './thumb.ts';

const WORDS = 256;
const RAM = 256;
/** Addresses in RAM: 1 MiB from here. Neighbours are 64 bytes. */
const RAM_FIRST = 0x200;
const RAM_SHIFT = 20;
const NEIGHBOUR_SHIFT = 6;
const UNKNOWN = -32768;
const CACHE = 64;
const HALF = 2;
/** In one array: bytes of the old image, then the group as predicted, and as it is. */
const PREDICTED: number = CACHE + HALF;
const ACTUAL: number = PREDICTED + 4 + HALF;
const BYTES: number = ACTUAL + 4;
const WORD_TO = WORDS;
/** 2^32 over the golden ratio: its upper half, so that products stay exact. */
const SPREAD = 0x9e37;

export interface Predictor {
  readonly map: CopyMap;
  old: Flash;
  oldSize: number;
  /** Whose references are led: FLAG_THUMB, FLAG_RISCV, or 0; and where that code is linked to run. */
  references: number;
  base: number;
  /** The next place. */
  at: number;
  /** The copy at or before it, -1 before the first; and where its scan began. */
  copy: number;
  from: number;
  /** The group at work: where it starts, its bytes as predicted and as they are. 0 bytes: none. */
  group: number;
  length: number;
  word: number;
  /** Bytes of the old image; at PREDICTED and at ACTUAL those of the group, each behind the halfword before it. */
  readonly bytes: Uint8Array;
  /** Words as they were; at WORD_TO, as they came out. */
  readonly words: Uint32Array;
  /** By neighbours in RAM what they moved by; in RISC-V code, what LUI put in registers. */
  readonly ram: Int16Array;
  ramLast: number;
  cacheAt: number;
  cacheTo: number;
  failed: boolean;
}

export function predictorNew(map: CopyMap, old: Flash): Predictor {
  const bytes = new Uint8Array(8 * WORDS + 2 * RAM + BYTES);
  return {
    map: map,
    old: old,
    oldSize: 0,
    references: 0,
    base: 0,
    at: 0,
    copy: -1,
    from: 0,
    group: 0,
    length: 0,
    word: 0,
    bytes: bytes.subarray(8 * WORDS + 2 * RAM),
    words: new Uint32Array(bytes.buffer, 0, 2 * WORDS),
    ram: new Int16Array(bytes.buffer, 8 * WORDS, RAM),
    ramLast: 0,
    cacheAt: 0,
    cacheTo: 0,
    failed: false,
  };
}

/** Nothing that was read of the old image is known any more: it may be another one. */
export function predictorForget(predictor: Predictor): void {
  predictor.cacheAt = predictor.cacheTo = 0;
  predictor.failed = false;
}

/** Starts anew at a place of the new image. */
export function predictorStart(predictor: Predictor, at: number): void {
  predictorForget(predictor);
  predictor.at = at;
  predictor.copy = -1;
  predictor.from = at;
  predictor.group = at;
  predictor.length = 0;
  predictor.words.fill(0);
  predictor.ram.fill(UNKNOWN);
  predictor.ramLast = 0;
  copySeek(predictor);
}

/** Moves on to the copy at or before the place. */
function copySeek(predictor: Predictor): void {
  const map = predictor.map;
  while (predictor.copy + 1 < map.count && map.copies[predictor.copy + 1]! <= predictor.at) {
    predictor.copy++;
    predictor.from = Math.max(predictor.at, map.copies[predictor.copy]!);
  }
}

/** What is added to a place of the new image for the place of the old one that it is aligned with. */
export function predictorShift(predictor: Predictor): number {
  const copy = predictor.copy;
  const copies = predictor.map.copies;
  return copy < 0 ? 0 : copies[COPY_OLD + copy]! - copies[copy]!;
}

/** Whether the place is in a copy. */
export function predictorCopies(predictor: Predictor): boolean {
  const copy = predictor.copy;
  return copy >= 0 && predictor.at < copyEnd(predictor.map, copy);
}

/** Has `length` bytes of the old image at `place` in the cache. Returns where in it, or -1. */
export function predictorOld(predictor: Predictor, place: number, length: number): number {
  if (!(place >= 0 && place + length <= predictor.oldSize)) return -1;
  if (place < predictor.cacheAt || place + length > predictor.cacheTo) {
    const n = Math.min(CACHE, predictor.oldSize - place);
    predictor.cacheAt = place;
    predictor.cacheTo = place + n;
    if (flashRead(predictor.old, place, predictor.bytes, 0, n) < 0) {
      predictor.cacheTo = place;
      predictor.failed = true;
      return -1;
    }
  }
  return place - predictor.cacheAt;
}

function wordPlace(word: number): number {
  return ((((word & 0xffff) * SPREAD) ^ ((word >>> 16) * SPREAD)) >>> 8) % WORDS;
}

/** Predicts an address in RAM by what its neighbours moved by. */
function ramTarget(predictor: Predictor, word: number): number {
  const known = predictor.ram[(word >>> NEIGHBOUR_SHIFT) % RAM]!;
  return (word + (known === UNKNOWN ? predictor.ramLast : known)) >>> 0;
}

function ramLearn(predictor: Predictor, word: number, actual: number): void {
  const distance = actual - word;
  if (!(distance > UNKNOWN && distance < -UNKNOWN)) return;
  predictor.ram[(word >>> NEIGHBOUR_SHIFT) % RAM] = distance;
  predictor.ramLast = distance;
}

function isRam(predictor: Predictor, word: number): boolean {
  return predictor.references === FLAG_THUMB && word >>> RAM_SHIFT === RAM_FIRST;
}

/** Whether a halfword is the first of two. */
function isFirst(predictor: Predictor, half: number): boolean {
  return predictor.references === FLAG_RISCV ? riscvIsWide(half) : isWide(half);
}

/** A word of RISC-V code that is part of an address, or -1. */
function pairPredict(predictor: Predictor, word: number, place: number): number {
  if (!riscvIsLui(word)) return riscvLow(predictor, word, place);
  const length = Math.min(LUI_AHEAD, predictor.oldSize - place);
  const at = predictorOld(predictor, place, length);
  return at < 0 ? -1 : riscvLui(predictor, at, at + length, place);
}

/** The word at `place` of the old image as it is to be expected, or -1 where it is two halfwords. */
function wordPredict(predictor: Predictor, word: number, place: number): number {
  const riscv = predictor.references === FLAG_RISCV;
  const wide = isFirst(predictor, word & 0xffff);
  if ((place & 3) !== 0 && !wide) return -1;
  if (riscv && wide) {
    const part = pairPredict(predictor, word, place);
    if (part >= 0) return part;
  }
  const known = wordPlace(word);
  if (word !== 0 && predictor.words[known] === word) return predictor.words[WORD_TO + known]!;
  if ((place & 3) === 0 && !(riscv && riscvIsCode(word))) {
    const offset = (word - (word & 1) - predictor.base) | 0;
    if (predictor.base > 0 && offset >= 0 && offset < predictor.oldSize)
      return (predictor.base + copyTarget(predictor.map, offset) + (word & 1)) >>> 0;
    if (isRam(predictor, word)) return ramTarget(predictor, word);
  }
  if (!wide) return -1;
  const lead = riscv ? riscvJump : thumbWide;
  return lead(predictor.map, word, place, predictor.at, predictor.oldSize);
}

/** Begins the group at the place: a word, a halfword, or a byte. */
function groupBegin(predictor: Predictor): void {
  copySeek(predictor);
  predictor.group = predictor.at;
  predictor.length = 1;
  const place = predictor.at + predictorShift(predictor);
  const bytes = predictor.bytes;
  const inside = predictorCopies(predictor);
  const copy = predictor.copy;
  const left = inside ? copyEnd(predictor.map, copy) - predictor.at : 0;
  const even = (place & 1) === 0 && (predictor.at & 1) === 0;
  if (predictor.references === 0 || !inside || !even || left < 2) {
    const at = predictorOld(predictor, place, 1);
    if (at < 0) predictor.length = 0;
    else bytes[PREDICTED] = bytes[at]!;
    return;
  }
  if (left >= 4) {
    const at = predictorOld(predictor, place, 4);
    if (at < 0) {
      predictor.length = 0;
      return;
    }
    const word = readU32(bytes, at);
    const predicted = wordPredict(predictor, word, place);
    // What stands behind it could not be read.
    if (predictor.failed) {
      predictor.length = 0;
      return;
    }
    if (predicted >= 0) {
      writeU32(bytes, PREDICTED, predicted);
      predictor.word = word;
      predictor.length = 4;
      return;
    }
  }
  const at = predictorOld(predictor, place, 2);
  if (at < 0) {
    predictor.length = 0;
    return;
  }
  const half = readU16(bytes, at);
  const wide = isFirst(predictor, half);
  predictor.length = 2;
  const same = wide || predictor.references !== FLAG_THUMB;
  const predicted = same ? half : thumbNarrow(predictor.map, half, place, predictor.at, predictor.oldSize);
  writeU16(bytes, PREDICTED, predicted);
}

/** The byte to be expected at the place, or -1 where the old image has none for it. */
export function predictorByte(predictor: Predictor): number {
  const done = predictor.at - predictor.group;
  if (!(done < predictor.length)) groupBegin(predictor);
  return predictor.length === 0 ? -1 : predictor.bytes[PREDICTED + predictor.at - predictor.group]!;
}

/** What stands at the place. Goes on to the next. `predictorByte` has been asked. */
export function predictorTake(predictor: Predictor, byte: number): void {
  const done = predictor.at - predictor.group;
  predictor.bytes[ACTUAL + done] = byte;
  predictor.at++;
  if (done + 1 < predictor.length) return;
  if (predictor.length === 4) wordLearn(predictor, predictor.word, 0);
  if (predictor.length === 2) halfLearn(predictor);
  halfKeep(predictor, predictor.length);
  predictor.length = 0;
  predictor.group = predictor.at;
}

/** `at`: where it starts, from the group on. */
function wordLearn(predictor: Predictor, word: number, at: number): void {
  const actual = readU32(predictor.bytes, ACTUAL + at);
  if (isRam(predictor, word)) ramLearn(predictor, word, actual);
  if (word === 0 || actual === readU32(predictor.bytes, PREDICTED + at)) return;
  const known = wordPlace(word);
  predictor.words[known] = word;
  predictor.words[WORD_TO + known] = actual;
}

/** The second halfword of a whole word is looked at with the first. */
function halfLearn(predictor: Predictor): void {
  const place = predictor.group + predictorShift(predictor);
  if ((place & 2) !== 0 && predictor.group - predictor.from >= 2) {
    const at = predictorOld(predictor, place - 2, 4);
    if (at >= 0) wordLearn(predictor, readU32(predictor.bytes, at), -HALF);
  }
}

/** The halfword behind which the next group stands. */
function halfKeep(predictor: Predictor, length: number): void {
  if (length < 2) {
    predictor.from = predictor.at;
    return;
  }
  const bytes = predictor.bytes;
  writeU16(bytes, PREDICTED - HALF, readU16(bytes, PREDICTED + length - HALF));
  writeU16(bytes, ACTUAL - HALF, readU16(bytes, ACTUAL + length - HALF));
}
