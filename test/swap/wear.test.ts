import test from 'ava';
import { install, installConfirm, offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { later, placesOpen, profiles, update, wearOf } from './_places.ts';

type Wear = ReturnType<typeof wearOf>;

const grown = (bench: Bench, before: Wear): Wear => {
  const now = wearOf(bench);
  const more = (place: keyof Wear): number[] => now[place].map((count, at) => count - before[place][at]!);
  return { slot0: more('slot0'), slot1: more('slot1'), journal: more('journal') };
};

/** Names of half steps fill a sector of the journal now and then. */
const JOURNAL_MOST = 2;

interface Phase {
  readonly name: string;
  readonly run: (bench: Bench) => number;
  /** Erases of any one sector. */
  readonly slot0: number;
  readonly slot1: number;
}

const phases: readonly Phase[] = [
  {
    name: 'receive and activate',
    run: (bench) => Math.min(offer(bench.agent, update), bench.agent.activate()),
    slot0: 0,
    slot1: 1,
  },
  { name: 'the boot that exchanges', run: (bench) => bench.boot(), slot0: 1, slot1: 1 },
  { name: 'confirm', run: (bench) => bench.agent.confirm(), slot0: 0, slot1: 0 },
  { name: 'revert by hand', run: (bench) => bench.agent.revert(), slot0: 0, slot1: 0 },
  { name: 'the boot that exchanges back', run: (bench) => bench.boot(), slot0: 1, slot1: 1 },
  { name: 'a settled boot', run: (bench) => bench.boot(), slot0: 0, slot1: 0 },
];

for (const profile of profiles) {
  test(`${profile.description}: an exchange erases each sector once at most`, (t) => {
    const bench = placesOpen({ profile });
    for (const { name, run, slot0, slot1 } of phases) {
      const before = wearOf(bench);
      t.is(run(bench), 0, name);
      const wear = grown(bench, before);
      t.log(name, JSON.stringify(wear));
      t.is(Math.max(...wear.slot0), slot0, name);
      t.is(Math.max(...wear.slot1), slot1, name);
      t.true(Math.max(...wear.journal) <= JOURNAL_MOST, name);
    }
  });

  test(`${profile.description}: one cut costs one more erase in the slots, and turn-overs of the journal`, (t) => {
    const bench = placesOpen({ profile });
    t.is(offer(bench.agent, update), 0);
    t.is(bench.agent.activate(), 0);
    const image = bench.flash.save();
    const from = wearOf(bench);
    const first = bench.flash.power.operations;
    t.is(bench.boot(), 0);
    const operations = bench.flash.power.operations - first;
    const straight = grown(bench, from);
    const sum = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
    // The sectors of one unit.
    const unit = Math.max(...Object.values(profile.devices).map(({ sectors }) => Math.max(...sectors)));
    for (let operation = 0; operation < operations; operation += 3) {
      bench.flash.load(image);
      const before = wearOf(bench);
      bench.flash.power.cutAt({ operation, where: 'inside' });
      bench.boot();
      bench.flash.power.powerOn();
      t.is(bench.boot(), 0);
      const wear = grown(bench, before);
      const extra = sum(wear.slot0) + sum(wear.slot1) - sum(straight.slot0) - sum(straight.slot1);
      t.true(extra <= unit / 4096, `operation ${operation}: ${extra} erases more`);
    }
  });
}

test('units between image and tail are left alone', (t) => {
  const bench = placesOpen();
  t.is(install(bench, update), 0);
  const { slot0 } = wearOf(bench);
  bench.agent.reject(1);
  t.is(bench.boot(), 0);
  t.is(installConfirm(bench, later), 0);
  const more = wearOf(bench).slot0.map((count, at) => count - slot0[at]!);
  // Two exchanges; `later` is one unit longer than the others.
  t.deepEqual(more, [2, 2, 2, 1, 0, 0, 0, 2]);
});
