/**
 * A bounded, streaming inflate for devices: raw deflate (RFC 1951), straight into the caller's ring.
 *
 *   ring     | output so far | room | what came before, from the oldest byte on | ... |
 *            start           at     end                                               start
 *
 * - A byte of input is taken only when no step can be made without it. So it can stop between any two bytes, at most
 *   7 bits are left over when the stream ends, and what follows the stream is never taken.
 * - Nothing is written outside start..end-1, and nothing is read that came neither before the stream nor out of it. Of the
 *   ring's length what came longest ago is overwritten by what comes: no reference reaches further back than that.
 * - It refuses what zlib refuses: over-subscribed codes, incomplete ones but for a single code of one bit, no code for the
 *   end of a block, more than 286 lengths or 30 distances.
 * - All state is made once, 792 bytes on XS; begin, push and finish allocate nothing.
 *
 * Written in the device dialect, like agent/.
 */
import {
  BAD,
  bitsTake,
  BLOCK_END,
  CODE_COUNT,
  codeBuild,
  codesBuild,
  codesFixed,
  DISTANCES,
  DISTANCES_MAX,
  HAVE,
  INDEX,
  LAST,
  LENGTH,
  lengthOf,
  lengthsPut,
  LITERAL_COUNT,
  LITERALS,
  LITERALS_MAX,
  MAX_BITS,
  NEED_INPUT,
  READ,
  STEP,
  SURE,
  SYMBOL,
  symbolTake,
  TOTAL,
  type State,
} from './inflate-code.ts';
import type { Inflate } from './ports.ts';

const LENGTH_CODES = 19;
const REACH_MAX = 32768;
const INDEX_MIN = 64;

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

/** Takes of the input `bytes`, up to `to`; returns the next step, NEED_INPUT or BAD. */
type Step = (s: State, bytes: Uint8Array, to: number) => number;

const headRead: Step = (s, bytes, to) => {
  const head = bitsTake(s, bytes, to, 3);
  if (head < 0) return head;
  s.words[LAST] = head & 1;
  const kind = head >> 1;
  if (kind === 0) {
    // The rest of this byte is padding.
    s.bits = 0;
    s.held = 0;
    return STEP_STORED_LENGTH;
  }
  if (kind === 1) {
    codesFixed(s.words);
    return STEP_SYMBOL;
  }
  return kind === 2 ? STEP_COUNTS : BAD;
};

const storedLengthRead: Step = (s, bytes, to) => {
  const length = bitsTake(s, bytes, to, 16);
  if (length < 0) return length;
  s.words[LENGTH] = length;
  return STEP_STORED_CHECK;
};

const storedCheckRead: Step = (s, bytes, to) => {
  const check = bitsTake(s, bytes, to, 16);
  if (check < 0) return check;
  const length = s.words[LENGTH] as number;
  return check === (length ^ 0xffff) && length <= s.end - s.at ? STEP_STORED : BAD;
};

const blockEnd = (s: State): number => (s.words[LAST] === 1 ? STEP_ENDED : STEP_HEAD);

const storedCopy: Step = (s, bytes, to) => {
  const left = s.words[LENGTH] as number;
  let count = to - s.from;
  if (count > left) count = left;
  s.words[LENGTH] = left - count;
  const ring = s.ring as Uint8Array;
  for (; count > 0; count--) ring[s.at++] = bytes[s.from++] as number;
  return s.words[LENGTH] === 0 ? blockEnd(s) : NEED_INPUT;
};

const countsRead: Step = (s, bytes, to) => {
  const counts = bitsTake(s, bytes, to, 14);
  if (counts < 0) return counts;
  const words = s.words;
  const literals = (counts & 31) + 257;
  const distances = ((counts >> 5) & 31) + 1;
  words[LITERAL_COUNT] = literals;
  words[TOTAL] = literals + distances;
  words[CODE_COUNT] = (counts >> 10) + 4;
  words[READ] = 0;
  // How long the end of the block is, is not known.
  words[SURE] = 0;
  lengthsPut(words, 0, LENGTH_CODES, 0);
  return literals > LITERALS_MAX - 2 || distances > DISTANCES_MAX ? BAD : STEP_CODE_LENGTHS;
};

const codeLengthsRead: Step = (s, bytes, to) => {
  const words = s.words;
  while ((words[READ] as number) < (words[CODE_COUNT] as number)) {
    const length = bitsTake(s, bytes, to, 3);
    if (length < 0) return length;
    const symbol = CODE_LENGTH_ORDER[words[READ]!++] as number;
    lengthsPut(words, symbol, symbol + 1, length);
  }
  words[READ] = 0;
  // The place of the literals' code is free until its lengths are known.
  return codeBuild(words, LITERALS, 0, LENGTH_CODES, false) ? STEP_LENGTHS : BAD;
};

const lengthsRead: Step = (s, bytes, to) => {
  const words = s.words;
  const total = words[TOTAL] as number;
  let read = words[READ] as number;
  while (read < total) {
    const symbol = symbolTake(s, bytes, to, LITERALS);
    if (symbol < 0 || symbol > MAX_BITS) {
      words[READ] = read;
      words[SYMBOL] = symbol;
      return symbol < 0 ? symbol : STEP_REPEAT;
    }
    lengthsPut(words, read, read + 1, symbol);
    read++;
  }
  if (lengthOf(words, BLOCK_END) === 0) return BAD;
  const literals = words[LITERAL_COUNT] as number;
  return codesBuild(words, literals, total - literals) ? STEP_SYMBOL : BAD;
};

