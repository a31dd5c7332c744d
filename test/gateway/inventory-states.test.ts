/** Each state of work, against each thing that a device can prove. */
import test from 'ava';
import { Event } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { WorkState } from '../../gateway/contract.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { WORK_STATES } from '../../gateway/inventory/transitions.ts';
import { entry, keyOf, MemoryDisk, NEW, OLD, releaseOf, rigOf, went, workOf } from './_devices.ts';
import type { Rig, Told } from './_devices.ts';

const release = releaseOf('new', 7);
const offered = ({ inventory }: Rig): void => void inventory.moved('a', 'offered', 0, '', 20, release);

/** How each state is come to, from work that was wanted. */
const WAYS: Readonly<Record<WorkState, (rig: Rig) => void>> = {
  waiting: ({ inventory }) => void inventory.moved('a', 'waiting', 0, 'for others', 20, release),
  fetching: ({ inventory }) => void inventory.moved('a', 'fetching', 0, '', 20, release),
  ready: ({ inventory }) => void inventory.moved('a', 'ready', 0, '', 20, release),
  offered,
  staged: (rig) => {
    offered(rig);
    rig.say(OLD, 'new');
  },
  trial: (rig) => {
    offered(rig);
    rig.say({ ...NEW, trial: true });
  },
  success: (rig) => {
    offered(rig);
    rig.say(NEW);
  },
  reverted: (rig) => {
    offered(rig);
    rig.say(went(Err.CheckFailed, { check: 'mqtt' }));
  },
  failed: (rig) => {
    offered(rig);
    rig.say({ ...OLD, session: [Err.SignatureWrong, 'new'] });
  },
  cancelled: ({ inventory }) => {
    inventory.moved('a', 'ready', 0, '', 20, release);
    inventory.wanted('a', undefined, 21);
  },
};

interface Row {
  readonly name: string;
  readonly told: Told;
  readonly staged?: string;
  /** What is not named stays. */
  readonly to: Partial<Record<WorkState, WorkState>>;
  readonly code?: number;
  readonly words?: RegExp;
}

const all = (states: readonly WorkState[], to: WorkState): Partial<Record<WorkState, WorkState>> =>
  Object.fromEntries(states.map((state) => [state, to]));
const LIVE: readonly WorkState[] = [...BEFORE, ...TOLD, 'trial'];
const LATE: readonly WorkState[] = ['reverted', 'failed', 'cancelled'];

const ROWS: readonly Row[] = [
  { name: 'runs the old one', told: OLD, to: { trial: 'reverted' } },
  {
    name: 'runs it on trial',
    told: { ...NEW, trial: true },
    to: all([...BEFORE, ...TOLD, ...LATE], 'trial'),
  },
  { name: 'runs it for good', told: NEW, to: all([...LIVE, ...LATE], 'success') },
  {
    name: 'runs it, the event is a session of other work',
    told: { ...NEW, event: Event.Confirmed, about: 'new', to: 7, session: [Err.SignatureWrong, 'other'] },
    to: all([...LIVE, ...LATE], 'success'),
  },
  {
    name: 'runs it, gone to by hand',
    told: { ...NEW, event: Event.Manual, code: Err.ManualRevert, about: 'new', to: 7 },
    to: all([...LIVE, ...LATE], 'success'),
  },
  {
    name: 'ended its trial, and has not reset yet',
    told: { ...NEW, accepted: 6, event: Event.Reverted, code: Err.CheckFailed, about: 'new', to: 7 },
    to: all(LIVE, 'reverted'),
    code: Err.CheckFailed,
  },
  {
    name: 'neither on trial nor accepted',
    told: { ...NEW, accepted: 6 },
    to: {},
  },
  {
    name: 'went back for a check',
    told: went(Err.CheckFailed, { check: 'sensor' }),
    to: all(LIVE, 'reverted'),
    code: Err.CheckFailed,
    words: /Check: sensor\. Reset: power on/,
  },
  {
    name: 'went back for a check, then failed a session of it',
    told: went(Err.WindowOver, { session: [Err.Reverted, 'new'] }),
    to: all(LIVE, 'reverted'),
    code: Err.WindowOver,
  },
  {
    name: 'went back for want of network',
    told: went(Err.NoNetwork),
    to: all([...TOLD, 'trial'], 'reverted'),
    code: Err.NoNetwork,
  },
  {
    name: 'went back from another of the same sequence',
    told: went(Err.CheckFailed, { about: 'other' }),
    to: { trial: 'reverted' },
    code: 0,
  },
  {
    name: 'runs something newer',
    told: { runs: 'newest', sequence: 9 },
    to: all(LIVE, 'failed'),
    code: Err.SequenceOld,
    words: /runs 9, which is newer than 7/,
  },
  { name: 'has something newer on trial', told: { runs: 'newest', sequence: 9, trial: true }, to: {} },
  {
    name: 'will not have it',
    told: { ...OLD, session: [Err.SignatureWrong, 'new'] },
    to: { ...all(TOLD, 'failed'), trial: 'reverted' },
    code: Err.SignatureWrong,
  },
  {
    name: 'will not have another',
    told: { ...OLD, session: [Err.SignatureWrong, 'x'] },
    to: { trial: 'reverted' },
  },
  { name: 'has it staged', told: OLD, staged: 'new', to: { offered: 'staged', trial: 'reverted' } },
  { name: 'has another staged', told: OLD, staged: 'x', to: { trial: 'reverted' } },
];

