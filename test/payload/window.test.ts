import { deflateRawSync } from 'node:zlib';
import test from 'ava';
import { Err, Reset, openAgent } from '../../agent/index.ts';
import { benchOpen, install, offer } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { BLOCK, forge } from '../hostile/_forge.ts';

const board = 'nrf52840';
const WINDOWS = [1024, 2048, 4096, 8192, 16384, 32768];
const HELD = [4096, 8192, 16384, 32768];

/**
 * Pieces that come again 700, 1500, 3000, 6000, 12,000 and 24,000 bytes later, each shorter than the distance: a larger
 * window finds more of them. Blocks 12 and 13 are those of the image that runs.
 */
const image = (() => {
  const bytes = firmware(9, 60_000);
  [700, 1500, 3000, 6000, 12_000, 24_000].forEach((distance, turn) => {
    const from = 24_500 + turn * 4500;
    bytes.copyWithin(from, from - distance, from - distance + 600);
  });
  return bytes;
})();
const running = firmware(1, 9 * BLOCK);
image.set(running.subarray(0, 2 * BLOCK), 12 * BLOCK);

const updates = WINDOWS.map((window) => release(image, 2, { window }));

test('a larger window makes a smaller update', (t) => {
  const sizes = updates.map(({ payload }) => payload.length);
  t.deepEqual(
    sizes,
    [...sizes].sort((a, b) => b - a),
  );
  t.is(new Set(sizes).size, WINDOWS.length, sizes.join());
});

for (const [turn, window] of WINDOWS.entries())
  for (const held of HELD.filter((one) => one >= window))
    test(`frames that reach back ${window} bytes, a board that keeps ${held}: any cut, and on it goes`, (t) => {
      const update = updates[turn]!;
      for (const mode of ['range', 'stream'] as const)
        for (const stop of [0, 9000, 20_000, 30_000, 51_000]) {
          const bench = benchOpen({ board, image: running, config: { window: held } });
          if (stop > 0)
            offer(bench.agent, { ...update, payload: update.payload.subarray(0, stop) }, { mode: 'stream' });
          t.is(bench.boot(Reset.Power), 0);
          t.is(install(bench, update, { mode }), 0, `${mode}, cut at ${stop}`);
          t.is(bench.decision.slot, 1);
          const got = new Uint8Array(image.length);
          bench.flash.slots[1].partition.read(got, 0);
          t.is(Buffer.compare(got, image), 0);
        }
    });

test('a frame that reaches back further than the board keeps', (t) => {
  const bytes = firmware(3, 4 * BLOCK);
  bytes.copyWithin(3 * BLOCK, 0, BLOCK);
  const frame = new Uint8Array(
    deflateRawSync(bytes.subarray(3 * BLOCK), { dictionary: bytes.subarray(0, 3 * BLOCK) }),
  );
  t.true(frame.length < 100);
  const code = (held: number, said: number): number => {
    const bench = benchOpen({ config: { window: held } });
    return offer(bench.agent, forge(bytes, 2, { frames: { 3: frame }, variant: { window: said } }));
  };
  t.is(code(16384, 16384), 0);
  t.is(code(4096, 4096), Err.FrameMalformed);
  t.is(code(8192, 8192), Err.FrameMalformed);
  t.is(code(8192, 16384), Err.WindowTooLarge);
});

for (const window of [0, 1, 1024, 4095, 4097, 12288, 65536, -4096, NaN, Infinity])
  test(`a board cannot keep ${window} bytes`, (t) => {
    const bench = benchOpen();
    const wrong = { ...bench.config, window };
    t.throws(() => openAgent(bench.ports, wrong), { instanceOf: RangeError, message: /window/ });
  });

for (const window of [0, 512, 1023, 5000, 65536, -1, NaN])
  test(`publisher: a window of ${window}`, (t) => {
    t.throws(() => release(image, 2, { window }), { message: /window/ });
  });

for (const window of [0, 1023, 32769, 2 ** 32])
  test(`manifest: a window of ${window} is out of range`, (t) => {
    const bench = benchOpen();
    t.is(offer(bench.agent, forge(image, 2, { variant: { window } })), Err.Parameter);
  });

test('manifest: a window beside a plain image', (t) => {
  const bench = benchOpen();
  const variant = { window: 4096, root: undefined, payloadSize: undefined };
  t.is(offer(bench.agent, forge(image, 2, { variant })), Err.Parameter);
});

test('by default nothing is said of the window', (t) => {
  const said = (window?: number): number => release(image, 2, { window }).envelope.length;
  t.is(said(), said(4096));
  t.true(said(8192) > said());
});
