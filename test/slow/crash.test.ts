/** The flash of real boards, which the crash command leaves out: their sectors and units, some of the faults. */
import test from 'ava';
import { explore, runsOn, scenarios, traceText } from '../../bootloader-sim/crash/index.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { instance } from '../crash/_lead.ts';
import { storms } from '../crash/_storm.ts';
import { stockOn } from '../crash/images.ts';
import { CRASH_BOARDS } from '../crash/named.ts';

/** Picks other faults. */
const seed = Number(process.env['SEED'] ?? 1);
/** One of each kind: what a large board adds is geometry, and a life on it takes long. */
const NAMES: readonly string[] = ['first-update', 'resume', 'crashes', 'swap-revert'];
const boards = (Object.keys(BOARDS) as BoardName[]).filter((name) => !CRASH_BOARDS.includes(name));

for (const board of boards) {
  test(`${board}: faults of each scenario`, (t) => {
    const profile = BOARDS[board];
    const budget = { depth: 1, units: 2, deepUnits: 2, stride: 29, deepStride: 1, draws: 2, seed };
    for (const scenario of scenarios.filter((one) => NAMES.includes(one.name) && runsOn(one, profile))) {
      const { violations } = explore({ profile, scenario, stock: stockOn(profile), instance, budget });
      t.deepEqual(
        violations
          .filter(({ foreign }) => !foreign)
          .map(({ invariant, words, trace }) => `${invariant}: ${words}: ${traceText(trace)}`),
        [],
        scenario.name,
      );
    }
  });
}

for (const board of Object.keys(BOARDS) as BoardName[]) {
  test(`${board}: storms of faults`, (t) => {
    const ones = scenarios.filter((one) => NAMES.includes(one.name) && runsOn(one, BOARDS[board]));
    for (const scenario of ones) t.deepEqual(storms(board, scenario, 2, seed), [], scenario.name);
  });
}
