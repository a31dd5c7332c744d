/**
 * The state of hal/inflate.ts, and of it the lower half: bits out of the input, symbols out of the bits, codes out of
 * lengths. In the device dialect.
 *
 * All numbers that wait between two steps lie in `State.words`, as a field is 16 bytes on XS, and a second array 112:
 *
 *   | numbers | code of literals | code of distances            | index |
 *   |         | counts | symbols | counts | symbols             |       |
 *                                          | lengths: 4 bits each ...  |    while codes are read
 *
 * - A code is canonical, so that the counts of its lengths and its symbols in the order of their codes say all. Symbols are
 *   bytes: of each length those from 256 on come last, and how many they are stands beside the count.
 * - The lengths that codes are made of are kept where the symbols of distances and the index will be.
 */
import type { Inflate } from './ports.ts';

export const MAX_BITS = 15;
export const LITERALS_MAX = 288; // of the fixed code; a dynamic one has up to 286
export const DISTANCES_MAX = 30;
const DISTANCES_FIXED = 32; // of which two are none
export const BLOCK_END = 256;

export const NEED_INPUT = -1;
export const BAD = -2;

// Where things lie in `State.words`.
export const STEP = 0;
/** Whether the block is the last one. */
export const LAST = 1;
/** Bytes that came before the stream, as far as a distance reaches. */
export const HAVE = 2;
/** So many bits are still to come for certain: those of the block's end. */
export const SURE = 3;
/** How many of the lengths are of literals. */
export const LITERAL_COUNT = 4;
/** How many lengths have been read. */
export const READ = 5;
/** How many lengths there are. Once they are read: bytes still to copy. */
export const TOTAL = 6;
export const LENGTH: number = TOTAL;
/** Symbol, length or distance code that waits for its extra bits. Before there is any: how many code length codes there are. */
export const SYMBOL = 7;
export const CODE_COUNT: number = SYMBOL;
/**
 * A code: one word for the index, how many symbols are in it << 4 | its bits, or 0 where there is none; how many codes there
 * are of each length; the symbols.
 */
export const LITERALS = 8;
const SYMBOLS: number = MAX_BITS + 1;
export const DISTANCES: number = LITERALS + SYMBOLS + LITERALS_MAX / 2;
const LENGTHS: number = DISTANCES + SYMBOLS;
/**
 * Of the literals, by the next bits of the input: symbol << 4 | length. Or where the code is longer, or there is none: how
 * many beginnings of longer codes come before << 4.
 */
export const INDEX: number = LENGTHS + DISTANCES_FIXED / 2;

/** In a count: how many symbols, and from here on how many of them are 256 or more. */
const LONG = 512;
const LONG_SHIFT = 9;

/** Engines look a property up from the first on. */
export interface State extends Inflate {
  words: Uint16Array;
  /** Bits taken and not used, the next one lowest. */
  bits: number;
  held: number;
  /** Where the input goes on, in a push. */
  from: number;
  at: number;
  end: number;
  /** Undefined before the first begin. */
  ring: Uint8Array | undefined;
  start: number;
}

/** Length `at` of the codes being read, literals before distances. */
export const lengthOf = (words: Uint16Array, at: number): number =>
  ((words[LENGTHS + (at >> 2)] as number) >> ((at & 3) << 2)) & 15;

/** Makes the lengths from..to-1 what is said. */
export const lengthsPut = (words: Uint16Array, from: number, to: number, length: number): void => {
  for (let at = from; at < to; at++) {
    const shift = (at & 3) << 2;
    const word = LENGTHS + (at >> 2);
    words[word] = ((words[word] as number) & ~(15 << shift)) | (length << shift);
  }
};

/** Puts the symbols in the order of their codes. `starts`: where those of each length begin, one word each. */
const symbolsPlace = (
  words: Uint16Array,
  code: number,
  first: number,
  count: number,
  starts: number,
): void => {
  const symbols = code + SYMBOLS;
  words.fill(0, symbols, symbols + ((count + 1) >> 1));
  for (let symbol = 0; symbol < count; symbol++) {
    const length = lengthOf(words, first + symbol);
    if (length > 0) {
      const at = words[starts + length]!++;
      words[symbols + (at >> 1)]! |= (symbol & 255) << ((at & 1) << 3);
    }
  }
};

/** Makes the code from the lengths first..first+count-1. Returns whether it is one that may be used. */
export const codeBuild = (
  words: Uint16Array,
  code: number,
  first: number,
  count: number,
  partial: boolean,
): boolean => {
  // Work space: distances are made after literals, which then need their lengths no more.
  const starts = code === LITERALS ? DISTANCES : INDEX;
  words.fill(0, code, code + SYMBOLS);
  for (let symbol = 0; symbol < count; symbol++)
    words[code + lengthOf(words, first + symbol)]! += symbol < 256 ? 1 : LONG + 1;
  words[code] = 0;
  let left = 1;
  let used = 0;
  for (let length = 1; length <= MAX_BITS; length++) {
    const n = (words[code + length] as number) & (LONG - 1);
    left = left * 2 - n;
    // Over-subscribed; and before the symbols are placed, as a code with too many lengths does not say how many it has.
    if (left < 0) return false;
    words[starts + length] = used;
    used += n;
  }
  // As in zlib: no code at all, or one of one bit, is no fault until it is used.
  if (left > 0 && !(partial && (used === 0 || (used === 1 && words[code + 1] !== 0)))) return false;
  symbolsPlace(words, code, first, count, starts);
  return true;
};