for (const row of ROWS) {
  for (const from of WORK_STATES) {
    test(`${from}: ${row.name}`, async (t) => {
      const rig = await rigOf();
      rig.inventory.wanted('a', workOf('1', 'new'), 10);
      WAYS[from](rig);
      t.is(rig.state(), from, 'the way to it');
      const since = rig.inventory.device('a')!.work!.since;
      rig.say(row.told, row.staged);
      const to = row.to[from] ?? from;
      const work = rig.inventory.device('a')!.work!;
      t.is(work.state, to);
      t.is(work.since, to === from ? since : 50);
      if (to === from) return;
      if (
        row.code !== undefined &&
        !(to === 'reverted' && from === 'trial' && row.code === Err.SignatureWrong)
      )
        t.is(work.code, row.code);
      if (row.words) t.regex(work.words, row.words);
      const counts = to === 'reverted' || (to === 'failed' && row.code !== Err.SequenceOld);
      t.is(work.counted, counts, 'counts against the release');
    });
  }
}

const NOT_NOW: readonly number[] = [
  Err.SourceLost,
  Err.SourceRefused,
  Err.CoapTimeout,
  Err.ProtectionReplay,
  Err.ChannelFailed,
  Err.NoNetwork,
  Err.EnergyLow,
  Err.Deferred,
  Err.ConsentMissing,
  Err.InTrial,
  Err.BackingOff,
  Err.OutsideWindow,
  Err.Vetoed,
];

for (const code of NOT_NOW) {
  test(`a session that failed with ${code} does not fail the work`, async (t) => {
    const rig = await rigOf();
    rig.inventory.wanted('a', workOf('1', 'new'), 10);
    offered(rig);
    rig.say({ ...OLD, session: [code, 'new'] });
    const { state, code: kept, words } = rig.inventory.device('a')!.work!;
    t.deepEqual([state, kept], ['offered', code]);
    t.regex(words, /^not yet\. -\d+ [A-Z]\w+: [A-Z]/);
  });
}

test('what had happened before the offer is no news of it', async (t) => {
  const rig = await rigOf();
  const stale = went(Err.NoNetwork, { boots: 1 });
  rig.say(stale);
  rig.inventory.wanted('a', workOf('2', 'new'), 10);
  offered(rig);
  rig.say(stale);
  t.is(rig.state(), 'offered');
  rig.say(went(Err.NoNetwork, { boots: 2 }));
  t.is(rig.state(), 'reverted');
});

test('the same happening after a trial that was seen is one', async (t) => {
  const rig = await rigOf();
  const stale = went(Err.NoNetwork, { boots: 1 });
  rig.say(stale);
  rig.inventory.wanted('a', workOf('2', 'new'), 10);
  offered(rig);
  rig.say({ ...NEW, trial: true });
  rig.say(stale);
  t.is(rig.state(), 'reverted');
});

const KNOWN: readonly (readonly [name: string, told: Told, to: WorkState])[] = [
  ['runs it already', NEW, 'success'],
  ['runs something newer', { runs: 'newest', sequence: 9 }, 'failed'],
  ['went back from it, and takes it no more', went(Err.Rejected), 'reverted'],
  ['has it on trial', { ...NEW, trial: true }, 'trial'],
  ['runs the old one', OLD, 'offered'],
];

