/** Fleets, plans and orders of events as they may come, restarts in between: the laws of a rollout hold in each. */
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import { action, plans } from './_rollout-events.ts';
import { World } from './_rollout-world.ts';

export const lawsHold = async (t: ExecutionContext, runs: number): Promise<void> => {
  let [began, stops] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      plans,
      fc.array(action, { minLength: 30, maxLength: 120, size: 'max' }),
      async (plan, actions) => {
        const world = new World(plan);
        await world.open();
        for (const one of actions) {
          await world.run(one);
          world.check();
        }
        began += world.began;
        stops += world.stops;
      },
    ),
    { numRuns: runs, includeErrorInReport: true },
  );
  t.log(`${began} began, ${stops} stops`);
  // On average there are nine that begin in a run, and one stop in less than two.
  t.true(began > 2 * runs && stops > runs / 12, `${began} began, ${stops} stops`);
};
