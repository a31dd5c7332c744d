/**
 * The state of hal/inflate.ts, and of it the lower half: bits out of the input, symbols out of the bits, codes out of
 * lengths. In the device dialect.
 */

export const MAX_BITS = 15;
export const LITERALS_MAX = 288; // of the fixed code; a dynamic one has up to 286
export const DISTANCES_MAX = 30;
export const DISTANCE_SYMBOLS = 32; // of the fixed code, of which two are none
// Index bits of the table for short codes; longer ones are looked for bit by bit.
export const LITERAL_INDEX = 512;
export const DISTANCE_INDEX = 64;

export const NEED_INPUT = -1;
export const BAD = -2;

/** A canonical code: where its tables begin in `State.words`. */
export interface Code {
  /** By the next bits of the input: symbol << 4 | length, or 0 when the code is longer or there is none. */
  readonly index: number;
  /** Entries of the index, less one. */
  readonly mask: number;
  /** How many codes there are of each length. */
  readonly counts: number;
  /** The symbols in the order of their codes. */
  readonly symbols: number;
}

export interface State {
  /** The tables of both codes, and `starts`: one array, as each takes slots of its own. */
  readonly words: Uint16Array;
  readonly literals: Code;
  readonly distances: Code;
  /** Lengths of the codes being read, literals before distances. */
  readonly lengths: Uint8Array;
  /** Work space of codeBuild in `words`: where the symbols of each length start. */
  readonly starts: number;
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

/** Words of a table with a row for each length of code. */
export const LENGTHS: number = MAX_BITS + 1;

/** Words that a code takes. */
export const codeWords = (symbols: number, index: number): number => index + LENGTHS + symbols;

/** A code with its tables from `at` on. */
export const codeOpen = (at: number, index: number): Code => ({
  index: at,
  mask: index - 1,
  counts: at + index,
  symbols: at + index + LENGTHS,
});

/** Fills the index for short codes. Codes come with their highest bit first, so the index is by the code reversed. */
const codeIndex = (words: Uint16Array, code: Code): void => {
  const size = code.mask + 1;
  const index = code.index;
  let value = 0;
  let next = code.symbols;
  words.fill(0, index, index + size);
  for (let length = 1; 1 << length <= size; length++) {
    for (let n = words[code.counts + length] as number; n > 0; n--) {
      let reversed = 0;
      for (let bit = 0; bit < length; bit++) reversed |= ((value >> bit) & 1) << (length - 1 - bit);
      const entry = ((words[next] as number) << 4) | length;
      for (let i = reversed; i < size; i += 1 << length) words[index + i] = entry;
      value++;
      next++;
    }
    value <<= 1;
  }
};

/** Makes the code from the lengths first..first+count-1. Returns whether it is one that may be used. */
export const codeBuild = (s: State, code: Code, first: number, count: number, partial: boolean): boolean => {
  const words = s.words;
  const counts = code.counts;
  const starts = s.starts;
  words.fill(0, counts, counts + LENGTHS);
  for (let i = 0; i < count; i++) words[counts + (s.lengths[first + i] as number)]!++;
  const used = count - (words[counts] as number);
  words[counts] = 0;
  let left = 1;
  words[starts + 1] = code.symbols;
  for (let length = 1; length <= MAX_BITS; length++) {
    const n = words[counts + length] as number;
    left = left * 2 - n;
    // Over-subscribed; and before the symbols are placed, as a code with too many lengths does not say how many it has.
    if (left < 0) return false;
    if (length < MAX_BITS) words[starts + length + 1] = (words[starts + length] as number) + n;
  }
  // As in zlib: no code at all, or one of one bit, is no fault until it is used.
  if (left > 0 && !(partial && (used === 0 || (used === 1 && words[counts + 1] === 1)))) return false;
  for (let i = 0; i < count; i++) {
    const length = s.lengths[first + i] as number;
    if (length > 0) words[words[starts + length]!++] = i;
  }
  codeIndex(words, code);
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
    const count = s.words[code.counts + length] as number;
    value |= (s.bits >>> (length - 1)) & 1;
    if (value - first < count) {
      s.bits >>>= length;
      s.held -= length;
      return s.words[code.symbols + next + value - first] as number;
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
    const entry = s.words[code.index + (s.bits & code.mask)] as number;
    const length = entry & 15;
    // An entry found with the bits missing taken as 0 holds if it does not count them.
    if (length > 0 && length <= s.held) {
      s.bits >>>= length;
      s.held -= length;
      return entry >> 4;
    }
    if (length === 0 && 1 << s.held > code.mask) return symbolSearch(s, code);
    if (!byteTake(s)) return NEED_INPUT;
  }
};
