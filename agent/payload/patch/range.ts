/**
 * Binary range decoder with adaptive contexts. All its numbers are below 2^31, so that an engine keeps them as integers.
 * After the last byte of its input it reads zeros: the encoder leaves those out.
 */
import {
  CONTEXT_FIRST,
  COUNT_BITS,
  DISTANCE_EXACT,
  DISTANCE_SLOT_BITS,
  DISTANCE_SLOT_MAX,
  LENGTH_EXACT,
  LENGTH_SLOT_BITS,
  LENGTH_SLOT_MAX,
  LOW_BITS,
  PROBABILITY_BITS,
  RANGE_FIRST,
  RANGE_LEAST,
} from './layout.ts';

/** By how often the context was met: the share of the way to certainty that a probability goes, in 256ths. */
export const RATES: readonly number[] = [160, 98, 71, 56, 46, 39, 34, 30, 27, 24, 22, 20, 18, 15, 12, 8];

const COUNT_MAX = 15;
const ONE = 4096;

export interface Range {
  readonly contexts: Uint16Array;
  readonly bytes: Uint8Array;
  /** The next byte, and the end of what is proven. */
  at: number;
  end: number;
  range: number;
  code: number;
}

export function rangeNew(contexts: Uint16Array, bytes: Uint8Array): Range {
  return { contexts: contexts, bytes: bytes, at: 0, end: 0, range: 0, code: 0 };
}

/** Starts at `at`, with contexts as new. */
export function rangeStart(range: Range): void {
  range.contexts.fill(CONTEXT_FIRST);
  range.range = RANGE_FIRST;
  range.code = 0;
  for (let i = 0; i < 4; i++) range.code = (range.code & 0x7fffff) * 256 + byteTake(range);
}

function byteTake(range: Range): number {
  return range.at < range.end ? range.bytes[range.at++]! : 0;
}

function settle(range: Range): void {
  while (range.range < RANGE_LEAST) {
    range.range *= 256;
    range.code = range.code * 256 + byteTake(range);
  }
}

/** The context as it is after `bit`. */
export function contextAfter(context: number, bit: number): number {
  const count = context & COUNT_MAX;
  const zero = context >> COUNT_BITS;
  const rate = RATES[count]!;
  const next = bit === 0 ? zero + (((ONE - zero) * rate) >> 8) : zero - ((zero * rate) >> 8);
  return (next << COUNT_BITS) | (count < COUNT_MAX ? count + 1 : count);
}

export function bitTake(range: Range, at: number): number {
  const context = range.contexts[at]!;
  const bound = (range.range >>> PROBABILITY_BITS) * (context >> COUNT_BITS);
  const bit = range.code < bound ? 0 : 1;
  if (bit === 0) range.range = bound;
  else {
    range.range -= bound;
    range.code -= bound;
  }
  range.contexts[at] = contextAfter(context, bit);
  settle(range);
  return bit;
}

/** A number of `bits` bits, the highest first, in contexts of its own from `at` on. */
export function treeTake(range: Range, at: number, bits: number): number {
  let node = 1;
  for (let i = 0; i < bits; i++) node = (node << 1) | bitTake(range, at + node);
  return node - (1 << bits);
}

/** Bits of which either value is as likely. */
export function plainTake(range: Range, bits: number): number {
  let value = 0;
  for (let i = 0; i < bits; i++) {
    range.range >>>= 1;
    const bit = range.code < range.range ? 0 : 1;
    if (bit === 1) range.code -= range.range;
    value = (value << 1) | bit;
    settle(range);
  }
  return value;
}

/** A length less its least, or -1 for one that cannot be. */
export function lengthTake(range: Range, at: number): number {
  const slot = treeTake(range, at, LENGTH_SLOT_BITS);
  if (slot < LENGTH_EXACT) return slot;
  if (slot > LENGTH_SLOT_MAX) return -1;
  const bits = ((slot - LENGTH_EXACT) >> 2) + 2;
  return ((4 + ((slot - LENGTH_EXACT) & 3)) << bits) + plainTake(range, bits);
}

/** A distance: slot tree at `slots`, low bits at `low`. -1 for one that cannot be. */
export function distanceTake(range: Range, slots: number, low: number): number {
  const slot = treeTake(range, slots, DISTANCE_SLOT_BITS);
  if (slot < DISTANCE_EXACT) return slot;
  if (slot > DISTANCE_SLOT_MAX) return -1;
  const bits = (slot >> 1) - 1;
  const high = (2 + (slot & 1)) << bits;
  if (bits <= LOW_BITS) return high + treeTake(range, low + (slot - DISTANCE_EXACT) * 16, bits);
  const middle = plainTake(range, bits - LOW_BITS) << LOW_BITS;
  return high + middle + treeTake(range, low + 128, LOW_BITS);
}
