import test from 'ava';
import { Err, Phase, Reset, patches } from '../../agent/index.ts';
import { flashOpen } from '../../agent/flash.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { random } from '../../hal/node/faults.ts';
import type { Bench } from '../_bench.ts';
import { benchOpen, fetchByRange, install, installConfirm, offer } from '../_bench.ts';
import { firmware } from '../bootloader-sim/_real.ts';
import { patchRelease } from './_patch.ts';

const config = { patches };
const boards: readonly BoardName[] = [
  'tiny',
  'tiny-zero',
  'tiny-large-sectors',
  'tiny-shared',
  'tiny-two-devices',
  'tiny-swap',
  'tiny-swap-wide',
];

const old = firmware(1, 16_000);
/** Three places changed, 500 bytes put in, the last 100 taken away. */
const fresh = ((): Uint8Array => {
  const bytes = new Uint8Array(16_400);
  bytes.set(old.subarray(0, 6000));
  bytes.set(firmware(2, 500), 6000);
  bytes.set(old.subarray(6000, 15_900), 6500);
  for (const at of [10, 5000, 16_000]) bytes[at]! ^= 0x55;
  return bytes;
})();
const update = patchRelease(old, fresh, 2);

const holds = (bench: Bench, image: Uint8Array): boolean => {
  const got = new Uint8Array(image.length);
  bench.flash.slots[bench.decision.slot as 0 | 1].partition.read(got, 0);
  return Buffer.compare(got, image) === 0;
};

for (const board of boards)
  for (const mode of ['range', 'stream'] as const)
    test(`a patch is installed and gone back from, as a ${mode}, on ${board}`, (t) => {
      t.true(update.payload.length < 1000, String(update.payload.length));
      const bench = benchOpen({ board, image: old, config });
      t.is(install(bench, update, { mode }), 0);
      t.true(bench.decision.trial);
      t.true(holds(bench, fresh));
      t.is(bench.agent.reject(7), Err.Rejected);
      bench.boot();
      t.true(holds(bench, old));
      t.is(bench.flash.misuses(), 0);
    });

test('up, and down again by a patch the other way', (t) => {
  const bench = benchOpen({ board: 'tiny', image: old, config });
  t.is(installConfirm(bench, update), 0);
  t.is(installConfirm(bench, patchRelease(fresh, old, 3)), 0);
  t.true(holds(bench, old));
});

for (const [what, options] of [
  ['another image runs', { image: firmware(3, 16_000), config }],
  ['patches are not configured', { image: old }],
] as const)
  test(`${what}: the whole image is taken`, (t) => {
    const bench = benchOpen({ board: 'tiny', ...options });
    const into = new Uint8Array(16);
    t.is(offer(bench.agent, { ...update.whole, payload: new Uint8Array(0) }), Err.PayloadTooShort);
    const again = benchOpen({ board: 'tiny', ...options });
    t.is(install(again, update.whole), 0);
    t.true(holds(again, fresh));
    t.is(into.length, 16);
  });

test('nothing is erased for a patch of another base', (t) => {
  const bench = benchOpen({ board: 'tiny', image: firmware(3, 16_000), config });
  bench.since();
  t.is(offer(bench.agent, patchRelease(old, fresh, 2, { whole: false })), Err.WrongBase);
  t.is(bench.since().slots[1], 0);
});

/** Several units: 70 KB, of which every third kilobyte is new. */
const large = firmware(5, 70_000);
const changed = ((): Uint8Array => {
  const bytes = large.slice();
  for (let at = 0; at + 3000 < bytes.length; at += 3000) bytes.set(firmware(at, 1000), at + 700);
  return bytes;
})();
const long = patchRelease(large, changed, 2);
const board = 'nrf52840';

/** Bytes of payload that are fetched until the update is staged, and the code. */
const fetched = (bench: Bench, given = long, stop = Infinity): { bytes: number; code: number } =>
  fetchByRange(bench.agent, given, { chunk: 700, stop });

