/** After one cut anywhere in a receive, the resume fetches again at most what one erase sector held. */
import test from 'ava';
import { Ok } from '../../agent/codes.ts';
import type { Boot } from '../../bootloader-sim/crash/boot.ts';
import { faultsOf } from '../../bootloader-sim/crash/fault.ts';
import type { Fault } from '../../bootloader-sim/crash/fault.ts';
import { offer, traceText } from '../../bootloader-sim/crash/index.ts';
import type { FaultName, Scenario } from '../../bootloader-sim/crash/index.ts';
import type { Way } from '../../bootloader-sim/crash/steps.ts';
import { releaseOf } from '../../bootloader-sim/crash/stock.ts';
import { successor } from '../../bootloader-sim/crash/successor.ts';
import type { Point } from '../../bootloader-sim/crash/successor.ts';
import { worldLoad } from '../../bootloader-sim/crash/world.ts';
import { random } from '../../hal/node/faults.ts';
import { begin, bootFrom } from './_lead.ts';
import { release as releaseMake, sharing, stock } from './images.ts';
import { standingOf, waste } from './_thrift.ts';
import type { Standing } from './_thrift.ts';

const BOARDS = ['tiny', 'tiny-large-sectors', 'tiny-two-devices', 'tiny-swap-wide'] as const;

/** Reaches into the sector of its tail, where sectors are of 32 KiB and slots of three. */
const shared = releaseMake({
  name: 'shared',
  image: sharing(10, 84_000),
  sequence: 2,
  securityVersion: 1,
});
const deals = { ...stock, releases: { ...stock.releases, shared } };

interface Row {
  readonly name: string;
  readonly release: string;
  readonly way?: Way;
  /** Default: all. */
  readonly on?: (typeof BOARDS)[number];
  /** A cut before the one that is tried, at this part of the way. */
  readonly begun?: number;
}

const ROWS: readonly Row[] = [
  { name: 'by range', release: 'new' },
  { name: 'as a stream', release: 'new', way: { mode: 'stream', chunk: 1000 } },
  { name: 'of a larger image', release: 'large' },
  { name: 'of an image that shares the sector of its tail', release: 'shared', on: 'tiny-large-sectors' },
  {
    name: 'that was cut, and shares the sector of its tail',
    release: 'shared',
    on: 'tiny-large-sectors',
    begun: 0.9,
  },
  { name: 'that was cut in its tail', release: 'new', begun: 0.15 },
  { name: 'that was cut in its blocks', release: 'large', begun: 0.6 },
  { name: 'that was cut at its end', release: 'new', begun: 0.95 },
];

const TEARS = ['old', 'new', 'mixed', 'noise', 'flickers', 'fails', 'fades', 'comes', 'blinks'] as const;
const ERASES = ['old', 'erased', 'mixed', 'noise', 'flickers', 'fails', 'fades', 'comes', 'blinks'] as const;

/** One kind, with its unit and seed, drawn. */
const drawn = ({ what, operation }: Point, seed: number): Fault => {
  const next = random(seed * 1009 + operation);
  const name: FaultName =
    what.kind === 'erase'
      ? `erase-${ERASES[next() % ERASES.length]!}`
      : `torn-${TEARS[next() % TEARS.length]!}`;
  const scope = { only: new Set([name]), wide: true, units: 3, seed: next() };
  const faults = [...faultsOf(what, scope)];
  return faults[next() % faults.length]!;
};

/** Released from the factory: nothing but the offer itself is wanted. */
const idle: Scenario = { name: 'idle', about: 'booted once', steps: [], ends: 'old' };

for (const [seed, board] of BOARDS.entries()) {
  for (const { name, release: releaseName, way = {}, begun, on = board } of ROWS) {
    if (on !== board) continue;
    test(`${board}: a receive ${name}`, (t) => {
      const { world, start } = begin(board, idle);
      const release = releaseOf(deals, releaseName);
      const receive = (state: typeof start): Point[] =>
        bootFrom(world, state, (boot) => t.is(offer(boot, release, way).code, Ok), deals);
      let from = start;
      if (begun !== undefined) {
        const points = receive(start);
        const point = points[Math.floor(points.length * begun)]!;
        const torn = point.what.kind === 'erase' ? 'erase-mixed' : 'torn-mixed';
        from = successor(world, point, { name: torn, unit: 1, seed: 1 });
      }
      const wrong: string[] = [];
      const resume = (boot: Boot, trace: string, standing: Standing): void => {
        const { code, asked } = offer(boot, release, {});
        const words = code === Ok ? waste(world, release, standing, asked) : `not taken: ${code}`;
        if (words !== undefined) wrong.push(`${trace}: ${words}`);
      };
      const points = receive(from);
      t.true(points.length > 8, `${points.length}`);
      for (const point of points) {
        const fault = drawn(point, seed + 1);
        const after = successor(world, point, fault);
        worldLoad(world, after);
        const standing = standingOf(world, release);
        const trace = traceText([{ operation: point.operation, fault }]);
        bootFrom(world, after, (boot) => resume(boot, trace, standing), deals);
      }
      t.deepEqual(wrong, []);
    });
  }
}

test('a resume that fetches all of it again is told', (t) => {
  const { world, start } = begin('tiny', idle);
  const release = releaseOf(stock, 'new');
  bootFrom(world, start, (boot) => void offer(boot, release, {}));
  const standing = standingOf(world, release);
  t.true(standing.blocks.every(Boolean) && standing.index.every(Boolean));
  const all = [{ offset: 0, length: release.payload.length }];
  t.regex(
    waste(world, release, standing, all) ?? '',
    /fetched again: groups at 0,4096,8192, tail sectors \d+/,
  );
  t.is(waste(world, release, standing, []), undefined);
});
