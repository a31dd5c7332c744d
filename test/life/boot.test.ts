import test from 'ava';
import { Event, NO_SLOT, Reset } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import { NOTHING, benchOpen, install, installConfirm, offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { release } from '../bootloader-sim/_real.ts';
import { image, spoil, update } from './_trial.ts';

const eraseJournal = (bench: Bench): void => {
  const { partition } = bench.flash.journal;
  partition.eraseBlock(0, partition.status().blocks);
};

test('a new board: the one valid slot runs, as confirmed, and says so', (t) => {
  const bench = benchOpen();
  t.like(bench.decision, { slot: 0, trial: false, event: Event.Factory, code: Err.JournalLost, sequence: 1 });
  t.like(bench.report(), { event: Event.Factory, code: Err.JournalLost, slot: 0, to: 1 });
  t.is(bench.status().accepted, 1);
});

const lost: readonly [name: string, lead: (bench: Bench) => void, slot: number, accepted: number][] = [
  ['after a confirm', (bench) => installConfirm(bench, update), 0, 1],
  ['in a trial', (bench) => install(bench, update), 0, 1],
  ['between activate and reset', (bench) => [offer(bench.agent, update), bench.agent.activate()], 0, 1],
  ['with an update staged', (bench) => offer(bench.agent, update), 0, 1],
  [
    'with an update half received',
    (bench) => offer(bench.agent, { ...update, payload: update.payload.subarray(0, 5000) }),
    0,
    1,
  ],
  [
    'in a trial whose way back is spoiled',
    (bench) => {
      install(bench, update);
      spoil(bench, 0, 100);
    },
    1,
    2,
  ],
];

for (const [name, lead, slot, accepted] of lost) {
  test(`the journal is lost ${name}: slot ${slot} runs`, (t) => {
    const bench = benchOpen();
    lead(bench);
    eraseJournal(bench);
    t.is(bench.boot(Reset.Power), 0);
    t.like(bench.decision, { slot, trial: false, event: Event.Factory, code: Err.JournalLost });
    t.is(bench.status().accepted, accepted);
    t.is(bench.boot(Reset.Power), 0);
    t.like(bench.decision, { slot, code: 0 });
    if (slot === 0) {
      t.is(install(bench, update), 0);
      t.like(bench.decision, { slot: 1, trial: true });
    }
  });
}

test('a lost journal does not lower a floor that the counter holds', (t) => {
  const bench = benchOpen({ counter: 0 });
  t.is(installConfirm(bench, release(image, 2, { securityVersion: 2, minimumSecurityVersion: 2 })), 0);
  eraseJournal(bench);
  t.is(bench.boot(Reset.Power), 0);
  t.like(bench.decision, { slot: 1, sequence: 2 });
  t.is(bench.status().floor, 2);
});

test('a confirmed image that is spoiled falls back, and is reported', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, update), 0);
  spoil(bench, 1, 5000);
  t.is(bench.boot(Reset.Power), 0);
  t.like(bench.decision, { slot: 0, trial: false, event: Event.Fallback, code: Err.ImageDigest });
  t.like(bench.report(), { event: Event.Fallback, code: Err.ImageDigest, slot: 0, from: 2, to: 1 });
  t.is(bench.status().accepted, 2);
  t.is(bench.boot(Reset.Power), 0);
  t.like(bench.decision, { slot: 0, code: 0 });
  // The same update again mends the slot.
  t.is(installConfirm(bench, update), 0);
  t.like(bench.decision, { slot: 1, sequence: 2 });
});

test('a trial image that is spoiled before its first boot is not run, and may come again', (t) => {
  const bench = benchOpen({ config: { backOff: 10 } });
  t.is(offer(bench.agent, update), 0);
  t.is(bench.agent.activate(), 0);
  spoil(bench, 1, 5000);
  t.is(bench.boot(), 0);
  t.like(bench.decision, { slot: 0, trial: false, code: Err.ImageDigest, event: Event.Reverted });
  t.like(bench.report(), { code: Err.ImageDigest, attempts: 0, boots: 0, slot: 1 });
  bench.seconds += 100;
  t.is(install(bench, update), 0);
});

test('both slots spoiled: nothing is bootable, and nothing is written', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, update), 0);
  spoil(bench, 0, 100);
  spoil(bench, 1, 100);
  bench.since();
  t.is(bench.boot(), Err.NothingBootable);
  t.is(bench.decision.slot, NO_SLOT);
  t.deepEqual(bench.since(), NOTHING);
  eraseJournal(bench);
  bench.since();
  t.is(bench.boot(), Err.NothingBootable);
  t.deepEqual(bench.since(), NOTHING);
});
