/** Updates in frames that reach back, on boards that keep so much or more of what they wrote. */
import type { ExecutionContext } from 'ava';
import { Reset } from '../../agent/index.ts';
import type { Pack } from '../../publisher/index.ts';
import { benchOpen, install, offer } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { BLOCK } from '../hostile/_forge.ts';

const board = 'nrf52840';
export const WINDOWS: readonly number[] = [1024, 2048, 4096, 8192, 16384, 32768];
export const HELD: readonly number[] = [4096, 8192, 16384, 32768];

/**
 * Pieces that come again 700, 1500, 3000, 6000, 12,000 and 24,000 bytes later, each shorter than the distance: a larger
 * window finds more of them. Blocks 12 and 13 are those of the image that runs.
 */
export const image: Uint8Array = (() => {
  const bytes = firmware(9, 60_000);
  [700, 1500, 3000, 6000, 12_000, 24_000].forEach((distance, turn) => {
    const from = 24_500 + turn * 4500;
    bytes.copyWithin(from, from - distance, from - distance + 600);
  });
  return bytes;
})();
const running = firmware(1, 9 * BLOCK);
image.set(running.subarray(0, 2 * BLOCK), 12 * BLOCK);

export const updates: readonly Pack[] = WINDOWS.map((window) => release(image, 2, { window }));

/** Of a payload: where it is cut. */
export const STOPS = [0, 9000, 20_000, 30_000, 51_000] as const;

/** Cut there, and on it goes, to the image. */
export const goesOn = (
  t: ExecutionContext,
  window: number,
  held: number,
  mode: 'range' | 'stream',
  stop: number,
): void => {
  const update = updates[WINDOWS.indexOf(window)]!;
  const bench = benchOpen({ board, image: running, config: { window: held } });
  if (stop > 0)
    offer(bench.agent, { ...update, payload: update.payload.subarray(0, stop) }, { mode: 'stream' });
  t.is(bench.boot(Reset.Power), 0);
  t.is(install(bench, update, { mode }), 0, `${mode}, cut at ${stop}`);
  t.is(bench.decision.slot, 1);
  const got = new Uint8Array(image.length);
  bench.flash.slots[1].partition.read(got, 0);
  t.is(Buffer.compare(got, image), 0);
};