const repeatRead: Step = (s, bytes, to) => {
  const words = s.words;
  const symbol = words[SYMBOL] as number;
  const read = words[READ] as number;
  const extra = bitsTake(s, bytes, to, symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
  if (extra < 0) return extra;
  const end = read + extra + (symbol === 18 ? 11 : 3);
  if (end > (words[TOTAL] as number)) return BAD;
  if (symbol === 16 && read === 0) return BAD;
  lengthsPut(words, read, end, symbol === 16 ? lengthOf(words, read - 1) : 0);
  words[READ] = end;
  return STEP_LENGTHS;
};

const symbolsRead: Step = (s, bytes, to) => {
  const symbol = symbolTake(s, bytes, to, LITERALS);
  if (symbol < 0) return symbol;
  if (symbol === BLOCK_END) return blockEnd(s);
  s.words[SYMBOL] = symbol - 257;
  return symbol < 286 ? STEP_LENGTH_EXTRA : BAD;
};

const lengthExtraRead: Step = (s, bytes, to) => {
  const k = s.words[SYMBOL] as number;
  let length = k === 28 ? 258 : k + 3;
  if (k >= 8 && k < 28) {
    const count = (k >> 2) - 1;
    const extra = bitsTake(s, bytes, to, count);
    if (extra < 0) return extra;
    length = 3 + ((4 + (k & 3)) << count) + extra;
  }
  s.words[LENGTH] = length;
  return STEP_DISTANCE;
};

const distanceRead: Step = (s, bytes, to) => {
  const symbol = symbolTake(s, bytes, to, DISTANCES);
  if (symbol < 0) return symbol;
  s.words[SYMBOL] = symbol;
  return symbol < DISTANCES_MAX ? STEP_DISTANCE_EXTRA : BAD;
};

const distanceExtraRead: Step = (s, bytes, to) => {
  const k = s.words[SYMBOL] as number;
  let distance = k + 1;
  if (k > 3) {
    const count = (k >> 1) - 1;
    const extra = bitsTake(s, bytes, to, count);
    if (extra < 0) return extra;
    distance = 1 + ((2 + (k & 1)) << count) + extra;
  }
  const ring = s.ring as Uint8Array;
  let at = s.at;
  let n = s.words[LENGTH] as number;
  if (distance > (s.words[HAVE] as number) + at - s.start || distance > ring.length || n > s.end - at)
    return BAD;
  // Byte by byte and upwards: source and target overlap where the distance is shorter than the length.
  let from = at - distance;
  if (from < 0) {
    from += ring.length;
    for (; n > 0 && from < ring.length; n--) ring[at++] = ring[from++] as number;
    from = 0;
  }
  for (; n > 0; n--) ring[at++] = ring[from++] as number;
  s.at = at;
  return STEP_SYMBOL;
};

/** By the step's number. */
const STEPS: readonly Step[] = [
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

function begin(this: State, ring: Uint8Array, at: number, room: number, have: number): void {
  this.ring = ring;
  this.start = at;
  this.at = at;
  this.end = at + room;
  this.bits = 0;
  this.held = 0;
  this.words[HAVE] = have < REACH_MAX ? have : REACH_MAX;
  const fits = at >= 0 && room >= 0 && at + room <= ring.length && have >= 0 && have <= ring.length;
  this.words[STEP] = fits ? STEP_HEAD : STEP_FAILED;
}

function push(this: State, bytes: Uint8Array, from: number, to: number): number {
  let step = this.words[STEP] as number;
  if (!(from >= 0 && from <= to && to <= bytes.length)) step = STEP_FAILED;
  this.from = from;
  while (step < STEP_ENDED) {
    const next = (STEPS[step] as Step)(this, bytes, to);
    if (next === NEED_INPUT) break;
    step = next < 0 ? STEP_FAILED : next;
  }
  this.words[STEP] = step;
  return step === STEP_FAILED ? -1 : this.from - from;
}

function finish(this: State): number {
  return this.words[STEP] === STEP_ENDED ? this.at - this.start : -1;
}

/** They find their state in `this`. They are its prototype's, which lies in flash with them. */
const INFLATE = { begin: begin, push: push, finish: finish };

/**
 * An Inflate with all the memory it will ever use. `index`: entries in the index of short codes, a power of two. Default 64,
 * the least there is: the lengths that codes are made of have their place in it. On XS, for a KB of a firmware that hardly
 * shrinks, 128 take 12 % fewer instructions, for 128 bytes of RAM; 256 take 20 %, for 384.
 */
export const windowInflate = (index?: number): Inflate => {
  const entries = index ?? INDEX_MIN;
  const inflate = Object.create(INFLATE) as State;
  // Engines look a property up from the first on.
  inflate.words = new Uint16Array(INDEX + (entries > INDEX_MIN ? entries : INDEX_MIN));
  inflate.bits = 0;
  inflate.held = 0;
  inflate.from = 0;
  inflate.at = 0;
  inflate.end = 0;
  inflate.ring = undefined;
  inflate.start = 0;
  inflate.words[STEP] = STEP_FAILED;
  return inflate;
};
