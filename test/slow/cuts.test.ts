/** All boards; `FULL=1`: every cut of every operation, in every unit, which takes hours. `SEED` picks others. */
import test from 'ava';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { runsOn, scenarios } from '../cuts/_scenarios.ts';
import type { Scenario } from '../cuts/_scenarios.ts';
import { sweep } from '../cuts/_sweep.ts';
import type { SweepOptions } from '../cuts/_sweep.ts';

const everything = process.env['FULL'] === '1';
const seed = Number(process.env['SEED'] ?? 1);
/** Cases of one scenario on one board, spread evenly: not a time, so that the same seed takes the same cuts. */
const CASES = everything ? undefined : 12;

const ways: readonly (SweepOptions & {
  readonly name: string;
  readonly takes: (scenario: Scenario) => boolean;
})[] = [
  { name: 'a cut', takes: () => true },
  { name: 'a cut and unstable reads', takes: () => true, unstable: true },
  { name: 'two cuts', takes: (one) => one.journal === true, nested: true, unstable: true },
  { name: 'a storm of cuts', takes: (one) => one.journal === true, storms: 1, unstable: true },
];

for (const board of Object.keys(BOARDS) as BoardName[]) {
  for (const { name, takes, ...options } of ways) {
    test(`${board} survives ${name}`, (t) => {
      let total = 0;
      for (const scenario of scenarios.filter((one) => runsOn(one, board) && takes(one))) {
        const full = options.nested !== true || everything;
        const { cuts, failures } = sweep(board, scenario, {
          ...options,
          full,
          seed,
          ...(CASES !== undefined && { most: CASES }),
        });
        t.deepEqual(failures, [], scenario.name);
        total += cuts;
      }
      t.log(`${total} cases`);
      t.true(total > 10);
    });
  }
}
