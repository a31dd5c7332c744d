/** Plans, and what may happen under them. */
import fc from 'fast-check';
import type { GroupPlan, Plan } from '../../gateway/contract.ts';

export const NAMES: readonly string[] = ['a', 'b', 'c'];
export const IDS: readonly string[] = NAMES.flatMap((name) => [1, 2, 3].map((at) => `${name}-${at}`));
export const TITLES: readonly string[] = ['app 2', 'app 3', 'app 4'];
export const PATIENCE = 600;

export type Action =
  | { readonly kind: 'give' | 'take'; readonly at: number; readonly title: number }
  | { readonly kind: 'giveAll'; readonly title: number }
  | { readonly kind: 'begin' | 'beginAll'; readonly at: number }
  | {
      readonly kind: 'stage' | 'try' | 'confirm' | 'revert' | 'fault' | 'later' | 'rest';
      readonly at: number;
      readonly says: boolean;
    }
  | { readonly kind: 'replay' | 'forge' | 'word'; readonly at: number }
  | { readonly kind: 'pause' | 'resume'; readonly at: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'wait'; readonly seconds: number };

const at = fc.nat({ max: IDS.length - 1 });
const title = fc.nat({ max: TITLES.length - 1 });
const kinds = <const K extends string>(...names: K[]): fc.Arbitrary<K> => fc.constantFrom(...names);

export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: kinds('give', 'take'), at, title }) },
  { weight: 2, arbitrary: fc.record({ kind: kinds('giveAll'), title }) },
  { weight: 6, arbitrary: fc.record({ kind: kinds('begin', 'beginAll'), at }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: kinds('stage', 'try', 'confirm', 'confirm', 'revert', 'fault', 'later', 'rest'),
      at,
      says: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kinds('replay', 'forge', 'word'), at }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds('pause', 'resume', 'resume'), at: fc.nat({ max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds('restart') }) },
  { weight: 3, arbitrary: fc.record({ kind: kinds('wait'), seconds: fc.constantFrom(1, 10, PATIENCE + 1) }) },
);

const groupPlan = (name: string, earlier: readonly string[]): fc.Arbitrary<GroupPlan> =>
  fc.record(
    {
      name: fc.constant(name),
      devices: fc.constant([`${name}-*`]),
      after: fc.subarray([...earlier]),
      success: fc.constantFrom(0, 0.5, 1),
      failures: fc.constantFrom<number | string>(1, 2, '50%', '100%'),
      together: fc.constantFrom(1, 2),
    },
    { requiredKeys: ['name', 'devices'] },
  );

export const plans: fc.Arbitrary<Plan> = fc.record({
  groups: fc.tuple(groupPlan('a', []), groupPlan('b', ['a']), groupPlan('c', ['a', 'b'])),
  pairs: fc.array(fc.subarray([...IDS], { minLength: 2, maxLength: 3 }), { maxLength: 3 }),
});
