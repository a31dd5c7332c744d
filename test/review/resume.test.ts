import test from 'ava';
import { Ok, Phase } from '../../agent/index.ts';
import { benchOpen, offer, install, settle } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { driveByRange, driveNow } from '../../hal/driver.ts';

const partial = (
  agent: ReturnType<typeof benchOpen>['agent'],
  update: ReturnType<typeof release>,
  most: number,
): void => {
  driveNow(
    driveByRange(agent, update.envelope, {
      chunk: 512,
      alive: (sent) => sent < update.envelope.length + most,
    }),
    (offset, length) => update.payload.subarray(offset, offset + length),
  );
};

test('an open sector that ends in a shorter last block does not keep what the next image erases', (t) => {
  const bench = benchOpen({ board: 'tiny-large-sectors' });
  const long = firmware(2, 60_000);
  const short = release(long.subarray(0, 32_768 + 9000), 2);
  t.is(offer(bench.agent, short), Ok);
  t.is(install(bench, release(long, 3)), Ok);
  t.is(bench.decision.slot, 1);
});

test('a plain image over a plain one that is staged takes its mark away first', (t) => {
  const bench = benchOpen();
  const first = release(firmware(2, 20_000), 2, { format: 'plain' });
  t.is(offer(bench.agent, first), Ok);
  partial(bench.agent, release(firmware(3, 20_000), 3, { format: 'plain' }), 9000);
  bench.config = { ...bench.config, bootProof: 0 };
  // All that a boot without digest sees of the slot is its tail.
  bench.flash.slots[0].partition.eraseBlock(0, 16);
  t.true(bench.boot() < 0);
});

for (const mode of ['stream', 'range'] as const) {
  for (const format of ['plain', 'integrated'] as const) {
    test(`${format} image that stood once, and is damaged, is written again by ${mode}`, (t) => {
      const bench = benchOpen();
      const first = release(firmware(2, 2500), 2, { format });
      t.is(offer(bench.agent, first, { mode }), Ok);
      t.is(bench.status().phase, Phase.Staged);
      const { device, from } = bench.flash.profile.slots[1];
      bench.flash.devices[device]!.poke(Uint8Array.of(0), from * 4096 + 100);
      bench.flash.devices[device]!.poke(Uint8Array.of(1), from * 4096 + 101);
      t.is(offer(bench.agent, first, { mode, chunk: 64 }), Ok);
      t.is(bench.agent.activate(), Ok);
      bench.boot();
      t.is(bench.decision.slot, 1);
    });
  }
}

test('bytes that come while a plain image is looked for are not lost', (t) => {
  const bench = benchOpen();
  const first = release(firmware(2, 20_000), 2, { format: 'plain' });
  t.is(offer(bench.agent, first), Ok);
  const { device, from } = bench.flash.profile.slots[1];
  bench.flash.devices[device]!.poke(Uint8Array.of(0, 1), from * 4096 + 100);
  const bundle = Uint8Array.from([...first.envelope, ...first.payload]);
  t.is(bench.agent.offerBegin(), Ok);
  for (let at = 0; at < bundle.length;) {
    const took = bench.agent.push(bundle, at, bundle.length);
    if (took < 0) return t.fail(`${took}`);
    at += took;
    const code = bench.agent.poll();
    if (code < 0) return t.fail(`${code}`);
  }
  t.is(settle(bench.agent), 0);
  t.is(bench.agent.activate(), Ok);
});

test('frames that are wrong cast no doubt on the flash: nothing is erased again for them', (t) => {
  const bench = benchOpen();
  const update = release(firmware(2, 30_000), 2);
  partial(bench.agent, update, 12_000);
  const bad = {
    envelope: update.envelope,
    payload: update.payload.map((byte, at) => (at > 500 ? byte ^ 1 : byte)),
  };
  t.true(offer(bench.agent, bad) < 0);
  bench.since();
  for (let times = 0; times < 5; times++) t.true(offer(bench.agent, bad) < 0);
  t.deepEqual(bench.since(), { erases: 0, programs: 0, slots: [0, 0], journal: 0 });
  t.is(install(bench, update), Ok);
});

for (const board of ['tiny', 'tiny-large-sectors', 'stm32l4'] as const) {
  for (const formats of [
    ['plain', 'framed'],
    ['framed', 'plain'],
    ['plain', 'plain'],
    ['framed', 'framed'],
  ] as const) {
    test(`${formats[1]} after ${formats[0]} in one power cycle, on ${board}`, (t) => {
      const bench = benchOpen({ board });
      // On large sectors the end of the image shares one with the tail.
      const length = board === 'tiny-large-sectors' ? 80_000 : 30_000;
      const first = release(firmware(2, length), 2, { format: formats[0] });
      t.is(offer(bench.agent, first), Ok);
      t.is(bench.agent.cancel(), Ok);
      t.is(offer(bench.agent, release(firmware(3, length + 100), 3, { format: formats[1] })), Ok);
      t.is(install(bench, release(firmware(4, length - 100), 4, { format: formats[0] })), Ok);
      t.is(bench.decision.slot, 1);
      t.is(bench.flash.misuses(), 0);
    });
  }
}
