import test from 'ava';
import fc from 'fast-check';
import { Check, Err, Phase, Reset, Wanted, reportNew, statusNew } from '../../agent/index.ts';
import type { Agent } from '../../agent/index.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { NOTHING, benchOpen, install, installConfirm, offer, settle } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

const image = firmware(2, 3 * 4096 + 10);
const framed = release(image, 2);
const plain = release(image, 2, { format: 'plain' });
const range = { offset: 0, length: 0 };

/** Leads a new board to a phase of an update. */
const leads: Readonly<Record<string, (bench: Bench) => void>> = {
  idle: () => {},
  offered: ({ agent }) => agent.offerBegin(),
  'in the envelope': ({ agent }) => {
    agent.offerBegin();
    agent.push(framed.envelope, 0, 50);
  },
  checking: ({ agent }) => {
    agent.offerBegin();
    agent.push(framed.envelope, 0, framed.envelope.length);
  },
  'in the tail': (bench) => {
    leads['checking']!(bench);
    bench.agent.poll();
  },
  'in the index': (bench) => {
    leads['checking']!(bench);
    settle(bench.agent);
    bench.agent.push(framed.payload, 0, 20);
  },
  'past the index': (bench) => {
    leads['checking']!(bench);
    settle(bench.agent);
    bench.agent.push(framed.payload, 0, framed.index!.length);
    bench.agent.poll();
  },
  'in a frame': (bench) => {
    leads['past the index']!(bench);
    settle(bench.agent);
    bench.agent.push(framed.payload, framed.index!.length, framed.index!.length + 4000);
  },
  'before an erase': (bench) => {
    leads['in a frame']!(bench);
    bench.agent.push(framed.payload, framed.index!.length + 4000, framed.payload.length);
    bench.agent.poll();
  },
  'after an erase': (bench) => {
    leads['before an erase']!(bench);
    bench.agent.poll();
  },
  'in a plain image': ({ agent }) => {
    agent.offerBegin();
    agent.push(plain.envelope, 0, plain.envelope.length);
    settle(agent);
    agent.push(plain.payload, 0, 5000);
  },
  'in the digest of a plain image': (bench) => {
    leads['in a plain image']!(bench);
    pushOn(bench.agent, plain.payload, 4096);
    while (bench.status().phase !== Phase.Verify) bench.agent.poll();
    bench.agent.poll();
  },
  'in the tail of a plain image': (bench) => {
    leads['in the digest of a plain image']!(bench);
    while (bench.status().phase !== Phase.Complete) bench.agent.poll();
    bench.agent.poll();
    bench.agent.poll();
  },
  'in the digest': (bench) => {
    leads['past the index']!(bench);
    pushOn(bench.agent, framed.payload, framed.index!.length);
    while (bench.status().phase !== Phase.Verify) bench.agent.poll();
  },
  staged: (bench) => {
    offer(bench.agent, framed);
  },
  failed: (bench) => {
    offer(bench.agent, release(image, 0));
  },
  cancelled: (bench) => {
    leads['in a frame']!(bench);
    bench.agent.cancel();
  },
};

/** Pushes the rest of a payload without polling more than the agent needs. */
const pushOn = (agent: Agent, payload: Uint8Array, from: number): void => {
  for (let at = from, polls = 0; at < payload.length && polls < 10_000; polls++) {
    const took = agent.push(payload, at, payload.length);
    if (took < 0) throw new Error(`push gives ${took}`);
    at += took;
    if (at < payload.length) agent.poll();
  }
};

const TOO_SHORT = Err.PayloadTooShort;
const codes: Readonly<Record<string, readonly [activate: number, wanted: number, push: number]>> = {
  idle: [Err.BadState, Err.BadState, Err.BadState],
  offered: [Err.EnvelopeTooShort, Err.EnvelopeTooShort, Err.Envelope],
  'in the envelope': [Err.EnvelopeTooShort, Err.EnvelopeTooShort, 1],
  checking: [TOO_SHORT, 2, 0],
  'in the tail': [TOO_SHORT, 2, 0],
  'in the index': [TOO_SHORT, Wanted, 1],
  'past the index': [TOO_SHORT, 2, 0],
  'in a frame': [TOO_SHORT, Wanted, 1],
  'before an erase': [TOO_SHORT, 2, 0],
  'after an erase': [TOO_SHORT, 2, 0],
  'in a plain image': [TOO_SHORT, 2, 0],
  'in the digest of a plain image': [TOO_SHORT, 0, 0],
  'in the tail of a plain image': [TOO_SHORT, 0, 0],
  'in the digest': [TOO_SHORT, 0, 0],
  staged: [0, 0, Err.PayloadTooLong],
  failed: [Err.SessionFailed, Err.SessionFailed, Err.SessionFailed],
  cancelled: [Err.BadState, Err.BadState, Err.BadState],
};

