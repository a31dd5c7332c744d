import test from 'ava';
import { Reset } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import { offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { placesOpen, update } from './_places.ts';

type Told = [done: number, total: number, secondsLeft: number];

/** Three units and a tail, each kept and taken. */
const HALF_STEPS = 8;
/** What a half step takes here. */
const SECONDS = 3;

interface Watched {
  readonly bench: Bench;
  readonly told: Told[];
}

const watched = (): Watched => {
  const told: Told[] = [];
  const bench: Bench = placesOpen({
    config: {
      onExchange: (done, total, secondsLeft) => {
        told.push([done, total, secondsLeft]);
        bench.seconds += SECONDS;
      },
    },
  });
  return { bench, told };
};

const counting = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

test('after a cut it goes on from the half step that was cut', (t) => {
  const { bench, told } = watched();
  t.is(offer(bench.agent, update), 0);
  t.is(bench.agent.activate(), 0);
  bench.flash.power.cutAt({ operation: 20, where: 'inside' });
  bench.boot();
  t.true(bench.flash.power.cutFired);
  const reached = told.at(-1)![0];
  t.true(reached > 0 && reached < HALF_STEPS);
  told.length = 0;
  bench.flash.power.powerOn();
  t.is(bench.boot(Reset.Power), 0);
  t.deepEqual(
    told.map(([done, total]) => [done, total]),
    counting(reached, HALF_STEPS).map((done) => [done, HALF_STEPS]),
  );
  t.is(told[0]![2], -1);
});

test('an exchange that is undone is told as one of its own', (t) => {
  const { bench, told } = watched();
  t.is(offer(bench.agent, update), 0);
  t.is(bench.agent.activate(), 0);
  // Units 0 and 1 are exchanged by then; those two go back.
  const bad = bench.flash.profile.slots[1].from + 2;
  bench.flash.devices['flash']!.fault = { erase: (sector) => (sector === bad ? 'ignored' : 'done') };
  t.is(bench.boot(), 0);
  t.is(bench.decision.code, Err.ExchangeFailed);
  t.deepEqual(
    told.map(([done, total]) => [done, total]),
    [
      ...counting(0, 4).map((done) => [done, HALF_STEPS]),
      // From the tail and unit 2 on, which were not reached, down to the first.
      ...counting(2, 4).map((done) => [done, HALF_STEPS / 2]),
    ],
  );
});
