/** Plans that cannot be, and each gate. */
import test from 'ava';
import { Event } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { PublishError } from '../../publisher/errors.ts';
import type { DeviceRecord, GroupPlan, Inventory, Plan, Rollout } from '../../gateway/contract.ts';
import { openInventory } from '../../gateway/inventory/inventory.ts';
import { globMatches } from '../../gateway/rollout/glob.ts';
import { groupsOf } from '../../gateway/rollout/groups.ts';
import { openRollout } from '../../gateway/rollout/rollout.ts';
import type { RolloutOptions } from '../../gateway/rollout/rollout.ts';
import { CLAIMS, entry, keyOf, MemoryDisk, releaseOf, Reporting, workOf } from './_devices.ts';
import type { Told } from './_devices.ts';

const group = (name: string, more: Partial<GroupPlan> = {}): GroupPlan => ({
  name,
  devices: [`${name}-*`],
  ...more,
});

const BAD: readonly (readonly [name: string, plan: Partial<Plan>, message: string])[] = [
  [
    'an unknown group',
    { groups: [group('a', { after: ['b'] })] },
    'group a: comes after b, which is no group. Name a group of this plan in "after"',
  ],
  [
    'a cycle',
    { groups: [group('a', { after: ['b'] }), group('b', { after: ['c'] }), group('c', { after: ['a'] })] },
    'group a: waits for itself: a after b after c after a. Take one of them out of "after"',
  ],
  [
    'a group after itself',
    { groups: [group('a', { after: ['a'] })] },
    'group a: waits for itself: a after a.',
  ],
  ['a name twice', { groups: [group('a'), group('a')] }, 'group a: is there twice. Give each group a name'],
  ['a name with a slash', { groups: [group('a/b', { devices: [] })] }, 'group a/b: is no name. Give 1 to 64'],
  [
    'a glob of other signs',
    { groups: [group('a', { devices: ['a{1,2}'] })] },
    'group a: "a{1,2}" matches no device.',
  ],
  ['no failures', { groups: [group('a', { failures: 0 })] }, 'group a: failures 0. Give a count from 1 on'],
  ['half a failure', { groups: [group('a', { failures: 1.5 })] }, 'group a: failures 1.5.'],
  ['a share of nothing', { groups: [group('a', { failures: '0%' })] }, 'group a: failures "0%".'],
  ['a share above all', { groups: [group('a', { failures: '101%' })] }, 'group a: failures "101%".'],
  ['a share in words', { groups: [group('a', { failures: 'few' })] }, 'group a: failures "few".'],
  ['more than all', { groups: [group('a', { success: 1.1 })] }, 'group a: success 1.1. Give the share'],
  ['no number', { groups: [group('a', { success: Number.NaN })] }, 'group a: success NaN.'],
  ['none together', { groups: [group('a', { together: 0 })] }, 'group a: together 0. Give how many'],
  ['a pair of one', { pairs: [['a-1']] }, 'pair a-1: is not two devices or more. Name each device once'],
  ['a pair of the same', { pairs: [['a-1', 'a-1']] }, 'pair a-1, a-1: is not two devices or more.'],
  [
    'a pair with a stranger',
    { pairs: [['a-1', 'a-9']] },
    'pair a-1, a-9: a-9 is not in the configuration. Correct',
  ],
];

for (const [name, plan, message] of BAD) {
  test(`a plan with ${name} is refused`, (t) => {
    const error = t.throws(() => groupsOf({ groups: [], pairs: [], ...plan }, [entry('a-1')]), {
      instanceOf: PublishError,
    });
    t.true(error!.message.startsWith(message), error!.message);
  });
}

test('a device of a group that is not in the plan is refused', (t) => {
  const error = t.throws(() => groupsOf({ groups: [group('a')], pairs: [] }, [entry('x', 'b')]));
  t.is(
    error!.message,
    'group b: is not in the plan, and x is to be in it. Add it to the plan, or correct it',
  );
});

