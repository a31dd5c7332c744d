/** Each operation of an exchange in turn: it does nothing, fails, or power goes in it. */
import test from 'ava';
import { Reset } from '../../agent/index.ts';
import type { Fate, FaultHook } from '../../hal/node/faults.ts';
import { offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { contents, placesOpen, profiles, update } from './_places.ts';

const fates: readonly { readonly kind: 'erase' | 'program'; readonly fate: Fate }[] = [
  { kind: 'erase', fate: 'ignored' },
  { kind: 'erase', fate: 'failed' },
  { kind: 'program', fate: 'ignored' },
  { kind: 'program', fate: 'failed' },
];

/** Counts erases and programs of one boot over all flash; with `at`, that one of `kind` meets a fate, once. */
const once = (bench: Bench, kind: 'erase' | 'program', fate: Fate, at = -1): (() => number) => {
  let count = 0;
  const hook = (): Fate => (count++ === at ? fate : 'done');
  const fault: FaultHook = { [kind]: hook };
  for (const device of Object.values(bench.flash.devices)) device.fault = fault;
  return () => count;
};

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
      const bench = placesOpen({ profile });
      if (offer(bench.agent, update) !== 0 || bench.agent.activate() !== 0) throw new Error('not activated');
      lead(bench);
      return bench;
    };
    // What was received may stand on beside: what it shares no byte with is free to be left.
    const done = runs === 2 ? { first: 2, low: 1 } : { first: 1, high: 2 };

    for (const { kind, fate } of fates) {
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
