/** Failures, the stops that they bring about, and what lifts them. */
import test from 'ava';
import type { Plan } from '../../gateway/contract.ts';
import { releaseOf } from './_devices.ts';
import { Fleet, group, STAGED } from './_fleet.ts';

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

test('a stop stays where the line is raised: only a person who resumes has looked into it', async (t) => {
  const fleet = await stopped();
  await fleet.inventory.close();
  await fleet.open(MANY, { groups: [group('a', { failures: 3 }), group('b', { after: ['a'] })] });
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