test('who belongs where: by name, by the first glob, and the others behind all', (t) => {
  const plan = { groups: [group('b', { devices: ['*-1', 'b*'] }), group('a')], pairs: [] };
  const { of, groups } = groupsOf(plan, [entry('a-1'), entry('a-2'), entry('b-1', 'a'), entry('z')]);
  t.deepEqual(
    [...of],
    [
      ['a-1', 'b'],
      ['a-2', 'a'],
      ['b-1', 'a'],
      ['z', 'others'],
    ],
  );
  t.deepEqual(groups.get('others')!.after, ['b', 'a']);
  t.false(groupsOf(plan, [entry('a-1')]).groups.has('others'));
  const own = groupsOf({ groups: [group('others', { devices: [], together: 3 })], pairs: [] }, [entry('z')]);
  t.deepEqual([own.of.get('z'), own.groups.get('others')!.together], ['others', 3]);
});

test('what comes first, and what that comes after in turn', (t) => {
  const groups = [group('c', { after: ['b'] }), group('b', { after: ['a'] }), group('a')];
  t.deepEqual(groupsOf({ groups, pairs: [] }, []).groups.get('c')!.before, ['b', 'a']);
});

const GLOBS: readonly (readonly [glob: string, id: string, matches: boolean])[] = [
  ['*', '', true],
  ['*', 'anything', true],
  ['a', 'a', true],
  ['a', 'ab', false],
  ['a*', 'a', true],
  ['sensor-*', 'sensor-12', true],
  ['sensor-*', 'xsensor-12', false],
  ['*-a', 'pump-a', true],
  ['*-a', 'pump-ab', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['*ab*ab', 'abcabab', true],
  ['*ab*ab', 'abcab-', false],
  ['a.c', 'abc', false],
];

test('globs', (t) => {
  for (const [glob, id, matches] of GLOBS) t.is(globMatches(glob, id), matches, `${glob} ${id}`);
});

test('a glob of many stars takes no longer than both are long', (t) => {
  t.false(globMatches(`${'*a'.repeat(5000)}b`, 'a'.repeat(20_000)));
});

const MINUTE = 60_000;

class Fleet {
  readonly disk = new MemoryDisk();
  now = 0;
  #actions = 0;
  readonly #devices = new Map<string, Reporting>();
  inventory!: Inventory;
  rollout!: Rollout;

  async open(ids: readonly string[], plan: Partial<Plan>, more: Partial<RolloutOptions> = {}): Promise<this> {
    const entries = ids.map((id) => entry(id));
    this.inventory = await openInventory({
      folder: 'memory',
      disk: new MemoryDisk(this.disk.cells),
      entries,
      keyOf,
    });
    const all = { groups: [], pairs: [], ...plan };
    this.rollout = openRollout({
      inventory: this.inventory,
      plan: all,
      entries,
      now: () => this.now,
      ...more,
    });
    return this;
  }

  give(ids: readonly string[], title: string): void {
    for (const id of ids) this.inventory.wanted(id, workOf(String(++this.#actions), title), this.now);
  }

  /** As the desk does: one that checks in begins where its gate is open. */
  begin(id: string, name: string, sequence = 7): string {
    const { kind } = this.rollout.gate(this.inventory.device(id)!);
    if (kind === 'open') this.inventory.moved(id, 'offered', 0, '', this.now, releaseOf(name, sequence));
    return kind;
  }

  says(id: string, told: Told): void {
    const device = this.#devices.get(id) ?? new Reporting(id);
    this.#devices.set(id, device);
    const { verified, refusal } = this.inventory.checkedIn(id, device.report(told), CLAIMS, this.now);
    if (!verified) throw new Error(refusal);
  }

  succeeds(id: string, name: string): void {
    this.says(id, { runs: name, sequence: 7 });
  }

  fails(id: string, name: string): void {
    const event = { event: Event.Reverted, code: Err.CheckFailed, about: name, to: 7 };
    this.says(id, { runs: 'old', sequence: 6, ...event });
  }

  gate(id: string): string {
    const { kind, whom, words } = this.rollout.gate(this.inventory.device(id)!);
    return kind === 'open' ? kind : `${kind} ${whom.join(' ')}: ${words}`;
  }

  later(milliseconds = MINUTE): void {
    this.now += milliseconds;
  }
}

const TWO = ['a-1', 'a-2', 'b-1', 'b-2'];
const STAGED: Partial<Plan> = { groups: [group('a'), group('b', { after: ['a'] })] };

test('what comes after waits until what comes first has succeeded', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  fleet.give(TWO, 'app 2');
  fleet.later();
  t.is(fleet.gate('b-1'), 'after a: group a: 0 of 2 succeeded, 2 have to');
  t.is(fleet.begin('a-1', 'new'), 'open');
  fleet.succeeds('a-1', 'new');
  t.is(fleet.gate('b-1'), 'after a: group a: 1 of 2 succeeded, 2 have to');
  fleet.begin('a-2', 'new');
  fleet.succeeds('a-2', 'new');
  t.is(fleet.gate('b-1'), 'open');
});

test('a share is enough where the plan says so', async (t) => {
  const groups = [group('a', { success: 0.5 }), group('b', { after: ['a'] })];
  const fleet = await new Fleet().open(TWO, { groups });
  fleet.give(TWO, 'app 2');
  fleet.later();
  fleet.begin('a-1', 'new');
  fleet.succeeds('a-1', 'new');
  t.is(fleet.gate('b-1'), 'open');
});

test('other software counts as well: actuators wait for the sensors that have work', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  fleet.give(['b-1', 'b-2'], 'actuator 2');
  t.is(
    fleet.gate('b-1'),
    'after a: what comes first may still be given work',
    'the server may not be done yet',
  );
  fleet.later(MINUTE - 1);
  fleet.give(['a-1'], 'sensor 5');
  fleet.later();
  t.regex(fleet.gate('b-1'), /^after a: group a: 0 of 1 succeeded/);
  fleet.begin('a-1', 'new');
  fleet.succeeds('a-1', 'new');
  t.is(fleet.gate('b-1'), 'open');
  fleet.give(['a-2'], 'sensor 6');
  t.regex(fleet.gate('b-1'), /^after a: group a: 0 of 1 succeeded/, 'newer work of theirs');
});

test('groups without work hold up nobody, and let through what is before them', async (t) => {
  const groups = [group('a'), group('m', { after: ['a'] }), group('b', { after: ['m'] })];
  const fleet = await new Fleet().open([...TWO, 'm-1'], { groups });
  fleet.give(['b-1'], 'app 2');
  fleet.later();
  t.is(fleet.gate('b-1'), 'open');
  fleet.give(['a-1'], 'app 2');
  t.regex(fleet.gate('b-1'), /^after a:/);
});

test('work that was taken back, or that a device is past, is not waited for', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  fleet.give(TWO, 'app 2');
  fleet.later();
  fleet.inventory.wanted('a-1', undefined, fleet.now);
  fleet.says('a-2', { runs: 'newest', sequence: 9 });
  t.is(fleet.begin('a-2', 'new'), 'open');
  t.is(fleet.inventory.device('a-2')!.work!.code, Err.SequenceOld);
  t.is(fleet.gate('b-1'), 'open');
  t.is(fleet.rollout.groups()[0]!.failed, 0);
});

test('a failure of the gateway is none of the release, but it is waited for', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  fleet.give(['a-1', 'b-1'], 'app 2');
  fleet.later();
  fleet.inventory.moved('a-1', 'failed', 0, 'the envelope is not signed', fleet.now);
  t.is(fleet.rollout.groups()[0]!.failed, 0);
  t.regex(fleet.gate('b-1'), /^after a:/);
});

