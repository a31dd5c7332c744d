/** Raw deflate streams made bit by bit, good ones and bad ones, for hal/inflate-conformance.ts. */

export interface InflateCase {
  readonly name: string;
  readonly stream: Uint8Array;
  readonly dictionary: string;
  readonly room: number;
  /** What comes out; left out where the stream is to be refused. */
  readonly output?: string;
  /** Refused by a decoder that checks codes and complements; fflate is one that does not. */
  readonly strict?: boolean;
}

/** Some bits of a stream: a value, lowest bit first, or a code, highest bit first (RFC 1951 section 3.1.1). */
type Bits = readonly [value: number, count: number, code?: 'code'];

const stream = (...parts: readonly (readonly Bits[])[]): Uint8Array => {
  const bits: number[] = [];
  for (const [value, count, code] of parts.flat())
    for (let i = 0; i < count; i++) bits.push((value >> (code ? count - 1 - i : i)) & 1);
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => {
    bytes[i >> 3] = (bytes[i >> 3] as number) | (bit << (i & 7));
  });
  return bytes;
};

const head = (last: number, kind: number): Bits[] => [
  [last, 1],
  [kind, 2],
];
const text = (words: string): number[] => [...words].map((character) => character.charCodeAt(0));

/** A stored block that starts on a byte bound, with its padding. */
const stored = (last: number, words: string, complement = words.length ^ 0xffff): Bits[] => [
  ...head(last, 0),
  [0, 5],
  [words.length, 16],
  [complement, 16],
  ...text(words).map((byte): Bits => [byte, 8]),
];

/** A symbol of the fixed code. */
const fixed = (symbol: number): Bits => {
  if (symbol < 144) return [0x30 + symbol, 8, 'code'];
  if (symbol < 256) return [0x190 + symbol - 144, 9, 'code'];
  return symbol < 280 ? [symbol - 256, 7, 'code'] : [0xc0 + symbol - 280, 8, 'code'];
};
const literals = (words: string): Bits[] => text(words).map(fixed);
const distance = (symbol: number): Bits => [symbol, 5, 'code'];
const END = fixed(256);

// The code length code of the dynamic blocks below: 18 is 0, 0 is 10, 1 is 110, 2 is 1110, 16 is 1111.
const CODE_LENGTHS: Bits[] = [4, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 3].map((n): Bits => [n, 3]);
const zeros = (count: number): Bits[] =>
  count > 138
    ? [...zeros(138), ...zeros(count - 138)]
    : [
        [0, 1, 'code'],
        [count - 11, 7],
      ];
const NONE: Bits = [0b10, 2, 'code'];
const ONE: Bits = [0b110, 3, 'code'];
const TWO: Bits = [0b1110, 4, 'code'];
const AGAIN: Bits = [0b1111, 4, 'code'];
/** A dynamic block up to its code lengths. */
const dynamic = (lengthCodes: number, distances: number, codes: Bits[] = CODE_LENGTHS): Bits[] => [
  ...head(1, 2),
  [lengthCodes - 257, 5],
  [distances - 1, 5],
  [codes.length - 4, 4],
  ...codes,
];
/** Lengths of a code for a, 1 bit, and the end of the block, 1 bit. */
const A_OR_END: Bits[] = [...zeros(97), ONE, ...zeros(158), ONE];
/** Lengths of a code for a, 1 bit, the end of the block, 2 bits, and a copy of 3, 2 bits. */
const A_END_COPY: Bits[] = [...zeros(97), ONE, ...zeros(158), TWO, TWO];
const BIT0: Bits = [0, 1];
const BIT1: Bits = [1, 1];
const COPY3: Bits = [0b11, 2, 'code'];
const STOP2: Bits = [0b10, 2, 'code'];

const good = (
  name: string,
  bytes: Uint8Array,
  output: string,
  dictionary = '',
  room = output.length,
): InflateCase => ({
  name,
  stream: bytes,
  dictionary,
  room,
  output,
});
const bad = (name: string, bytes: Uint8Array, strict = false, dictionary = '', room = 300): InflateCase => ({
  name,
  stream: bytes,
  dictionary,
  room,
  strict,
});

