/** What an image finds on the board: the global `device`. */
import type { Agent } from '../../../agent/index.ts';

export interface Device {
  /** The update agent. */
  readonly agent: Agent;
  /** Put here by an image: called in each round of the main loop. */
  step: (() => void) | undefined;
}