const PAIR: Partial<Plan> = { groups: [group('a')], pairs: [['a-1', 'a-2']] };

test('never two of a pair', async (t) => {
  const fleet = await new Fleet().open(TWO, PAIR);
  fleet.give(['a-1', 'a-2'], 'app 2');
  fleet.begin('a-1', 'new');
  t.is(fleet.gate('a-2'), 'pair a-1: its partner a-1 is under way');
  t.is(fleet.gate('a-1'), 'open');
  fleet.says('a-1', { runs: 'new', sequence: 7, trial: true });
  t.regex(fleet.gate('a-2'), /^pair a-1/);
  fleet.succeeds('a-1', 'new');
  t.is(fleet.gate('a-2'), 'open');
});

test('a partner on trial of what somebody else began counts, too', async (t) => {
  const fleet = await new Fleet().open(TWO, PAIR);
  fleet.says('a-1', { runs: 'by hand', sequence: 20, trial: true });
  fleet.give(['a-2'], 'app 2');
  t.regex(fleet.gate('a-2'), /^pair a-1/);
});

test('the word of a device, or of the gateway, frees no partner', async (t) => {
  const fleet = await new Fleet().open(TWO, PAIR);
  fleet.give(['a-1', 'a-2'], 'app 2');
  fleet.begin('a-1', 'new');
  fleet.inventory.moved('a-1', 'failed', 0, 'says, without proof: failure', fleet.now);
  t.regex(fleet.gate('a-2'), /^pair a-1/);
  fleet.says('a-1', { runs: 'old', sequence: 6 });
  t.regex(fleet.gate('a-2'), /^pair a-1/, 'it is told to give it up only now');
  fleet.says('a-1', { runs: 'old', sequence: 6 });
  t.is(fleet.gate('a-2'), 'open');
});

