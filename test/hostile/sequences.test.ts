import test from 'ava';
import fc from 'fast-check';
import { Reset } from '../../agent/index.ts';
import type { Agent } from '../../agent/index.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { benchOpen, offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

const image = firmware(2, 3 * 4096 + 10);
const framed = release(image, 2);
const plain = release(image, 2, { format: 'plain' });
const range = { offset: 0, length: 0 };

type Call = readonly [name: string, run: (bench: Bench) => unknown];

/** Arguments as callers get them wrong, and right. */
const odd = fc.oneof(
  fc.constantFrom(
    NaN,
    -1,
    0,
    1,
    0.5,
    255,
    256,
    2 ** 32,
    Infinity,
    -Infinity,
    -110,
    undefined as unknown as number,
  ),
  fc.integer({ min: -300, max: 9000 }),
);
const updates = [
  framed,
  plain,
  release(image, 0),
  release(firmware(13, 20_000), 4),
  release(firmware(14, 70_000), 5),
];

const calls: fc.Arbitrary<Call> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Call>(['offerBegin', ({ agent }) => agent.offerBegin()]) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(4), fc.nat(9000), fc.integer({ min: 1, max: 9000 }))
      .map<Call>(([which, cut, chunk]) => [
        `offer ${which} up to ${cut} by ${chunk}`,
        ({ agent }) =>
          offer(agent, { ...updates[which]!, payload: updates[which]!.payload.subarray(0, cut) }, { chunk }),
      ]),
  },
  {
    weight: 3,
    arbitrary: fc
      .nat(4)
      .map<Call>((which) => [`offer ${which}`, ({ agent }) => offer(agent, updates[which]!)]),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.nat(4), odd, odd)
      .map<Call>(([which, from, to]) => [
        `push ${which} ${from}..${to}`,
        ({ agent }) => agent.push(updates[which]!.bundle, from, to),
      ]),
  },
  { weight: 6, arbitrary: fc.nat(40).map<Call>((n) => [`poll ${n}`, ({ agent }) => poll(agent, n)]) },
  {
    weight: 2,
    arbitrary: fc.constant<Call>(['wanted', ({ agent }) => agent.wanted({ offset: 0, length: 0 })]),
  },
  { weight: 1, arbitrary: fc.constant<Call>(['uri', ({ agent }) => agent.uri(new Uint8Array(64))]) },
  { weight: 2, arbitrary: fc.constant<Call>(['activate', ({ agent }) => agent.activate()]) },
  { weight: 1, arbitrary: fc.constant<Call>(['cancel', ({ agent }) => agent.cancel()]) },
  { weight: 1, arbitrary: fc.constant<Call>(['confirm', ({ agent }) => agent.confirm()]) },
  {
    weight: 1,
    arbitrary: odd.map<Call>((reason) => [`reject ${reason}`, ({ agent }) => agent.reject(reason)]),
  },
  { weight: 1, arbitrary: fc.constant<Call>(['revert', ({ agent }) => agent.revert()]) },
  { weight: 1, arbitrary: fc.constant<Call>(['forgive', ({ agent }) => agent.forgive()]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(odd, odd, fc.constantFrom(1, 0, -1))
      .map<Call>(([kind, deadline, word]) => [
        `check ${kind} ${deadline} ${word}`,
        ({ agent }) => agent.check('c', kind, deadline, () => word),
      ]),
  },
  {
    weight: 2,
    arbitrary: fc.nat(7).map<Call>((cause) => [
      `boot ${cause}`,
      (bench) => {
        bench.boot(cause);
        return 0;
      },
    ]),
  },
);

/** Mixed geometries: the tail apart from the image, and in one erase sector with it. */
const boards = fc.constantFrom<BoardName>('tiny', 'tiny-zero', 'tiny-large-sectors', 'tiny-two-devices');

const poll = (agent: Agent, times: number): number => {
  let code = 0;
  for (let i = 0; i < times; i++) code = agent.poll();
  return code;
};

test('no sequence of calls throws, touches the running slot, misuses the flash, or leaves nothing to boot', (t) => {
  fc.assert(
    fc.property(boards, fc.array(calls, { minLength: 1, maxLength: 25 }), (board, sequence) => {
      const bench = benchOpen({ board });
      for (const [name, run] of sequence) {
        const running = bench.decision.slot;
        const touched = bench.operations.slots[running]!;
        // A reset that was asked for, and in this bench returned: a board does not run on after it.
        const resets = bench.resets;
        const code = run(bench);
        if (!Number.isInteger(code)) throw new Error(`${name} gives ${String(code)}`);
        if (bench.operations.slots[running] !== touched) throw new Error(`${name} wrote to the running slot`);
        if (bench.resets > resets) bench.boot(Reset.Requested);
        if (bench.code !== 0) throw new Error(`after ${name} nothing boots: ${bench.code}`);
      }
      if (bench.flash.misuses() !== 0) throw new Error('the flash was misused');
    }),
    { numRuns: 80, seed: 7 },
  );
  t.pass();
});

test('nothing is erased before a manifest is accepted, whatever is called', (t) => {
  const refused = [release(image, 0), release(image, 2, { vendor: new Uint8Array(16) })];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(6), fc.nat(1), odd, odd), { maxLength: 40 }), (sequence) => {
      const bench = benchOpen();
      const { agent } = bench;
      for (const [what, which, from, to] of sequence) {
        const { bundle } = refused[which]!;
        if (what === 0) agent.offerBegin();
        else if (what === 1) agent.push(bundle, from, to);
        else if (what === 2) agent.push(bundle, 0, bundle.length);
        else if (what === 3) poll(agent, 5);
        else if (what === 4) agent.wanted(range);
        else if (what === 5) agent.activate();
        else offer(agent, refused[which]!);
      }
      const { erases, programs } = bench.since();
      if (erases + programs !== 0) throw new Error(`${erases} erases, ${programs} programs`);
    }),
    { numRuns: 60, seed: 11 },
  );
  t.pass();
});
