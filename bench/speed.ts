/**
 * How fast the agent receives, as a ratio to what the work cannot be done without: one SHA-256 and one inflate of the
 * same bytes, by node:crypto and node:zlib, measured in turn with it in the same run.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { windowInflate } from '../hal/inflate.ts';
import { zlibInflate } from '../hal/node/inflate.ts';
import type { Inflate } from '../hal/ports.ts';
import type { Pack } from '../publisher/index.ts';
import type { Pair } from './pairs.ts';
import { release, rigBoot, rigOffer, rigOpen } from './rig.ts';
import type { Rig } from './rig.ts';
import { rounded, row } from './row.ts';
import type { Row } from './row.ts';

const WARM_UPS = 3;
const RUNS = 11;
/** The reference is short: this many times for one reading of the clock. */
const REPEATS = 8;

/** Milliseconds. */
const timed = (work: () => void): number => {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e6;
};

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
};

/** A receive that can be measured again and again: the flash is put back before each. */
const receiver = (pair: Pair, update: Pack, inflate: Inflate): (() => number) => {
  const rig: Rig = rigOpen('esp32-c3', pair.from, inflate);
  rigBoot(rig);
  const image = rig.flash.save();
  return () => {
    rig.flash.load(image);
    const agent = rigBoot(rig);
    return timed(() => void rigOffer(rig, agent, update));
  };
};

const reference = (image: Uint8Array): (() => number) => {
  const deflated = deflateRawSync(image, { level: 9 });
  const once = (): void => {
    createHash('sha256').update(image).digest();
    inflateRawSync(deflated);
  };
  return () =>
    timed(() => {
      for (let times = 0; times < REPEATS; times++) once();
    }) / REPEATS;
};

const INFLATES: readonly (readonly [name: string, make: () => Inflate])[] = [
  ['hal/inflate', windowInflate],
  ['hal/node/inflate', zlibInflate],
];

export const speedRows = (pair: Pair): Row[] => {
  const update = release(pair.to, 2);
  const receives = INFLATES.map(([, make]) => receiver(pair, update, make()));
  const basis = reference(pair.to);
  const ratios: number[][] = INFLATES.map(() => []);
  for (let run = -WARM_UPS; run < RUNS; run++) {
    const spent = receives.map((receive) => receive());
    const least = basis();
    if (run >= 0) spent.forEach((one, at) => ratios[at]!.push(least / one));
  }
  return INFLATES.map(([name], at) =>
    row(
      `receive with ${name}: throughput to that of sha256 and inflate of node`,
      rounded(median(ratios[at]!), 4),
      'ratio',
    ),
  );
};
