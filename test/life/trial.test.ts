import test from 'ava';
import { Check, Event, NO_SLOT, Phase, Reset } from '../../agent/index.ts';
import * as Err from '../../agent/err.ts';
import type { Config } from '../../agent/index.ts';
import { NOTHING, benchOpen, install, installConfirm, offer } from '../_bench.ts';
import type { Bench, BenchOptions } from '../_bench.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';

const image = firmware(2, 9000);
const update = release(image, 2);

const trial = (options: BenchOptions = {}): Bench => {
  const bench = benchOpen(options);
  const code = install(bench, update);
  if (code !== 0 || !bench.decision.trial) throw new Error(`install gives ${code}`);
  bench.since();
  return bench;
};

const name = (check: Uint8Array): string => Buffer.from(check).toString('latin1').replace(/\0+$/, '');

const burning = [Reset.Watchdog, Reset.Crash, Reset.Unknown, 8, -1, NaN];
for (const cause of burning) {
  test(`a reset by ${cause} burns an attempt`, (t) => {
    const bench = trial();
    t.is(bench.decision.attempt, 1);
    for (const attempt of [2, 3]) {
      t.is(bench.boot(cause), 0);
      t.like(bench.decision, { slot: 1, trial: true, attempt });
    }
    t.is(bench.boot(cause), 0);
    t.like(bench.decision, { slot: 0, trial: false, attempt: 0, code: Err.AttemptsSpent, sequence: 1 });
    t.like(bench.report(), {
      event: Event.Reverted,
      code: Err.AttemptsSpent,
      slot: 1,
      attempts: 3,
      boots: 3,
      from: 1,
      to: 2,
      digest: update.manifestDigest,
      check: new Uint8Array(16),
    });
    t.is(offer(bench.agent, update), Err.Reverted);
  });
}

for (const cause of [Reset.Power, Reset.BrownOut, Reset.Pin, Reset.Requested]) {
  test(`a reset by ${cause} burns nothing, up to the cap on boots`, (t) => {
    const bench = trial();
    for (let boot = 2; boot <= 20; boot++) {
      t.is(bench.boot(cause), 0);
      t.like(bench.decision, { slot: 1, trial: true, attempt: 1 }, `boot ${boot}`);
    }
    t.is(bench.boot(cause), 0);
    t.like(bench.decision, { slot: 0, trial: false, code: Err.BootsSpent });
    t.like(bench.report(), { event: Event.Reverted, code: Err.BootsSpent, attempts: 1, boots: 20, cause });
    // Neither a failed check, nor a crash, nor a hang: it may come again, later.
    t.is(offer(bench.agent, update), Err.BackingOff);
  });
}

test('a cap of its own for boots, and for attempts', (t) => {
  const bench = trial({ config: { trialBoots: 2, attempts: 1 } });
  t.is(bench.boot(Reset.BrownOut), 0);
  t.is(bench.decision.slot, 1);
  t.is(bench.boot(Reset.BrownOut), 0);
  t.like(bench.decision, { slot: 0, code: Err.BootsSpent });
  const crashing = trial({ config: { attempts: 1 } });
  t.is(crashing.boot(Reset.Crash), 0);
  t.like(crashing.decision, { slot: 0, code: Err.AttemptsSpent });
});

test('innocent resets between crashes change nothing about the attempts', (t) => {
  const bench = trial();
  const causes = [Reset.Power, Reset.Crash, Reset.Wake, Reset.Pin, Reset.Watchdog, Reset.Requested];
  const attempts = [1, 2, 2, 2, 3, 3];
  causes.forEach((cause, i) => {
    t.is(bench.boot(cause), 0);
    t.like(bench.decision, { slot: 1, attempt: attempts[i]! });
  });
  t.is(bench.boot(Reset.Unknown), 0);
  t.like(bench.decision, { slot: 0, code: Err.AttemptsSpent });
});