/** Writes an entry of the index for `count` codes that follow each other, and returns where the next one goes. */
const entriesPut = (words: Uint16Array, first: number, entry: number, count: number): number => {
  const half = (words.length - INDEX) >> 1;
  let at = first;
  for (let n = count; n > 0; n--) {
    words[INDEX + at] = entry;
    // Codes come with their highest bit first, so the index is by the code reversed: one more, from the highest bit on.
    let bit = half;
    for (; (at & bit) > 0; bit >>= 1) at ^= bit;
    at |= bit;
  }
  return at;
};

/** Makes the index of the literals, over the lengths. */
export const indexBuild = (words: Uint16Array): void => {
  let left = words.length - INDEX;
  let at = 0;
  let symbols = 0;
  let bits = 0;
  for (let span = left >> 1; span > 0; span >>= 1) {
    bits++;
    const count = words[LITERALS + bits] as number;
    for (let n = count & (LONG - 1); n > 0; n--) {
      const byte = ((words[LITERALS + SYMBOLS + (symbols >> 1)] as number) >> ((symbols & 1) << 3)) & 255;
      const symbol = n <= count >> LONG_SHIFT ? 256 + byte : byte;
      at = entriesPut(words, at, (symbol << 4) | bits, span);
      left -= span;
      symbols++;
    }
  }
  for (let rank = 0; rank < left; rank++) at = entriesPut(words, at, rank << 4, 1);
  words[LITERALS] = (symbols << 4) | bits;
};

/** Makes both codes from the lengths that are there. */
export const codesBuild = (words: Uint16Array, literals: number, distances: number): boolean => {
  words[SURE] = lengthOf(words, BLOCK_END);
  if (!codeBuild(words, LITERALS, 0, literals, true)) return false;
  if (!codeBuild(words, DISTANCES, literals, distances, true)) return false;
  indexBuild(words);
  return true;
};

/** The codes of RFC 1951 section 3.2.6. */
export const codesFixed = (words: Uint16Array): void => {
  lengthsPut(words, 0, 144, 8);
  lengthsPut(words, 144, 256, 9);
  lengthsPut(words, 256, 280, 7);
  lengthsPut(words, 280, LITERALS_MAX, 8);
  lengthsPut(words, LITERALS_MAX, LITERALS_MAX + DISTANCES_FIXED, 5);
  codesBuild(words, LITERALS_MAX, DISTANCES_FIXED);
};

/** The next `count` (at most 16) bits as a number, or NEED_INPUT with none of them used. */
export const bitsTake = (s: State, bytes: Uint8Array, to: number, count: number): number => {
  let bits = s.bits;
  let held = s.held;
  for (; held < count && s.from < to; held += 8) bits |= (bytes[s.from++] as number) << held;
  const enough = held >= count;
  s.bits = enough ? bits >> count : bits;
  s.held = enough ? held - count : held;
  return enough ? bits & ((1 << count) - 1) : NEED_INPUT;
};

/**
 * The symbol whose code is longer than the index, << 4 | the length of its code; 0 where that is longer than what is held;
 * BAD in place of the symbol where there is none. `first`: how many beginnings of longer codes come before these bits. `head`: the word at `code`.
 */
const symbolSearch = (
  words: Uint16Array,
  code: number,
  head: number,
  bits: number,
  held: number,
  first: number,
): number => {
  const longest = held < MAX_BITS ? held : MAX_BITS;
  let rank = first;
  let at = head >> 4;
  for (let length = head & 15; length < longest;) {
    rank = (rank << 1) | ((bits >> length) & 1);
    length++;
    const count = words[code + length] as number;
    const n = count & (LONG - 1);
    if (rank < n) {
      at += rank;
      const byte = ((words[code + SYMBOLS + (at >> 1)] as number) >> ((at & 1) << 3)) & 255;
      return ((n - rank <= count >> LONG_SHIFT ? 256 + byte : byte) << 4) | length;
    }
    rank -= n;
    at += n;
  }
  return held < MAX_BITS ? 0 : (BAD << 4) | MAX_BITS;
};

/**
 * The next symbol, NEED_INPUT with no bit of it used, or BAD. Where the code has an index, literals go to the output, and it
 * is the next symbol that is none. One loop: on XS a call takes as long as ten variables, a field as three.
 */
export const symbolTake = (s: State, bytes: Uint8Array, to: number, code: number): number => {
  const words = s.words;
  const ring = s.ring as Uint8Array;
  const end = s.end;
  const sure = words[SURE] as number;
  const head = words[code] as number;
  const index = head & 15;
  const mask = (1 << index) - 1;
  let bits = s.bits;
  let held = s.held;
  let from = s.from;
  let at = s.at;
  let symbol = NEED_INPUT;
  for (;;) {
    for (; held < sure && from < to; held += 8) bits |= (bytes[from++] as number) << held;
    let entry = mask > 0 ? (words[INDEX + (bits & mask)] as number) : 0;
    if ((entry & 15) === 0) entry = symbolSearch(words, code, head, bits, held, entry >> 4);
    const length = entry & 15;
    symbol = entry >> 4;
    // An entry found with the bits missing taken as 0 holds if it does not count them.
    if (length === 0 || length > held) {
      symbol = NEED_INPUT;
      if (from >= to) break;
      bits |= (bytes[from++] as number) << held;
      held += 8;
      continue;
    }
    bits >>= length;
    held -= length;
    // Nor is BAD a literal.
    if (mask === 0 || (symbol & BLOCK_END) > 0) break;
    if (at >= end) {
      symbol = BAD;
      break;
    }
    ring[at++] = symbol;
  }
  s.bits = bits;
  s.held = held;
  s.from = from;
  s.at = at;
  return symbol;
};
