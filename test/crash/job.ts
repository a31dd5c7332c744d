/** One piece of work for a worker: a scenario on a board, or a mutant to be found. Plain data, both ways. */
import { explore, shorten, traceText } from '../../bootloader-sim/crash/index.ts';
import type { Budget, FaultName, Row } from '../../bootloader-sim/crash/index.ts';
import { hunt } from './hunt.ts';
import type { Hunted } from './hunt.ts';
import { stockOn } from './images.ts';
import { mutants } from './mutants.ts';
import { boardOf, instanceFrom, scenarioOf } from './named.ts';

export type Job =
  | {
      readonly kind: 'sweep';
      readonly board: string;
      readonly scenario: string;
      readonly budget: Budget;
      /** A script to be tested in place of the agent that the build makes. */
      readonly agent: string | undefined;
    }
  | { readonly kind: 'mutant'; readonly mutant: string };

export interface Break {
  readonly board: string;
  readonly scenario: string;
  readonly invariant: string;
  readonly words: string;
  /** For `--replay`. */
  readonly trace: string;
  /** Of a bootloader of another make. */
  readonly foreign: boolean;
}

export interface Swept {
  readonly kind: 'sweep';
  readonly board: string;
  readonly scenario: string;
  readonly rows: Readonly<Record<FaultName, Row>>;
  readonly states: number;
  readonly merged: number;
  readonly milliseconds: number;
  readonly breaks: readonly Break[];
}

export type Done = Swept | { readonly kind: 'mutant'; readonly hunted: Hunted };

const sweep = async (
  { board, scenario: name, budget, agent }: Job & { kind: 'sweep' },
  onStates: (states: number) => void,
): Promise<Swept> => {
  const profile = await boardOf(board);
  const stock = stockOn(profile);
  const scenario = await scenarioOf(name);
  const instance = instanceFrom(agent);
  const began = performance.now();
  const explored = explore({ profile, scenario, stock, instance, budget, onState: onStates });
  const breaks = explored.violations.map(({ invariant, words, trace, foreign }) => {
    const short =
      trace.length > 1 ? shorten({ profile, scenario, stock, instance, trace }, invariant) : trace;
    return { board, scenario: name, invariant, words, trace: traceText(short), foreign };
  });
  const { rows, states, merged } = explored;
  const milliseconds = performance.now() - began;
  return { kind: 'sweep', board, scenario: name, rows, states, merged, milliseconds, breaks };
};

export const perform = async (job: Job, onStates: (states: number) => void): Promise<Done> => {
  if (job.kind === 'sweep') return sweep(job, onStates);
  const mutant = mutants.find(({ name }) => name === job.mutant);
  if (mutant === undefined) throw new Error(`no mutant "${job.mutant}"`);
  return { kind: 'mutant', hunted: await hunt(mutant) };
};