test('wakes from deep sleep write nothing, and the window ends them', (t) => {
  const bench = trial({ config: { trialWindow: 100 } });
  const since = bench.seconds;
  while (bench.seconds + 2 - since <= 100) {
    t.is(bench.boot(Reset.Wake), 0);
    t.like(bench.decision, { slot: 1, trial: true, attempt: 1 });
    t.deepEqual(bench.since(), NOTHING);
  }
  t.is(bench.boot(Reset.Wake), 0);
  t.like(bench.decision, { slot: 0, code: Err.WindowOver });
  t.like(bench.report(), { code: Err.WindowOver, boots: 1 });
  t.is(offer(bench.agent, update), Err.Reverted);
});

for (const clock of ['none', 'uptime'] as const) {
  test(`the window is counted in boots where time cannot be told: clock ${clock}`, (t) => {
    const bench = trial({ clock, config: { windowBoots: 6 } });
    for (let boot = 2; boot <= 6; boot++) {
      t.is(bench.boot(Reset.Wake), 0);
      t.like(bench.decision, { slot: 1, trial: true, attempt: 1 }, `boot ${boot}`);
    }
    let more = 0;
    while (bench.boot(Reset.Wake) === 0 && bench.decision.trial && more < 10) more++;
    // With a clock that starts anew the first boot can be told.
    t.true(more <= 1);
    t.like(bench.decision, { slot: 0, code: Err.WindowOver });
  });
}

test('the window is over in the middle of a boot', (t) => {
  const bench = trial({ config: { trialWindow: 50 } });
  t.is(bench.agent.poll(), 0);
  bench.seconds += 49;
  t.is(bench.agent.poll(), 0);
  bench.seconds += 1;
  t.is(bench.agent.poll(), Err.WindowOver);
  t.is(bench.resets, 1);
  t.is(bench.boot(), 0);
  t.like(bench.decision, { slot: 0, trial: false, event: Event.Reverted });
  t.like(bench.report(), { code: Err.WindowOver, slot: 1, attempts: 1 });
});

test('resets do not prolong the window', (t) => {
  const bench = trial({ config: { trialWindow: 50 } });
  bench.seconds += 30;
  t.is(bench.boot(Reset.Power), 0);
  t.is(bench.agent.poll(), 0);
  bench.seconds += 20;
  t.is(bench.agent.poll(), Err.WindowOver);
});

interface HealthRow {
  readonly name: string;
  /** Kind, deadline, and what it says at each poll; the last goes on. */
  readonly checks: readonly (readonly [kind: number, deadline: number, words: readonly unknown[]])[];
  readonly code: number;
  /** Seconds after the start of the trial at which it is decided; seconds pass one a poll. */
  readonly after: number;
  readonly check?: string;
  /** What the same offer gets afterwards. */
  readonly again?: number;
}

