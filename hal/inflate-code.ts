/**
 * The state of hal/inflate.ts, and of it the lower half: bits out of the input, symbols out of the bits, codes out of
 * lengths. In the device dialect.
 */

export const MAX_BITS = 15;
export const LITERALS_MAX = 288; // of the fixed code; a dynamic one has up to 286
export const DISTANCES_MAX = 30;
// Index bits of the table for short codes; longer ones are looked for bit by bit.
export const LITERAL_INDEX = 512;
export const DISTANCE_INDEX = 64;

export const NEED_INPUT = -1;
export const BAD = -2;

/** A canonical code. */
export interface Code {
  /** How many codes there are of each length. */
  readonly counts: Uint16Array;
  /** The symbols in the order of their codes. */
  readonly symbols: Uint16Array;
  /** By the next bits of the input: symbol << 4 | length, or 0 when the code is longer or there is none. */
  readonly index: Uint16Array;
}

export interface State {
  readonly literals: Code;
  readonly distances: Code;
  /** Lengths of the codes being read, literals before distances. */
  readonly lengths: Uint8Array;
  /** Work space of codeBuild: where the symbols of each length start. */
  readonly starts: Uint16Array;
  ring: Uint8Array;
  start: number;
  /** Bytes that came before the stream. */
  have: number;
  at: number;
  end: number;
  bytes: Uint8Array;
  from: number;
  to: number;
  /** Bits taken and not used, the next one lowest. */
  bits: number;
  held: number;
  step: number;
  last: boolean;
  literalCount: number;
  /** Lengths of literals and distances together. */
  total: number;
  codeCount: number;
  /** How many lengths have been read. */
  read: number;
  /** Symbol, length or distance code that waits for its extra bits. */
  symbol: number;
  /** Bytes still to copy. */
  length: number;
}

export const codeOpen = (symbols: number, index: number): Code => ({
  counts: new Uint16Array(MAX_BITS + 1),
  symbols: new Uint16Array(symbols),
  index: new Uint16Array(index),
});

/** Fills the index for short codes. Codes come with their highest bit first, so the index is by the code reversed. */
const codeIndex = (code: Code): void => {
  const size = code.index.length;
  let value = 0;
  let next = 0;
  code.index.fill(0);
  for (let length = 1; 1 << length <= size; length++) {
    for (let n = code.counts[length] as number; n > 0; n--) {
      let reversed = 0;
      for (let bit = 0; bit < length; bit++) reversed |= ((value >> bit) & 1) << (length - 1 - bit);
      const entry = ((code.symbols[next] as number) << 4) | length;
      for (let i = reversed; i < size; i += 1 << length) code.index[i] = entry;
      value++;
      next++;
    }
    value <<= 1;
  }
};

/** Makes the code from the lengths first..first+count-1. Returns whether it is one that may be used. */
export const codeBuild = (s: State, code: Code, first: number, count: number, partial: boolean): boolean => {
  const counts = code.counts;
  counts.fill(0);
  for (let i = 0; i < count; i++) {
    const length = s.lengths[first + i] as number;
    counts[length] = (counts[length] as number) + 1;
  }
  const used = count - (counts[0] as number);
  counts[0] = 0;
  let left = 1;
  s.starts[1] = 0;
  for (let length = 1; length <= MAX_BITS; length++) {
    left = left * 2 - (counts[length] as number);
    // Over-subscribed; and before the symbols are placed, as a code with too many lengths does not say how many it has.
    if (left < 0) return false;
    if (length < MAX_BITS) s.starts[length + 1] = (s.starts[length] as number) + (counts[length] as number);
  }
  // As in zlib: no code at all, or one of one bit, is no fault until it is used.
  if (left > 0 && !(partial && (used === 0 || (used === 1 && counts[1] === 1)))) return false;
  for (let i = 0; i < count; i++) {
    const length = s.lengths[first + i] as number;
    if (length > 0) {
      const place = s.starts[length] as number;
      code.symbols[place] = i;
      s.starts[length] = place + 1;
    }
  }
  codeIndex(code);
  return true;
};

/** The codes of RFC 1951 section 3.2.6. */
export const codesFixed = (s: State): void => {
  s.lengths.fill(8, 0, 144);
  s.lengths.fill(9, 144, 256);
  s.lengths.fill(7, 256, 280);
  s.lengths.fill(8, 280, LITERALS_MAX);
  codeBuild(s, s.literals, 0, LITERALS_MAX, false);
  s.lengths.fill(5, 0, 32);
  codeBuild(s, s.distances, 0, 32, false);
};

const byteTake = (s: State): boolean => {
  if (s.from >= s.to) return false;
  s.bits |= (s.bytes[s.from] as number) << s.held;
  s.from++;
  s.held += 8;
  return true;
};

/** The next `count` (at most 16) bits as a number, or NEED_INPUT with none of them used. */
export const bitsTake = (s: State, count: number): number => {
  while (s.held < count) if (!byteTake(s)) return NEED_INPUT;
  const value = s.bits & ((1 << count) - 1);
  s.bits >>>= count;
  s.held -= count;
  return value;
};

/** The next symbol whose code is longer than the index, NEED_INPUT with no bit used, or BAD. */
const symbolSearch = (s: State, code: Code): number => {
  let value = 0;
  let first = 0;
  let next = 0;
  for (let length = 1; length <= MAX_BITS; length++) {
    if (s.held < length && !byteTake(s)) return NEED_INPUT;
    const count = code.counts[length] as number;
    value |= (s.bits >>> (length - 1)) & 1;
    if (value - first < count) {
      s.bits >>>= length;
      s.held -= length;
      return code.symbols[next + value - first] as number;
    }
    next += count;
    first = (first + count) << 1;
    value <<= 1;
  }
  return BAD;
};

/** The next symbol, NEED_INPUT with no bit used, or BAD. */
export const symbolTake = (s: State, code: Code): number => {
  for (;;) {
    const entry = code.index[s.bits & (code.index.length - 1)] as number;
    const length = entry & 15;
    // An entry found with the bits missing taken as 0 holds if it does not count them.
    if (length > 0 && length <= s.held) {
      s.bits >>>= length;
      s.held -= length;
      return entry >> 4;
    }
    if (length === 0 && 1 << s.held >= code.index.length) return symbolSearch(s, code);
    if (!byteTake(s)) return NEED_INPUT;
  }
};
