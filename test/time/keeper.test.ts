import test from 'ava';
import * as Err from '../../agent/err.ts';
import { Rank, timekeeperOpen } from '../../hal/time/index.ts';
import type { Timekeeper, TimekeeperOptions } from '../../hal/time/index.ts';
import { DAY, HOUR, MONDAY } from '../moment/_moment.ts';
import { rigOpen } from './_time.ts';

const YEAR = 365 * DAY;
const { Server, Gateway, Management, Secure } = Rank;

const all = (time: Timekeeper): [boolean, number, number, number] => [
  time.trusted(),
  time.now(),
  time.told(),
  time.atLeast(),
];

// rank, trusted from, trusted
const ranks: readonly (readonly [number, number, boolean])[] = [
  [Server, Gateway, false],
  [Server, Management, false],
  [Gateway, Gateway, true],
  [Gateway, Management, false],
  [Management, Management, true],
  [Management, Secure, false],
  [Secure, Management, true],
  [Secure, Secure, true],
];
for (const [rank, trustFrom, trusted] of ranks) {
  test(`rank ${rank}, trusted from ${trustFrom}: ${trusted}`, (t) => {
    const rig = rigOpen({ trustFrom });
    rig.own = 10;
    t.deepEqual(all(rig.time), [false, 10, 0, 0]);
    t.is(rig.offer(rank, MONDAY), 0);
    rig.own = 110;
    t.is(rig.time.rank(), rank);
    t.deepEqual(
      all(rig.time),
      trusted ? [true, MONDAY + 100, MONDAY + 100, MONDAY + 100] : [false, 110, MONDAY + 100, 0],
    );
    rig.time.save();
    rig.boot();
    t.deepEqual(all(rig.time), [false, 0, 0, trusted ? MONDAY + 100 : 0]);
  });
}

interface Step {
  /** Seconds that pass before. -1: a reset. */
  readonly after: number;
  readonly rank: number;
  readonly seconds: number;
  readonly code: number;
  /** After it. */
  readonly told: number;
  readonly trusted: boolean;
}

