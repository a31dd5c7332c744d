/** How far a run goes. */
import type { Budget } from '../../bootloader-sim/crash/index.ts';
import type { Job } from './job.ts';
import { mutants } from './mutants.ts';
import { CRASH_BOARDS, boardOf, scenariosOn } from './named.ts';

const ALL = Number.POSITIVE_INFINITY;

export interface Ask {
  readonly full: boolean;
  /** Names or paths; none: all. */
  readonly boards: readonly string[];
  readonly scenarios: readonly string[];
  readonly mutants: boolean;
  /** A script to be tested in place of the agent that the build makes. */
  readonly agent: string | undefined;
  readonly seed: number;
}

/**
 * Program units from which on an operation is not tried unit by unit at the second depth. Up to it, as on flash with
 * units of 32 bytes, nothing is left out there either.
 */
const DEEP_UNITS_ALL = 16;

type Extent = Omit<Budget, 'seed' | 'only' | 'first'>;

/** The whole: one fault everywhere, two faults everywhere, three drawn. */
const FULL: Extent = { depth: 2, units: ALL, deepUnits: 2, stride: 1, deepStride: 1, draws: 1000 };
/** A part that fits in a few minutes: of all operations and kinds every seventh fault, and some chains of three. */
const BOUNDED: Extent = { depth: 1, units: 3, deepUnits: 2, stride: 7, deepStride: 1, draws: 12 };

const extentOf = (ask: Ask, unit: number): Extent =>
  ask.full && unit >= 32 ? { ...FULL, deepUnits: DEEP_UNITS_ALL } : ask.full ? FULL : BOUNDED;

export const planOf = async (ask: Ask): Promise<Job[]> => {
  const jobs: Job[] = [];
  for (const board of ask.boards.length > 0 ? ask.boards : CRASH_BOARDS) {
    const profile = await boardOf(board);
    const names = ask.scenarios.length > 0 ? ask.scenarios : scenariosOn(profile);
    const { unit } = profile.devices[profile.journal.device]!;
    const budget: Budget = { ...extentOf(ask, unit), seed: ask.seed };
    for (const scenario of names) jobs.push({ kind: 'sweep', board, scenario, budget, agent: ask.agent });
  }
  if (ask.mutants) jobs.push(...mutants.map(({ name }): Job => ({ kind: 'mutant', mutant: name })));
  return jobs;
};
