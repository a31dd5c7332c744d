import test from 'ava';
import fc from 'fast-check';
import { DAY, MONDAY } from '../moment/_moment.ts';
import { rigOpen } from './_time.ts';

const YEAR = 365 * DAY;

/** One thing that happens to a board: a source says something, time passes, or it is reset. */
const happening = fc.oneof(
  fc.record({
    kind: fc.constant('offer' as const),
    rank: fc.integer({ min: 1, max: 4 }),
    seconds: fc.oneof(
      fc.integer({ min: MONDAY - YEAR, max: MONDAY + 3 * YEAR }),
      fc.integer({ min: -1, max: 2 ** 33 }),
    ),
  }),
  fc.record({ kind: fc.constant('passes' as const), seconds: fc.integer({ min: -DAY, max: 40 * DAY }) }),
  fc.record({ kind: fc.constant('reset' as const) }),
);

test('trusted time never goes back, over whatever sources and resets; no lower rank makes it', (t) => {
  let trusted = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 4 }),
      fc.array(happening, { minLength: 1, maxLength: 40 }),
      (trustFrom, happenings) => {
        const rig = rigOpen({ trustFrom });
        let highest = 0;
        let trustedOffers = 0;
        for (const one of happenings) {
          if (one.kind === 'offer') {
            if (rig.offer(one.rank, one.seconds) === 0 && one.rank >= trustFrom) trustedOffers++;
          } else if (one.kind === 'passes') rig.own = Math.max(rig.own + one.seconds, 0);
          else {
            rig.time.save();
            rig.boot();
          }
          const least = rig.time.atLeast();
          t.true(least >= highest);
          highest = least;
          if (rig.time.trusted()) {
            trusted++;
            t.true(trustedOffers > 0 && rig.time.rank() >= trustFrom);
            t.true(rig.time.now() >= least);
          } else t.true(rig.time.now() >= rig.own);
          if (trustedOffers === 0) t.is(least, 0);
        }
      },
    ),
    { numRuns: 1000 },
  );
  t.true(trusted > 100);
});