const refused = Err.TimeRefused;
const sequences: Readonly<Record<string, readonly Step[]>> = {
  'a lower rank does not move a higher one, and may agree': [
    { after: 0, rank: Management, seconds: MONDAY, code: 0, told: MONDAY, trusted: true },
    { after: 100, rank: Server, seconds: MONDAY + DAY, code: refused, told: MONDAY + 100, trusted: true },
    { after: 0, rank: Gateway, seconds: MONDAY - DAY, code: refused, told: MONDAY + 100, trusted: true },
    { after: 0, rank: Server, seconds: MONDAY + 130, code: 0, told: MONDAY + 100, trusted: true },
  ],
  'a higher rank moves a lower one, both ways': [
    { after: 0, rank: Server, seconds: MONDAY, code: 0, told: MONDAY, trusted: false },
    { after: 0, rank: Gateway, seconds: MONDAY - YEAR, code: 0, told: MONDAY - YEAR, trusted: false },
    { after: 0, rank: Management, seconds: MONDAY + YEAR, code: 0, told: MONDAY + YEAR, trusted: true },
  ],
  'an untrusted time stands for a day against a lower rank': [
    { after: 0, rank: Gateway, seconds: MONDAY, code: 0, told: MONDAY, trusted: false },
    { after: DAY, rank: Server, seconds: MONDAY + YEAR, code: refused, told: MONDAY + DAY, trusted: false },
    { after: 1, rank: Server, seconds: MONDAY + YEAR, code: 0, told: MONDAY + YEAR, trusted: false },
  ],
  'an untrusted time may be corrected by its like, not below what has passed': [
    { after: 0, rank: Management, seconds: MONDAY, code: 0, told: MONDAY, trusted: true },
    { after: -1, rank: Server, seconds: MONDAY - DAY, code: refused, told: 0, trusted: false },
    { after: 0, rank: Server, seconds: MONDAY + YEAR, code: 0, told: MONDAY + YEAR, trusted: false },
    { after: 0, rank: Server, seconds: MONDAY + DAY, code: 0, told: MONDAY + DAY, trusted: false },
  ],
  'a trusted source that jumps back is refused, also after a reset': [
    { after: 0, rank: Management, seconds: MONDAY + YEAR, code: 0, told: MONDAY + YEAR, trusted: true },
    { after: 0, rank: Management, seconds: MONDAY, code: refused, told: MONDAY + YEAR, trusted: true },
    { after: -1, rank: Management, seconds: MONDAY, code: refused, told: 0, trusted: false },
    { after: 0, rank: Management, seconds: MONDAY + YEAR, code: 0, told: MONDAY + YEAR, trusted: true },
  ],
  'a secure source that is behind is told, and not trusted before it has caught up': [
    { after: 0, rank: Management, seconds: MONDAY + YEAR, code: 0, told: MONDAY + YEAR, trusted: true },
    { after: 0, rank: Secure, seconds: MONDAY, code: 0, told: MONDAY, trusted: false },
    { after: 0, rank: Secure, seconds: MONDAY + YEAR, code: 0, told: MONDAY + YEAR, trusted: true },
  ],
  'ten years ahead are believed of a device that lay on a shelf, and no more': [
    { after: 0, rank: Management, seconds: MONDAY, code: 0, told: MONDAY, trusted: true },
    { after: -1, rank: Management, seconds: MONDAY + 11 * YEAR, code: refused, told: 0, trusted: false },
    { after: 0, rank: Server, seconds: MONDAY + 11 * YEAR, code: refused, told: 0, trusted: false },
    {
      after: 0,
      rank: Management,
      seconds: MONDAY + 9 * YEAR,
      code: 0,
      told: MONDAY + 9 * YEAR,
      trusted: true,
    },
  ],
  'a far jump of a low rank is gone with the next reset': [
    { after: 0, rank: Server, seconds: MONDAY + 9 * YEAR, code: 0, told: MONDAY + 9 * YEAR, trusted: false },
    { after: -1, rank: Management, seconds: MONDAY, code: 0, told: MONDAY, trusted: true },
  ],
  'a small step back is drift, and time waits for it': [
    { after: 0, rank: Management, seconds: MONDAY, code: 0, told: MONDAY, trusted: true },
    {
      after: 10 * DAY,
      rank: Management,
      seconds: MONDAY + 10 * DAY - 140,
      code: 0,
      told: MONDAY + 10 * DAY - 140,
      trusted: true,
    },
  ],
  'more than drift is a jump back': [
    { after: 0, rank: Management, seconds: MONDAY, code: 0, told: MONDAY, trusted: true },
    {
      after: 10 * DAY,
      rank: Management,
      seconds: MONDAY + 10 * DAY - 150,
      code: refused,
      told: MONDAY + 10 * DAY,
      trusted: true,
    },
  ],
};

for (const [name, steps] of Object.entries(sequences)) {
  test(name, (t) => {
    const rig = rigOpen();
    let passed = 0;
    steps.forEach((step, i) => {
      if (step.after < 0) {
        rig.time.save();
        rig.boot();
      } else rig.own += step.after;
      t.true(rig.time.atLeast() >= passed, `step ${i}`);
      passed = rig.time.atLeast();
      t.is(rig.offer(step.rank, step.seconds), step.code, `step ${i}`);
      t.is(rig.time.told(), step.told, `step ${i}`);
      t.is(rig.time.trusted(), step.trusted, `step ${i}`);
      t.true(rig.time.atLeast() >= passed, `step ${i}`);
      if (step.trusted) t.true(rig.time.now() >= Math.max(rig.time.told(), passed), `step ${i}`);
      passed = rig.time.atLeast();
    });
  });
}

test('what cannot be a time, or a rank', (t) => {
  const rig = rigOpen();
  for (const seconds of [0, -1, NaN, Infinity, 2 ** 32, undefined as never, 'x' as never]) {
    for (const rank of [Server, Secure]) t.is(rig.offer(rank, seconds), Err.TimeRefused);
  }
  for (const rank of [0, 5, 1.5, NaN, -1, undefined as never]) t.is(rig.offer(rank, MONDAY), Err.BadArgument);
  for (const at of [1, NaN, undefined as never]) t.is(rig.time.offer(Server, MONDAY, at), Err.BadArgument);
  t.deepEqual(all(rig.time), [false, 0, 0, 0]);
});

test('the way of an answer counts', (t) => {
  const rig = rigOpen();
  rig.own = 100;
  t.is(rig.time.offer(Management, MONDAY, 40), 0);
  t.is(rig.time.now(), MONDAY + 60);
});

