/** What happens to a board in a scenario: what its images are like, and what the world outside wants of it. */
import type { Boot } from './boot.ts';
import type { World } from './world.ts';

/** How an image on trial behaves. */
export type Manner =
  | 'healthy'
  /** Its required check fails. */
  | 'fails'
  /** The application rejects it. */
  | 'rejects'
  | 'crashes'
  | 'hangs'
  /** Runs, and is switched off before it was ever healthy. */
  | 'idle'
  /** The supply gives way at each start. */
  | 'brownouts'
  /** Sleeps a few times before it is healthy. */
  | 'wakes'
  /** Healthy at its second boot. */
  | 'late'
  /** Is offered another update before it is found healthy. */
  | 'offered';

/** `next`: done, go on in the same boot. `again`: the board starts anew, and the step goes on. `over`: both. */
export type Outcome = 'next' | 'again' | 'over';

/** One thing that the world outside wants. Resets do not change what it wants: after one, the step begins again. */
export interface Step {
  readonly name: string;
  /** Called in a boot that is not on trial. */
  readonly act: (boot: Boot, told: Told) => Outcome;
}

/** What steps and invariants know of the scenario. */
export interface Told {
  readonly scenario: Scenario;
  readonly say: (words: string) => void;
}

export interface Scenario {
  readonly name: string;
  /** In a few words, for tables and reports. */
  readonly about: string;
  /** Boards it is for. Default: all. */
  readonly on?: (profile: World['profile']) => boolean;
  readonly manners?: Readonly<Record<string, Manner>>;
  /** Before the first fault. Default: the factory's image has booted. */
  readonly before?: readonly Step[];
  /** What is put to the test: each flash operation of it is a place for a fault. */
  readonly steps: readonly Step[];
  /** The image that runs confirmed at the end. */
  readonly ends: string;
  /** After a fault the board is switched on and off once before the world outside wants anything. */
  readonly idles?: true;
}

export const runsOn = ({ on }: Scenario, profile: World['profile']): boolean => on?.(profile) ?? true;
