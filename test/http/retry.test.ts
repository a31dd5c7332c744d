import test from 'ava';
import fc from 'fast-check';
import { AskedForLonger, GiveUp, retryNew, retryNext, retryProgress } from '../../hal/http/retry.ts';
import { rateHolds, rateNew } from '../../hal/http/rate.ts';

const LIMITS = { attempts: 6, first: 100, longest: 1000, progress: 4096 };

test('the longest wait doubles up to the cap, then it gives up', (t) => {
  const retry = retryNew(LIMITS, () => 0.999);
  t.deepEqual(
    Array.from({ length: 8 }, () => retryNext(retry, 0)),
    [99, 199, 399, 799, 999, 999, GiveUp, GiveUp],
  );
});

test('a wait is anything from nothing to the longest', (t) => {
  const draws = [0, 0.25, 0.5, 0.75];
  const waits = draws.map((draw) => {
    const retry = retryNew(LIMITS, () => draw);
    retryNext(retry, 0);
    return retryNext(retry, 0);
  });
  t.deepEqual(waits, [0, 50, 100, 150]);
});

test('what the server asks for is waited in full, and then the jitter', (t) => {
  const retry = retryNew(LIMITS, () => 0.5);
  t.is(retryNext(retry, 700), 750);
  t.is(retryNext(retry, 1001), AskedForLonger);
  t.is(retryNext(retry, NaN), AskedForLonger);
});

test('enough progress begins the count anew, a byte does not', (t) => {
  const retry = retryNew(LIMITS, () => 0);
  for (let i = 0; i < 50; i++) {
    retryProgress(retry, 4096);
    t.is(retryNext(retry, 0), 0);
  }
  for (let i = 1; i < LIMITS.attempts; i++) {
    retryProgress(retry, 1);
    t.is(retryNext(retry, 0), 0);
  }
  t.is(retryNext(retry, 0), GiveUp);
});

test('property: no wait is longer than the longest two together, and there are never more than the attempts', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0, max: 0.999999, noNaN: true }), fc.nat(2000)), { maxLength: 20 }),
      (steps) => {
        let draw = 0;
        const retry = retryNew(LIMITS, () => draw);
        let waits = 0;
        for (const [one, asked] of steps) {
          draw = one;
          const wait = retryNext(retry, asked);
          if (wait === GiveUp) break;
          waits++;
          if (
            wait === AskedForLonger ? asked <= LIMITS.longest : !(wait >= asked && wait < 2 * LIMITS.longest)
          )
            return false;
        }
        return waits <= LIMITS.attempts;
      },
    ),
  );
  t.pass();
});

const FLOOR = { bytes: 100, window: 1000 };
// pairs of milliseconds waited and bytes; does each hold
const RATES: readonly (readonly [string, readonly (readonly [number, number])[], readonly boolean[]])[] = [
  [
    'fast',
    [
      [10, 500],
      [10, 500],
    ],
    [true, true],
  ],
  [
    'just enough',
    [
      [500, 50],
      [500, 50],
    ],
    [true, true],
  ],
  [
    'a byte less',
    [
      [500, 50],
      [500, 49],
    ],
    [true, false],
  ],
  [
    'a byte at a time',
    [
      [400, 1],
      [400, 1],
      [400, 1],
    ],
    [true, true, false],
  ],
  [
    'each window by itself',
    [
      [1000, 9999],
      [1000, 99],
    ],
    [true, false],
  ],
  [
    'nothing waited',
    [
      [0, 1],
      [0, 1],
    ],
    [true, true],
  ],
];
for (const [name, steps, holds] of RATES)
  test(`rate: ${name}`, (t) => {
    const rate = rateNew(FLOOR);
    t.deepEqual(
      steps.map(([waited, bytes]) => rateHolds(rate, waited, bytes)),
      holds,
    );
  });

test('rate: a floor of nothing always holds', (t) => {
  const rate = rateNew({ bytes: 0, window: 10 });
  for (let i = 0; i < 10; i++) t.true(rateHolds(rate, 100, 0));
});
