/** Fleets, plans and orders of events as they may come, restarts in between. */
import fc from 'fast-check';
import test from 'ava';
import { action, plans } from './_rollout-events.ts';
import { World } from './_rollout-world.ts';

test('pairs, groups, lines and stops hold, whatever comes in whatever order', async (t) => {
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
    { numRuns: 250, includeErrorInReport: true },
  );
  t.log(`${began} began, ${stops} stops`);
  t.true(began > 500 && stops > 20, `${began} began, ${stops} stops`);
});