const { Required, Advisory, Network } = Check;
const fail = Err.CheckFailed;
const health: readonly HealthRow[] = [
  { name: 'required passes', checks: [[Required, 0, [1]]], code: 0, after: 0 },
  { name: 'required passes late', checks: [[Required, 30, [0, 0, 0, 1]]], code: 0, after: 3 },
  {
    name: 'required fails',
    checks: [[Required, 0, [0, -1]]],
    code: fail,
    after: 1,
    check: 'c0',
    again: Err.Reverted,
  },
  {
    name: 'required throws',
    checks: [[Required, 0, ['throw']]],
    code: fail,
    after: 0,
    check: 'c0',
    again: Err.Reverted,
  },
  { name: 'required says nothing', checks: [[Required, 0, [undefined]]], code: fail, after: 0, check: 'c0' },
  { name: 'required says NaN', checks: [[Required, 0, [NaN]]], code: fail, after: 0, check: 'c0' },
  {
    name: 'required misses its deadline',
    checks: [[Required, 7, [0]]],
    code: fail,
    after: 7,
    check: 'c0',
    again: Err.Reverted,
  },
  {
    name: 'required passes at its deadline',
    checks: [[Required, 7, [0, 0, 0, 0, 0, 0, 0, 1]]],
    code: 0,
    after: 7,
  },
  {
    name: 'required never answers',
    checks: [[Required, 0, [0]]],
    code: Err.WindowOver,
    after: 600,
    check: 'c0',
    again: Err.Reverted,
  },
  {
    name: 'the second of two required fails',
    checks: [
      [Required, 0, [1]],
      [Required, 0, [-1]],
    ],
    code: fail,
    after: 1,
    check: 'c1',
  },
  {
    name: 'two required pass',
    checks: [
      [Required, 0, [0, 1]],
      [Required, 0, [1]],
    ],
    code: 0,
    after: 2,
  },
  {
    name: 'advisory fails beside one that passes',
    checks: [
      [Advisory, 0, [-1]],
      [Required, 0, [1]],
    ],
    code: 0,
    after: 1,
  },
  {
    name: 'advisory throws, and misses its deadline',
    checks: [
      [Advisory, 0, ['throw']],
      [Advisory, 1, [0]],
      [Required, 0, [0, 0, 1]],
    ],
    code: 0,
    after: 4,
  },
  { name: 'advisory alone confirms nothing', checks: [[Advisory, 0, [1]]], code: Err.WindowOver, after: 600 },
  { name: 'no checks confirm nothing', checks: [], code: Err.WindowOver, after: 600, again: Err.Reverted },
  {
    name: 'network fails',
    checks: [[Network, 0, [-1]]],
    code: Err.NoNetwork,
    after: 0,
    check: 'c0',
    again: Err.BackingOff,
  },
  {
    name: 'network throws',
    checks: [[Network, 0, ['throw']]],
    code: Err.NoNetwork,
    after: 0,
    check: 'c0',
    again: Err.BackingOff,
  },
  {
    name: 'network misses its deadline',
    checks: [[Network, 9, [0]]],
    code: Err.NoNetwork,
    after: 9,
    check: 'c0',
    again: Err.BackingOff,
  },
  {
    name: 'network never answers',
    checks: [[Network, 0, [0]]],
    code: Err.NoNetwork,
    after: 600,
    check: 'c0',
    again: Err.BackingOff,
  },
  {
    name: 'neither network nor required answer',
    checks: [
      [Network, 0, [0]],
      [Required, 0, [0]],
    ],
    code: Err.WindowOver,
    after: 600,
    check: 'c1',
    again: Err.Reverted,
  },
  {
    name: 'required passes, network does not answer',
    checks: [
      [Required, 0, [1]],
      [Network, 0, [0]],
    ],
    code: Err.NoNetwork,
    after: 600,
    check: 'c1',
    again: Err.BackingOff,
  },
  {
    name: 'required and network pass',
    checks: [
      [Required, 0, [1]],
      [Network, 0, [0, 1]],
    ],
    code: 0,
    after: 2,
  },
];

for (const row of health) {
  test(`health: ${row.name}: ${row.code} after ${row.after} s`, (t) => {
    const bench = trial();
    row.checks.forEach(([kind, deadline, words], i) => {
      let call = 0;
      const code = bench.agent.check(`c${i}`, kind, deadline, () => {
        const word = words[Math.min(call++, words.length - 1)];
        if (word === 'throw') throw new Error('check');
        return word as number;
      });
      t.is(code, 0);
    });
    const since = bench.seconds;
    let code = 0;
    while (bench.seconds - since < 1000) {
      code = bench.agent.poll();
      if (code !== 0 || bench.status().trial === 0) break;
      bench.seconds++;
    }
    t.is(code, row.code);
    t.is(bench.seconds - since, row.after);
    t.is(bench.resets, row.code < 0 ? 1 : 0);
    t.is(bench.boot(), 0);
    t.is(bench.decision.slot, row.code < 0 ? 0 : 1);
    const report = bench.report();
    t.like(report, {
      event: row.code < 0 ? Event.Reverted : Event.Confirmed,
      code: row.code,
      from: 1,
      to: 2,
    });
    t.is(name(report.check), row.check ?? '');
    if (row.again !== undefined) t.is(offer(bench.agent, update), row.again);
  });
}

test('the application confirms only when all that must pass have passed', (t) => {
  const bench = trial();
  let word = 0;
  bench.agent.check('c', Check.Required, 0, () => word);
  bench.agent.check('n', Check.Network, 0, () => 0);
  bench.agent.check('a', Check.Advisory, 0, () => 0);
  t.is(bench.agent.confirm(), Err.ChecksOpen);
  word = 1;
  for (let i = 0; i < 4; i++) t.is(bench.agent.poll(), 0);
  t.is(bench.agent.confirm(), Err.ChecksOpen);
  t.deepEqual(bench.since(), NOTHING);
});