for (const [name, lead] of Object.entries(leads)) {
  const [activates, wants, pushes] = codes[name]!;

  test(`${name}: activate gives ${activates}, wanted ${wants}, a push ${pushes}`, (t) => {
    for (const [call, code] of [
      [(agent: Agent) => agent.wanted(range), wants],
      [(agent: Agent) => agent.push(new Uint8Array(1), 0, 1), pushes],
      [(agent: Agent) => agent.activate(), activates],
    ] as const) {
      const bench = benchOpen();
      lead(bench);
      t.is(call(bench.agent), code);
      t.is(bench.operations.slots[0], 0);
    }
  });

  for (const update of [framed, plain, release(firmware(12, 30_000), 3)]) {
    test(`${name}: cancel, and an offer of ${update.payload.length} bytes after it`, (t) => {
      for (const give of ['cancel', 'none'] as const) {
        const bench = benchOpen();
        lead(bench);
        if (give === 'cancel') {
          t.is(bench.agent.cancel(), 0);
          t.is(bench.agent.activate(), Err.BadState);
          t.is(bench.agent.push(new Uint8Array(1), 0, 1), Err.BadState);
          t.like(bench.status(), { phase: Phase.Idle, code: Err.Cancelled });
          t.is(bench.agent.cancel(), 0);
        }
        t.is(offer(bench.agent, update), 0);
        t.is(bench.status().phase, Phase.Staged);
        t.is(bench.flash.misuses(), 0);
        t.is(bench.agent.activate(), 0);
        t.is(bench.boot(), 0);
        t.like(bench.decision, { slot: 1, trial: true });
        t.is(bench.operations.slots[0], 0);
      }
    });
  }

  test(`${name}: questions and wrong calls change nothing`, (t) => {
    const bench = benchOpen();
    lead(bench);
    bench.since();
    const before = bench.status();
    const { agent } = bench;
    t.is(agent.confirm(), Err.NotInTrial);
    t.is(agent.reject(1), Err.NotInTrial);
    t.is(agent.status(statusNew()), 0);
    t.is(agent.report(reportNew()), 0);
    for (const [from, to] of [
      [NaN, 1],
      [0, NaN],
      [-1, 1],
      [0, -1],
      [1, 0],
      [0, 3],
      [3, 3],
      [0, Infinity],
      [-Infinity, 1],
      [0.5, 1],
      [0, 1.5],
      [undefined, 1],
      [0, undefined],
      [undefined, undefined],
    ]) {
      t.is(agent.push(new Uint8Array(2), from as number, to as number), Err.BadArgument, `${from}..${to}`);
    }
    t.is(agent.push(undefined as unknown as Uint8Array, 0, 1), Err.BadArgument);
    t.true(agent.push(new Uint8Array(0), 0, 0) <= 0);
    const nothing = undefined as never;
    for (const call of [agent.wanted, agent.uri, agent.status, agent.report, agent.consent]) {
      t.is((call as (into: never) => number)(nothing), Err.BadArgument);
    }
    t.deepEqual(bench.status(), before);
    t.deepEqual(bench.since(), NOTHING);
  });
}

test('wrong health checks are refused', (t) => {
  const { agent } = benchOpen();
  const run = (): number => 1;
  const wrong = [
    ['a', 0, 1, run],
    ['a', 4, 1, run],
    ['a', NaN, 1, run],
    ['a', Check.Required, -1, run],
    ['a', Check.Required, NaN, run],
    [undefined, Check.Required, 1, run],
    ['a', Check.Required, 1, undefined],
  ] as const;
  for (const [name, kind, deadline, body] of wrong) {
    t.is(agent.check(name as string, kind, deadline, body as () => number), Err.BadArgument);
  }
  for (let i = 0; i < 16; i++) t.is(agent.check(`c${i}`, Check.Advisory, 0, run), 0);
  t.is(agent.check('one too many', Check.Advisory, 0, run), Err.BadArgument);
});

test('in a trial only the trial can be ended', (t) => {
  const bench = benchOpen();
  t.is(install(bench, framed), 0);
  bench.since();
  const { agent } = bench;
  t.is(agent.offerBegin(), Err.InTrial);
  t.is(agent.push(new Uint8Array(1), 0, 1), Err.BadState);
  t.is(agent.wanted(range), Err.BadState);
  t.is(agent.uri(new Uint8Array(99)), Err.BadState);
  t.is(agent.activate(), Err.BadState);
  t.is(agent.cancel(), 0);
  t.is(agent.reject(-1000), Err.BadArgument);
  t.is(agent.reject(-0.5), Err.BadArgument);
  t.is(agent.reject(-256), Err.BadArgument);
  t.is(agent.poll(), 0);
  t.like(bench.status(), { trial: 1, attempt: 1 });
  t.deepEqual(bench.since(), NOTHING);
  t.is(agent.confirm(), 0);
  t.is(agent.confirm(), Err.NotInTrial);
});

test('after activate nothing but the reset is left, or the way back', (t) => {
  const bench = benchOpen();
  t.is(offer(bench.agent, framed), 0);
  t.is(bench.agent.activate(), 0);
  bench.since();
  const { agent } = bench;
  t.is(agent.activate(), Err.BadState);
  t.is(agent.cancel(), Err.BadState);
  t.is(agent.offerBegin(), Err.InTrial);
  t.is(agent.push(new Uint8Array(1), 0, 1), Err.BadState);
  t.is(agent.poll(), 0);
  t.is(agent.wanted(range), Err.BadState);
  t.is(agent.confirm(), Err.NotInTrial);
  t.deepEqual(bench.since(), NOTHING);
});

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

test('an update goes on after wrong calls in every place of it', (t) => {
  const bench = benchOpen();
  const { agent } = bench;
  const wrong = (): void => {
    agent.confirm();
    agent.reject(3);
    agent.activate();
    agent.push(framed.bundle, NaN, 3);
    agent.status(statusNew());
    agent.uri(new Uint8Array(3));
    agent.wanted(range);
  };
  t.is(agent.offerBegin(), 0);
  for (const bytes of [framed.envelope, framed.payload]) {
    for (let at = 0; at < bytes.length;) {
      const took = agent.push(bytes, at, Math.min(at + 333, bytes.length));
      t.true(took >= 0);
      at += took;
      wrong();
      t.true(agent.poll() >= 0);
      wrong();
    }
  }
  t.is(settle(agent), 0);
  t.is(bench.status().phase, Phase.Staged);
  t.is(installConfirm(benchOpen(), framed), 0);
});
