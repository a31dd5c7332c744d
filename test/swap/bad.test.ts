/** Units that go bad in the middle of an exchange, and operations that do nothing. */
import test from 'ava';
import { Err, Event } from '../../agent/index.ts';
import type { Bench } from '../_bench.ts';
import { installConfirm, offer } from '../_bench.ts';
import { confirmed, dirty, mend, onTrial, runs, spoilSector, swapOpen, updates } from './_swap.ts';
import type { Spoiled } from './_swap.ts';

const board = 'tiny-swap';

/** The board with the update staged and activated, not booted yet. */
const staged = (): Bench => {
  const bench = swapOpen(board);
  if (offer(bench.agent, updates[1]!) !== 0 || bench.agent.activate() !== 0) throw new Error('not staged');
  return bench;
};

const bad: readonly (readonly [name: string, what: Spoiled])[] = [
  ['erases are ignored', { erase: 'ignored' }],
  ['erases fail', { erase: 'failed' }],
  ['programs are ignored', { program: 'ignored' }],
  ['programs fail', { program: 'failed' }],
];

/** Of images of 4 and 3 units with a tail in the last: those that an exchange upward writes. */
const written: readonly (readonly [slot: 0 | 1, sector: number])[] = [
  [1, 0],
  [1, 1],
  [1, 3],
  [1, 7],
  [0, 0],
  [0, 1],
  [0, 7],
];

for (const [slot, sector] of written) {
  for (const [name, what] of bad) {
    test(`${name} once, in sector ${sector} of slot ${slot}: done again`, (t) => {
      const bench = staged();
      spoilSector(bench, slot, sector, { ...what, times: 1 });
      t.is(bench.boot(), 0);
      t.like(bench.decision, { trial: true, sequence: 2, code: 0 });
      t.is(runs(bench), 1);
      t.is(bench.flash.misuses(), 0);
    });

    test(`${name} for good, in sector ${sector} of slot ${slot}: undone, or not until it is mended`, (t) => {
      const bench = staged();
      // An erase of what is blank may as well be ignored: so it is not.
      if (slot === 1) dirty(bench, sector);
      spoilSector(bench, slot, sector, what);
      bench.boot();
      if (slot === 1) {
        t.is(bench.code, 0);
        t.like(bench.decision, { slot: 0, trial: false, sequence: 1, code: Err.ExchangeFailed });
        t.is(runs(bench), 0);
        t.like(bench.report(), { event: Event.Reverted, code: Err.ExchangeFailed, to: 2 });
        t.is(offer(bench.agent, updates[1]!), Err.BackingOff);
      } else {
        // The only slot that runs cannot hold either image.
        t.is(bench.code, Err.NothingBootable);
        mend(bench);
        t.is(bench.boot(), 0);
        t.is(runs(bench), 0);
      }
      mend(bench);
      t.is(bench.boot(), 0);
      t.is(installConfirm(bench, updates[2]!), 0);
      t.is(runs(bench), 2);
      t.is(bench.flash.misuses(), 0);
    });
  }
}

test('a sector of slot 1 goes bad on the way back: the old image runs all the same', (t) => {
  for (const sector of [8, 4, 3, 2, 1]) {
    const bench = onTrial(board);
    t.is(bench.agent.reject(1), Err.Rejected);
    spoilSector(bench, 1, sector, { program: 'failed' });
    t.is(bench.boot(), 0, `sector ${sector}`);
    t.is(runs(bench), 0, `sector ${sector}`);
    t.like(bench.decision, { trial: false, sequence: 1 });
    mend(bench);
    t.is(installConfirm(bench, updates[2]!), 0);
    t.is(runs(bench), 2);
  }
});

test('what is to be kept cannot be read any more: the update is all there is, and it runs', (t) => {
  for (const sector of [0, 2, 3]) {
    const bench = staged();
    spoilSector(bench, 0, sector, { unreadable: true });
    const read = bench.flash.devices['flash']!.fault!.read!;
    let erased = false;
    const first = bench.flash.profile.slots[0].from;
    bench.flash.devices['flash']!.fault = {
      erase: (number) => {
        erased ||= number === first + sector;
        return 'done';
      },
      read: (into, offset, unstable) => {
        if (!erased) read(into, offset, unstable);
      },
    };
    t.is(bench.boot(), 0, `sector ${sector}`);
    t.like(bench.decision, { slot: 0, trial: true, sequence: 2 }, `sector ${sector}`);
    t.is(runs(bench), 1);
  }
});

test('a sector that only the update needs goes bad in slot 0: the old image is made whole without it', (t) => {
  // The third update is longer than the first by a unit of slot 0 that the first does not touch.
  const bench = confirmed(board);
  t.is(offer(bench.agent, updates[2]!), 0);
  t.is(bench.agent.activate(), 0);
  spoilSector(bench, 0, 3, { erase: 'failed' });
  t.is(bench.boot(), 0);
  t.like(bench.decision, { slot: 0, trial: false, sequence: 2, code: Err.ExchangeFailed });
  t.is(runs(bench), 1);
});
