/** The lowest security version that may boot, and be taken. */
import type { Environment } from '../hal/ports.ts';
import { FLOOR_AT } from './format/layout.ts';
import { stateGet } from './format/state.ts';
import type { State } from './format/state.ts';

/** The floor as the journal and the hardware counter have it: the counter may lag one confirm behind, or be absent. */
export function floorNow(environment: Environment, state: State): number {
  const counter = environment.counter;
  try {
    return counter ? Math.max(counter.read(), stateGet(state, FLOOR_AT)) : stateGet(state, FLOOR_AT);
  } catch (_) {
    // The journal's floor is never behind a counter that was raised after it.
    return stateGet(state, FLOOR_AT);
  }
}
