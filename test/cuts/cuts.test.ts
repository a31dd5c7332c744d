import test from 'ava';
import type { BoardName } from '../../hal/node/boards.ts';
import { runsOn, scenarios } from './_scenarios.ts';
import type { Scenario } from './_scenarios.ts';
import { sweep } from './_sweep.ts';
import type { SweepOptions } from './_sweep.ts';

/** Test time is short: so many cuts of each scenario, spread evenly. The slow tests take more. */
const boards: readonly (readonly [BoardName, most: number])[] = [
  ['tiny', 20],
  ['tiny-zero', 8],
  ['tiny-large-sectors', 14],
  ['tiny-two-devices', 8],
  ['stm32l4', 8],
  ['tiny-swap', 14],
  ['tiny-swap-wide', 8],
];

const ways: readonly (SweepOptions & {
  readonly name: string;
  readonly takes: (scenario: Scenario) => boolean;
  /** Of the board's own number. */
  readonly share: number;
})[] = [
  { name: 'a cut', takes: () => true, share: 1 },
  { name: 'a cut and unstable reads', takes: () => true, share: 1 / 3, unstable: true, seed: 2 },
  {
    name: 'two cuts',
    takes: (one) => one.journal === true,
    share: 1 / 2,
    nested: true,
    unstable: true,
    seed: 3,
  },
  {
    name: 'a storm of cuts',
    takes: (one) => one.journal === true,
    share: 1 / 2,
    storms: 1,
    unstable: true,
    seed: 4,
  },
];

for (const [board, most] of boards) {
  for (const { name, takes, share, ...options } of ways) {
    test(`${board} survives ${name}`, (t) => {
      let total = 0;
      for (const scenario of scenarios.filter((one) => runsOn(one, board) && takes(one))) {
        const { operations, cuts, failures } = sweep(board, scenario, {
          ...options,
          most: Math.ceil(most * share),
        });
        t.true(operations > 0, scenario.name);
        t.deepEqual(failures, [], scenario.name);
        total += cuts;
      }
      t.log(`${total} cases`);
      t.true(total >= 10);
    });
  }
}