test('together: no more at once, however many check in', async (t) => {
  const groups = [group('a', { together: 3 })];
  const ids = Array.from({ length: 40 }, (_, at) => `a-${at}`);
  const fleet = await new Fleet().open(ids, { groups });
  fleet.give(ids, 'app 2');
  const kinds = ids.map((id) => fleet.begin(id, 'new'));
  t.is(kinds.filter((kind) => kind === 'open').length, 3);
  t.is(fleet.gate('a-9'), 'together a: 3 of group a are under way');
  fleet.succeeds('a-0', 'new');
  t.deepEqual([fleet.begin('a-9', 'new'), fleet.begin('a-10', 'new')], ['open', 'together']);
});

test('the lost give up their place among many, and keep it beside their partner', async (t) => {
  const groups = [group('a', { together: 1 })];
  const plan = { groups, pairs: [['a-1', 'a-3']] };
  const fleet = await new Fleet().open(['a-1', 'a-2', 'a-3'], plan, { patience: 600 });
  fleet.give(['a-1', 'a-2', 'a-3'], 'app 2');
  fleet.begin('a-1', 'new');
  fleet.later(10 * MINUTE - 1);
  t.regex(fleet.gate('a-2'), /^together/);
  fleet.later(1);
  t.is(fleet.gate('a-2'), 'open');
  t.regex(fleet.gate('a-3'), /^pair a-1: .*not heard of for long\. Find it/);
  const [state] = fleet.rollout.groups();
  t.deepEqual([state!.lost, state!.underWay, state!.failed, state!.stopped], [['a-1'], 0, 0, false]);
  fleet.inventory.checkedIn('a-1', undefined, CLAIMS, fleet.now);
  t.deepEqual(fleet.rollout.groups()[0]!.lost, []);
  t.regex(fleet.gate('a-2'), /^together/);
  fleet.inventory.checkedIn('a-1', undefined, { ...CLAIMS, sleeps: 3600 }, fleet.now);
  fleet.later(69 * MINUTE);
  t.regex(fleet.gate('a-2'), /^together/, 'it said that it would sleep');
  fleet.later(MINUTE);
  t.is(fleet.gate('a-2'), 'open');
});

const MANY = ['a-1', 'a-2', 'a-3', 'a-4', 'b-1'];

const stopped = async (plan: Partial<Plan> = STAGED): Promise<Fleet> => {
  const fleet = await new Fleet().open(MANY, plan);
  fleet.give(MANY, 'app 2');
  fleet.later();
  fleet.begin('a-1', 'new');
  fleet.begin('a-2', 'new');
  fleet.fails('a-1', 'new');
  return fleet;
};

const STOP = 'stopped a: group a is stopped: a-1 failed. Look into it, then resume a';

test('at the line the group stops, and what comes after it', async (t) => {
  const fleet = await stopped();
  t.is(fleet.gate('a-3'), STOP);
  t.is(fleet.gate('b-1'), STOP);
  t.is(fleet.gate('a-2'), STOP, 'one that was offered and does not run it yet is held');
  fleet.says('a-2', { runs: 'new', sequence: 7, trial: true });
  t.is(fleet.gate('a-2'), 'open', 'a trial is seen to its end');
});

test('failures are counted against the line', async (t) => {
  const fleet = await stopped({ groups: [group('a', { failures: '50%' }), group('b', { after: ['a'] })] });
  t.is(fleet.gate('a-3'), 'open');
  t.deepEqual([fleet.rollout.groups()[0]!.failed, fleet.rollout.groups()[0]!.failureLine], [1, 2]);
  fleet.fails('a-2', 'new');
  t.regex(fleet.gate('a-3'), /^stopped a: group a is stopped: a-1, a-2 failed/);
});

