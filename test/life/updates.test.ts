import test from 'ava';
import { Check, Event, NO_SLOT, Phase, Reset } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { IMAGE, NOTHING, benchOpen, install, installConfirm, offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

const BLOCK = 4096;
const image = firmware(2, 5 * BLOCK + 77);
const formats = ['framed', 'plain'] as const;
const boards: readonly BoardName[] = ['tiny', 'tiny-zero', 'tiny-large-sectors', 'tiny-two-devices'];

/** The update fails its check in the trial, and the old image runs again. */
const installRevert = (bench: Bench, update: ReturnType<typeof release>): void => {
  const code = install(bench, update);
  if (code !== 0) throw new Error(`install gives ${code}`);
  bench.agent.check('radio', Check.Required, 0, () => -1);
  bench.agent.poll();
  bench.boot();
};

for (const board of boards) {
  for (const format of formats) {
    test(`a second and a third update after a confirmed one, ${format}, on ${board}`, (t) => {
      const bench = benchOpen({ board });
      for (let sequence = 2; sequence <= 5; sequence++) {
        const slot = (sequence + 1) % 2;
        const update = release(firmware(sequence, sequence * 9001), sequence, { format });
        t.is(installConfirm(bench, update), 0);
        t.like(bench.decision, { slot, trial: true, attempt: 1, sequence });
        t.like(bench.status(), { running: slot, trial: 0, accepted: sequence, sequence });
        t.is(bench.boot(Reset.Power), 0);
        t.like(bench.decision, { slot, trial: false, attempt: 0, code: 0, event: Event.Confirmed });
      }
      t.is(bench.flash.misuses(), 0);
    });
  }
}

test('a settled boot erases and programs nothing', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, release(image, 2)), 0);
  bench.since();
  for (let cause = 0; cause < 8; cause++) {
    t.is(bench.boot(cause), 0);
    t.is(bench.agent.poll(), 0);
  }
  t.deepEqual(bench.since(), NOTHING);
});

test('a reverted manifest is refused until it is forgiven; the next good update works', (t) => {
  const bench = benchOpen();
  const bad = release(image, 2);
  installRevert(bench, bad);
  t.like(bench.decision, { slot: 0, trial: false, event: Event.Reverted });
  bench.since();
  for (const cause of [Reset.Requested, Reset.Power, Reset.Watchdog]) {
    t.is(offer(bench.agent, bad), Err.Reverted);
    t.is(offer(bench.agent, bad, { mode: 'stream' }), Err.Reverted);
    t.is(bench.boot(cause), 0);
  }
  t.deepEqual(bench.since(), NOTHING);
  t.is(bench.agent.forgive(), 0);
  t.is(installConfirm(bench, bad), 0);
  t.like(bench.decision, { slot: 1, sequence: 2 });

  const next = benchOpen();
  installRevert(next, bad);
  t.is(installConfirm(next, release(firmware(9, 8000), 3)), 0);
  t.like(next.decision, { slot: 1, sequence: 3 });
});

test('the image of a reverted manifest is taken under a higher sequence', (t) => {
  const bench = benchOpen();
  installRevert(bench, release(image, 2));
  const again = release(image, 3);
  t.is(offer(bench.agent, again), 0);
  t.like(bench.status(), { phase: Phase.Staged, blocksFetched: 0, blocksKept: 6 });
  t.is(bench.agent.activate(), 0);
  t.is(bench.boot(), 0);
  t.is(bench.agent.confirm(), 0);
});

test('more reverted manifests than the list holds are still refused, all of them', (t) => {
  const bench = benchOpen();
  const bad = Array.from({ length: 6 }, (_, i) => release(firmware(20 + i, 3000), 2 + i));
  for (const update of bad) installRevert(bench, update);
  bench.since();
  for (const update of bad) t.is(offer(bench.agent, update), Err.Reverted);
  t.deepEqual(bench.since(), NOTHING);
  t.is(installConfirm(bench, release(image, 8)), 0);
});

