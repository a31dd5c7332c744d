import test from 'ava';
import fc from 'fast-check';
import { Phase } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { benchOpen } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { deflate, forge } from './_forge.ts';
import { createHash } from 'node:crypto';

/** One to many erase sectors; parts that deflate, parts that do not, and one block of the running image. */
const running = firmware(1, 9000);
const image = new Uint8Array([
  ...firmware(2, 6000),
  ...new Uint8Array(6000).fill(7),
  ...running.subarray(4096, 8192),
]);

const updates = {
  framed: release(image, 2),
  plain: release(image, 2, { format: 'plain' }),
  integrated: release(image.subarray(5900, 6400), 2, { format: 'integrated' }),
  'a frame too short': forge(image, 2, { frames: { 2: deflate(new Uint8Array(4095)) } }),
  'one byte more': (() => {
    const update = release(image, 2);
    return { ...update, payload: new Uint8Array([...update.payload, 0]) };
  })(),
};
type Kind = keyof typeof updates;

/** Everything that can be told from outside: what the slot holds, the code, and how much was done to the flash. */
const trace = (bench: Bench, code: number): unknown => {
  const { partition } = bench.flash.slots[1];
  const slot = new Uint8Array(partition.status().size);
  partition.read(slot, 0);
  const { phase, code: why, blocksFetched, blocksCopied, blocksKept } = bench.status();
  const { erases, programs } = bench.operations;
  return {
    slot: createHash('sha256').update(slot).digest('hex'),
    code,
    phase,
    why,
    counts: [blocksFetched, blocksCopied, blocksKept, erases, programs],
  };
};

/**
 * Pushes by chunks of the given sizes in turn, and polls after each push as often as the other list says, or until the
 * agent is idle where it takes nothing.
 */
const feed = (bench: Bench, kind: Kind, ranges: boolean, sizes: number[], polls: number[]): number => {
  const { agent } = bench;
  const { envelope, payload } = updates[kind];
  const bytes = ranges ? envelope : new Uint8Array([...envelope, ...payload]);
  let turn = 0;
  const push = (from: Uint8Array): number => {
    for (let at = 0, idle = false; at < from.length;) {
      const size = sizes[turn % sizes.length]!;
      const took = agent.push(from, at, Math.min(at + size, from.length));
      if (took < 0) return took;
      at += took;
      if (took === 0 && idle) return Err.PayloadTooLong;
      let code = 1;
      for (let n = took === 0 ? Infinity : polls[turn % polls.length]!; n > 0 && code === 1; n--)
        code = agent.poll();
      if (code < 0) return code;
      idle = took === 0;
      turn++;
    }
    return 0;
  };
  const settle = (): number => {
    let code = 1;
    while (code === 1) code = agent.poll();
    return code;
  };
  let code = agent.offerBegin();
  if (code >= 0) code = push(bytes);
  if (code >= 0) code = settle();
  const range = { offset: 0, length: 0 };
  while (code >= 0 && ranges) {
    code = agent.wanted(range);
    if (code <= 0) break;
    code = push(payload.subarray(range.offset, range.offset + range.length));
    if (code >= 0) code = settle();
  }
  return code;
};

const run = (board: BoardName, kind: Kind, ranges: boolean, sizes: number[], polls: number[]): unknown => {
  const bench = benchOpen({ board, image: running });
  const trial = trace(bench, feed(bench, kind, ranges, sizes, polls));
  if (bench.flash.misuses() !== 0) throw new Error('the flash was misused');
  return trial;
};

const sizes = fc.oneof(
  fc.constantFrom<number[]>([1], [2, 3], [17], [4096], [4095, 1], [1 << 20], [32, 18, 4096]),
  fc.array(fc.integer({ min: 1, max: 6000 }), { minLength: 1, maxLength: 6 }),
);
const polls = fc.array(fc.constantFrom(0, 1, 2, 3, 7, Infinity), { minLength: 1, maxLength: 4 });
const boards = ['tiny', 'tiny-large-sectors', 'tiny-two-devices'] as const;

for (const kind of Object.keys(updates) as Kind[]) {
  for (const ranges of [false, true]) {
    test(`any split of the bytes gives the same: ${kind}, ${ranges ? 'by range' : 'as a stream'}`, (t) => {
      const whole = new Map(boards.map((board) => [board, run(board, kind, ranges, [1 << 20], [Infinity])]));
      const expected = { integrated: Phase.Staged, framed: Phase.Staged, plain: Phase.Staged };
      for (const one of whole.values()) {
        const bad = kind === 'a frame too short' || (kind === 'one byte more' && !ranges);
        t.like(one, bad ? { phase: Phase.Failed } : { phase: expected[kind as 'framed'] ?? Phase.Staged });
      }
      fc.assert(
        fc.property(fc.constantFrom(...boards), sizes, polls, (board, chunks, rests) => {
          t.deepEqual(run(board, kind, ranges, chunks, rests), whole.get(board));
        }),
        { numRuns: 25, seed: 3 },
      );
    });
  }
}
