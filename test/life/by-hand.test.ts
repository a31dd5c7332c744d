import test from 'ava';
import { Event, Phase } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import { NOTHING, benchOpen, install, installConfirm, offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { image, offline, spoil, trial, update } from './_trial.ts';

test('by hand to the other slot, and back again', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, update), 0);
  for (const slot of [0, 1, 0]) {
    t.is(bench.agent.revert(), 0);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot, trial: false, event: Event.Manual });
    t.like(bench.report(), {
      code: Err.ManualRevert,
      slot,
      from: slot === 0 ? 2 : 1,
      to: slot === 0 ? 1 : 2,
    });
    t.is(bench.status().accepted, 2);
  }
});

test('by hand out of a trial: no black mark', (t) => {
  const bench = trial();
  t.is(bench.agent.revert(), Err.ManualRevert);
  t.is(bench.boot(), 0);
  t.like(bench.decision, { slot: 0, trial: false, event: Event.Manual });
  t.is(offer(bench.agent, update), 0);
});

interface ByHand {
  readonly name: string;
  readonly lead: (bench: Bench) => void;
  readonly code: number;
}

const refusals: readonly ByHand[] = [
  { name: 'the other slot is empty', lead: () => {}, code: Err.TailMissing },
  {
    name: 'the other slot is half written',
    lead: (bench) => {
      offer(bench.agent, { ...update, payload: update.payload.subarray(0, 5000) });
    },
    code: Err.TailMissing,
  },
  {
    name: 'the other image is spoiled',
    lead: (bench) => {
      installConfirm(bench, update);
      spoil(bench, 0, 100);
    },
    code: Err.ImageDigest,
  },
  {
    name: 'the other footer is spoiled',
    lead: (bench) => {
      installConfirm(bench, update);
      spoil(bench, 0, 65536 - 4);
    },
    code: Err.TailMalformed,
  },
  {
    name: 'the other image is below the floor',
    lead: (bench) => {
      installConfirm(bench, release(image, 2, { securityVersion: 1, minimumSecurityVersion: 1 }));
    },
    code: Err.BelowFloor,
  },
  {
    name: 'the other image is staged, and was never on trial',
    lead: (bench) => {
      offer(bench.agent, update);
    },
    code: Err.Unconfirmed,
  },
  {
    name: 'the other image was reverted',
    lead: (bench) => {
      install(bench, update);
      bench.agent.reject(1);
      bench.boot();
    },
    code: Err.Reverted,
  },
  {
    name: 'the other image had no network in its trial',
    lead: (bench) => {
      install(bench, update);
      offline(bench);
    },
    code: Err.Unconfirmed,
  },
];

for (const { name, lead, code } of refusals) {
  test(`not by hand, when ${name}`, (t) => {
    const bench = benchOpen();
    lead(bench);
    bench.since();
    const report = bench.report();
    const running = bench.decision.slot;
    t.is(bench.agent.revert(), code);
    t.deepEqual(bench.since(), NOTHING);
    t.deepEqual(bench.report(), report);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: running, trial: false });
    t.is(bench.resets, name === 'the other image was reverted' || name.includes('network') ? 1 : 0);
  });
}

test('revert in the middle of an update gives the session up, and loses nothing', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, update), 0);
  const next = release(firmware(6), 3);
  offer(bench.agent, { ...next, payload: next.payload.subarray(0, 9000) });
  t.is(bench.agent.revert(), Err.TailMissing);
  t.is(bench.status().phase, Phase.Idle);
  t.is(offer(bench.agent, next), 0);
  t.is(bench.agent.activate(), 0);
});
