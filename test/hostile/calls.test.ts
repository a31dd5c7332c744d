import test from 'ava';
import { Check, Err, Phase, Wanted, reportNew, statusNew } from '../../agent/index.ts';
import type { Agent } from '../../agent/index.ts';
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
    for (const call of ['wanted', 'uri', 'status', 'report', 'consent'] as const) {
      t.is(agent[call](nothing), Err.BadArgument);
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
