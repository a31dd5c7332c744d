/** Looks for the scenario and the fault that show a mutant: where it is most likely first, and then everywhere. */
import { explore, instanceOf, runsOn, scenarioNamed, scenarios } from '../../bootloader-sim/crash/index.ts';
import type { Budget, Scenario } from '../../bootloader-sim/crash/index.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import { mutantBundle } from './mutant-build.ts';
import type { Mutant } from './mutant.ts';
import { stockOn } from './images.ts';

export interface Hunted {
  readonly mutant: string;
  readonly found: boolean;
  /** The law that it broke. */
  readonly invariant: string | undefined;
  readonly scenario: string | undefined;
  readonly board: string | undefined;
  /** Lives led until then. */
  readonly states: number;
}

type Search = Pick<Budget, 'depth' | 'units' | 'deepUnits' | 'draws' | 'stride'>;

/** Cheap searches first: where it is most likely, chains of three there, and then a part of everything. */
const SEARCHES: readonly { readonly where: 'hint' | 'board'; readonly search: Search }[] = [
  { where: 'hint', search: { depth: 1, units: 3, deepUnits: 2, draws: 0, stride: 1 } },
  { where: 'hint', search: { depth: 0, units: 3, deepUnits: 2, draws: 2000, stride: 1 } },
  { where: 'board', search: { depth: 1, units: 2, deepUnits: 2, draws: 10, stride: 5 } },
];

const placesOf = (where: 'hint' | 'board', { hint }: Mutant): [Scenario, BoardProfile][] => {
  const board = boardProfile(hint.board);
  if (where === 'hint') return [[scenarioNamed(hint.scenario), board]];
  return scenarios.filter((one) => runsOn(one, board)).map((one) => [one, board]);
};

export const hunt = async (mutant: Mutant): Promise<Hunted> => {
  const instance = instanceOf(await mutantBundle(mutant));
  let states = 0;
  for (const { where, search } of SEARCHES) {
    for (const [scenario, profile] of placesOf(where, mutant)) {
      const budget: Budget = { ...search, deepStride: 1, seed: 1, first: true };
      const explored = explore({ profile, scenario, stock: stockOn(profile), instance, budget });
      states += explored.states;
      const [found] = explored.violations;
      if (found === undefined) continue;
      return {
        mutant: mutant.name,
        found: true,
        invariant: found.invariant,
        scenario: scenario.name,
        board: profile.name,
        states,
      };
    }
  }
  return {
    mutant: mutant.name,
    found: false,
    invariant: undefined,
    scenario: undefined,
    board: undefined,
    states,
  };
};
