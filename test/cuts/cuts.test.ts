import test from 'ava';
import type { BoardName } from '../../hal/node/boards.ts';
import { runsOn, scenarios } from './_scenarios.ts';
import { sweep } from './_sweep.ts';

const boards: readonly BoardName[] = [
  'tiny',
  'tiny-zero',
  'tiny-large-sectors',
  'tiny-two-devices',
  'stm32l4',
];

for (const board of boards) {
  for (const scenario of scenarios.filter((one) => runsOn(one, board))) {
    test(`${scenario.name} on ${board} survives a cut at any operation`, (t) => {
      const { operations, cuts, failures } = sweep(board, scenario);
      t.log(`${operations} operations, ${cuts} cuts`);
      t.true(cuts >= operations && operations > 0);
      t.deepEqual(failures, []);
    });
  }
}
