import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { copyMapNew, copyMapTake, copyTarget, copyAdd } from '../../agent/payload/patch/copy-map.ts';
import { headNew, headTake } from '../../agent/payload/patch/head.ts';
import {
  CONTEXTS_MAX,
  COPIES_MAX,
  COPY_LENGTH,
  COPY_OLD,
  FLAG_RISCV,
} from '../../agent/payload/patch/layout.ts';
import {
  bitTake,
  distanceTake,
  lengthTake,
  plainTake,
  rangeNew,
  rangeStart,
  treeTake,
} from '../../agent/payload/patch/range.ts';
import type { Range } from '../../agent/payload/patch/range.ts';
import { Coder } from '../../publisher/patch/coder.ts';
import { mapCode } from '../../publisher/patch/jobs.ts';
import { suffixesOf } from '../../publisher/patch/suffixes.ts';

const few = fc.uint8Array({ maxLength: 60, max: 3 });

const rangeOf = (data: Uint8Array): Range => {
  const range = rangeNew(new Uint16Array(CONTEXTS_MAX), data);
  range.end = data.length;
  rangeStart(range);
  return range;
};

test('the suffix array is that of sorting', (t) => {
  fc.assert(
    fc.property(fc.oneof(few, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      const text = (at: number): string => Buffer.from(bytes.subarray(at)).toString('latin1');
      const wanted = [...bytes.keys()].sort((a, b) => (text(a) < text(b) ? -1 : 1));
      const { order, rank, shared } = suffixesOf(bytes);
      t.deepEqual([...order], wanted);
      for (const [place, at] of wanted.entries()) {
        t.is(rank[at], place);
        if (place === 0) continue;
        const before = text(wanted[place - 1]!);
        let same = 0;
        while (same < before.length && before[same] === text(at)[same]) same++;
        t.is(shared[place], same);
      }
    }),
  );
});

// What is put, and what is taken for it.
const kinds: Readonly<
  Record<string, readonly [most: number, put: (c: Coder, v: number) => void, take: (r: Range) => number]>
> = {
  bit: [1, (coder, value) => coder.bit(3, value), (range) => bitTake(range, 3)],
  tree: [255, (coder, value) => coder.tree(8, 8, value), (range) => treeTake(range, 8, 8)],
  plain: [0xfff, (coder, value) => coder.plain(value, 12), (range) => plainTake(range, 12)],
  length: [(1 << 23) - 1, (coder, value) => coder.lengthPut(300, value), (range) => lengthTake(range, 300)],
  distance: [
    (1 << 24) - 1,
    (coder, value) => coder.distancePut(500, 564, value),
    (range) => distanceTake(range, 500, 564),
  ],
};

const put = fc
  .constantFrom(...Object.keys(kinds))
  .chain((kind) =>
    fc.tuple(
      fc.constant(kind),
      fc.oneof(fc.nat(kinds[kind]![0]), fc.nat(Math.min(20, kinds[kind]![0])), fc.constant(kinds[kind]![0])),
    ),
  );

test('the range decoder takes what the coder put', (t) => {
  fc.assert(
    fc.property(fc.array(put, { maxLength: 300 }), (all) => {
      const coder = new Coder(CONTEXTS_MAX);
      for (const [kind, value] of all) kinds[kind]![1](coder, value);
      const range = rangeOf(coder.end());
      t.deepEqual(
        all.map(([kind]) => kinds[kind]![2](range)),
        all.map(([, value]) => value),
      );
    }),
  );
});

test('a copy map leads to the longest copy that holds a place, else by the one before', (t) => {
  const map = copyMapNew();
  t.is(copyTarget(map, 7), 7);
  copyAdd(map, 100, 20, 30);
  copyAdd(map, 200, 40, 50);
  for (const [place, target] of [
    [20, 100],
    [39, 119],
    [45, 205],
    [89, 249],
    [95, 255],
    [10, 90],
  ] as const)
    t.is(copyTarget(map, place), target, `${place}`);
});

/** In the new image one behind another; in the old one anywhere. */
const copies = fc
  .array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 5000 }), fc.nat(100_000)), { maxLength: COPIES_MAX })
  .map((all) => {
    let end = 0;
    return all.map(([gap, length, old]) => {
      const copy = { fresh: end + gap, old, length };
      end = copy.fresh + length;
      return copy;
    });
  });

test('a copy map is taken as it was coded, and the base is sorted', (t) => {
  fc.assert(
    fc.property(copies, (all) => {
      const map = copyMapNew();
      const freshSize = all.reduce((end, one) => Math.max(end, one.fresh + one.length), 0);
      t.is(copyMapTake(map, rangeOf(mapCode(all)), all.length, freshSize, 105_000), 0);
      t.is(map.count, all.length);
      const taken = all.map((_, n) => ({
        fresh: map.copies[n],
        old: map.copies[COPY_OLD + n],
        length: map.copies[COPY_LENGTH + n],
      }));
      t.deepEqual(taken, all);
      const byOld = [...map.byOld.subarray(0, all.length)];
      t.deepEqual(
        [...byOld].sort((a, b) => a - b),
        [...all.keys()],
      );
      t.true(byOld.every((n, at) => at === 0 || all[byOld[at - 1]!]!.old <= all[n]!.old));
      if (freshSize === 0) return;
      t.true(copyMapTake(map, rangeOf(mapCode(all)), all.length, freshSize - 1, 105_000) < 0);
    }),
  );
});

test('a copy map of no sense is refused', (t) => {
  const data = new Uint8Array(200).map((_, at) => at * 37);
  for (const count of [1, 5, 256]) {
    const code = copyMapTake(copyMapNew(), rangeOf(data), count, 100, 100);
    t.true(code < 0);
  }
});

// Both bytes of the head, and its varints: with RISC-V, and with both.
const CODE: readonly (readonly [string, readonly number[], boolean])[] = [
  ['Thumb', [0x13, 0x80, 0, 0, 0], true],
  ['RISC-V', [0x11, 0xa0, 0, 0, 0], true],
  ['RISC-V, residual, aligned', [0x1d, 0xa0, 1, 0, 0], true],
  ['both', [0x13, 0xa0, 0, 0, 0], false],
  ['RISC-V without a map', [0x10, 0xa0, 0, 0, 0], false],
  ['RISC-V, cut off', [0x11, 0xa0, 0], false],
  ['bit 4 of the second byte', [0x11, 0x90, 0, 0, 0], false],
  ['bit 3 of the second byte', [0x11, 0x88, 0, 0, 0], false],
];

for (const [name, bytes, taken] of CODE)
  test(`a head of ${name} is ${taken ? 'taken' : 'refused'}`, (t) => {
    const head = headNew();
    const code = headTake(head, Uint8Array.from(bytes), bytes.length, 9, bytes.length);
    t.is(code, taken ? 0 : Err.PatchMalformed);
    if (taken) t.is(head.flags & FLAG_RISCV, bytes[1]! & FLAG_RISCV);
  });

// The second byte of the head, inline.
const LITERALS: readonly (readonly [number, boolean])[] = [
  [0x80, true],
  [0x81, true],
  [0xc0, true],
  [0xc1, false],
  [0x82, false],
  [0xa0, false],
];

for (const [byte, taken] of LITERALS)
  test(`a head with ${byte.toString(16)} is ${taken ? 'taken' : 'refused'}`, (t) => {
    const head = headNew();
    t.is(headTake(head, Uint8Array.of(0x10, byte), 2, 9, 2) === 0, taken);
    if (taken) t.is(head.plain, byte === 0xc0);
  });