const rejections: readonly [reason: number, code: number, detail: number, again: number][] = [
  [0, Err.Rejected, 0, Err.Reverted],
  [7, Err.Rejected, 7, Err.Reverted],
  [255, Err.Rejected, 255, Err.Reverted],
  [1000, Err.Rejected, 255, Err.Reverted],
  [NaN, Err.Rejected, 0, Err.Reverted],
  [Err.NoNetwork, Err.NoNetwork, 0, Err.BackingOff],
  [Err.CheckFailed, Err.CheckFailed, 0, Err.Reverted],
];
for (const [reason, code, detail, again] of rejections) {
  test(`rejected for ${reason}`, (t) => {
    const bench = trial();
    t.is(bench.agent.reject(reason), code);
    t.is(bench.resets, 1);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: 0, trial: false });
    t.like(bench.report(), { event: Event.Reverted, code, detail, slot: 1, attempts: 1, boots: 1 });
    t.is(offer(bench.agent, update), again);
  });
}

test('the report outlives resets, refused offers and lost sessions, until the next event', (t) => {
  const bench = trial();
  bench.agent.check('radio is up', Check.Required, 0, () => -1);
  t.is(bench.agent.poll(), Err.CheckFailed);
  bench.boot();
  const report = bench.report();
  t.like(report, {
    event: Event.Reverted,
    code: Err.CheckFailed,
    detail: 0,
    cause: Reset.Requested,
    slot: 1,
    attempts: 1,
    boots: 1,
    from: 1,
    to: 2,
    digest: update.manifestDigest,
  });
  t.is(name(report.check), 'radio is up');
  for (const cause of [Reset.Power, Reset.Crash, Reset.Wake]) {
    bench.boot(cause);
    t.is(offer(bench.agent, update), Err.Reverted);
    bench.agent.offerBegin();
    t.deepEqual(bench.report(), report);
  }
  t.is(offer(bench.agent, release(image, 3)), 0);
  bench.boot();
  t.deepEqual(bench.report(), report);
  t.is(install(bench, release(image, 3)), 0);
  t.like(bench.report(), { event: Event.Activated, code: 0, to: 3, check: new Uint8Array(16) });
});

test('a name longer than the report keeps is cut', (t) => {
  const bench = trial();
  bench.agent.check('a name that is longer than this', Check.Required, 0, () => -1);
  t.is(bench.agent.poll(), Err.CheckFailed);
  t.is(name(bench.report().check), 'a name that is l');
});

const offline = (bench: Bench): void => {
  bench.agent.check('server', Check.Network, 0, () => -1);
  if (bench.agent.poll() !== Err.NoNetwork) throw new Error('no revert');
  bench.boot();
};

test('want of network backs off for longer each time, and is no black mark', (t) => {
  const bench = trial({ config: { backOff: 100 } });
  for (const wait of [100, 200, 400]) {
    const since = bench.seconds;
    offline(bench);
    t.is(bench.decision.slot, 0);
    bench.since();
    t.is(offer(bench.agent, update), Err.BackingOff);
    bench.seconds = since + wait - 1;
    t.is(offer(bench.agent, update), Err.BackingOff);
    t.deepEqual(bench.since(), NOTHING);
    bench.seconds = since + wait;
    t.is(install(bench, update), 0);
    t.like(bench.decision, { slot: 1, trial: true });
  }
  t.is(bench.agent.confirm(), 0);
});

test('another manifest is not held back by the back-off of one', (t) => {
  const bench = trial();
  offline(bench);
  t.is(offer(bench.agent, update), Err.BackingOff);
  t.is(installConfirm(bench, release(firmware(3), 3)), 0);
});

for (const clock of ['none', 'uptime'] as const) {
  test(`without time to tell, the server is turned away so many times: clock ${clock}`, (t) => {
    const bench = trial({ clock });
    for (const times of [1, 2, 4]) {
      offline(bench);
      t.is(bench.decision.slot, 0);
      for (let i = 0; i < times; i++) t.is(offer(bench.agent, update), Err.BackingOff);
      t.is(install(bench, update), 0);
      t.like(bench.decision, { slot: 1, trial: true });
    }
  });
}

