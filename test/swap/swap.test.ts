/** Swap mode without cuts: forward, confirm, over the old image, and back by every way. */
import test from 'ava';
import { Check, Err, Event, Reset } from '../../agent/index.ts';
import { install, installConfirm, offer } from '../_bench.ts';
import {
  SWAP_BOARDS,
  confirmed,
  erasesOf,
  fails,
  images,
  onTrial,
  rot,
  runs,
  swapOpen,
  updates,
} from './_swap.ts';

for (const board of SWAP_BOARDS) {
  test(`${board}: forward, confirmed, and settled`, (t) => {
    const bench = onTrial(board);
    t.like(bench.decision, { slot: 0, trial: true, attempt: 1, sequence: 2, code: 0 });
    t.is(runs(bench), 1);
    t.like(bench.status(), { trial: 1, running: 0, sequence: 2 });
    t.is(offer(bench.agent, updates[2]!), Err.InTrial);
    t.is(bench.agent.confirm(), 0);
    bench.since();
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: 0, trial: false, sequence: 2, event: Event.Confirmed });
    t.like(bench.since(), { erases: 0, programs: 0 });
  });

  test(`${board}: update after update, each over what the exchange before it left`, (t) => {
    const bench = swapOpen(board);
    for (const at of [1, 2, 3]) {
      t.is(installConfirm(bench, updates[at]!), 0);
      t.is(runs(bench), at);
      t.is(bench.boot(), 0);
      t.is(bench.status().accepted, at + 1);
    }
    t.is(bench.flash.misuses(), 0);
  });

  test(`${board}: a failed check, and the old image runs again`, (t) => {
    const bench = onTrial(board);
    fails(bench);
    t.is(bench.code, 0);
    t.like(bench.decision, { slot: 0, trial: false, sequence: 1, event: Event.Reverted });
    t.is(runs(bench), 0);
    t.like(bench.report(), { code: Err.CheckFailed, slot: 1, from: 1, to: 2 });
    t.is(offer(bench.agent, updates[1]!), Err.Reverted);
    t.is(installConfirm(bench, updates[2]!), 0);
    t.is(runs(bench), 2);
  });

  test(`${board}: for want of network, and the image is still there when it comes again`, (t) => {
    const bench = onTrial(board);
    bench.agent.check('server', Check.Network, 0, () => -1);
    t.is(bench.agent.poll(), Err.NoNetwork);
    t.is(bench.boot(), 0);
    t.is(runs(bench), 0);
    bench.seconds += 4000;
    bench.since();
    t.is(offer(bench.agent, updates[1]!), 0);
    t.deepEqual(bench.since().slots, [0, 0]);
    t.like(bench.status(), { blocksFetched: 0, blocksKept: Math.ceil(images[1]!.length / 4096) });
  });

  test(`${board}: crashes spend the attempts`, (t) => {
    const bench = onTrial(board);
    for (const attempt of [2, 3]) {
      t.is(bench.boot(Reset.Crash), 0);
      t.like(bench.decision, { trial: true, attempt });
    }
    t.is(bench.boot(Reset.Crash), 0);
    t.like(bench.decision, { slot: 0, trial: false, sequence: 1, code: Err.AttemptsSpent });
    t.is(runs(bench), 0);
    t.like(bench.report(), { event: Event.Reverted, attempts: 3, boots: 3 });
  });

  test(`${board}: by hand to the other image, and back again, and an update after it`, (t) => {
    const bench = confirmed(board);
    for (const at of [0, 1, 0]) {
      t.is(bench.agent.revert(), 0);
      t.is(bench.boot(), 0);
      t.like(bench.decision, { slot: 0, trial: false, event: Event.Manual, sequence: at + 1 });
      t.is(runs(bench), at);
      t.like(bench.report(), { code: Err.ManualRevert, slot: 0, to: at + 1 });
    }
    t.is(installConfirm(bench, updates[2]!), 0);
    t.is(runs(bench), 2);
  });

  test(`${board}: by hand out of a trial`, (t) => {
    const bench = onTrial(board);
    t.is(bench.agent.revert(), Err.ManualRevert);
    t.is(bench.boot(), 0);
    t.is(runs(bench), 0);
    t.is(bench.status().trial, 0);
  });

  test(`${board}: rot in what runs, and the other image takes its place, and stays in its own`, (t) => {
    const bench = confirmed(board);
    for (const offset of [4000, 5000]) {
      rot(bench, 0, offset);
      t.is(bench.boot(), 0);
      t.like(bench.decision, { slot: 0, sequence: 1, code: Err.ImageDigest, event: Event.Fallback });
      t.is(runs(bench), 0);
      // A copy of what runs is no other image to go to.
      t.is(bench.agent.revert(), Err.AlreadyRunning);
    }
    t.is(installConfirm(bench, updates[2]!), 0);
    t.is(runs(bench), 2);
  });

  test(`${board}: either way an exchange erases no sector more than once`, (t) => {
    const bench = swapOpen(board);
    t.is(offer(bench.agent, updates[1]!), 0);
    t.is(bench.agent.activate(), 0);
    for (const way of [() => void bench.boot(), () => fails(bench)]) {
      const erases = erasesOf(bench, way);
      t.is(Math.max(...erases), 1, erases.join());
      // Both images, and a tail each: units of neither are left alone.
      t.true(erases.filter((count) => count > 0).length <= 10, erases.join());
    }
    t.is(runs(bench), 0);
  });

  test(`${board}: the journal is lost, and the image with the lower sequence runs`, (t) => {
    const bench = confirmed(board);
    const { partition } = bench.flash.journal;
    partition.eraseBlock(0, partition.status().blocks);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: 0, sequence: 1, event: Event.Factory });
    t.is(runs(bench), 0);
    t.is(bench.agent.revert(), Err.Unconfirmed);
    t.is(install(bench, updates[2]!), 0);
    t.is(runs(bench), 2);
  });
}