test('after a cut no more than 8 KB are fetched again, beside what an erase sector costs', (t) => {
  const { units } = long.patched;
  t.true(units >= 3, `${units} units`);
  const all = fetched(benchOpen({ board, image: large, config }));
  t.deepEqual(all, { bytes: long.payload.length, code: 0 });
  for (let stop = 500; stop < long.payload.length; stop += 1777) {
    const bench = benchOpen({ board, image: large, config });
    fetched(bench, long, stop);
    bench.boot(Reset.Power);
    const rest = fetched(bench);
    t.is(rest.code, 0);
    const again = stop + rest.bytes - long.payload.length;
    t.true(again <= 8192, `cut at ${stop}: ${again} bytes again`);
    t.is(bench.agent.activate(), 0);
    bench.boot();
    t.true(holds(bench, changed));
  }
});

test('cut many times, it comes to its end', (t) => {
  const bench = benchOpen({ board: 'tiny-large-sectors', image: old, config });
  const next = random(7);
  for (let turn = 0; turn < 12; turn++) {
    fetched(bench, update, next() % update.payload.length);
    bench.boot(Reset.Power);
  }
  t.is(install(bench, update), 0);
  t.true(holds(bench, fresh));
});

const flip =
  (at: number) =>
  (payload: Uint8Array): Uint8Array =>
    payload.map((byte, place) => (place === at ? byte ^ 1 : byte));

for (const [what, given, code] of [
  [
    'a first piece of another digest',
    patchRelease(large, changed, 2, { root: new Uint8Array(32) }),
    Err.PieceDigest,
  ],
  ['a bit of the first piece', patchRelease(large, changed, 2, { payload: flip(5) }), Err.PieceDigest],
  ['a bit of a later piece', patchRelease(large, changed, 2, { payload: flip(9000) }), Err.PieceDigest],
  [
    'a bit of the last piece',
    patchRelease(large, changed, 2, { payload: flip(long.payload.length - 1) }),
    Err.PieceDigest,
  ],
  ['a first piece that ends too early', patchRelease(large, changed, 2, { first: 20 }), Err.PieceDigest],
  ['another image', patchRelease(large, changed, 2, { image: firmware(9, 70_000) }), Err.ImageDigest],
  [
    'an image of another length',
    patchRelease(large, changed, 2, { image: firmware(9, 69_000) }),
    Err.PatchMalformed,
  ],
] as const)
  test(`a patch that lies: ${what} gives ${code}`, (t) => {
    const bench = benchOpen({ board, image: large, config });
    const result = fetched(bench, given);
    t.is(result.code, code);
    t.is(bench.status().phase, Phase.Failed);
    t.is(fetched(bench).code, 0, 'and the next offer is taken');
  });

test('a base that changes underneath ends in a code, and then it is none', (t) => {
  const bench = benchOpen({ board, image: large, config });
  fetched(bench, long, 6000);
  const range = BOARDS[board].slots[0];
  const device = bench.flash.devices[range.device]!;
  const start = device.sectors.starts[range.from]!;
  for (let at = 20_000; at < 60_000; at += 100) device.poke(Uint8Array.of(0), start + at);
  const again = fetched(bench, patchRelease(large, changed, 2, { whole: false }));
  t.is(again.code, Err.WrongBase);
});

test('a decoder is made of less than 16 KB of arrays', (t) => {
  const bench = benchOpen({ board: 'tiny' });
  const flash = flashOpen(bench.flash.slots[0], undefined);
  const sizes: number[] = [];
  const walk = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) sizes.push(value.byteLength);
    else if (typeof value === 'object' && value !== null && value !== flash)
      Object.values(value).forEach(walk);
  };
  walk(patches.create(flash, flash, new Uint8Array(0)));
  const sum = sizes.reduce((all, one) => all + one, 0);
  t.log(`${sum} bytes`);
  t.true(sum > 12_000 && sum < 15_000, String(sum));
});
