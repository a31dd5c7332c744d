/** Each state of work, against each thing that a device can prove. */
import test from 'ava';
import { Event } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { WorkState } from '../../gateway/contract.ts';
import { WORK_STATES } from '../../gateway/inventory/transitions.ts';
import { workOf } from './_devices.ts';
import type { Told } from './_devices.ts';
import { BEFORE, NEW, offered, OLD, rigOf, TOLD, WAYS, went } from './_work.ts';

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
