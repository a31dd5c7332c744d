/** What a place reads as that cannot be relied on. */
import test from 'ava';
import {
  badBoot,
  badRead,
  placeBoot,
  placeRead,
  UncorrectableRead,
} from '../../bootloader-sim/crash/place.ts';
import type { BadUnit, Place } from '../../bootloader-sim/crash/place.ts';
import type { BadWay, Reads } from '../../bootloader-sim/crash/fault.ts';

const FROM = 8;
const LENGTH = 4;
const OLD = Uint8Array.from({ length: LENGTH }, () => 0xff);
const WANTED = Uint8Array.from({ length: LENGTH }, (_, at) => at + 1);
/** As the cut left it: neither. */
const LEFT = 0x33;

const placeNew = (reads: Reads, seed = 1): Place => ({
  device: 'flash',
  from: FROM,
  to: FROM + LENGTH,
  old: OLD,
  wanted: WANTED,
  reads,
  seed,
  ripens: false,
  boots: 0,
});

const inBoot = (place: Place, boots: number): Place =>
  Array.from({ length: boots }).reduce((at: Place) => placeBoot(at), place);

type Seen = 'old' | 'wanted' | 'left' | 'fails' | 'between';

const seen = (place: Place, nth: number): Seen => {
  const into = new Uint8Array(LENGTH).fill(LEFT);
  try {
    placeRead(place, into, FROM, nth);
  } catch (error) {
    if (error instanceof UncorrectableRead) return 'fails';
    throw error;
  }
  const is = (other: Uint8Array): boolean => Buffer.compare(into, other) === 0;
  if (is(OLD)) return 'old';
  if (is(WANTED)) return 'wanted';
  return into.every((byte) => byte === LEFT) ? 'left' : 'between';
};

/** First, second and third read of the first, second and third boot after the cut. */
const TABLE: readonly { readonly reads: Reads; readonly seen: readonly (readonly Seen[])[] }[] = [
  {
    reads: 'steady',
    seen: [
      ['left', 'left', 'left'],
      ['left', 'left', 'left'],
      ['left', 'left', 'left'],
    ],
  },
  {
    reads: 'fails',
    seen: [
      ['fails', 'fails', 'fails'],
      ['fails', 'fails', 'fails'],
      ['fails', 'fails', 'fails'],
    ],
  },
  {
    reads: 'fades',
    seen: [
      ['wanted', 'wanted', 'wanted'],
      ['old', 'old', 'old'],
      ['old', 'old', 'old'],
    ],
  },
  {
    reads: 'comes',
    seen: [
      ['old', 'old', 'old'],
      ['wanted', 'wanted', 'wanted'],
      ['wanted', 'wanted', 'wanted'],
    ],
  },
  {
    reads: 'blinks',
    seen: [
      ['old', 'wanted', 'old'],
      ['old', 'wanted', 'old'],
      ['old', 'wanted', 'old'],
    ],
  },
];

for (const { reads, seen: table } of TABLE) {
  test(`a place that is ${reads}`, (t) => {
    for (const [row, wanted] of table.entries()) {
      const place = inBoot(placeNew(reads), row + 1);
      t.deepEqual(
        [1, 2, 3].map((nth) => seen(place, nth)),
        wanted,
        `boot ${row + 1}`,
      );
    }
  });
}

test('a place that flickers reads in all ways, and the same ones for the same seed', (t) => {
  const all = (seed: number): Seen[] =>
    Array.from({ length: 200 }, (_, at) => seen(inBoot(placeNew('flicker', seed), 1 + (at & 1)), at >> 1));
  for (const way of ['old', 'wanted', 'left', 'fails', 'between'] as const) t.true(all(1).includes(way), way);
  t.deepEqual(all(1), all(1));
  t.notDeepEqual(all(1), all(2));
});

test('in a large place some parts flicker, and others do not', (t) => {
  const length = 4096;
  const place: Place = {
    ...placeNew('flicker', 3),
    to: FROM + length,
    old: new Uint8Array(length).fill(0xaa),
    wanted: new Uint8Array(length).fill(0xff),
  };
  const into = new Uint8Array(length).fill(LEFT);
  placeRead(place, into, FROM, 2);
  for (const byte of [0xaa, 0xff, LEFT]) t.true(into.includes(byte), `${byte}`);
});

const READS: readonly Reads[] = ['steady', 'flicker', 'fails', 'fades', 'comes', 'blinks'];

test('a read beside a place is left alone, and one that meets a part of it changes that part', (t) => {
  for (const reads of READS) {
    for (const start of [0, FROM + LENGTH]) {
      const beside = new Uint8Array(8).fill(LEFT);
      placeRead(inBoot(placeNew(reads), 1), beside, start, 1);
      t.true(
        beside.every((byte) => byte === LEFT),
        `${reads} at ${start}`,
      );
    }
  }
  const into = new Uint8Array(4).fill(LEFT);
  placeRead(inBoot(placeNew('fades'), 1), into, FROM + 2, 1);
  t.deepEqual([...into], [3, 4, LEFT, LEFT]);
  into.fill(LEFT);
  placeRead(inBoot(placeNew('fades'), 1), into, FROM - 2, 1);
  t.deepEqual([...into], [LEFT, LEFT, 1, 2]);
});

test('boots are counted until nothing changes any more', (t) => {
  const settled = inBoot(placeNew('fades'), 3);
  t.is(placeBoot(settled), settled);
  const steady = placeNew('steady');
  t.is(placeBoot(steady), steady);
});

const BAD: readonly { readonly way: BadWay; readonly now: Seen | 'wrong'; readonly later: Seen | 'wrong' }[] =
  [
    { way: 'silent', now: 'wrong', later: 'wrong' },
    { way: 'ecc', now: 'fails', later: 'fails' },
    { way: 'refused', now: 'left', later: 'left' },
    { way: 'later', now: 'left', later: 'wrong' },
  ];

for (const { way, now, later } of BAD) {
  test(`a unit that is bad, ${way}`, (t) => {
    const bad: BadUnit = { device: 'flash', from: FROM, to: FROM + LENGTH, way, later: false };
    const read = (unit: BadUnit): string => {
      const into = new Uint8Array(LENGTH).fill(LEFT);
      try {
        badRead(unit, into, FROM);
      } catch (error) {
        return error instanceof UncorrectableRead ? 'fails' : String(error);
      }
      return into.every((byte) => byte === LEFT) ? 'left' : 'wrong';
    };
    t.deepEqual([read(bad), read(badBoot(bad)), read(badBoot(badBoot(bad)))], [now, later, later]);
    const beside = new Uint8Array(8).fill(LEFT);
    badRead(badBoot(bad), beside, 0);
    t.true(beside.every((byte) => byte === LEFT));
  });
}