test('forgiven, what backed off is taken at once', (t) => {
  const bench = trial();
  offline(bench);
  t.is(bench.agent.forgive(), 0);
  t.is(offer(bench.agent, update), 0);
});

// Going back by hand.

test('by hand to the other slot, and back again', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, update), 0);
  for (const slot of [0, 1, 0]) {
    t.is(bench.agent.revert(), 0);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot, trial: false, event: Event.Manual });
    t.like(bench.report(), {
      code: Err.ManualRevert,
      slot,
      from: slot === 0 ? 2 : 1,
      to: slot === 0 ? 1 : 2,
    });
    t.is(bench.status().accepted, 2);
  }
});

test('by hand out of a trial: no black mark', (t) => {
  const bench = trial();
  t.is(bench.agent.revert(), Err.ManualRevert);
  t.is(bench.boot(), 0);
  t.like(bench.decision, { slot: 0, trial: false, event: Event.Manual });
  t.is(offer(bench.agent, update), 0);
});

interface ByHand {
  readonly name: string;
  readonly lead: (bench: Bench) => void;
  readonly code: number;
  readonly config?: Partial<Config>;
}

const spoil = (bench: Bench, slot: 0 | 1, offset: number): void => {
  const { starts } = bench.flash.devices['flash']!.sectors;
  bench.flash.devices['flash']!.poke(
    new Uint8Array(4),
    starts[bench.flash.profile.slots[slot].from]! + offset,
  );
};

const refusals: readonly ByHand[] = [
  { name: 'the other slot is empty', lead: () => {}, code: Err.TailMissing },
  {
    name: 'the other slot is half written',
    lead: (bench) => {
      offer(bench.agent, { ...update, payload: update.payload.subarray(0, 5000) });
    },
    code: Err.TailMissing,
  },
  {
    name: 'the other image is spoiled',
    lead: (bench) => {
      installConfirm(bench, update);
      spoil(bench, 0, 100);
    },
    code: Err.ImageDigest,
  },
  {
    name: 'the other footer is spoiled',
    lead: (bench) => {
      installConfirm(bench, update);
      spoil(bench, 0, 65536 - 4);
    },
    code: Err.TailMalformed,
  },
  {
    name: 'the other image is below the floor',
    lead: (bench) => {
      installConfirm(bench, release(image, 2, { securityVersion: 1, minimumSecurityVersion: 1 }));
    },
    code: Err.BelowFloor,
  },
  {
    name: 'the other image is staged, and was never on trial',
    lead: (bench) => {
      offer(bench.agent, update);
    },
    code: Err.BadState,
  },
  {
    name: 'the other image was reverted',
    lead: (bench) => {
      install(bench, update);
      bench.agent.reject(1);
      bench.boot();
    },
    code: Err.Reverted,
  },
  {
    name: 'the other image had no network in its trial',
    lead: (bench) => {
      install(bench, update);
      offline(bench);
    },
    code: Err.BadState,
  },
];

for (const { name, lead, code } of refusals) {
  test(`not by hand, when ${name}`, (t) => {
    const bench = benchOpen();
    lead(bench);
    bench.since();
    const report = bench.report();
    const running = bench.decision.slot;
    t.is(bench.agent.revert(), code);
    t.deepEqual(bench.since(), NOTHING);
    t.deepEqual(bench.report(), report);
    t.is(bench.boot(), 0);
    t.like(bench.decision, { slot: running, trial: false });
    t.is(bench.resets, name === 'the other image was reverted' || name.includes('network') ? 1 : 0);
  });
}

test('revert in the middle of an update gives the session up, and loses nothing', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, update), 0);
  const next = release(firmware(6), 3);
  offer(bench.agent, { ...next, payload: next.payload.subarray(0, 9000) });
  t.is(bench.agent.revert(), Err.TailMissing);
  t.is(bench.status().phase, Phase.Idle);
  t.is(offer(bench.agent, next), 0);
  t.is(bench.agent.activate(), 0);
});

// The boot decision.

const eraseJournal = (bench: Bench): void => {
  const { partition } = bench.flash.journal;
  partition.eraseBlock(0, partition.status().blocks);
};

