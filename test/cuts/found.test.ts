/** Cuts that once broke a law. */
import test from 'ava';
import { scenarioNamed } from './_scenarios.ts';
import { replay } from './_sweep.ts';
import type { Case } from './_sweep.ts';

const found: readonly (Omit<Case, 'scenario'> & { readonly scenario: string; readonly was: string })[] = [
  {
    was: 'the agent read a torn mark that the boot decision could not read, and acted on it unsealed',
    board: 'tiny',
    scenario: 'activate',
    cut: { operation: 2, where: 'inside', unit: 2, torn: 'new', seed: 1 },
    unstable: 5,
  },
];

for (const { was, scenario, ...one } of found) {
  test(was, (t) => {
    t.notThrows(() => replay({ ...one, scenario: scenarioNamed(scenario) }));
  });
}
