/** The groups as the status shows them, over the real inventory and rollout. */
import test from 'ava';
import type { GateKind, GroupPlan } from '../../gateway/contract.ts';
import { groupsDocument } from '../../gateway/status/groups.ts';
import type { GroupShape, Phase } from '../../gateway/status/shapes.ts';
import { Fleet, group } from './_fleet.ts';

const IDS = Array.from({ length: 10 }, (_, at) => `a-${at}`);
const AFTER = ['b-0', 'b-1'];

const shownOf = async (
  plan: Partial<GroupPlan>,
  happens: (fleet: Fleet) => void,
): Promise<readonly [a: GroupShape, b: GroupShape]> => {
  const groups = [group('a', plan), group('b', { after: ['a'] })];
  // Without a wait for what the server may still give.
  const fleet = await new Fleet().open([...IDS, ...AFTER], { groups }, { settle: 0 });
  const { inventory, rollout } = fleet;
  happens(fleet);
  const releases = { downloads: () => [], find: () => undefined };
  const store = { usage: () => ({ bytes: 0, quota: 0, artefacts: 0 }) };
  const document = groupsDocument({ inventory, rollout, releases, store, upstreams: [] }, 1);
  return document.groups as unknown as readonly [GroupShape, GroupShape];
};

const give = (fleet: Fleet): void => fleet.give([...IDS, ...AFTER], 'lamp 2');

const begun =
  (succeeding: number, failing: number) =>
  (fleet: Fleet): void => {
    give(fleet);
    for (const id of IDS.slice(0, succeeding + failing)) fleet.begin(id, 'two');
    for (const id of IDS.slice(0, succeeding)) fleet.succeeds(id, 'two');
    for (const id of IDS.slice(succeeding, succeeding + failing)) fleet.fails(id, 'two');
  };

// plan, [success line, failure line] in devices of ten
const lines: readonly (readonly [Partial<GroupPlan>, readonly [number, number]])[] = [
  [{}, [10, 1]],
  [{ success: 0.5 }, [5, 1]],
  [{ success: 0.91 }, [10, 1]],
  [{ success: 0 }, [0, 1]],
  [{ failures: '30%' }, [10, 3]],
  [{ failures: '1%' }, [10, 1]],
  [{ success: 0.25, failures: 4 }, [3, 4]],
];
for (const [plan, wanted] of lines) {
  test(`lines are devices: ${JSON.stringify(plan)}`, async (t) => {
    const [{ successLine, failureLine }] = await shownOf(plan, give);
    t.deepEqual([successLine, failureLine], wanted);
  });
}

// what, plan, what happens, phase of a, phase of b, what holds b
const phases: readonly (readonly [
  string,
  Partial<GroupPlan>,
  (fleet: Fleet) => void,
  Phase,
  Phase,
  GateKind | undefined,
])[] = [
  ['no work', {}, () => undefined, 'idle', 'idle', undefined],
  ['work that is given', {}, give, 'running', 'waiting', 'after'],
  ['short of a share', { success: 0.5 }, begun(4, 0), 'running', 'waiting', 'after'],
  ['at the share, though not all have it', { success: 0.5 }, begun(5, 0), 'running', 'running', undefined],
  ['a share of failures not reached', { failures: '30%' }, begun(0, 2), 'running', 'waiting', 'after'],
  ['a share of failures', { failures: '30%' }, begun(0, 3), 'stopped', 'waiting', 'stopped'],
  ['all', {}, begun(10, 0), 'done', 'running', undefined],
  ['all over, and short', { failures: 3 }, begun(8, 2), 'ended', 'waiting', 'after'],
  ['all over, and enough', { failures: 3, success: 0.8 }, begun(8, 2), 'done', 'running', undefined],
  ['paused', {}, (fleet) => (give(fleet), fleet.rollout.pause('a')), 'paused', 'waiting', 'after'],
];
for (const [what, plan, happens, ofA, ofB, holds] of phases) {
  test(`phases: ${what}`, async (t) => {
    const [a, b] = await shownOf(plan, happens);
    t.is(a.phase, ofA, a.words);
    t.is(b.phase, ofB, b.words);
    t.is(b.waits[0]?.kind, holds);
    if (holds !== undefined) {
      t.deepEqual(b.waits[0]!.whom, ['a']);
      t.is(b.waits[0]!.devices, AFTER.length);
    }
  });
}

test('what is rolled out, by its title and its sequence, and who went back, why', async (t) => {
  const [a, b] = await shownOf({}, begun(2, 1));
  t.is(a.title, 'lamp 2');
  t.is(a.sequence, 7);
  t.is(b.title, 'lamp 2');
  t.deepEqual(
    a.failures.map(({ id, state }) => [id, state]),
    [['a-2', 'reverted']],
  );
  t.not(a.failures[0]!.words, '');
  // Stopped by one; the seven that have not begun wait for a person.
  t.deepEqual(
    a.waits.map(({ kind, devices }) => [kind, devices]),
    [['stopped', 7]],
  );
  t.regex(a.waits[0]!.words, /a-2 failed/);
  t.is(a.having, 10);
});

test('who was told, and is held back from booting it by a pause, waits as well', async (t) => {
  const [a] = await shownOf({ together: 3 }, (fleet) => {
    give(fleet);
    for (const id of IDS.slice(0, 3)) fleet.begin(id, 'two');
    fleet.rollout.pause('a');
  });
  t.is(a.counts.offered, 3);
  t.deepEqual(
    a.waits.map(({ kind, devices }) => [kind, devices]),
    [['paused', 10]],
  );
});
