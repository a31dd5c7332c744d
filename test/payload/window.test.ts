import { deflateRawSync } from 'node:zlib';
import test from 'ava';
import { Err, openAgent } from '../../agent/index.ts';
import { benchOpen, offer } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { BLOCK, forge } from '../hostile/_forge.ts';
import { goesOn, HELD, image, STOPS, updates, WINDOWS } from './_window.ts';

test('a larger window makes a smaller update', (t) => {
  const sizes = updates.map(({ payload }) => payload.length);
  t.deepEqual(
    sizes,
    [...sizes].sort((a, b) => b - a),
  );
  t.is(new Set(sizes).size, WINDOWS.length, sizes.join());
});

// Each window on a board that keeps no more than it needs, and the smallest on one that keeps the most; test/slow has all.
for (const window of WINDOWS)
  for (const held of HELD.filter(
    (one) => one === Math.max(window, HELD[0]!) || (window === WINDOWS[0] && one === HELD.at(-1)),
  ))
    test(`frames that reach back ${window} bytes, a board that keeps ${held}: cut, and on it goes`, (t) => {
      for (const stop of STOPS)
        goesOn(t, window, held, stop === 9000 || stop === 30_000 ? 'range' : 'stream', stop);
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
