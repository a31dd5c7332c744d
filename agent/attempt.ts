/** What a boot counts in a trial, and when that is too much. */
import type { Environment } from '../hal/ports.ts';
import { Ok, Reset } from './codes.ts';
import {
  DEFAULT_ATTEMPTS,
  DEFAULT_TRIAL_BOOTS,
  DEFAULT_TRIAL_WINDOW,
  DEFAULT_WINDOW_BOOTS,
} from './config.ts';
import type { BootConfig } from './config.ts';
import * as Err from './err.ts';
import { ATTEMPTS_AT, BOOTS_AT, TRIAL_SINCE_AT, WINDOW_BOOTS_AT } from './format/layout.ts';
import { stateGet, stateSet } from './format/state.ts';
import type { State } from './format/state.ts';
import { timeTold } from './revert.ts';

/** Causes that are not the image's doing. Any other, and any that is none of the table, burns an attempt. */
const INNOCENT: readonly number[] = [Reset.Power, Reset.BrownOut, Reset.Pin, Reset.Wake, Reset.Requested];

export function causeInnocent(cause: number): boolean {
  return INNOCENT.indexOf(cause) >= 0;
}

/**
 * Counts this boot. `attempts` holds the running attempt too: a reset that was not the image's doing gives it back
 * first, so that it comes out as it was, and a wake changes, and writes, nothing where time can be told.
 */
export function trialCount(state: State, environment: Environment, cause: number): boolean {
  const attempts = state[ATTEMPTS_AT]!;
  const first = state[BOOTS_AT] === 0 && attempts === 0;
  let changed = false;
  if (attempts === 0 || !causeInnocent(cause)) {
    state[ATTEMPTS_AT] = Math.min(attempts + 1, 255);
    changed = true;
  }
  if (cause !== Reset.Wake || first) {
    state[BOOTS_AT] = Math.min(state[BOOTS_AT]! + 1, 255);
    changed = true;
  }
  const time = timeTold(environment);
  const since = stateGet(state, TRIAL_SINCE_AT);
  if (time === 0 || since === 0 || time < since) {
    state[WINDOW_BOOTS_AT] = Math.min(state[WINDOW_BOOTS_AT]! + 1, 255);
    if (time > 0) stateSet(state, TRIAL_SINCE_AT, time);
    changed = true;
  }
  return changed;
}

/** What is counted in a byte, and stops at its end, must be able to pass its limit. */
const LIMIT_MAX = 254;

/** Whether a limit of the trial is passed, and which: the first row that holds. */
export function trialOver(state: State, environment: Environment, config: BootConfig): number {
  const time = timeTold(environment);
  const elapsed = time > 0 ? time - stateGet(state, TRIAL_SINCE_AT) : 0;
  const rows: readonly (readonly [number, number, number])[] = [
    [state[ATTEMPTS_AT]!, Math.min(config.attempts ?? DEFAULT_ATTEMPTS, LIMIT_MAX), Err.AttemptsSpent],
    [state[BOOTS_AT]!, Math.min(config.trialBoots ?? DEFAULT_TRIAL_BOOTS, LIMIT_MAX), Err.BootsSpent],
    [
      state[WINDOW_BOOTS_AT]!,
      Math.min(config.windowBoots ?? DEFAULT_WINDOW_BOOTS, LIMIT_MAX),
      Err.WindowOver,
    ],
    [elapsed, config.trialWindow ?? DEFAULT_TRIAL_WINDOW, Err.WindowOver],
  ];
  for (const row of rows) if (row[0] > row[1]) return row[2];
  return Ok;
}
