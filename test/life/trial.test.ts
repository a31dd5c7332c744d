import test from 'ava';
import { Check, Event, Reset } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import { NOTHING, benchOpen, install, offer } from '../_bench.ts';
import { trial, update } from './_trial.ts';

const burning = [Reset.Watchdog, Reset.Crash, Reset.Unknown, 8, -1, NaN];
for (const cause of burning) {
  test(`a reset by ${cause} burns an attempt`, (t) => {
    const bench = trial();
    t.is(bench.decision.attempt, 1);
    for (const attempt of [2, 3]) {
      t.is(bench.boot(cause), 0);
      t.like(bench.decision, { slot: 1, trial: true, attempt });
    }
    t.is(bench.boot(cause), 0);
    t.like(bench.decision, { slot: 0, trial: false, attempt: 0, code: Err.AttemptsSpent, sequence: 1 });
    t.like(bench.report(), {
      event: Event.Reverted,
      code: Err.AttemptsSpent,
      slot: 1,
      attempts: 3,
      boots: 3,
      from: 1,
      to: 2,
      digest: update.manifestDigest,
      check: new Uint8Array(16),
    });
    t.is(offer(bench.agent, update), Err.Reverted);
  });
}

for (const cause of [Reset.Power, Reset.BrownOut, Reset.Pin, Reset.Requested]) {
  test(`a reset by ${cause} burns nothing, up to the cap on boots`, (t) => {
    const bench = trial();
    for (let boot = 2; boot <= 20; boot++) {
      t.is(bench.boot(cause), 0);
      t.like(bench.decision, { slot: 1, trial: true, attempt: 1 }, `boot ${boot}`);
    }
    t.is(bench.boot(cause), 0);
    t.like(bench.decision, { slot: 0, trial: false, code: Err.BootsSpent });
    t.like(bench.report(), { event: Event.Reverted, code: Err.BootsSpent, attempts: 1, boots: 20, cause });
    // Neither a failed check, nor a crash, nor a hang: it may come again, later.
    t.is(offer(bench.agent, update), Err.BackingOff);
  });
}

test('a cap of its own for boots, and for attempts', (t) => {
  const bench = trial({ config: { trialBoots: 2, attempts: 1 } });
  t.is(bench.boot(Reset.BrownOut), 0);
  t.is(bench.decision.slot, 1);
  t.is(bench.boot(Reset.BrownOut), 0);
  t.like(bench.decision, { slot: 0, code: Err.BootsSpent });
  const crashing = trial({ config: { attempts: 1 } });
  t.is(crashing.boot(Reset.Crash), 0);
  t.like(crashing.decision, { slot: 0, code: Err.AttemptsSpent });
});

test('innocent resets between crashes change nothing about the attempts', (t) => {
  const bench = trial();
  const causes = [Reset.Power, Reset.Crash, Reset.Wake, Reset.Pin, Reset.Watchdog, Reset.Requested];
  const attempts = [1, 2, 2, 2, 3, 3];
  causes.forEach((cause, i) => {
    t.is(bench.boot(cause), 0);
    t.like(bench.decision, { slot: 1, attempt: attempts[i]! });
  });
  t.is(bench.boot(Reset.Unknown), 0);
  t.like(bench.decision, { slot: 0, code: Err.AttemptsSpent });
});

test('wakes from deep sleep write nothing, and the window ends them', (t) => {
  const bench = trial({ config: { trialWindow: 100 } });
  const since = bench.seconds;
  while (bench.seconds + 2 - since <= 100) {
    t.is(bench.boot(Reset.Wake), 0);
    t.like(bench.decision, { slot: 1, trial: true, attempt: 1 });
    t.deepEqual(bench.since(), NOTHING);
  }
  t.is(bench.boot(Reset.Wake), 0);
  t.like(bench.decision, { slot: 0, code: Err.WindowOver });
  t.like(bench.report(), { code: Err.WindowOver, boots: 1 });
  t.is(offer(bench.agent, update), Err.Reverted);
});

for (const clock of ['none', 'uptime'] as const) {
  test(`the window is counted in boots where time cannot be told: clock ${clock}`, (t) => {
    const bench = trial({ clock, config: { windowBoots: 6 } });
    for (let boot = 2; boot <= 6; boot++) {
      t.is(bench.boot(Reset.Wake), 0);
      t.like(bench.decision, { slot: 1, trial: true, attempt: 1 }, `boot ${boot}`);
    }
    let more = 0;
    while (bench.boot(Reset.Wake) === 0 && bench.decision.trial && more < 10) more++;
    // With a clock that starts anew the first boot can be told.
    t.true(more <= 1);
    t.like(bench.decision, { slot: 0, code: Err.WindowOver });
  });
}

test('the window is over in the middle of a boot', (t) => {
  const bench = trial({ config: { trialWindow: 50 } });
  t.is(bench.agent.poll(), 0);
  bench.seconds += 49;
  t.is(bench.agent.poll(), 0);
  bench.seconds += 1;
  t.is(bench.agent.poll(), Err.WindowOver);
  t.is(bench.resets, 1);
  t.is(bench.boot(), 0);
  t.like(bench.decision, { slot: 0, trial: false, event: Event.Reverted });
  t.like(bench.report(), { code: Err.WindowOver, slot: 1, attempts: 1 });
});

test('resets do not prolong the window', (t) => {
  const bench = trial({ config: { trialWindow: 50 } });
  bench.seconds += 30;
  t.is(bench.boot(Reset.Power), 0);
  t.is(bench.agent.poll(), 0);
  bench.seconds += 20;
  t.is(bench.agent.poll(), Err.WindowOver);
});

test('a clock that is set in mid-trial does not end it, nor prolong it for ever', (t) => {
  const bench = benchOpen({ clock: 'untrusted', config: { trialWindow: 50 } });
  const now = bench.seconds;
  bench.seconds = 10;
  t.is(install(bench, update), 0);
  bench.agent.check('c', Check.Required, 40, () => 0);
  t.is(bench.agent.poll(), 0);
  bench.seconds += 9;
  t.is(bench.agent.poll(), 0);
  bench.seconds = now;
  t.is(bench.agent.poll(), 0);
  bench.seconds += 30;
  t.is(bench.agent.poll(), 0);
  bench.seconds += 1;
  t.is(bench.agent.poll(), Err.CheckFailed);

  // Across boots such a clock tells no time: boots are counted.
  const booting = benchOpen({ clock: 'untrusted', config: { trialWindow: 50, windowBoots: 2 } });
  booting.seconds = 10;
  t.is(install(booting, update), 0);
  booting.seconds = now;
  t.is(booting.boot(Reset.Wake), 0);
  t.like(booting.decision, { slot: 1, trial: true, attempt: 1 });
  t.is(booting.agent.poll(), 0);
  booting.seconds += 60;
  t.is(booting.boot(Reset.Wake), 0);
  t.like(booting.decision, { slot: 0, code: Err.WindowOver });
});

test('a clock that gives no number is one that stands still', (t) => {
  const bench = benchOpen({ config: { windowBoots: 5 } });
  bench.seconds = NaN;
  t.is(install(bench, update), 0);
  // The first boot of the trial counts too.
  for (let boot = 0; boot < 4; boot++) {
    t.is(bench.boot(Reset.Wake), 0);
    t.like(bench.decision, { slot: 1, trial: true });
    t.is(bench.agent.poll(), 0);
  }
  t.is(bench.boot(Reset.Wake), 0);
  t.like(bench.decision, { slot: 0, code: Err.WindowOver });
});
