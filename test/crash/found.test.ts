/** Faults that once broke a law. */
import test from 'ava';
import {
  instanceOf,
  replay,
  scenarioNamed,
  scenarios,
  traceParse,
} from '../../bootloader-sim/crash/index.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import { stock } from './images.ts';
import { mutantBundle } from './mutant-build.ts';
import { mutants } from './mutants.ts';
import { instance } from './_lead.ts';

interface Found {
  readonly was: string;
  readonly board: string;
  readonly scenario: string;
  readonly traces: readonly string[];
  /** A mutant that each of the traces shows: they still meet the place that they were found for. */
  readonly like: string;
}

const found: readonly Found[] = [
  {
    was: 'the agent read a torn mark that the boot decision could not read, and acted on it unsealed',
    board: 'tiny',
    scenario: 'same-twice',
    traces: ['2:torn-flickers@2#5', '2:torn-comes@2#1', '2:torn-blinks@2#1'],
    like: 'one-seal',
  },
];

for (const { was, board, scenario, traces, like } of found) {
  test(was, async (t) => {
    const mutated = instanceOf(await mutantBundle(mutants.find(({ name }) => name === like)));
    for (const text of traces) {
      const trace = traceParse(text);
      const given = { profile: boardProfile(board), scenario: scenarioNamed(scenario), stock, trace };
      t.is(replay({ ...given, instance })?.message, undefined, text);
      t.not(replay({ ...given, instance: mutated }), undefined, `${text}, ${like}`);
    }
  });
}

test('no scenario breaks a law where nothing fails', (t) => {
  for (const scenario of scenarios) {
    const profile = boardProfile('tiny');
    if (scenario.on?.(profile) === false) continue;
    t.is(replay({ profile, scenario, stock, instance, trace: [] })?.message, undefined, scenario.name);
  }
});
