/** Scenarios that share a server and wait for a network: all of a peer in one process, `suite.js [NAME...]`. */
import { join } from 'node:path';
import { groupRun } from './_group.ts';
import { check } from './_peer.ts';
import type { Scenario } from './_peer.ts';

interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly reason: string;
}

export type SuiteScenario<Stage> = readonly [name: string, run: (stage: Stage) => Promise<string> | string];

/** In the process: runs those that are named, or all, and prints what each came to, one JSON document. */
export const suiteRun = async <Stage>(
  scenarios: readonly SuiteScenario<Stage>[],
  stage: Stage,
): Promise<void> => {
  const only = process.argv.slice(2);
  const outcomes: Outcome[] = [];
  for (const [name, run] of scenarios) {
    if (only.length > 0 && !only.includes(name)) continue;
    try {
      outcomes.push({ name, ok: true, reason: await run(stage) });
    } catch (error) {
      outcomes.push({ name, ok: false, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  console.log(JSON.stringify(outcomes));
};

const ran = async (folder: string, patience: number, ...only: string[]): Promise<readonly Outcome[]> => {
  const program = join(import.meta.dirname, folder, 'suite.js');
  const { status, stdout, stderr } = await groupRun(program, only, patience);
  if (status !== 0) throw new Error(stderr.slice(-2000));
  return JSON.parse(stdout) as Outcome[];
};

/** Of `suite.js` in that folder beside this file; run once, when the first is asked for. `patience` in milliseconds. */
export const suite = (folder: string, patience: number, names: readonly string[]): Scenario[] => {
  let all: Promise<readonly Outcome[]> | undefined;
  return names.map((name) => {
    const of = (outcomes: readonly Outcome[]): string => {
      const outcome = outcomes.find((one) => one.name === name);
      check(outcome?.ok === true, outcome?.reason ?? 'it was not run');
      return outcome!.reason;
    };
    return {
      name,
      run: async () => of(await (all ??= ran(folder, patience))),
      again: async () => of(await ran(folder, patience, name)),
    };
  });
};
