import { readFileSync } from 'node:fs';
import { constants, deflateRawSync, type ZlibOptions } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { fflateInflate } from '../../hal/fflate.ts';
import { inflateConformance } from '../../hal/inflate-conformance.ts';
import { windowInflate } from '../../hal/inflate.ts';
import { zlibInflate } from '../../hal/node/inflate.ts';
import type { Inflate } from '../../hal/ports.ts';

const BLOCK = 4096;
const GUARD = 0xa5;
const NOTHING = new Uint8Array(0);
// Room for a frame of a block that does not shrink.
const STREAM_MAX = BLOCK + 256;

const providers: readonly (readonly [string, () => Inflate])[] = [
  ['window', () => windowInflate()],
  ['window, index of 512', () => windowInflate(512)],
  ['zlib', () => zlibInflate(STREAM_MAX)],
  ['fflate', () => fflateInflate(STREAM_MAX)],
];

const noise = (length: number, seed: number): Uint8Array => {
  let x = seed;
  return Uint8Array.from({ length }, () => {
    x = (x * 1103515245 + 12345) % 2147483648;
    return x >>> 16;
  });
};
const words = (length: number): Uint8Array => {
  const vocabulary = [
    'slot',
    'image',
    'manifest',
    'trial',
    'confirm',
    'revert',
    'block',
    'index',
    'journal',
    ', ',
  ];
  const picks = noise(length, 7);
  let out = '';
  for (let i = 0; out.length < length; i++)
    out += vocabulary[(picks[i % length] as number) % 10] + ' ' + (i % 7);
  return new Uint8Array(Buffer.from(out.slice(0, length)));
};
const code = readFileSync(new URL('../../hal/inflate.js', import.meta.url));

/** Two blocks each: the dictionary, and what is deflated. */
const samples: readonly (readonly [string, Uint8Array])[] = [
  ['text', words(2 * BLOCK)],
  ['code', new Uint8Array(code.subarray(0, 2 * BLOCK))],
  ['random', noise(2 * BLOCK, 1)],
  ['zeros', new Uint8Array(2 * BLOCK)],
];

interface Outcome {
  readonly accepted: boolean;
  readonly output: Uint8Array;
  readonly inBounds: boolean;
}

const run = (
  inflate: Inflate,
  stream: Uint8Array,
  dictionary: Uint8Array,
  room: number,
  cuts: readonly number[] = [],
): Outcome => {
  const start = dictionary.length;
  const window = new Uint8Array(start + room + 64).fill(GUARD);
  window.set(dictionary);
  inflate.begin(window, start, room, start);
  let at = 0;
  for (const cut of [...cuts, stream.length]) {
    const took = inflate.push(stream, at, cut);
    if (took < 0) break;
    at += took;
  }
  const length = inflate.finish();
  return {
    accepted: at === stream.length && length >= 0,
    output: window.slice(start, start + Math.max(0, length)),
    inBounds:
      length <= room &&
      window.subarray(start + room).every((byte) => byte === GUARD) &&
      dictionary.every((byte, i) => byte === window[i]),
  };
};

const options = (): ZlibOptions[] => {
  const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED } = constants;
  const list: ZlibOptions[] = [];
  for (const level of [0, 1, 6, 9])
    for (const strategy of [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED])
      for (const windowBits of [9, 12, 15]) list.push({ level, strategy, windowBits });
  list.push({ level: 9, memLevel: 1 }, { level: 6, memLevel: 9 });
  return list;
};

const title = (one: ZlibOptions): string => JSON.stringify(one);

