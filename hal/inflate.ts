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
 * - All state is made once, about 2.2 KB; begin, push and finish allocate nothing.
 *
 * Written in the device dialect, like agent/.
 */
import {
  BAD,
  bitsTake,
  codeBuild,
  codeOpen,
  codesFixed,
  codeWords,
  DISTANCE_INDEX,
  DISTANCE_SYMBOLS,
  DISTANCES_MAX,
  LITERAL_INDEX,
  LENGTHS,
  LITERALS_MAX,
  MAX_BITS,
  NEED_INPUT,
  symbolTake,
  type State,
} from './inflate-code.ts';
import type { Inflate } from './ports.ts';

const LENGTH_CODES = 19;
const BLOCK_END = 256;

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

const headRead = (s: State): number => {
  const head = bitsTake(s, 3);
  if (head < 0) return head;
  s.last = (head & 1) === 1;
  const kind = head >> 1;
  if (kind === 0) {
    // The rest of this byte is padding.
    s.bits = 0;
    s.held = 0;
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
  for (; count > 0; count--) s.ring[s.at++] = s.bytes[s.from++] as number;
  return s.length > 0 ? NEED_INPUT : blockEnd(s);
};

const countsRead = (s: State): number => {
  const counts = bitsTake(s, 14);
  if (counts < 0) return counts;
  s.literalCount = (counts & 31) + 257;
  const distances = ((counts >> 5) & 31) + 1;
  s.total = s.literalCount + distances;
  s.codeCount = (counts >> 10) + 4;
  if (s.literalCount > LITERALS_MAX - 2 || distances > DISTANCES_MAX) return BAD;
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
  while (s.read < s.total) {
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
  if (!codeBuild(s, s.distances, s.literalCount, s.total - s.literalCount, true)) return BAD;
  return STEP_SYMBOL;
};

const repeatRead = (s: State): number => {
  const extra = bitsTake(s, s.symbol === 16 ? 2 : s.symbol === 17 ? 3 : 7);
  if (extra < 0) return extra;
  const end = s.read + extra + (s.symbol === 18 ? 11 : 3);
  if (end > s.total) return BAD;
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
    s.ring[s.at++] = symbol;
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
  const ring = s.ring;
  let at = s.at;
  if (distance > s.have + at - s.start || distance > ring.length || s.length > s.end - at) return BAD;
  // Byte by byte and upwards: source and target overlap where the distance is shorter than the length.
  let from = at - distance;
  let n = s.length;
  if (from < 0) {
    from += ring.length;
    for (; n > 0 && from < ring.length; n--) ring[at++] = ring[from++] as number;
    from = 0;
  }
  for (; n > 0; n--) ring[at++] = ring[from++] as number;
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

/** Its functions find their state in `this`. They are its prototype's, which lies in flash with them. */
interface WindowInflate extends Inflate {
  state: State;
}

function begin(this: WindowInflate, ring: Uint8Array, at: number, room: number, have: number): void {
  const s = this.state;
  s.ring = ring;
  s.start = at;
  s.at = at;
  s.end = at + room;
  s.have = have;
  s.bits = 0;
  s.held = 0;
  const fits = at >= 0 && room >= 0 && at + room <= ring.length && have >= 0 && have <= ring.length;
  s.step = fits ? STEP_HEAD : STEP_FAILED;
}

function push(this: WindowInflate, bytes: Uint8Array, from: number, to: number): number {
  const s = this.state;
  if (!(from >= 0 && from <= to && to <= bytes.length)) s.step = STEP_FAILED;
  s.bytes = bytes;
  s.from = from;
  s.to = to;
  while (s.step < STEP_ENDED) {
    const next = (STEPS[s.step] as (s: State) => number)(s);
    if (next === NEED_INPUT) break;
    s.step = next < 0 ? STEP_FAILED : next;
  }
  // The caller's bytes are not held on to between two pushes.
  s.bytes = s.ring;
  return s.step === STEP_FAILED ? -1 : s.from - from;
}

function finish(this: WindowInflate): number {
  const s = this.state;
  return s.step === STEP_ENDED ? s.at - s.start : -1;
}

const INFLATE = { begin: begin, push: push, finish: finish };

/**
 * An Inflate with all the memory it will ever use. `index`: entries in the index of short codes, a power of two; fewer
 * take less memory, and more time for the longer codes. Default 512.
 */
export const windowInflate = (index?: number): Inflate => {
  const entries = index ?? LITERAL_INDEX;
  const few = Math.min(entries, DISTANCE_INDEX);
  const distances = codeWords(LITERALS_MAX, entries);
  const starts = distances + codeWords(DISTANCE_SYMBOLS, few);
  const lengths = starts + LENGTHS;
  const room = new ArrayBuffer(2 * lengths + LITERALS_MAX + DISTANCE_SYMBOLS);
  const none = new Uint8Array(0);
  // Engines look a property up from the first on: those of the inner loops come first.
  const s: State = {
    bits: 0,
    held: 0,
    at: 0,
    ring: none,
    from: 0,
    to: 0,
    bytes: none,
    end: 0,
    words: new Uint16Array(room, 0, lengths),
    literals: codeOpen(0, entries),
    distances: codeOpen(distances, few),
    symbol: 0,
    length: 0,
    step: STEP_FAILED,
    lengths: new Uint8Array(room, 2 * lengths),
    starts: starts,
    start: 0,
    have: 0,
    last: false,
    literalCount: 0,
    total: 0,
    codeCount: 0,
    read: 0,
  };
  const inflate = Object.create(INFLATE) as WindowInflate;
  inflate.state = s;
  return inflate;
};
