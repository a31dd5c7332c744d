import test from 'ava';
import { Err, Event, Reset, bootDecisionNew, bootFollow, openAgent } from '../../agent/index.ts';
import { accept, trialClear } from '../../agent/revert.ts';
import { journalLoad, journalOpen, journalSave } from '../../agent/journal.ts';
import type { BootControl } from '../../hal/ports.ts';
import { benchOpen } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { stateView } from '../../hal/node/state-view.ts';

const NO_SLOT = 255;

interface Told {
  readonly running: number;
  readonly unconfirmed: number;
  /** Codes of its calls, by name; 0 where nothing is said. */
  readonly codes?: Readonly<Record<string, number>>;
}

/** A bootloader that says what it is told to, and notes what it is asked. */
const doubleOf = ({ running, unconfirmed, codes = {} }: Told) => {
  const calls: string[] = [];
  const call = (name: string): number => {
    calls.push(name);
    return codes[name] ?? 0;
  };
  const control: BootControl = {
    running: () => running,
    unconfirmed: () => unconfirmed,
    request: (slot, forGood) => call(`request ${slot} ${forGood}`),
    confirm: () => call('confirm'),
    forget: () => call('forget'),
    reject: () => call('reject'),
  };
  return { control, calls };
};

/** Puts a state on record: what is confirmed, what is on trial. */
const record = (bench: Bench, confirmed: number, trial: number): void => {
  const journal = journalOpen(bench.ports.journal, undefined);
  journalLoad(journal);
  trialClear(journal.state);
  Object.assign(stateView(journal.state), { confirmed, trial, trialSequence: trial === NO_SLOT ? 0 : 7 });
  accept(journal.state, 3, new Uint8Array(32).fill(1), 0);
  journalSave(journal);
};

const stateOf = (bench: Bench) => {
  const journal = journalOpen(bench.ports.journal, undefined);
  journalLoad(journal);
  return journal.state;
};

interface Row {
  readonly name: string;
  readonly confirmed: number;
  readonly trial: number;
  readonly told: Told;
  readonly cause?: number;
  readonly calls: readonly string[];
  readonly resets?: number;
  readonly code?: number;
  readonly after: { readonly confirmed: number; readonly trial: number; readonly event?: number };
  readonly onTrial?: true;
}

const rows: readonly Row[] = [
  {
    name: 'settled',
    confirmed: 0,
    trial: NO_SLOT,
    told: { running: 0, unconfirmed: 0 },
    calls: [],
    after: { confirmed: 0, trial: NO_SLOT },
  },
  {
    name: 'confirmed on record, and the bootloader does not know',
    confirmed: 0,
    trial: NO_SLOT,
    told: { running: 0, unconfirmed: 1 },
    calls: ['confirm'],
    after: { confirmed: 0, trial: NO_SLOT },
  },
  {
    name: 'the bootloader fell back',
    confirmed: 0,
    trial: NO_SLOT,
    told: { running: 1, unconfirmed: 0 },
    calls: [],
    after: { confirmed: 1, trial: NO_SLOT, event: Event.Fallback },
  },
  {
    name: 'a trial that is over runs once more',
    confirmed: 0,
    trial: NO_SLOT,
    told: { running: 1, unconfirmed: 1 },
    calls: ['reject'],
    resets: 1,
    after: { confirmed: 0, trial: NO_SLOT },
  },
  {
    name: 'a trial that is over, and there is no way back',
    confirmed: 0,
    trial: NO_SLOT,
    told: { running: 1, unconfirmed: 1, codes: { reject: Err.NothingBootable } },
    calls: ['reject', 'confirm'],
    after: { confirmed: 1, trial: NO_SLOT, event: Event.Fallback },
  },
  {
    name: 'a trial that is over, and records that take nothing',
    confirmed: 0,
    trial: NO_SLOT,
    told: { running: 1, unconfirmed: 1, codes: { reject: Err.FlashFailed } },
    calls: ['reject'],
    code: Err.FlashFailed,
    after: { confirmed: 0, trial: NO_SLOT },
  },
  {
    name: 'on trial',
    confirmed: 0,
    trial: 1,
    told: { running: 1, unconfirmed: 1 },
    calls: [],
    after: { confirmed: 0, trial: 1 },
    onTrial: true,
  },
  {
    name: 'cut in the confirm',
    confirmed: 0,
    trial: 1,
    told: { running: 1, unconfirmed: 0 },
    calls: ['confirm'],
    after: { confirmed: 1, trial: NO_SLOT, event: Event.Confirmed },
  },
  {
    name: 'went back after a crash',
    confirmed: 0,
    trial: 1,
    told: { running: 0, unconfirmed: 0 },
    cause: Reset.Crash,
    calls: ['forget'],
    code: 0,
    after: { confirmed: 0, trial: NO_SLOT, event: Event.Reverted },
  },
  {
    name: 'records that cannot be read',
    confirmed: 0,
    trial: 1,
    told: { running: 0, unconfirmed: Err.FlashFailed },
    calls: [],
    code: Err.FlashFailed,
    after: { confirmed: 0, trial: 1 },
  },
];

