/** How far a run goes. */
import type { Budget } from '../../bootloader-sim/crash/index.ts';
import { journalUnit } from '../../bootloader-sim/crash/journal-view.ts';
import type { Job } from './job.ts';
import { mutants } from './mutants.ts';
import { CRASH_BOARDS, boardOf, instanceFrom, scenarioOf, scenariosOn } from './named.ts';

const ALL = Number.POSITIVE_INFINITY;

export interface Ask {
  readonly full: boolean;
  /** Names or paths; none: all. */
  readonly boards: readonly string[];
  readonly scenarios: readonly string[];
  readonly mutants: boolean;
  /** A script to be tested in place of the agent that the build makes. */
  readonly agent: string | undefined;
  /** Of the second faults of a full run, every so manyth; which ones goes with the seed. */
  readonly every: number;
  readonly seed: number;
}

/**
 * Up to so many program units in an operation nothing is left out at the second depth either: a whole state, on flash
 * with units of 32 bytes.
 */
const DEEP_UNITS_ALL = 16;
const DEEP_UNITS = 2;
const WIDE_UNIT = 32;

type Extent = Omit<Budget, 'seed' | 'only' | 'first' | 'deepStride'>;

/** The whole: one fault everywhere, two in a row, three drawn. */
const FULL: Extent = { depth: 2, units: ALL, deepUnits: DEEP_UNITS, stride: 1, draws: 300 };
/** A part that fits in a few minutes: of all operations and kinds every fifteenth fault, and some chains of three. */
const BOUNDED: Extent = { depth: 1, units: 3, deepUnits: DEEP_UNITS, stride: 15, draws: 6 };

const budgetOf = ({ full, every, seed }: Ask, unit: number): Budget => {
  const extent = full ? FULL : BOUNDED;
  const deepUnits = full && unit >= WIDE_UNIT ? DEEP_UNITS_ALL : extent.deepUnits;
  return { ...extent, deepUnits, deepStride: every, seed };
};

export const planOf = async (ask: Ask): Promise<Job[]> => {
  const jobs: Job[] = [];
  // A name that is none is told before any work begins.
  for (const scenario of ask.scenarios) await scenarioOf(scenario);
  instanceFrom(ask.agent);
  for (const board of ask.boards.length > 0 ? ask.boards : CRASH_BOARDS) {
    const profile = await boardOf(board);
    const names = ask.scenarios.length > 0 ? ask.scenarios : scenariosOn(profile);
    const budget = budgetOf(ask, journalUnit(profile));
    for (const scenario of names) jobs.push({ kind: 'sweep', board, scenario, budget, agent: ask.agent });
  }
  if (ask.mutants) jobs.push(...mutants.map(({ name }): Job => ({ kind: 'mutant', mutant: name })));
  return jobs;
};