test('a device that is given the work again and again is one failure, and stays one', async (t) => {
  const fleet = await stopped({ groups: [group('a', { failures: 2 })] });
  fleet.give(['a-1'], 'app 2');
  fleet.begin('a-1', 'new');
  t.is(fleet.rollout.groups()[0]!.failed, 1);
  fleet.give(['a-1'], 'app 3');
  fleet.fails('a-2', 'new');
  t.regex(fleet.gate('a-3'), /^stopped/);
});

/** What the server might do about a stop. */
const PERSUASION: readonly (readonly [name: string, does: (fleet: Fleet) => void])[] = [
  ['nothing', () => {}],
  ['gives the work again', (fleet) => fleet.give(MANY, 'app 2')],
  [
    'takes the work of the one that failed back',
    (fleet) => fleet.inventory.wanted('a-1', undefined, fleet.now),
  ],
  ['gives the one that failed other work', (fleet) => fleet.give(['a-1'], 'app 3')],
  [
    'takes all back, and gives it again',
    (fleet) => {
      for (const id of MANY) fleet.inventory.wanted(id, undefined, fleet.now);
      fleet.give(MANY, 'app 2');
    },
  ],
];

for (const [name, does] of PERSUASION) {
  test(`the server ${name}: a stop stays, behind a restart as well`, async (t) => {
    const fleet = await stopped();
    does(fleet);
    t.is(fleet.gate('a-3'), STOP);
    await fleet.inventory.close();
    await fleet.open(MANY, STAGED);
    t.is(fleet.gate('a-3'), STOP);
    t.is(fleet.gate('b-1'), STOP);
  });
}

test('the same manifest under another name is stopped, too', async (t) => {
  const fleet = await stopped();
  fleet.give(MANY, 'app 2, really good');
  fleet.later();
  t.is(fleet.gate('a-3'), 'open', 'nobody knows yet what it is');
  fleet.inventory.moved('a-3', 'ready', 0, '', fleet.now, releaseOf('new', 7));
  t.is(fleet.gate('a-3'), STOP);
  fleet.give(['a-4'], 'app 3');
  fleet.inventory.moved('a-4', 'ready', 0, '', fleet.now, releaseOf('newer', 8));
  t.is(fleet.gate('a-4'), 'open');
});

test('a person resumes: what failed counts no more, what fails next does', async (t) => {
  const fleet = await stopped();
  fleet.rollout.resume('a');
  t.is(fleet.gate('a-3'), 'open');
  t.regex(fleet.gate('b-1'), /^after a:/);
  await fleet.inventory.close();
  await fleet.open(MANY, STAGED);
  t.is(fleet.gate('a-3'), 'open', 'behind a restart as well');
  fleet.fails('a-2', 'new');
  t.is(fleet.gate('a-3'), STOP.replace('a-1', 'a-2'));
});

test('a stop is on the disk with the report that brought it about', async (t) => {
  const fleet = await stopped();
  await fleet.inventory.saved();
  const disk = fleet.disk.cells;
  t.true(disk.has('s/rollout/stop/a/app 2'));
  t.true(disk.has('s/rollout/failed/a/a-1/app 2'));
});

test('a plan whose line is lowered stops at the next start', async (t) => {
  const lax = { groups: [group('a', { failures: 2 }), group('b', { after: ['a'] })] };
  const fleet = await stopped(lax);
  t.is(fleet.gate('a-3'), 'open');
  await fleet.inventory.close();
  await fleet.open(MANY, STAGED);
  t.is(fleet.gate('a-3'), STOP);
});

test('of many releases that failed the latest are remembered, and stops the longest', async (t) => {
  const fleet = await new Fleet().open(['a-1', 'a-2', 'a-3', 'a-4'], {
    groups: [group('a', { failures: '50%' })],
  });
  const fail = (id: string, title: string): void => {
    fleet.give([id], title);
    fleet.begin(id, title);
    fleet.fails(id, title);
  };
  fail('a-1', 'bad');
  fail('a-2', 'bad');
  for (let at = 0; at < 100; at++) fail('a-3', `r${at}`);
  fleet.give(['a-4'], 'bad');
  t.regex(fleet.gate('a-4'), /^stopped/);
  t.is(fleet.inventory.settings('rollout/failed/').length, 65);
});