const follow = (bench: Bench, control: BootControl, cause: number = Reset.Power) => {
  const decision = bootDecisionNew();
  const environment = { ...bench.ports.environment, resetCause: () => cause };
  const code = bootFollow({ ...bench.ports, environment, control }, bench.config, decision);
  return { code, decision };
};

for (const row of rows)
  test(row.name, (t) => {
    const bench = benchOpen();
    record(bench, row.confirmed, row.trial);
    const { control, calls } = doubleOf(row.told);
    const { code, decision } = follow(bench, control, row.cause);
    t.is(code, row.code ?? 0);
    t.deepEqual(calls, row.calls);
    t.is(bench.resets, row.resets ?? 0);
    t.is(decision.slot, row.told.running);
    t.is(decision.trial, row.onTrial === true);
    const state = stateOf(bench);
    t.is(stateView(state).confirmed, row.after.confirmed);
    t.is(stateView(state).trial, row.after.trial);
    if (row.after.event !== undefined) t.is(stateView(state).event, row.after.event);
    t.is(stateView(state).attempts, row.onTrial ? 1 : 0);
  });

test('what went back for a crash is not taken again; for a loss of power it is, later', (t) => {
  for (const [cause, code, refused] of [
    [Reset.Crash, Err.AttemptsSpent, 7],
    [Reset.Watchdog, Err.AttemptsSpent, 7],
    [Reset.Power, Err.BootsSpent, 0],
    [Reset.Requested, Err.BootsSpent, 0],
  ] as const) {
    const bench = benchOpen();
    record(bench, 0, 1);
    const { decision } = follow(bench, doubleOf({ running: 0, unconfirmed: 0 }).control, cause);
    t.is(decision.code, code);
    t.is(stateView(stateOf(bench)).refusedSequence0, refused);
  }
});

test('a lost journal: what runs is the confirmed image; on trial, it goes back', (t) => {
  const lose = (): Bench => {
    const bench = benchOpen();
    const { partition } = bench.ports.journal;
    partition.eraseBlock(0, partition.status().blocks);
    return bench;
  };
  const sure = lose();
  t.is(follow(sure, doubleOf({ running: 0, unconfirmed: 0 }).control).decision.code, Err.JournalLost);
  t.is(stateView(stateOf(sure)).confirmed, 0);
  t.is(stateView(stateOf(sure)).accepted, 1);
  const trial = lose();
  const { control, calls } = doubleOf({ running: 0, unconfirmed: 1 });
  follow(trial, control);
  t.deepEqual([calls, trial.resets], [['reject'], 1]);
  const only = lose();
  const last = doubleOf({ running: 0, unconfirmed: 1, codes: { reject: Err.NothingBootable } });
  follow(only, last.control);
  t.deepEqual([last.calls, only.resets], [['reject', 'confirm'], 0]);
});

test('without a boot control there is nobody to follow', (t) => {
  const bench = benchOpen();
  t.throws(() => bootFollow(bench.ports, bench.config, bootDecisionNew()), { instanceOf: RangeError });
});

test('the agent believes the boot control of what runs, and stays off that slot', (t) => {
  const bench = benchOpen();
  const { control } = doubleOf({ running: 5, unconfirmed: 0 });
  t.throws(() => openAgent({ ...bench.ports, control }, bench.config), { instanceOf: RangeError });
});
