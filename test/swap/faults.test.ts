/** Flash that does not do what it was told while the slots are exchanged, and power that goes. */
import test from 'ava';
import { Event, NO_SLOT, Reset } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import type { Fate, FaultHook } from '../../hal/node/faults.ts';
import { install, offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { contents, later, profiles, swapOpen, update } from './_swap.ts';

interface Bad {
  readonly name: string;
  readonly kind: 'erase' | 'program';
  readonly fate: Fate;
}

const bads: readonly Bad[] = [
  { name: 'whose erase does nothing', kind: 'erase', fate: 'ignored' },
  { name: 'whose erase fails', kind: 'erase', fate: 'failed' },
  { name: 'that takes no program', kind: 'program', fate: 'ignored' },
  { name: 'whose program fails', kind: 'program', fate: 'failed' },
];

/** A unit of 4 KiB of a slot that is bad from now on. */
const badUnit = ({ flash }: Bench, slot: 0 | 1, unit: number, { kind, fate }: Bad): void => {
  const bad = flash.profile.slots[slot].from + unit;
  const meets = (sector: number): Fate => (sector === bad ? fate : 'done');
  flash.devices['flash']!.fault =
    kind === 'erase' ? { erase: meets } : { program: (offset) => meets(Math.floor(offset / 4096)) };
};

const mend = (bench: Bench): void => {
  bench.flash.devices['flash']!.fault = null;
};

/** The update is staged, and chosen for the next boot. Slot 1 was full before: an erase that does nothing shows. */
const chosen = (): Bench => {
  const bench = swapOpen({ config: { backOff: 100 } });
  bench.flash.slots[1].partition.write(new Uint8Array(9 * 4096).fill(0x5a), 0);
  if (offer(bench.agent, update) !== 0 || bench.agent.activate() !== 0) throw new Error('not activated');
  return bench;
};

// Image in units 0 to 2, tail in unit 7: these are written when slot 0 is kept.
for (const unit of [0, 1, 2, 7]) {
  for (const bad of bads) {
    test(`unit ${unit} of slot 1, ${bad.name}: undone, the old image runs, the update backs off`, (t) => {
      const bench = chosen();
      badUnit(bench, 1, unit, bad);
      t.is(bench.boot(), 0);
      t.like(bench.decision, { slot: 0, sequence: 1, trial: false, code: Err.ExchangeFailed });
      t.like(bench.report(), { event: Event.Reverted, code: Err.ExchangeFailed, slot: 1, to: 2, boots: 0 });
      t.is(contents(bench).first, 1);
      t.is(offer(bench.agent, update), Err.BackingOff);
      mend(bench);
      bench.seconds += 100;
      t.is(install(bench, update), 0);
      t.like(bench.decision, { slot: 0, sequence: 2, trial: true });
      t.is(bench.agent.confirm(), 0);
      t.deepEqual(contents(bench), { first: 2, low: 1, high: 0 });
    });
  }
}

for (const bad of bads) {
  test(`a unit of slot 1 that only the update was received in, ${bad.name}: nobody notices`, (t) => {
    const bench = chosen();
    badUnit(bench, 1, 8, bad);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: 0, sequence: 2, trial: true, code: 0 });
  });

  test(`on the way back, a unit of slot 1 ${bad.name}: the old image runs, what was on trial is given up`, (t) => {
    const bench = chosen();
    t.is(bench.boot(), 0);
    badUnit(bench, 1, 2, bad);
    bench.agent.reject(1);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: 0, sequence: 1, trial: false });
    t.like(bench.report(), { event: Event.Reverted, code: Err.Rejected, to: 2 });
    t.is(contents(bench).first, 1);
    mend(bench);
    t.is(install(bench, later), 0);
    t.like(bench.decision, { slot: 0, sequence: 3, trial: true });
  });

  test(`a unit of slot 0 ${bad.name}: nothing runs while it does, and the old image when it works again`, (t) => {
    const bench = chosen();
    badUnit(bench, 0, 1, bad);
    t.is(bench.boot(), Err.NothingBootable);
    t.is(bench.decision.slot, NO_SLOT);
    t.is(bench.boot(Reset.Power), Err.NothingBootable);
    mend(bench);
    t.is(bench.boot(Reset.Power), 0);
    t.like(bench.decision, { slot: 0, sequence: 1, trial: false });
    t.like(bench.report(), { event: Event.Reverted, code: Err.ExchangeFailed });
    t.is(contents(bench).first, 1);
  });
}

/** Counts erases and programs of one boot over all flash; with `at`, that one of `kind` meets a fate, once. */
const once = (bench: Bench, kind: 'erase' | 'program', fate: Fate, at = -1): (() => number) => {
  let count = 0;
  const hook = (): Fate => (count++ === at ? fate : 'done');
  const fault: FaultHook = { [kind]: hook };
  for (const device of Object.values(bench.flash.devices)) device.fault = fault;
  return () => count;
};

/** Every boot of a life that exchanges, from flash as it was before it. */
const exchanges: readonly { readonly name: string; readonly lead: (bench: Bench) => void; runs: number }[] = [
  { name: 'up', lead: () => {}, runs: 2 },
  {
    name: 'down',
    lead: (bench) => {
      bench.boot();
      bench.agent.confirm();
      bench.agent.revert();
    },
    runs: 1,
  },
];

for (const profile of profiles) {
  for (const { name, lead, runs } of exchanges) {
    const ready = (): Bench => {
      const bench = swapOpen({ profile });
      if (offer(bench.agent, update) !== 0 || bench.agent.activate() !== 0) throw new Error('not activated');
      lead(bench);
      return bench;
    };
    // What was received may stand on beside: what it shares no byte with is free to be left.
    const done = runs === 2 ? { first: 2, low: 1 } : { first: 1, high: 2 };

    for (const { kind, fate } of bads) {
      test(`${profile.description}; ${name}: each ${kind} in turn is ${fate} once, and is done again`, (t) => {
        const bench = ready();
        const before = bench.flash.save();
        const count = once(bench, kind, fate);
        bench.boot();
        const operations = count();
        t.true(operations > 4);
        for (let at = 0; at < operations; at++) {
          bench.flash.load(before);
          once(bench, kind, fate, at);
          t.is(bench.boot(), 0, `${kind} ${at}`);
          t.like(bench.decision, { slot: 0, sequence: runs }, `${kind} ${at}`);
          t.like(contents(bench), done, `${kind} ${at}`);
        }
      });
    }

    test(`${profile.description}; ${name}: power goes in each operation in turn, and the next boot goes on`, (t) => {
      const bench = ready();
      const before = bench.flash.save();
      const first = bench.flash.power.operations;
      bench.boot();
      const operations = bench.flash.power.operations - first;
      for (let operation = 0; operation < operations; operation++) {
        bench.flash.load(before);
        bench.flash.power.cutAt({ operation, where: 'inside', seed: operation });
        bench.boot();
        t.true(bench.flash.power.cutFired);
        bench.flash.power.powerOn();
        t.is(bench.boot(Reset.Power), 0, `operation ${operation}`);
        t.like(bench.decision, { slot: 0, sequence: runs }, `operation ${operation}`);
        t.like(contents(bench), done, `operation ${operation}`);
        t.is(bench.flash.misuses(), 0, `operation ${operation}`);
      }
    });
  }
}