for (const format of formats) {
  test(`an update offered twice does no work twice, ${format}`, (t) => {
    const update = release(image, 2, { format });
    const bench = benchOpen();
    t.is(offer(bench.agent, update), 0);
    bench.since();
    for (const mode of ['range', 'stream'] as const) {
      t.is(offer(bench.agent, update, { mode }), 0);
      t.is(bench.status().phase, Phase.Staged);
      t.deepEqual(bench.since(), NOTHING);
      bench.boot(Reset.Power);
      t.deepEqual(bench.since(), NOTHING);
      t.is(offer(bench.agent, update, { mode }), 0);
      t.is(bench.status().phase, Phase.Staged);
      t.deepEqual(bench.since(), NOTHING);
    }
    t.is(bench.agent.activate(), 0);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: 1, trial: true });
  });
}

test('what is confirmed is not taken again after the other slot was tried', (t) => {
  const bench = benchOpen();
  const two = release(image, 2);
  t.is(installConfirm(bench, two), 0);
  installRevert(bench, release(firmware(8, 4000), 3));
  t.like(bench.decision, { slot: 1, sequence: 2 });
  bench.since();
  t.is(offer(bench.agent, two), Err.AlreadyRunning);
  t.is(offer(bench.agent, release(IMAGE, 1)), Err.SequenceOld);
  t.deepEqual(bench.since(), NOTHING);
});

test('image A again, under a higher sequence, is copied and kept, not fetched', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, release(image, 2)), 0);
  // The other slot still holds the factory's image.
  t.is(offer(bench.agent, release(IMAGE, 3)), 0);
  t.like(bench.status(), { phase: Phase.Staged, blocksFetched: 0, blocksKept: 3 });
  t.is(bench.agent.activate(), 0);
  t.is(bench.boot(), 0);
  t.is(bench.agent.confirm(), 0);
  t.like(bench.decision, { slot: 0, sequence: 3 });
  // And the image that runs, under a higher sequence: copied from one slot to the other.
  t.is(offer(bench.agent, release(IMAGE, 4)), 0);
  t.like(bench.status(), { blocksFetched: 0, blocksCopied: 3 });
});

test('blocks of a plain image serve the next framed update', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, release(image, 2, { format: 'plain' })), 0);
  const next = image.slice();
  next[2 * BLOCK]! ^= 1;
  t.is(offer(bench.agent, release(next, 3)), 0);
  t.like(bench.status(), { blocks: 6, blocksFetched: 1, blocksCopied: 5 });
});

const sizes: readonly [name: string, first: number, second: number][] = [
  ['a tail of an older, larger image', 14 * BLOCK, 3 * BLOCK + 5],
  ['a tail of an older, smaller image', 3 * BLOCK + 5, 14 * BLOCK],
  ['an image of one byte over a large one', 14 * BLOCK, 1],
  ['an image one byte shorter', 3 * BLOCK, 3 * BLOCK - 1],
  ['an image one byte longer', 3 * BLOCK, 3 * BLOCK + 1],
];

for (const [name, first, second] of sizes) {
  for (const format of formats) {
    for (const board of boards) {
      test(`${name}: what is stale does no harm, ${format}, on ${board}`, (t) => {
        const bench = benchOpen({ board });
        const large = firmware(31, first);
        t.is(installConfirm(bench, release(large, 2)), 0);
        t.is(installConfirm(bench, release(firmware(32, 5000), 3)), 0);
        // Slot B holds the first image still, and takes one that begins like it.
        const small = firmware(33, second);
        small.set(large.subarray(0, Math.min(second, BLOCK)));
        t.is(installConfirm(bench, release(small, 4, { format })), 0);
        t.like(bench.decision, { slot: 1, sequence: 4, imageSize: second });
        t.is(bench.boot(Reset.Power), 0);
        t.like(bench.decision, { slot: 1, trial: false, imageSize: second, code: 0 });
        t.is(bench.flash.misuses(), 0);
      });
    }
  }
}