for (const [name, told, to] of KNOWN) {
  test(`offered to one that ${name}: ${to}`, async (t) => {
    const rig = await rigOf();
    rig.say(told);
    rig.inventory.wanted('a', workOf('1', 'new'), 10);
    t.true(rig.inventory.moved('a', 'offered', 0, '', 20, release));
    t.is(rig.state(), to);
  });
}

test('a release for another class is not offered', async (t) => {
  const entries = [entry('a', '', { classId: 'c0' })];
  const inventory = await openInventory({ folder: 'memory', disk: new MemoryDisk(), entries, keyOf });
  inventory.wanted('a', workOf('1', 'new'), 10);
  inventory.moved('a', 'offered', 0, '', 20, { ...release, classId: 'c1' });
  const { state, code, counted } = inventory.device('a')!.work!;
  t.deepEqual([state, code, counted], ['failed', Err.WrongClass, false]);
  t.is(inventory.device('a')!.begun, undefined);
});

const OWN: readonly WorkState[] = [...BEFORE, 'offered', 'failed', 'cancelled'];
const STEPS: Readonly<Record<WorkState, readonly WorkState[]>> = {
  waiting: OWN,
  fetching: OWN,
  ready: OWN,
  offered: ['failed', 'cancelled'],
  staged: ['failed', 'cancelled'],
  trial: [],
  success: [],
  reverted: [],
  failed: [],
  cancelled: [],
};

for (const from of WORK_STATES) {
  test(`${from}: the gateway's own steps`, async (t) => {
    for (const to of WORK_STATES) {
      const rig = await rigOf();
      rig.inventory.wanted('a', workOf('1', 'new'), 10);
      WAYS[from](rig);
      rig.inventory.moved('a', to, 0, 'step', 60);
      t.is(rig.state(), STEPS[from].includes(to) ? to : from, `to ${to}`);
    }
  });
}

test('steps for work that is no longer there do nothing', async (t) => {
  const rig = await rigOf();
  rig.inventory.wanted('a', workOf('1', 'old'), 10);
  rig.inventory.wanted('a', workOf('2', 'new'), 11);
  t.false(rig.inventory.moved('a', 'ready', 0, '', 20, release, '1'));
  t.is(rig.inventory.device('a')!.work!.release, undefined);
  t.true(rig.inventory.moved('a', 'ready', 0, '', 20, release, '2'));
});

test('nothing is offered whose manifest is not known', async (t) => {
  const rig = await rigOf();
  rig.inventory.wanted('a', workOf('1', 'new'), 10);
  t.false(rig.inventory.moved('a', 'offered', 0, '', 20));
  t.is(rig.state(), 'waiting');
});

test('work that is taken back', async (t) => {
  for (const from of WORK_STATES) {
    const rig = await rigOf();
    rig.inventory.wanted('a', workOf('1', 'new'), 10);
    WAYS[from](rig);
    rig.inventory.wanted('a', undefined, 30);
    const { state, cancelling } = rig.inventory.device('a')!.work!;
    t.is(state, BEFORE.includes(from) ? 'cancelled' : from, from);
    t.is(cancelling, TOLD.includes(from) || from === 'trial', from);
    rig.inventory.wanted('a', workOf('1', 'new'), 31);
    t.false(rig.inventory.device('a')!.work!.cancelling, `${from}: wanted again`);
  }
});

test('other work takes the place of what is not on trial', async (t) => {
  for (const from of WORK_STATES) {
    const rig = await rigOf();
    rig.inventory.wanted('a', workOf('1', 'new'), 10);
    WAYS[from](rig);
    rig.inventory.wanted('a', workOf('2', 'next'), 30);
    const { work, state, cancelling } = rig.inventory.device('a')!.work!;
    t.deepEqual([work.id, state], from === 'trial' ? ['1', 'trial'] : ['2', 'waiting'], from);
    t.is(cancelling, from === 'trial');
  }
});

test('the same work again changes its fields, and nothing else', async (t) => {
  const rig = await rigOf();
  rig.inventory.wanted('a', workOf('1', 'new'), 10);
  offered(rig);
  const before = rig.inventory.device('a');
  rig.inventory.wanted('a', workOf('1', 'new'), 30);
  t.is(rig.inventory.device('a'), before);
  rig.inventory.wanted('a', workOf('1', 'new', { update: 'attempt' }), 30);
  const { state, since, work } = rig.inventory.device('a')!.work!;
  t.deepEqual([state, since, work.update], ['offered', 20, 'attempt']);
});
