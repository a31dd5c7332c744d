/** What only many faults in a row show, and what only steps in an order of their own do. */
import test from 'ava';
import {
  explore,
  forgive,
  half,
  install,
  restart,
  scenarioNamed,
  traceText,
} from '../../bootloader-sim/crash/index.ts';
import type { Scenario } from '../../bootloader-sim/crash/index.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { instance } from '../crash/_lead.ts';
import { storms } from '../crash/_storm.ts';
import { stockOn } from '../crash/images.ts';

const STORMS: readonly { readonly board: BoardName; readonly scenario: string }[] = [
  { board: 'tiny', scenario: 'same-twice' },
  { board: 'tiny-zero', scenario: 'confirm-race' },
  { board: 'tiny-two-devices', scenario: 'crashes' },
  { board: 'stm32l4', scenario: 'manual-revert' },
  { board: 'tiny-swap-wide', scenario: 'fails-check' },
];

for (const { board, scenario } of STORMS) {
  test(`${board}: storms over ${scenario}`, (t) => {
    t.deepEqual(storms(board, scenarioNamed(scenario), 3, 1), []);
  });
}

const MORE: readonly (Scenario & { readonly board: BoardName })[] = [
  {
    name: 'turn-over-receive',
    about: 'the journal goes round while blocks are named in it',
    board: 'tiny-two-devices',
    steps: [forgive(4), install('new')],
    ends: 'new',
  },
  {
    name: 'change-of-mind',
    about: 'half of one, half of another, and then the first',
    board: 'tiny',
    steps: [half('new', 3000), half('next', 2000), install('new')],
    ends: 'new',
  },
  {
    name: 'resume-plain',
    about: 'goes on after half a plain image',
    board: 'tiny-large-sectors',
    before: [half('plain', 3000, { mode: 'stream' }), restart()],
    steps: [install('plain', { mode: 'stream', chunk: 1000 })],
    ends: 'plain',
  },
];

for (const { board, ...scenario } of MORE) {
  test(`${board}: ${scenario.name}`, (t) => {
    const budget = { depth: 1, units: 2, deepUnits: 2, stride: 13, deepStride: 1, draws: 5, seed: 1 };
    const profile = BOARDS[board];
    const given = { profile, scenario, stock: stockOn(profile), instance, budget };
    const { states, violations } = explore(given);
    t.true(states > 20);
    t.deepEqual(
      violations.map(({ invariant, words, trace }) => `${invariant}: ${words}: ${traceText(trace)}`),
      [],
    );
  });
}