test('a footer that claims another image is no way to boot it', (t) => {
  const bench = benchOpen();
  const large = release(firmware(31, 9 * BLOCK), 2);
  t.is(installConfirm(bench, large), 0);
  t.is(installConfirm(bench, release(IMAGE, 3)), 0);
  // Slot B: the larger image with a bit gone at its end. The manual way back finds it.
  const { starts } = bench.flash.devices['flash']!.sectors;
  const slotB = starts[bench.flash.profile.slots[1].from]!;
  const at = slotB + 9 * BLOCK - 4;
  bench.flash.devices['flash']!.poke(new Uint8Array([0, 0, 0, 0]), at);
  bench.since();
  t.is(bench.agent.revert(), Err.ImageDigest);
  t.deepEqual(bench.since(), NOTHING);
  t.is(bench.boot(), 0);
  t.is(bench.decision.slot, 0);
});

test('an offer during a trial is refused and touches nothing', (t) => {
  const bench = benchOpen();
  t.is(install(bench, release(image, 2)), 0);
  bench.since();
  t.is(offer(bench.agent, release(firmware(5), 3)), Err.InTrial);
  t.is(offer(bench.agent, release(image, 2)), Err.InTrial);
  t.deepEqual(bench.since(), NOTHING);
  t.is(bench.agent.confirm(), 0);
  t.is(offer(bench.agent, release(firmware(5), 3)), 0);
});

test('the floor rises only at confirm', (t) => {
  const rows: readonly [name: string, own: number, minimum: number | undefined, floor: number][] = [
    ['by default to the version that is replaced', 5, undefined, 3],
    ['as declared', 5, 5, 5],
    ['as declared, below the version that is replaced', 5, 1, 1],
    ['by default never above its own', 3, undefined, 3],
  ];
  for (const [name, securityVersion, minimumSecurityVersion, floor] of rows) {
    for (const counter of [undefined, 0]) {
      const bench = benchOpen({ counter, factory: { securityVersion: 3 } });
      const update = release(image, 2, { securityVersion, minimumSecurityVersion });
      const before = bench.status().floor;
      t.is(offer(bench.agent, update), 0);
      t.is(bench.status().floor, before, name);
      t.is(bench.agent.activate(), 0);
      t.is(bench.boot(), 0);
      t.is(bench.status().floor, before, name);
      t.is(bench.agent.confirm(), 0);
      t.is(bench.status().floor, floor, name);
      if (counter !== undefined) t.is(bench.counter, floor);
      t.is(bench.boot(), 0);
      t.is(bench.status().floor, floor, name);
      // The old image, version 3, is the way back while the floor lets it.
      t.is(bench.agent.revert(), floor > 3 ? Err.BelowFloor : 0, name);
      const below = release(firmware(44), 3, { securityVersion: floor - 1 });
      bench.boot();
      t.is(offer(bench.agent, below), Err.BelowFloor, name);
    }
  }
});

test('a floor declared in a trial that reverts is forgotten', (t) => {
  const bench = benchOpen({ counter: 0, factory: { securityVersion: 3 } });
  installRevert(bench, release(image, 2, { securityVersion: 9, minimumSecurityVersion: 9 }));
  t.is(bench.status().floor, 0);
  t.is(bench.counter, 0);
});

test('a counter that lags behind a confirm is raised at the next start, and one ahead counts', (t) => {
  const bench = benchOpen({ counter: 0, factory: { securityVersion: 3 } });
  t.is(installConfirm(bench, release(image, 2, { securityVersion: 4, minimumSecurityVersion: 4 })), 0);
  t.is(bench.counter, 4);
  bench.counter = 2;
  t.is(bench.boot(Reset.Power), 0);
  t.is(bench.counter, 4);
  // The counter is one for the life of the board: what is below it does not boot, whatever the journal says.
  bench.counter = 5;
  t.is(bench.boot(Reset.Power), Err.NothingBootable);
  t.is(bench.decision.slot, NO_SLOT);
});
