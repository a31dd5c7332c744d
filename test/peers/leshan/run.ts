/** What a scenario is. */
import type { Manager } from './manager.ts';

export interface Servers {
  readonly manager: Manager;
}

export type Run = (servers: Servers) => Promise<string>;
