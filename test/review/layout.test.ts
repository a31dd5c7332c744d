import test from 'ava';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName, BoardProfile } from '../../hal/node/boards.ts';
import { Err, Reset } from '../../agent/index.ts';
import { benchOpen, install, installConfirm, offer } from '../_bench.ts';
import type { OfferOptions } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

const KiB = 1024;
/** A board that is not sold: sectors of half a block, slots of 64 KiB. */
const small = 'small-sectors' as BoardName;
(BOARDS as Record<string, BoardProfile>)[small] = {
  ...BOARDS.tiny,
  name: small,
  devices: { flash: { sectors: Array.from({ length: 68 }, () => 2 * KiB), unit: 8, eraseValue: 0xff } },
  journal: { device: 'flash', from: 0, count: 4 },
  slots: [
    { device: 'flash', from: 4, count: 32 },
    { device: 'flash', from: 36, count: 32 },
  ],
};

const manners: readonly (OfferOptions & { mode: 'stream' | 'range' })[] = [
  { mode: 'stream' },
  { mode: 'range' },
];

for (const manner of manners) {
  for (const format of ['framed', 'plain'] as const) {
    test(`${format} image and tail in one block of two sectors, by ${manner.mode}`, (t) => {
      const bench = benchOpen({ board: small });
      const update = release(firmware(2, 61 * KiB), 2, { format });
      t.is(install(bench, update, manner), Err.ImageTooLarge);
      t.deepEqual(bench.since().slots, [0, 0]);
      // One sector less is the largest that is taken.
      t.is(installConfirm(bench, release(firmware(2, 60 * KiB), 2, { format }), manner), 0);
      t.is(bench.decision.slot, 1);
    });
  }
}

const up = (length: number): number => Math.ceil(length / 8) * 8;

/** A release whose tail is `length` bytes long. */
const tailed = (length: number): ReturnType<typeof release> => {
  const image = firmware(2, 20_000);
  const index = 32 + 32 + 5 * 18;
  const room = length - up(index) - 32;
  // The URI that is there otherwise is shorter than this.
  for (let pad = room - up(release(image, 2).envelope.length) + 48; pad > 0; pad -= 4) {
    const update = release(image, 2, { uri: 'u'.repeat(pad) });
    if (up(update.envelope.length) === room) return update;
  }
  throw new Error('no such envelope');
};

for (const manner of manners) {
  for (const over of [8, 32, 56, 64, 72]) {
    test(`the first ${over} bytes of the index in the sector before, by ${manner.mode}`, (t) => {
      const bench = benchOpen({ board: small });
      t.is(install(bench, tailed(2 * KiB + over), manner), 0);
      t.is(bench.decision.slot, 1);
    });
  }
}

test('a cut in the last sector of a tail costs that sector, whatever lies across its start', (t) => {
  const bench = benchOpen({ board: small });
  // The envelope lies in both sectors.
  const update = tailed(2 * KiB + 400);
  const slot = 36 * 2 * KiB;
  const operations: { kind: string; offset: number }[] = [];
  const counted = bench.flash.power.trace;
  bench.flash.power.trace = (operation) => {
    operations.push(operation);
    counted!(operation);
  };
  const start = bench.flash.save();
  t.is(offer(bench.agent, update), 0);
  const footer = operations.map(({ kind, offset }) => kind === 'program' && offset >= slot).lastIndexOf(true);
  bench.flash.load(start);
  bench.boot(Reset.Power);
  bench.flash.power.cutAt({ operation: footer, where: 'inside', unit: 0 });
  offer(bench.agent, update);
  t.true(bench.flash.power.cutFired);
  bench.flash.power.powerOn();
  bench.boot(Reset.Power);
  operations.length = 0;
  t.is(offer(bench.agent, update), 0);
  const erased = operations.filter(({ kind, offset }) => kind === 'erase' && offset >= slot);
  t.deepEqual(
    erased.map(({ offset }) => offset),
    [slot + 62 * KiB],
  );
});
