/** What the server and the gateway itself do about work, and when a device is done with what it began. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { WorkState } from '../../gateway/contract.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { WORK_STATES } from '../../gateway/inventory/transitions.ts';
import { digestOf, entry, keyOf, MemoryDisk, releaseOf, workOf } from './_devices.ts';
import type { Told } from './_devices.ts';
import { BEFORE, NEW, offered, OLD, release, rigOf, TOLD, WAYS, went } from './_work.ts';
import type { Rig } from './_work.ts';

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

/** What frees a partner, behind an offer: [steps, is it still under way]. */
const BEGUN: readonly (readonly [name: string, steps: (rig: Rig) => void, under: boolean])[] = [
  ['offered', () => {}, true],
  ['on trial', (rig) => rig.say({ ...NEW, trial: true }), true],
  ['confirmed', (rig) => rig.say(NEW), false],
  ['went back', (rig) => rig.say(went(Err.CheckFailed)), false],
  ['went back, not reset yet', (rig) => rig.say({ ...went(Err.CheckFailed), ...NEW, accepted: 6 }), true],
  ['refused it', (rig) => rig.say({ ...OLD, session: [Err.WrongClass, 'new'] }), false],
  ['not yet', (rig) => rig.say({ ...OLD, session: [Err.SourceLost, 'new'] }), true],
  ['failed by word alone', ({ inventory }) => void inventory.moved('a', 'failed', 0, '', 30), true],
  [
    'failed by word alone, then seen with nothing staged',
    (rig) => {
      rig.inventory.moved('a', 'failed', 0, '', 30);
      rig.say(OLD);
    },
    true,
  ],
  [
    'failed by word alone, called off, then seen with nothing staged',
    (rig) => {
      rig.inventory.moved('a', 'failed', 0, '', 30);
      rig.say(OLD);
      rig.say(OLD);
    },
    false,
  ],
  [
    'called off while it is on trial',
    (rig) => {
      rig.inventory.wanted('a', undefined, 30);
      rig.say(OLD);
      rig.say({ ...NEW, trial: true });
    },
    true,
  ],
  [
    'given work that its last report says it runs, from before the offer',
    (rig) => {
      rig.inventory.wanted('a', workOf('2', 'old'), 30);
      rig.inventory.moved('a', 'offered', 0, '', 31, releaseOf('old', 6));
    },
    true,
  ],
  [
    'given such work, and called off',
    (rig) => {
      rig.inventory.wanted('a', workOf('2', 'old'), 30);
      rig.inventory.moved('a', 'offered', 0, '', 31, releaseOf('old', 6));
      rig.say(OLD);
      rig.say(OLD);
    },
    false,
  ],
  [
    'cancelled, then seen with it staged',
    (rig) => {
      rig.inventory.moved('a', 'cancelled', 0, '', 30);
      rig.say(OLD);
      rig.say(OLD, 'new');
    },
    true,
  ],
  ['given other work', ({ inventory }) => inventory.wanted('a', workOf('2', 'next'), 30), true],
  [
    'given other work, seen with the old one confirmed',
    (rig) => {
      rig.inventory.wanted('a', workOf('2', 'next'), 30);
      rig.say(NEW);
    },
    false,
  ],
];

for (const [name, steps, under] of BEGUN) {
  test(`${name}: ${under ? 'may still come to run it' : 'its partner is free'}`, async (t) => {
    const rig = await rigOf();
    rig.inventory.wanted('a', workOf('1', 'new'), 10);
    rig.say(OLD);
    offered(rig);
    steps(rig);
    t.is(rig.inventory.device('a')!.begun, under ? digestOf('new') : undefined);
  });
}
