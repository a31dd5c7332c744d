/** Plans that cannot be, and who belongs where. */
import test from 'ava';
import { PublishError } from '../../publisher/errors.ts';
import type { Plan } from '../../gateway/contract.ts';
import { globMatches } from '../../gateway/rollout/glob.ts';
import { groupsOf } from '../../gateway/rollout/groups.ts';
import { entry } from './_devices.ts';
import { group } from './_fleet.ts';

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
