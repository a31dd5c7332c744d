import test from 'ava';
import { Check, Event, Reset } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import { NOTHING, install, installConfirm, offer } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { image, name, offline, trial, update } from './_trial.ts';

const rejections: readonly [reason: number, code: number, detail: number, again: number][] = [
  [0, Err.Rejected, 0, Err.Reverted],
  [7, Err.Rejected, 7, Err.Reverted],
  [255, Err.Rejected, 255, Err.Reverted],
  [1000, Err.Rejected, 255, Err.Reverted],
  [NaN, Err.Rejected, 0, Err.Reverted],
  [Err.NoNetwork, Err.NoNetwork, 0, Err.BackingOff],
  [Err.CheckFailed, Err.CheckFailed, 0, Err.Reverted],
];
for (const [reason, code, detail, again] of rejections) {
  test(`rejected for ${reason}`, (t) => {
    const bench = trial();
    t.is(bench.agent.reject(reason), code);
    t.is(bench.resets, 1);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: 0, trial: false });
    t.like(bench.report(), { event: Event.Reverted, code, detail, slot: 1, attempts: 1, boots: 1 });
    t.is(offer(bench.agent, update), again);
  });
}

test('the report outlives resets, refused offers and lost sessions, until the next event', (t) => {
  const bench = trial();
  bench.agent.check('radio is up', Check.Required, 0, () => -1);
  t.is(bench.agent.poll(), Err.CheckFailed);
  bench.boot();
  const report = bench.report();
  t.like(report, {
    event: Event.Reverted,
    code: Err.CheckFailed,
    detail: 0,
    cause: Reset.Requested,
    slot: 1,
    attempts: 1,
    boots: 1,
    from: 1,
    to: 2,
    digest: update.manifestDigest,
  });
  t.is(name(report.check), 'radio is up');
  for (const cause of [Reset.Power, Reset.Crash, Reset.Wake]) {
    bench.boot(cause);
    t.is(offer(bench.agent, update), Err.Reverted);
    bench.agent.offerBegin();
    t.deepEqual(bench.report(), report);
  }
  t.is(offer(bench.agent, release(image, 3)), 0);
  bench.boot();
  t.deepEqual(bench.report(), report);
  t.is(install(bench, release(image, 3)), 0);
  t.like(bench.report(), { event: Event.Activated, code: 0, to: 3, check: new Uint8Array(16) });
});

test('a name longer than the report keeps is cut', (t) => {
  const bench = trial();
  bench.agent.check('a name that is longer than this', Check.Required, 0, () => -1);
  t.is(bench.agent.poll(), Err.CheckFailed);
  t.is(name(bench.report().check), 'a name that is l');
});

test('want of network backs off for longer each time, and is no black mark', (t) => {
  const bench = trial({ config: { backOff: 100 } });
  for (const wait of [100, 200, 400]) {
    const since = bench.seconds;
    offline(bench);
    t.is(bench.decision.slot, 0);
    bench.since();
    t.is(offer(bench.agent, update), Err.BackingOff);
    bench.seconds = since + wait - 1;
    t.is(offer(bench.agent, update), Err.BackingOff);
    t.deepEqual(bench.since(), NOTHING);
    bench.seconds = since + wait;
    t.is(install(bench, update), 0);
    t.like(bench.decision, { slot: 1, trial: true });
  }
  t.is(bench.agent.confirm(), 0);
});

test('another manifest is not held back by the back-off of one', (t) => {
  const bench = trial();
  offline(bench);
  t.is(offer(bench.agent, update), Err.BackingOff);
  t.is(installConfirm(bench, release(firmware(3), 3)), 0);
});

for (const clock of ['none', 'uptime'] as const) {
  test(`without time to tell, the server is turned away so many times: clock ${clock}`, (t) => {
    const bench = trial({ clock });
    for (const times of [1, 2, 4]) {
      offline(bench);
      t.is(bench.decision.slot, 0);
      for (let i = 0; i < times; i++) t.is(offer(bench.agent, update), Err.BackingOff);
      t.is(install(bench, update), 0);
      t.like(bench.decision, { slot: 1, trial: true });
    }
  });
}

test('a board that sleeps between two offers is not turned away for ever', (t) => {
  const bench = trial({ clock: 'none' });
  for (const times of [1, 2, 4]) {
    offline(bench);
    for (let i = 0; i < times; i++) {
      t.is(offer(bench.agent, update), Err.BackingOff);
      bench.boot(Reset.Wake);
    }
    t.is(install(bench, update), 0);
    t.like(bench.decision, { slot: 1, trial: true });
  }
});

test('forgiven, what backed off is taken at once', (t) => {
  const bench = trial();
  offline(bench);
  t.is(bench.agent.forgive(), 0);
  t.is(offer(bench.agent, update), 0);
});