test('trusted until it may have drifted too far', (t) => {
  const rig = rigOpen({ drift: 1000, tolerance: 100 });
  rig.offer(Management, MONDAY);
  rig.own = 100_000;
  t.true(rig.time.trusted());
  rig.own = 100_001;
  t.false(rig.time.trusted());
  t.is(rig.time.now(), 100_001, 'the board counts by its own clock');
  t.is(rig.time.told(), MONDAY + 100_001);
  t.is(rig.time.atLeast(), MONDAY + 100_000);
  t.is(rig.offer(Server, MONDAY + 100_001 + HOUR), 0, 'and a lower rank may help');
  t.false(rig.time.trusted());
});

test('built: what is before it is refused, and it has passed for certain', (t) => {
  const rig = rigOpen({ built: MONDAY });
  t.is(rig.time.atLeast(), MONDAY);
  for (const rank of [Server, Gateway, Management]) t.is(rig.offer(rank, MONDAY - 61), Err.TimeRefused);
  t.is(rig.offer(Secure, MONDAY - 61), 0);
  t.false(rig.time.trusted());
  t.is(rig.offer(Management, MONDAY + 11 * YEAR), Err.TimeRefused);
});

test('a clock of the board that jumps back stands still, and one that throws too', (t) => {
  const rig = rigOpen();
  rig.own = 1000;
  rig.offer(Management, MONDAY);
  for (const own of [0, NaN, -5, undefined as never]) {
    rig.own = own;
    t.is(rig.time.now(), MONDAY);
  }
  const bad = timekeeperOpen(
    () => {
      throw new Error('rtc');
    },
    {},
    undefined,
  );
  t.is(bad.offer(Management, MONDAY, 0), 0);
  t.is(bad.now(), MONDAY);
});

test('the record: written once a day, lost without harm', (t) => {
  const rig = rigOpen();
  rig.offer(Management, MONDAY);
  t.is(rig.keep.saves, 1);
  for (let minutes = 0; minutes < 3 * 24 * 60; minutes++) {
    rig.own += 60;
    rig.time.now();
  }
  t.is(rig.keep.saves, 4);
  rig.own += HOUR;
  t.is(rig.time.save(), 0);
  t.is(rig.time.save(), 0, 'nothing new');
  t.is(rig.keep.saves, 5);
  const { bytes } = rig.keep;
  const seconds = hex32(MONDAY + 3 * DAY + HOUR);
  t.is(Buffer.from(bytes.subarray(0, 12)).toString('hex'), `46584331${seconds}00000000`);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    rig.keep.bytes = bytes.slice();
    rig.keep.bytes[bit >> 3]! ^= 1 << (bit & 7);
    rig.boot();
    t.is(rig.time.atLeast(), 0);
  }
  rig.keep.save = () => {
    throw new Error('worn out');
  };
  rig.offer(Management, MONDAY);
  t.true(rig.time.trusted());
  t.is(rig.time.save(), Err.PortFailed);
});

const hex32 = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
};

test('forget: the owner undoes a trusted source that was wrong', (t) => {
  const rig = rigOpen({ built: MONDAY });
  t.is(rig.offer(Management, MONDAY + 9 * YEAR), 0);
  rig.boot();
  t.is(rig.offer(Management, MONDAY + DAY), Err.TimeRefused);
  t.is(rig.time.forget(), 0);
  t.is(rig.time.atLeast(), MONDAY);
  t.is(rig.offer(Management, MONDAY + DAY), 0);
  rig.boot();
  t.is(rig.time.atLeast(), MONDAY + DAY);
});

// what, options
const wrong: readonly (readonly [string, TimekeeperOptions])[] = [
  ['nobody trusted', { trustFrom: Rank.None }],
  ['anybody trusted', { trustFrom: Rank.Server }],
  ['no rank', { trustFrom: 5 }],
  ['built', { built: -1 }],
  ['built NaN', { built: NaN }],
  ['drift', { drift: -1 }],
  ['tolerance', { tolerance: Infinity }],
];
for (const [name, options] of wrong) {
  test(`RangeError: ${name}`, (t) => {
    t.throws(() => rigOpen(options), { instanceOf: RangeError, message: /^time: / });
  });
}