test('a title that is no good text is the same behind a restart', async (t) => {
  const fleet = await new Fleet().open(['a-1', 'a-2'], { groups: [group('a')] });
  const title = `\ud800/\n${'x'.repeat(1000)}`;
  fleet.give(['a-1', 'a-2'], title);
  fleet.begin('a-1', 'new');
  fleet.fails('a-1', 'new');
  await fleet.inventory.close();
  await fleet.open(['a-1', 'a-2'], { groups: [group('a')] });
  fleet.give(['a-2'], title);
  t.regex(fleet.gate('a-2'), /^stopped/);
});

test('a paused group, behind a restart as well', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  fleet.give(TWO, 'app 2');
  fleet.rollout.pause('a');
  t.is(fleet.gate('a-1'), 'paused a: group a is paused');
  await fleet.inventory.close();
  await fleet.open(TWO, STAGED);
  t.is(fleet.gate('a-1'), 'paused a: group a is paused');
  t.true(fleet.rollout.groups()[0]!.paused);
  fleet.rollout.resume('a');
  t.is(fleet.gate('a-1'), 'open');
  const error = t.throws(() => fleet.rollout.pause('c'), { instanceOf: PublishError });
  t.is(error!.message, 'group c: is not in the plan. There are: a, b');
});

test('nothing to begin', async (t) => {
  const fleet = await new Fleet().open(TWO, STAGED);
  t.is(fleet.rollout.gate(fleet.inventory.device('a-1')!).words, 'there is nothing to begin');
});

test('what a group shows', async (t) => {
  const fleet = await stopped();
  const [a, b] = fleet.rollout.groups();
  t.like(a, {
    name: 'a',
    release: 'app 2',
    devices: 4,
    succeeded: 0,
    failed: 1,
    successLine: 4,
    failureLine: 1,
    stopped: true,
    paused: false,
    after: [],
    underWay: 1,
  });
  t.like(a!.counts, { reverted: 1, offered: 1, waiting: 2, none: 0 });
  t.deepEqual([b!.after, b!.counts.waiting, b!.stopped], [['a'], 1, false]);
});

/** The record, and how often a field of it was read. */
const countingReads = (inventory: Inventory): { readonly inventory: Inventory; reads: () => number } => {
  let reads = 0;
  const counted = (device: DeviceRecord): DeviceRecord =>
    new Proxy(device, {
      get: (target, name) => {
        reads++;
        return Reflect.get(target, name) as unknown;
      },
    });
  const watched: Inventory = Object.create(inventory) as Inventory;
  watched.device = (id) => {
    const device = inventory.device(id);
    return device && counted(device);
  };
  watched.devices = () => inventory.devices().map(counted);
  watched.follow = (changed) => inventory.follow((before, after) => changed(counted(before), counted(after)));
  watched.setting = (key) => inventory.setting(key);
  watched.settings = (prefix) => inventory.settings(prefix);
  watched.keep = (key, value) => inventory.keep(key, value);
  return { inventory: watched, reads: () => reads };
};

for (const size of [1000, 10_000]) {
  test(`${size} devices ask for their gate: so many reads for each, and no more`, async (t) => {
    const ids = Array.from({ length: size }, (_, at) => `${at % 2 ? 'a' : 'b'}-${at}`);
    const entries = ids.map((id) => entry(id));
    const real = await openInventory({ folder: 'm', disk: new MemoryDisk(), entries, keyOf });
    const { inventory, reads } = countingReads(real);
    const groups = [group('a', { together: 50, success: 0.9, failures: '5%' }), group('b', { after: ['a'] })];
    const pairs = [
      ids.slice(0, size / 2),
      ...Array.from({ length: size / 4 }, (_, at) => ids.slice(2 * at, 2 * at + 2)),
    ];
    const rollout = openRollout({ inventory, plan: { groups, pairs }, entries, now: () => MINUTE });
    for (const [at, id] of ids.entries()) real.wanted(id, workOf(String(at), `app ${at % 100}`), 0);
    const before = reads();
    let open = 0;
    for (const id of ids) {
      const { kind } = rollout.gate(real.device(id)!);
      if (kind === 'open' && real.moved(id, 'offered', 0, '', MINUTE, releaseOf('new', 7))) open++;
    }
    t.true(open >= 50 && open <= 51, `${open} began`);
    const each = (reads() - before) / size;
    t.log(`${each.toFixed(1)} reads of a record for each gate`);
    t.true(each < 20, String(each));
  });
}