test('a new board: the one valid slot runs, as confirmed, and says so', (t) => {
  const bench = benchOpen();
  t.like(bench.decision, { slot: 0, trial: false, event: Event.Factory, code: Err.JournalLost, sequence: 1 });
  t.like(bench.report(), { event: Event.Factory, code: Err.JournalLost, slot: 0, to: 1 });
  t.is(bench.status().accepted, 1);
});

const lost: readonly [name: string, lead: (bench: Bench) => void, slot: number, accepted: number][] = [
  ['after a confirm', (bench) => installConfirm(bench, update), 0, 1],
  ['in a trial', (bench) => install(bench, update), 0, 1],
  ['between activate and reset', (bench) => [offer(bench.agent, update), bench.agent.activate()], 0, 1],
  ['with an update staged', (bench) => offer(bench.agent, update), 0, 1],
  [
    'with an update half received',
    (bench) => offer(bench.agent, { ...update, payload: update.payload.subarray(0, 5000) }),
    0,
    1,
  ],
  [
    'in a trial whose way back is spoiled',
    (bench) => {
      install(bench, update);
      spoil(bench, 0, 100);
    },
    1,
    2,
  ],
];

for (const [name, lead, slot, accepted] of lost) {
  test(`the journal is lost ${name}: slot ${slot} runs`, (t) => {
    const bench = benchOpen();
    lead(bench);
    eraseJournal(bench);
    t.is(bench.boot(Reset.Power), 0);
    t.like(bench.decision, { slot, trial: false, event: Event.Factory, code: Err.JournalLost });
    t.is(bench.status().accepted, accepted);
    t.is(bench.boot(Reset.Power), 0);
    t.like(bench.decision, { slot, code: 0 });
    if (slot === 0) {
      t.is(install(bench, update), 0);
      t.like(bench.decision, { slot: 1, trial: true });
    }
  });
}

test('a lost journal does not lower a floor that the counter holds', (t) => {
  const bench = benchOpen({ counter: 0 });
  t.is(installConfirm(bench, release(image, 2, { securityVersion: 2, minimumSecurityVersion: 2 })), 0);
  eraseJournal(bench);
  t.is(bench.boot(Reset.Power), 0);
  t.like(bench.decision, { slot: 1, sequence: 2 });
  t.is(bench.status().floor, 2);
});

test('a confirmed image that is spoiled falls back, and is reported', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, update), 0);
  spoil(bench, 1, 5000);
  t.is(bench.boot(Reset.Power), 0);
  t.like(bench.decision, { slot: 0, trial: false, event: Event.Fallback, code: Err.ImageDigest });
  t.like(bench.report(), { event: Event.Fallback, code: Err.ImageDigest, slot: 0, from: 2, to: 1 });
  t.is(bench.status().accepted, 2);
  t.is(bench.boot(Reset.Power), 0);
  t.like(bench.decision, { slot: 0, code: 0 });
  // The same update again mends the slot.
  t.is(installConfirm(bench, update), 0);
  t.like(bench.decision, { slot: 1, sequence: 2 });
});

test('a trial image that is spoiled before its first boot is not run, and may come again', (t) => {
  const bench = benchOpen({ config: { backOff: 10 } });
  t.is(offer(bench.agent, update), 0);
  t.is(bench.agent.activate(), 0);
  spoil(bench, 1, 5000);
  t.is(bench.boot(), 0);
  t.like(bench.decision, { slot: 0, trial: false, code: Err.ImageDigest, event: Event.Reverted });
  t.like(bench.report(), { code: Err.ImageDigest, attempts: 0, boots: 0, slot: 1 });
  bench.seconds += 100;
  t.is(install(bench, update), 0);
});

test('both slots spoiled: nothing is bootable, and nothing is written', (t) => {
  const bench = benchOpen();
  t.is(installConfirm(bench, update), 0);
  spoil(bench, 0, 100);
  spoil(bench, 1, 100);
  bench.since();
  t.is(bench.boot(), Err.NothingBootable);
  t.is(bench.decision.slot, NO_SLOT);
  t.deepEqual(bench.since(), NOTHING);
  eraseJournal(bench);
  bench.since();
  t.is(bench.boot(), Err.NothingBootable);
  t.deepEqual(bench.since(), NOTHING);
});
