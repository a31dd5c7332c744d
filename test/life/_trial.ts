/** A board in the first boot of a trial, and what may happen to it. */
import { Check } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import { benchOpen, install } from '../_bench.ts';
import type { Bench, BenchOptions } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

export const image: Uint8Array = firmware(2, 9000);
export const update: ReturnType<typeof release> = release(image, 2);

export const trial = (options: BenchOptions = {}): Bench => {
  const bench = benchOpen(options);
  const code = install(bench, update);
  if (code !== 0 || !bench.decision.trial) throw new Error(`install gives ${code}`);
  bench.since();
  return bench;
};

/** The name of a check, as the report keeps it. */
export const name = (check: Uint8Array): string => Buffer.from(check).toString('latin1').replace(/\0+$/, '');

/** Ends the trial for want of network, and boots. */
export const offline = (bench: Bench): void => {
  bench.agent.check('server', Check.Network, 0, () => -1);
  if (bench.agent.poll() !== Err.NoNetwork) throw new Error('no revert');
  bench.boot();
};

/** Zeroes four bytes of a slot behind the agent's back. */
export const spoil = (bench: Bench, slot: 0 | 1, offset: number): void => {
  const { starts } = bench.flash.devices['flash']!.sectors;
  bench.flash.devices['flash']!.poke(
    new Uint8Array(4),
    starts[bench.flash.profile.slots[slot].from]! + offset,
  );
};
