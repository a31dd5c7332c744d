/** A board that takes framed payloads alone has envelope and block in one place: the envelope must outlast what needs it. */
import test from 'ava';
import { driveByRange, driveByStream, driveNow } from '../../hal/driver.ts';
import { openAgent } from '../../agent/index.ts';
import type { Agent } from '../../agent/index.ts';
import { benchOpen, install, installConfirm, offer } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import type { Update } from '../../bootloader-sim/index.ts';

const envelopeMax = 1024;
/** Bytes of image that end in the sector of the tail, where that is large enough to be shared. */
const boards = [
  { board: 'tiny', length: 30_000 },
  { board: 'tiny-zero', length: 4096 },
  { board: 'tiny-large-sectors', length: 80_000 },
  { board: 'tiny-shared', length: 20_000 },
  { board: 'tiny-two-devices', length: 60_000 },
  { board: 'tiny-swap-wide', length: 20_000 },
  { board: 'stm32l4', length: 200_000 },
] as const;

/** Offers an update whose source dies after `most` bytes of payload. */
const partial = (agent: Agent, update: Update, mode: 'stream' | 'range', most: number): void => {
  const drive = mode === 'stream' ? driveByStream : driveByRange;
  const alive = (sent: number): boolean => sent < update.envelope.length + most;
  driveNow(drive(agent, update.envelope, { chunk: 700, alive }), (offset, length) =>
    update.payload.subarray(offset, offset + length),
  );
};

for (const { board, length } of boards)
  for (const mode of ['stream', 'range'] as const) {
    const open = (): ReturnType<typeof benchOpen> =>
      benchOpen({ board, config: { framedOnly: true, envelopeMax } });
    const uri = 'u'.repeat(700);

    test(`${board}, ${mode}: whole, the same again, and one that shares its blocks`, (t) => {
      const bench = open();
      const image = firmware(2, length);
      const first = release(image, 2, { uri });
      t.true(first.envelope.length > 900 && first.envelope.length <= envelopeMax);
      t.is(offer(bench.agent, first, { mode }), 0);
      bench.boot();
      bench.since();
      t.is(offer(bench.agent, first, { mode }), 0);
      t.deepEqual(
        bench.since().slots,
        [0, 0],
        'all of it stood: envelope, index, blocks and footer were compared',
      );
      t.is(installConfirm(bench, first, { mode }), 0);
      const next = firmware(3, length);
      next.set(image.subarray(0, length >> 1));
      t.is(installConfirm(bench, release(next, 3, { uri }), { mode }), 0);
      t.is(bench.status().sequence, 3);
    });

    test(`${board}, ${mode}: cut short anywhere, and on it goes`, (t) => {
      const update = release(firmware(2, length), 2, { uri });
      const step = Math.ceil(update.payload.length / 9);
      for (let most = 10; most < update.payload.length; most += step) {
        const bench = open();
        partial(bench.agent, update, mode, most);
        bench.boot();
        t.is(install(bench, update, { mode }), 0, `${most}`);
        t.is(bench.status().sequence, 2);
        t.is(bench.flash.misuses(), 0);
      }
    });
  }

test('it takes no RAM for the envelope', (t) => {
  const { ports, config } = benchOpen();
  const lengths: number[] = [];
  const real = globalThis.Uint8Array;
  for (const more of [{}, { framedOnly: true }]) {
    let most = 0;
    globalThis.Uint8Array = new Proxy(real, {
      construct(target, given: [number]) {
        if (typeof given[0] === 'number') most = Math.max(most, given[0]);
        return new target(...given);
      },
    });
    openAgent(ports, { ...config, envelopeMax, ...more });
    globalThis.Uint8Array = real;
    lengths.push(most);
  }
  t.deepEqual(lengths, [4096 + envelopeMax, 4096]);
});
