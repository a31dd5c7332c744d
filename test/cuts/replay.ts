/** Replays one cut, as a failed sweep prints it. */
import { parseArgs } from 'node:util';
import { boardProfile } from '../../hal/node/boards.ts';
import type { CutPlan } from '../../hal/node/power.ts';
import { scenarioNamed } from './_scenarios.ts';
import { replay, replayLine } from './_sweep.ts';
import type { Case } from './_sweep.ts';

const text = { type: 'string' } as const;
const cutNames = ['operation', 'where', 'unit', 'torn', 'erase', 'seed'] as const;
const { values } = parseArgs({
  options: {
    board: text,
    scenario: text,
    unstable: text,
    storm: text,
    ...Object.fromEntries(cutNames.flatMap((name) => [name, `then-${name}`]).map((name) => [name, text])),
  },
});
const given = values as Record<string, string | undefined>;

const cutOf = (prefix: string): CutPlan | undefined => {
  if (given[`${prefix}operation`] === undefined) return undefined;
  const rows = cutNames
    .map((name) => [name, given[prefix + name]] as const)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, Number.isNaN(Number(value)) ? value : Number(value)]);
  return Object.fromEntries(rows) as CutPlan;
};

const cut = cutOf('');
if (cut === undefined) throw new Error('which --operation?');
const one: Case = {
  board: boardProfile(given['board'] ?? 'tiny').name,
  scenario: scenarioNamed(given['scenario'] ?? 'receive'),
  cut,
  again: cutOf('then-'),
  unstable: Number(given['unstable'] ?? 0),
  ...(given['storm'] !== undefined && { storm: Number(given['storm']) }),
};
try {
  replay(one);
  console.log(`holds: ${replayLine(one)}`);
} catch (error) {
  console.error((error as Error).stack);
  process.exitCode = 1;
}
