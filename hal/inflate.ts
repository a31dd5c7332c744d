/**
 * A bounded, streaming inflate for devices: raw deflate (RFC 1951), straight into the caller's window.
 *
 *   window   | dictionary, read only | output so far | room |
 *            0                       start           at     end
 *
 * - A byte of input is taken only when no step can be made without it. So it can stop between any two bytes, at most
 *   7 bits are left over when the stream ends, and what follows the stream is never taken.
 * - Nothing is written outside start..end-1, nothing is read from the window below 0 or from `at` on.
 * - It refuses what zlib refuses: over-subscribed codes, incomplete ones but for a single code of one bit, no code for the
 *   end of a block, more than 286 lengths or 30 distances.
 * - All state is made once, about 2.2 KB; begin, push and finish allocate nothing.
 *
 * Written in the device dialect, like agent/.
 */
import type { Inflate } from './ports.ts';

const MAX_BITS = 15;
const LITERALS_MAX = 288; // of the fixed code; a dynamic one has up to 286
const DISTANCES_MAX = 30;
const LENGTH_CODES = 19;
// Index bits of the table for short codes; longer ones are looked for bit by bit.
const LITERAL_INDEX = 512;
const DISTANCE_INDEX = 64;
const BLOCK_END = 256;

const NEED_INPUT = -1;
const BAD = -2;

// Constants of their own, not one object: a minifier puts such in as numbers.
const STEP_HEAD = 0;
const STEP_STORED_LENGTH = 1;
const STEP_STORED_CHECK = 2;
const STEP_STORED = 3;
const STEP_COUNTS = 4;
const STEP_CODE_LENGTHS = 5;
const STEP_LENGTHS = 6;
const STEP_REPEAT = 7;
const STEP_SYMBOL = 8;
const STEP_LENGTH_EXTRA = 9;
const STEP_DISTANCE = 10;
const STEP_DISTANCE_EXTRA = 11;
const STEP_ENDED = 12;
const STEP_FAILED = 13;

/** RFC 1951 section 3.2.7: the order in which the lengths of the code length code are sent. */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical code. */
interface Code {
  /** How many codes there are of each length. */
  readonly counts: Uint16Array;
  /** The symbols in the order of their codes. */
  readonly symbols: Uint16Array;
  /** By the next bits of the input: symbol << 4 | length, or 0 when the code is longer or there is none. */
  readonly index: Uint16Array;
}

interface State {
  readonly literals: Code;
  readonly distances: Code;
  /** Lengths of the codes being read, literals before distances. */
  readonly lengths: Uint8Array;
  /** Work space of codeBuild: where the symbols of each length start. */
  readonly starts: Uint16Array;
  window: Uint8Array;
  start: number;
  at: number;
  end: number;
  bytes: Uint8Array;
  from: number;
  to: number;
  /** Bits taken and not used, the next one lowest. */
  bits: number;
  bitCount: number;
  step: number;
  last: boolean;
  literalCount: number;
  distanceCount: number;
  codeCount: number;
  /** How many lengths have been read. */
  read: number;
  /** Symbol, length or distance code that waits for its extra bits. */
  symbol: number;
  /** Bytes still to copy. */
  length: number;
}

