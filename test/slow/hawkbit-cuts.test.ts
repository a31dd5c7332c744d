/** The whole of test/hawkbit/cuts.test.ts: before, inside and after each operation, each kind of tear, with and without a record. */
import test from 'ava';
import type { CutPlan } from '../../hal/node/power.ts';
import type { Course } from '../hawkbit/_cuts.ts';
import { COURSES, cutAt, dieAt, operationsOf, requestsOf } from '../hawkbit/_cuts.ts';

const PLANS: readonly Omit<CutPlan, 'operation'>[] = [
  { where: 'before' },
  { where: 'after' },
  ...(['old', 'new', 'mixed', 'noise'] as const).flatMap((torn) => {
    const erase = torn === 'new' ? ('erased' as const) : torn;
    return [0, 1, 99].map((unit) => ({ where: 'inside' as const, torn, erase, unit }));
  }),
];

/** Without a record the device tells no end of what it will be given again, so that nothing can have come before. */
const keepsOf = ({ before }: Course): readonly ('flash' | 'none')[] =>
  before === undefined ? ['flash', 'none'] : ['flash'];

for (const course of COURSES)
  for (const keep of keepsOf(course)) {
    for (const plan of PLANS) {
      test(`${course.name}, keep ${keep}, ${JSON.stringify(plan)}`, (t) => {
        const operations = operationsOf(course, keep);
        t.true(operations > 20, `${operations}`);
        for (let operation = 0; operation < operations; operation++)
          cutAt(t, course, keep, { ...plan, operation, seed: operation });
      });
    }
    test(`${course.name}, keep ${keep}: dies with each request on the server`, (t) => {
      const requests = requestsOf(course, keep);
      for (let request = 1; request <= requests; request++) dieAt(t, course, keep, request);
    });
  }
