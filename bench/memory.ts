/** What the agent holds, and what a receive allocates. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Done, Idle, More } from '../agent/index.ts';
import type { Agent } from '../agent/index.ts';
import { countingRealm } from './counting-realm.ts';
import type { Allocations, CountingRealm } from './counting-realm.ts';
import type { HeapFigures } from './heap-child.ts';
import type { Pair } from './pairs.ts';
import { config, expect, release, rigDecide, rigOpen, STRANGER } from './rig.ts';
import { rounded, row } from './row.ts';
import type { Row } from './row.ts';

const KiB = 1024;
const HELD_GOAL: number = 12 * KiB;
/** Room for an image of 1 MiB. */
export const BOARD = 'spi-nor';
const CHUNK = 1024;
export const IMAGE_SIZES: readonly number[] = [100 * KiB, 300 * KiB, 1024 * KiB];

/** Real bytes, as many as asked for. */
export const imageOf = (pairs: readonly Pair[], size: number): Uint8Array => {
  const all = Buffer.concat(pairs.flatMap(({ from, to }) => [to, from]));
  if (all.length < size) throw new RangeError(`${size} bytes of ${all.length}`);
  return new Uint8Array(all.subarray(0, size));
};

export interface ReceiveAllocations {
  readonly imageSize: number;
  readonly calls: number;
  /** By the inflate provider, at open. */
  readonly inflate: number;
  readonly open: Allocations;
  /** From the first push to staged. */
  readonly receive: Allocations;
  /** The most views that one call of push or poll made. */
  readonly mostViews: number;
}

const since = (now: Allocations, then: Allocations): Allocations => ({
  buffers: now.buffers - then.buffers,
  bytes: now.bytes - then.bytes,
  views: now.views - then.views,
});

interface Meter {
  readonly allocations: Allocations;
  readonly call: (work: () => number) => number;
  calls: number;
  mostViews: number;
}

const meterOpen = (allocations: Allocations): Meter => {
  const meter: Meter = {
    allocations,
    calls: 0,
    mostViews: 0,
    call(work) {
      const { views } = allocations;
      const code = work();
      expect('receive', code);
      meter.calls++;
      meter.mostViews = Math.max(meter.mostViews, allocations.views - views);
      return code;
    },
  };
  return meter;
};

/** One update, streamed in pieces of `CHUNK` bytes from a buffer of the caller's that was there before. */
const receive = (agent: Agent, bytes: Uint8Array, chunk: Uint8Array, meter: Meter): void => {
  expect('offer', agent.offerBegin());
  for (let at = 0; at < bytes.length;) {
    const length = Math.min(chunk.length, bytes.length - at);
    for (let i = 0; i < length; i++) chunk[i] = bytes[at + i]!;
    let taken = 0;
    while (taken < length) {
      taken += meter.call(() => agent.push(chunk, taken, length));
      while (meter.call(() => agent.poll()) === More);
    }
    at += length;
  }
  while (meter.call(() => agent.poll()) !== Idle);
  if (agent.wanted({ offset: 0, length: 0 }) !== Done) throw new Error('the update is not complete');
};

/** The real agent in a realm that counts, on a board whose running image shares nothing with the update. */
export const receiveAllocations = async (image: Uint8Array): Promise<ReceiveAllocations> => {
  const realm: CountingRealm = await countingRealm();
  const { flipside, allocations } = realm;
  const rig = rigOpen(BOARD, STRANGER);
  rigDecide(rig);
  const { bundle } = release(image, 2);
  const chunk = new realm.Uint8Array(CHUNK);
  const start = { ...allocations };
  const inflate = flipside.windowInflate();
  const made = { ...allocations };
  const agent = flipside.openAgent({ ...rig.ports, inflate }, config);
  const opened = { ...allocations };
  const meter = meterOpen(allocations);
  receive(agent, bundle, chunk, meter);
  return {
    imageSize: image.length,
    calls: meter.calls,
    inflate: since(made, start).bytes,
    open: since(opened, made),
    receive: since(allocations, opened),
    mostViews: meter.mostViews,
  };
};

/** In a process of its own: the collector must be at hand, and nothing else on the heap. */
const heapFigures = (): HeapFigures => {
  const child = fileURLToPath(new URL('heap-child.js', import.meta.url));
  // Interpreted, so that no compiled code comes and goes on the heap; and with a young generation so large that nothing
  // is collected but by request: then what was allocated can be counted.
  const flags = ['--expose-gc', '--no-opt', '--no-sparkplug', '--single-threaded'];
  flags.push('--min-semi-space-size=64', '--max-semi-space-size=64');
  return JSON.parse(execFileSync(process.execPath, [...flags, child], { encoding: 'utf8' })) as HeapFigures;
};

const allocationRows = (one: ReceiveAllocations): Row[] => {
  const size = `${one.imageSize / KiB} KiB image`;
  return [
    row(`push and poll, ${size}: buffers made`, one.receive.buffers, 'buffers', { goal: 0 }),
    row(`push and poll, ${size}: bytes in them`, one.receive.bytes, 'bytes', { goal: 0 }),
    row(`push and poll, ${size}: most views made in one call`, one.mostViews, 'views'),
    row(
      `push and poll, ${size}: views made in a call, mean`,
      rounded(one.receive.views / one.calls, 2),
      'views',
    ),
  ];
};

export const memoryRows = async (pairs: readonly Pair[]): Promise<Row[]> => {
  const measured: ReceiveAllocations[] = [];
  for (const size of IMAGE_SIZES) measured.push(await receiveAllocations(imageOf(pairs, size)));
  const { open, inflate } = measured[0]!;
  const heap = heapFigures();
  const objects = heap.open - open.bytes;
  return [
    row('held after open: typed arrays', open.bytes, 'bytes'),
    row('held after open: typed arrays', open.buffers, 'buffers'),
    row('held after open: objects, in V8 (fields of 8 bytes)', objects, 'bytes'),
    row('held more during a receive, in V8', heap.growth, 'bytes'),
    row('peak held by the agent, with a native-like crypto port', heap.open + heap.growth, 'bytes', {
      goal: HELD_GOAL,
    }),
    row('held by provider hal/inflate: typed arrays', inflate, 'bytes'),
    ...measured.flatMap(allocationRows),
    ...heap.garbage.map(({ imageSize, bytesPerCall }) =>
      row(
        `push and poll, ${imageSize / KiB} KiB image: garbage in a call, in V8, mean`,
        bytesPerCall,
        'bytes',
      ),
    ),
  ];
};