const codeOpen = (symbols: number, index: number): Code => ({
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
const codeBuild = (s: State, code: Code, first: number, count: number, partial: boolean): boolean => {
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
const codesFixed = (s: State): void => {
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
  s.bits |= (s.bytes[s.from] as number) << s.bitCount;
  s.from++;
  s.bitCount += 8;
  return true;
};

/** The next `count` (at most 16) bits as a number, or NEED_INPUT with none of them used. */
const bitsTake = (s: State, count: number): number => {
  while (s.bitCount < count) if (!byteTake(s)) return NEED_INPUT;
  const value = s.bits & ((1 << count) - 1);
  s.bits >>>= count;
  s.bitCount -= count;
  return value;
};

/** The next symbol whose code is longer than the index, NEED_INPUT with no bit used, or BAD. */
const symbolSearch = (s: State, code: Code): number => {
  let value = 0;
  let first = 0;
  let next = 0;
  for (let length = 1; length <= MAX_BITS; length++) {
    if (s.bitCount < length && !byteTake(s)) return NEED_INPUT;
    const count = code.counts[length] as number;
    value |= (s.bits >>> (length - 1)) & 1;
    if (value - first < count) {
      s.bits >>>= length;
      s.bitCount -= length;
      return code.symbols[next + value - first] as number;
    }
    next += count;
    first = (first + count) << 1;
    value <<= 1;
  }
  return BAD;
};

/** The next symbol, NEED_INPUT with no bit used, or BAD. */
const symbolTake = (s: State, code: Code): number => {
  for (;;) {
    const entry = code.index[s.bits & (code.index.length - 1)] as number;
    const length = entry & 15;
    // An entry found with the bits missing taken as 0 holds if it does not count them.
    if (length > 0 && length <= s.bitCount) {
      s.bits >>>= length;
      s.bitCount -= length;
      return entry >> 4;
    }
    if (length === 0 && 1 << s.bitCount >= code.index.length) return symbolSearch(s, code);
    if (!byteTake(s)) return NEED_INPUT;
  }
};

const headRead = (s: State): number => {
  const head = bitsTake(s, 3);
  if (head < 0) return head;
  s.last = (head & 1) === 1;
  const kind = head >> 1;
  if (kind === 0) {
    // The rest of this byte is padding.
    s.bits = 0;
    s.bitCount = 0;
    return STEP_STORED_LENGTH;
  }
  if (kind === 1) {
    codesFixed(s);
    return STEP_SYMBOL;
  }
  return kind === 2 ? STEP_COUNTS : BAD;
};

const storedLengthRead = (s: State): number => {
  const length = bitsTake(s, 16);
  if (length < 0) return length;
  s.length = length;
  return STEP_STORED_CHECK;
};

const storedCheckRead = (s: State): number => {
  const check = bitsTake(s, 16);
  if (check < 0) return check;
  if (check !== (s.length ^ 0xffff) || !(s.length <= s.end - s.at)) return BAD;
  return STEP_STORED;
};

const blockEnd = (s: State): number => (s.last ? STEP_ENDED : STEP_HEAD);

const storedCopy = (s: State): number => {
  let count = s.to - s.from;
  if (count > s.length) count = s.length;
  s.length -= count;
  for (; count > 0; count--) s.window[s.at++] = s.bytes[s.from++] as number;
  return s.length > 0 ? NEED_INPUT : blockEnd(s);
};

const countsRead = (s: State): number => {
  const counts = bitsTake(s, 14);
  if (counts < 0) return counts;
  s.literalCount = (counts & 31) + 257;
  s.distanceCount = ((counts >> 5) & 31) + 1;
  s.codeCount = (counts >> 10) + 4;
  if (s.literalCount > LITERALS_MAX - 2 || s.distanceCount > DISTANCES_MAX) return BAD;
  s.lengths.fill(0, 0, LENGTH_CODES);
  s.read = 0;
  return STEP_CODE_LENGTHS;
};

const codeLengthsRead = (s: State): number => {
  while (s.read < s.codeCount) {
    const length = bitsTake(s, 3);
    if (length < 0) return length;
    s.lengths[CODE_LENGTH_ORDER[s.read] as number] = length;
    s.read++;
  }
  // The place of the literals' code is free until its lengths are known.
  if (!codeBuild(s, s.literals, 0, LENGTH_CODES, false)) return BAD;
  s.read = 0;
  return STEP_LENGTHS;
};

const lengthsRead = (s: State): number => {
  while (s.read < s.literalCount + s.distanceCount) {
    const symbol = symbolTake(s, s.literals);
    if (symbol < 0) return symbol;
    if (symbol > MAX_BITS) {
      s.symbol = symbol;
      return STEP_REPEAT;
    }
    s.lengths[s.read] = symbol;
    s.read++;
  }
  if (s.lengths[BLOCK_END] === 0) return BAD;
  if (!codeBuild(s, s.literals, 0, s.literalCount, true)) return BAD;
  if (!codeBuild(s, s.distances, s.literalCount, s.distanceCount, true)) return BAD;
  return STEP_SYMBOL;
};

const repeatRead = (s: State): number => {
  const extra = bitsTake(s, s.symbol === 16 ? 2 : s.symbol === 17 ? 3 : 7);
  if (extra < 0) return extra;
  const end = s.read + extra + (s.symbol === 18 ? 11 : 3);
  if (end > s.literalCount + s.distanceCount) return BAD;
  if (s.symbol === 16 && s.read === 0) return BAD;
  s.lengths.fill(s.symbol === 16 ? (s.lengths[s.read - 1] as number) : 0, s.read, end);
  s.read = end;
  return STEP_LENGTHS;
};

const symbolsRead = (s: State): number => {
  for (;;) {
    const symbol = symbolTake(s, s.literals);
    if (symbol < 0) return symbol;
    if (symbol === BLOCK_END) return blockEnd(s);
    if (symbol > BLOCK_END) {
      s.symbol = symbol - 257;
      return s.symbol < 29 ? STEP_LENGTH_EXTRA : BAD;
    }
    if (s.at >= s.end) return BAD;
    s.window[s.at++] = symbol;
  }
};

const lengthExtraRead = (s: State): number => {
  const k = s.symbol;
  if (k < 8 || k === 28) {
    s.length = k === 28 ? 258 : k + 3;
    return STEP_DISTANCE;
  }
  const count = (k >> 2) - 1;
  const extra = bitsTake(s, count);
  if (extra < 0) return extra;
  s.length = 3 + ((4 + (k & 3)) << count) + extra;
  return STEP_DISTANCE;
};

const distanceRead = (s: State): number => {
  const symbol = symbolTake(s, s.distances);
  if (symbol < 0) return symbol;
  s.symbol = symbol;
  return symbol < DISTANCES_MAX ? STEP_DISTANCE_EXTRA : BAD;
};

const distanceExtraRead = (s: State): number => {
  const k = s.symbol;
  let distance = k + 1;
  if (k > 3) {
    const count = (k >> 1) - 1;
    const extra = bitsTake(s, count);
    if (extra < 0) return extra;
    distance = 1 + ((2 + (k & 1)) << count) + extra;
  }
  if (distance > s.at || s.length > s.end - s.at) return BAD;
  // Byte by byte and upwards: source and target overlap where the distance is shorter than the length.
  const window = s.window;
  let at = s.at;
  for (let n = s.length; n > 0; n--) {
    window[at] = window[at - distance] as number;
    at++;
  }
  s.at = at;
  return STEP_SYMBOL;
};

/** By the step's number: does the step, and returns the next one, NEED_INPUT or BAD. */
const STEPS: readonly ((s: State) => number)[] = [
  headRead,
  storedLengthRead,
  storedCheckRead,
  storedCopy,
  countsRead,
  codeLengthsRead,
  lengthsRead,
  repeatRead,
  symbolsRead,
  lengthExtraRead,
  distanceRead,
  distanceExtraRead,
];

const inflateBegin = (s: State, window: Uint8Array, at: number, end: number): void => {
  s.window = window;
  s.start = at;
  s.at = at;
  s.end = end;
  s.bits = 0;
  s.bitCount = 0;
  s.step = at >= 0 && at <= end && end <= window.length ? STEP_HEAD : STEP_FAILED;
};

const inflatePush = (s: State, bytes: Uint8Array, from: number, to: number): number => {
  if (!(from >= 0 && from <= to && to <= bytes.length)) s.step = STEP_FAILED;
  s.bytes = bytes;
  s.from = from;
  s.to = to;
  while (s.step < STEP_ENDED) {
    const next = (STEPS[s.step] as (s: State) => number)(s);
    if (next === NEED_INPUT) break;
    s.step = next < 0 ? STEP_FAILED : next;
  }
  return s.step === STEP_FAILED ? -1 : s.from - from;
};

/** An Inflate with all the memory it will ever use. */
export const windowInflate = (): Inflate => {
  const none = new Uint8Array(0);
  const s: State = {
    literals: codeOpen(LITERALS_MAX, LITERAL_INDEX),
    distances: codeOpen(32, DISTANCE_INDEX),
    lengths: new Uint8Array(LITERALS_MAX + 32),
    starts: new Uint16Array(MAX_BITS + 1),
    window: none,
    start: 0,
    at: 0,
    end: 0,
    bytes: none,
    from: 0,
    to: 0,
    bits: 0,
    bitCount: 0,
    step: STEP_FAILED,
    last: false,
    literalCount: 0,
    distanceCount: 0,
    codeCount: 0,
    read: 0,
    symbol: 0,
    length: 0,
  };
  return {
    begin: (window: Uint8Array, at: number, end: number): void => inflateBegin(s, window, at, end),
    push: (bytes: Uint8Array, from: number, to: number): number => inflatePush(s, bytes, from, to),
    finish: (): number => (s.step === STEP_ENDED ? s.at - s.start : -1),
  };
};
