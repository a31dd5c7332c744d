import test from 'ava';
import { Check, Event, Reset } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import { NOTHING, install, installConfirm, offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { spoil } from '../life/_trial.ts';
import { contents, later, profiles, placesOpen, unitOf, update } from './_places.ts';
import type { Contents } from './_places.ts';

type Step = (bench: Bench) => number;

const good = (code: number): void => {
  if (code < 0) throw new Error(`gives ${code}`);
};
const confirmed: Step = (bench) => installConfirm(bench, update);
const tried: Step = (bench) => install(bench, update);
const back: Step = (bench) => {
  good(bench.agent.revert());
  return bench.boot();
};
const failing = (kind: number): Step => {
  return (bench) => {
    good(tried(bench));
    bench.agent.check('lamp', kind, 0, () => -1);
    bench.agent.poll();
    return bench.boot();
  };
};
const crashing: Step = (bench) => {
  good(tried(bench));
  for (let crash = 0; crash < 3; crash++) good(bench.boot(Reset.Crash));
  return 0;
};
/** Steps one after another, up to the first that goes wrong. */
const steps = (...list: readonly Step[]): Step => {
  return (bench) => list.reduce((code, step) => (code < 0 ? code : step(bench)), 0);
};
const rotten: Step = (bench) => {
  spoil(bench, 0, 100);
  return bench.boot(Reset.Power);
};

interface Row {
  readonly name: string;
  readonly steps: Step;
  /** Which sequence runs, which of three places hold a whole image, and what is reported. */
  readonly runs: number;
  readonly holds: Contents;
  readonly event: number;
  readonly code?: number;
  /** What a revert by hand says. */
  readonly revert: number;
  /** What the update gets when it is offered again. */
  readonly again: number;
}

const rows: readonly Row[] = [
  {
    name: 'an update is confirmed',
    steps: confirmed,
    runs: 2,
    holds: { first: 2, low: 1, high: 0 },
    event: Event.Confirmed,
    revert: 0,
    again: Err.AlreadyRunning,
  },
  {
    name: 'the next one is received over the image before',
    steps: steps(confirmed, (bench) => installConfirm(bench, later)),
    runs: 3,
    holds: { first: 3, low: 2, high: 0 },
    event: Event.Confirmed,
    revert: 0,
    again: Err.SequenceOld,
  },
  {
    name: 'a required check fails',
    steps: failing(Check.Required),
    runs: 1,
    holds: { first: 1, low: 0, high: 2 },
    event: Event.Reverted,
    code: Err.CheckFailed,
    revert: Err.Reverted,
    again: Err.Reverted,
  },
  {
    name: 'the update server is out of reach',
    steps: failing(Check.Network),
    runs: 1,
    holds: { first: 1, low: 0, high: 2 },
    event: Event.Reverted,
    code: Err.NoNetwork,
    revert: Err.Unconfirmed,
    again: Err.BackingOff,
  },
  {
    name: 'the image crashes',
    steps: crashing,
    runs: 1,
    holds: { first: 1, low: 0, high: 2 },
    event: Event.Reverted,
    code: Err.AttemptsSpent,
    revert: Err.Reverted,
    again: Err.Reverted,
  },
  {
    name: 'an update after one that failed its check',
    steps: steps(failing(Check.Required), (bench) => installConfirm(bench, later)),
    runs: 3,
    holds: { first: 3, low: 1, high: 0 },
    event: Event.Confirmed,
    revert: 0,
    again: Err.SequenceOld,
  },
  {
    name: 'by hand down',
    steps: steps(confirmed, back),
    runs: 1,
    holds: { first: 1, low: 0, high: 2 },
    event: Event.Manual,
    code: Err.ManualRevert,
    revert: 0,
    again: 0,
  },
  {
    name: 'by hand down and up',
    steps: steps(confirmed, back, back),
    runs: 2,
    holds: { first: 2, low: 1, high: 0 },
    event: Event.Manual,
    code: Err.ManualRevert,
    revert: 0,
    again: Err.AlreadyRunning,
  },
  {
    name: 'by hand down, up and down',
    steps: steps(confirmed, back, back, back),
    runs: 1,
    holds: { first: 1, low: 0, high: 2 },
    event: Event.Manual,
    code: Err.ManualRevert,
    revert: 0,
    again: 0,
  },
  {
    name: 'the confirmed image rots: the one before is brought, and is all there is',
    steps: steps(confirmed, rotten),
    runs: 1,
    holds: { first: 1, low: 1, high: 0 },
    event: Event.Fallback,
    code: Err.ImageDigest,
    revert: Err.AlreadyRunning,
    again: 0,
  },
  {
    name: 'the image gone back to rots: the newer one is brought',
    steps: steps(confirmed, back, rotten),
    runs: 2,
    holds: { first: 2, low: 0, high: 2 },
    event: Event.Fallback,
    code: Err.ImageDigest,
    revert: Err.AlreadyRunning,
    again: Err.AlreadyRunning,
  },
  {
    name: 'the image on trial rots: it is as any other trial that ended',
    steps: steps(tried, rotten),
    runs: 1,
    holds: { first: 1, low: 0, high: 0 },
    event: Event.Reverted,
    code: Err.ImageDigest,
    revert: Err.ImageDigest,
    again: Err.BackingOff,
  },
  {
    name: 'the staged image rots: nothing is exchanged',
    steps: (bench) => {
      good(offer(bench.agent, update));
      good(bench.agent.activate());
      spoil(bench, 1, unitOf(bench) + 100);
      bench.since();
      good(bench.boot());
      if (bench.since().slots.some((count) => count > 0)) throw new Error('slots were touched');
      return 0;
    },
    runs: 1,
    holds: { first: 1, low: 0, high: 0 },
    event: Event.Reverted,
    code: Err.ImageDigest,
    revert: Err.ImageDigest,
    again: Err.BackingOff,
  },
];

for (const { name, steps: lead, runs, holds, event, code = 0, revert, again } of rows) {
  test(name, (t) => {
    const bench = placesOpen({ config: { backOff: 1000 } });
    t.is(lead(bench), 0);
    t.like(bench.decision, { slot: 0, sequence: runs });
    t.like(bench.report(), { event, code });
    t.deepEqual(contents(bench), holds);
    bench.since();
    t.is(bench.boot(Reset.Power), 0);
    t.like(bench.decision, { slot: 0, sequence: runs, trial: false, code: 0 });
    t.deepEqual(bench.since(), NOTHING);
    t.deepEqual(contents(bench), holds);
    const image = bench.flash.save();
    t.is(bench.agent.revert(), revert);
    bench.flash.load(image);
    t.is(bench.boot(Reset.Power), 0);
    t.is(offer(bench.agent, update), again);
  });
}

for (const profile of profiles) {
  test(`${profile.name}, ${profile.description}: up, down, and the next update`, (t) => {
    const bench = placesOpen({ profile });
    t.is(installConfirm(bench, update), 0);
    t.deepEqual(contents(bench), { first: 2, low: 1, high: 0 });
    t.is(back(bench), 0);
    t.deepEqual(contents(bench), { first: 1, low: 0, high: 2 });
    t.is(install(bench, later), 0);
    t.deepEqual(contents(bench), { first: 3, low: 1, high: 0 });
    bench.agent.reject(1);
    t.is(bench.boot(), 0);
    t.deepEqual(contents(bench), { first: 1, low: 0, high: 3 });
    t.is(bench.flash.misuses(), 0);
  });
}

test('an image that reaches into the unit of its tail is exchanged with it', (t) => {
  const bench = placesOpen({ profile: BOARDS['tiny-swap-wide'], image: firmware(4, 20_000) });
  const full = release(firmware(5, 25_000), 2);
  t.is(installConfirm(bench, full), 0);
  t.deepEqual(contents(bench), { first: 2, low: 1, high: 0 });
  t.is(back(bench), 0);
  t.deepEqual(contents(bench), { first: 1, low: 0, high: 2 });
});

test('an update that fits slot 1, and not slot 0, is turned away', (t) => {
  const bench = placesOpen();
  bench.since();
  // Its tail takes a sector: in slot 1 there would be room for it.
  t.is(offer(bench.agent, release(firmware(6, 32 * 1024 - 100), 2)), Err.ImageTooLarge);
  t.deepEqual(bench.since(), NOTHING);
});

for (const [name, lead, runs] of [
  ['after a confirm', confirmed, 1],
  ['by hand', steps(confirmed, back), 1],
  ['in a trial', tried, 1],
] as const) {
  test(`the journal is lost ${name}: the lower sequence is brought to slot 0`, (t) => {
    const bench = placesOpen();
    t.is(lead(bench), 0);
    const { partition } = bench.flash.journal;
    partition.eraseBlock(0, partition.status().blocks);
    t.is(bench.boot(Reset.Power), 0);
    t.like(bench.decision, { slot: 0, sequence: runs, code: Err.JournalLost, event: Event.Factory });
    t.is(contents(bench).first, runs);
    t.is(bench.boot(Reset.Power), 0);
    t.like(bench.decision, { slot: 0, sequence: runs, code: 0 });
  });
}

test('an update whose exchange was undone comes again after its back-off, and is confirmed', (t) => {
  const bench = placesOpen({ config: { backOff: 100 } });
  t.is(offer(bench.agent, update), 0);
  t.is(bench.agent.activate(), 0);
  const bad = bench.flash.profile.slots[1].from + 2;
  bench.flash.devices['flash']!.fault = { erase: (sector) => (sector === bad ? 'failed' : 'done') };
  t.is(bench.boot(), 0);
  t.like(bench.report(), { event: Event.Reverted, code: Err.ExchangeFailed, slot: 1, to: 2, boots: 0 });
  t.is(contents(bench).first, 1);
  t.is(offer(bench.agent, update), Err.BackingOff);
  bench.flash.devices['flash']!.fault = null;
  bench.seconds += 100;
  t.is(installConfirm(bench, update), 0);
  t.deepEqual(contents(bench), { first: 2, low: 1, high: 0 });
});