export function inflateCases(): InflateCase[] {
  return [
    good('stored', stream(stored(1, 'abc')), 'abc'),
    good('stored, nothing', stream(stored(1, '')), ''),
    good('stored, two blocks', stream(stored(0, 'abc'), stored(1, 'def')), 'abcdef'),
    good('stored, room left', stream(stored(1, 'abc')), 'abc', '', 4),
    good('fixed', stream(head(1, 1), literals('abc\xff'), [END]), 'abc\xff'),
    good('fixed, nothing', stream(head(1, 1), [END]), ''),
    good(
      'fixed, then fixed',
      stream(head(0, 1), literals('a'), [END], head(1, 1), literals('b'), [END]),
      'ab',
    ),
    good(
      'copy from itself',
      stream(head(1, 1), literals('a'), [fixed(285), distance(0), END]),
      'a'.repeat(259),
    ),
    good(
      'copy, 257 long',
      stream(head(1, 1), literals('a'), [fixed(284), [30, 5], distance(0), END]),
      'a'.repeat(258),
    ),
    good(
      'copy of all the dictionary',
      stream(head(1, 1), [fixed(259), distance(4), BIT0, END]),
      'vwxyz',
      'vwxyz',
    ),
    good(
      'copy over the edge',
      stream(head(1, 1), literals('a'), [fixed(259), distance(2), END]),
      'ayzayz',
      'xyz',
    ),
    good('dynamic', stream(dynamic(257, 1), A_OR_END, [NONE, BIT0, BIT0, BIT1]), 'aa'),
    good(
      'dynamic, one distance',
      stream(dynamic(258, 1), A_END_COPY, [ONE, BIT0, COPY3, BIT0, STOP2]),
      'aaaa',
    ),
    good('dynamic, the end its only code', stream(dynamic(257, 1), zeros(256), [ONE, NONE, BIT0]), ''),

    bad('block of kind 3', stream(head(1, 3), [[0, 29]])),
    bad('stored, no room', stream(stored(1, 'abc')), false, '', 2),
    bad('fixed, no room', stream(head(1, 1), literals('abc'), [END]), false, '', 2),
    bad('copy, no room', stream(head(1, 1), literals('a'), [fixed(285), distance(0), END]), false, '', 258),
    bad('stored, wrong complement', stream(stored(1, 'abc', 0)), true),
    bad('copy from before the output', stream(head(1, 1), [fixed(257), distance(0), END])),
    bad('copy from before the dictionary', stream(head(1, 1), [fixed(257), distance(3), END]), false, 'xyz'),
    bad(
      'copy from far before',
      stream(head(1, 1), [fixed(257), distance(29), [8191, 13], END]),
      false,
      'xyz',
    ),
    bad('fixed, symbol 286', stream(head(1, 1), literals('a'), [fixed(286), distance(0), END]), true),
    bad('fixed, symbol 287', stream(head(1, 1), literals('a'), [fixed(287), distance(0), END]), true),
    bad('fixed, distance 30', stream(head(1, 1), literals('a'), [fixed(257), distance(30), END]), true),
    bad('dynamic, 287 lengths', stream(dynamic(287, 1), A_OR_END, zeros(31), [BIT0, BIT1]), true),
    bad('dynamic, 31 distances', stream(dynamic(257, 31), A_OR_END, zeros(31), [BIT0, BIT1]), true),
    bad(
      'dynamic, no end',
      stream(dynamic(257, 1), zeros(97), [ONE, ONE], zeros(158), [NONE, BIT0, BIT1]),
      true,
    ),
    bad('dynamic, over-subscribed', stream(dynamic(258, 1), A_OR_END, [ONE, NONE, BIT0, BIT1]), true),
    bad(
      'dynamic, incomplete',
      stream(dynamic(257, 1), zeros(97), [TWO], zeros(158), [TWO, NONE, BIT0, BIT0]),
      true,
    ),
    bad('dynamic, one distance of 2 bits', stream(dynamic(258, 1), A_END_COPY, [TWO, BIT0, STOP2]), true),
    bad(
      'dynamic, distance of no code',
      stream(dynamic(258, 1), A_END_COPY, [NONE, BIT0, COPY3, BIT0, STOP2]),
    ),
    bad(
      'dynamic, distance of the other bit',
      stream(dynamic(258, 1), A_END_COPY, [ONE, BIT0, COPY3, BIT1, STOP2]),
    ),
    bad(
      'dynamic, repeat of nothing',
      stream(dynamic(257, 1), [AGAIN, [0, 2]], zeros(138), zeros(117), [ONE, NONE, BIT0]),
      true,
    ),
    bad('dynamic, repeat too long', stream(dynamic(257, 1), A_OR_END, zeros(11), [BIT0, BIT1]), true),
    bad(
      'dynamic, code lengths incomplete',
      stream(
        dynamic(
          257,
          1,
          [0, 0, 1, 0].map((n): Bits => [n, 3]),
        ),
        zeros(138),
      ),
      true,
    ),
    bad(
      'dynamic, code lengths over-subscribed',
      stream(
        dynamic(
          257,
          1,
          [1, 1, 1, 1].map((n): Bits => [n, 3]),
        ),
        zeros(138),
      ),
      true,
    ),
    bad('all ones', new Uint8Array(64).fill(0xff)),
  ];
}