for (const [name, make] of providers) {
  test(`${name}: keeps the contract`, (t) => {
    // fflate does not check its codes; hal/fflate.ts says so.
    t.deepEqual(inflateConformance(make(), name !== 'fflate'), []);
  });

  test(`${name}: gives back what zlib deflated`, (t) => {
    const inflate = make();
    for (const [sample, bytes] of samples)
      for (const dictionary of [NOTHING, bytes.subarray(0, BLOCK)])
        for (const one of options()) {
          const block = bytes.subarray(BLOCK);
          const stream = deflateRawSync(block, dictionary.length > 0 ? { ...one, dictionary } : one);
          const outcome = run(inflate, stream, dictionary, BLOCK);
          const row = `${sample}, dictionary of ${dictionary.length}, ${title(one)}`;
          t.true(outcome.accepted && outcome.inBounds, row);
          t.is(Buffer.compare(outcome.output, block), 0, row);
        }
  });

  test(`${name}: any split gives the same`, (t) => {
    const inflate = make();
    const choice = fc.record({
      sample: fc.nat(samples.length - 1),
      dictionary: fc.boolean(),
      level: fc.integer({ min: 0, max: 9 }),
      cuts: fc.array(fc.nat(STREAM_MAX), { maxLength: 40 }),
    });
    fc.assert(
      fc.property(choice, ({ sample, dictionary, level, cuts }) => {
        const bytes = samples[sample]?.[1] as Uint8Array;
        const before = dictionary ? bytes.subarray(0, BLOCK) : NOTHING;
        const block = bytes.subarray(BLOCK);
        const stream = deflateRawSync(block, dictionary ? { level, dictionary: before } : { level });
        const sorted = cuts.map((cut) => Math.min(cut, stream.length)).sort((a, b) => a - b);
        const outcome = run(inflate, stream, before, BLOCK, sorted);
        t.true(outcome.accepted && outcome.inBounds);
        t.is(Buffer.compare(outcome.output, block), 0);
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: truncated, trailing, too long`, (t) => {
    const inflate = make();
    for (const [sample, bytes] of samples) {
      const dictionary = bytes.subarray(0, BLOCK);
      const stream = deflateRawSync(bytes.subarray(BLOCK), { level: 9, dictionary });
      const refused = (what: string, given: Uint8Array, room: number): void => {
        const outcome = run(inflate, given, dictionary, room);
        t.true(!outcome.accepted && outcome.inBounds, `${sample}, ${what}`);
      };
      for (let length = 0; length < stream.length; length += 1 + (stream.length >> 6))
        refused(`${length} of ${stream.length} bytes`, stream.subarray(0, length), BLOCK);
      refused('its last byte missing', stream.subarray(0, -1), BLOCK);
      for (const more of [1, 2, 100])
        refused(`${more} more`, Buffer.concat([stream, Buffer.alloc(more)]), BLOCK);
      refused('twice', Buffer.concat([stream, stream]).subarray(0, STREAM_MAX), BLOCK);
      for (const room of [0, 1, BLOCK - 1]) refused(`room for ${room}`, stream, room);
    }
  });
}

for (const [name, make] of providers)
  test(`${name}: a ring as long as the stream reaches back`, (t) => {
    const inflate = make();
    const bytes = Buffer.concat(samples.map(([, sample]) => sample));
    for (const windowBits of [10, 11, 12, 13, 14, 15]) {
      const reach = 1 << windowBits;
      const ring = new Uint8Array(Math.max(reach, BLOCK));
      for (let from = 0; from < bytes.length; from += BLOCK) {
        const have = Math.min(from, reach);
        const dictionary = bytes.subarray(from - have, from);
        const block = bytes.subarray(from, from + BLOCK);
        const stream = deflateRawSync(block, have > 0 ? { windowBits, dictionary } : { windowBits });
        const at = from % ring.length;
        inflate.begin(ring, at, BLOCK, Math.min(from, ring.length));
        t.is(inflate.push(stream, 0, stream.length), stream.length);
        t.is(inflate.finish(), BLOCK);
        t.is(Buffer.compare(ring.subarray(at, at + BLOCK), block), 0, `${reach} bytes, block at ${from}`);
      }
    }
  });

test('window: what follows the stream is not taken', (t) => {
  const inflate = windowInflate();
  for (const [sample, bytes] of samples)
    for (const one of options()) {
      const stream = deflateRawSync(bytes.subarray(BLOCK), one);
      const longer = Buffer.concat([stream, Buffer.alloc(9, 0xff)]);
      inflate.begin(new Uint8Array(BLOCK), 0, BLOCK, 0);
      t.is(inflate.push(longer, 0, longer.length), stream.length, `${sample} ${title(one)}`);
      t.is(inflate.push(longer, stream.length, longer.length), 0);
      t.is(inflate.finish(), BLOCK);
    }
});

test('damaged streams: window and zlib agree, and nobody leaves the window', (t) => {
  const window = windowInflate();
  const zlib = zlibInflate(STREAM_MAX);
  const fflate = fflateInflate(STREAM_MAX);
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.nat(2),
      fc.nat(options().length - 1),
      changes,
      fc.boolean(),
      (sample, option, list, early) => {
        const bytes = samples[sample]?.[1] as Uint8Array;
        const dictionary = bytes.subarray(0, BLOCK);
        const stream = new Uint8Array(
          deflateRawSync(bytes.subarray(BLOCK), { ...options()[option], dictionary }),
        );
        // The head, with the tables in it, is where most of the rules are.
        for (const [at, mask] of list) {
          const place = at % Math.min(stream.length, early ? 80 : stream.length);
          stream[place] = (stream[place] as number) ^ mask;
        }
        const ours = run(window, stream, dictionary, BLOCK);
        const theirs = run(zlib, stream, dictionary, BLOCK);
        const lenient = run(fflate, stream, dictionary, BLOCK);
        t.true(ours.inBounds && theirs.inBounds && lenient.inBounds);
        t.is(ours.accepted, theirs.accepted);
        if (ours.accepted) {
          t.is(Buffer.compare(ours.output, theirs.output), 0);
          t.true(lenient.accepted);
          t.is(Buffer.compare(ours.output, lenient.output), 0);
        }
        seen[ours.accepted ? 'accepted' : 'refused']++;
      },
    ),
    { numRuns: 300 },
  );
  t.true(seen.accepted > 0 && seen.refused > 0, JSON.stringify(seen));
});

test('arbitrary bytes: window and zlib agree', (t) => {
  const window = windowInflate();
  const zlib = zlibInflate(STREAM_MAX);
  const dictionary = words(100);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(64), (stream, room) => {
      const ours = run(window, stream, dictionary, room);
      const theirs = run(zlib, stream, dictionary, room);
      t.true(ours.inBounds && theirs.inBounds);
      t.is(ours.accepted, theirs.accepted, Buffer.from(stream).toString('hex'));
    }),
    { numRuns: 500 },
  );
});

const planted: readonly (readonly [string, (good: Inflate) => Inflate])[] = [
  ['refuses everything', (good) => ({ ...good, push: () => -1 })],
  ['finishes what has not ended', (good) => ({ ...good, finish: () => Math.max(0, good.finish()) })],
  [
    'takes what follows',
    (good) => ({ ...good, push: (b, from, to) => (good.push(b, from, to) < 0 ? -1 : to - from) }),
  ],
  [
    'writes past the end',
    (good) => ({ ...good, begin: (ring, at, _, have) => good.begin(ring, at, ring.length - at, have) }),
  ],
  ['has no dictionary', (good) => ({ ...good, begin: (ring, at, room) => good.begin(ring, at, room, 0) })],
  [
    'takes the ring for a line',
    (good) => ({ ...good, begin: (ring, at, room, have) => good.begin(ring, at, room, Math.min(at, have)) }),
  ],
  ['throws', (good) => ({ ...good, finish: () => thrower(good.finish()) })],
];

function thrower(length: number): number {
  if (length < 0) throw new Error('not a stream');
  return length;
}

for (const [name, plant] of planted)
  test(`conformance catches: ${name}`, (t) => {
    t.not(inflateConformance(plant(windowInflate())).length, 0);
  });