for (const clock of ['trusted', 'uptime', 'none'] as const) {
  test(`progress, with clock ${clock}`, (t) => {
    const seen: (readonly [done: number, total: number, left: number])[] = [];
    const config = {
      onExchange(done: number, total: number, left: number) {
        seen.push([done, total, left]);
        bench.seconds += 3;
        throw new Error('of no consequence');
      },
    };
    const bench = swapOpen('tiny-swap', { clock, config });
    t.is(install(bench, updates[1]!), 0);
    const total = seen[0]![1];
    seen.forEach(([done, of, left], at) => {
      const told = clock === 'none' || done === 0 ? -1 : 3 * (total - done);
      t.deepEqual([done, of, left], [at, total, done === total ? 0 : told]);
    });
    t.is(seen.length, total + 1);
    t.is(runs(bench), 1);
  });
}

test('rot in the staged image: nothing is exchanged, and the trial is over', (t) => {
  const bench = swapOpen('tiny-swap');
  t.is(offer(bench.agent, updates[1]!), 0);
  t.is(bench.agent.activate(), 0);
  rot(bench, 1, 4096 + 100);
  bench.since();
  t.is(bench.boot(), 0);
  t.like(bench.decision, { slot: 0, trial: false, sequence: 1, code: Err.ImageDigest });
  t.deepEqual(bench.since().slots, [0, 0]);
});

test('slot B is proven, floor and all, before slot A is touched', (t) => {
  const bench = swapOpen('tiny-swap', { counter: 0 });
  t.is(offer(bench.agent, updates[1]!), 0);
  t.is(bench.agent.activate(), 0);
  bench.counter = 9;
  bench.since();
  bench.boot();
  t.is(bench.code, Err.NothingBootable);
  t.deepEqual(bench.since().slots, [0, 0]);
});
