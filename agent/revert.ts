/** The end of a trial without confirm, on record: why, and what it means for the next offer of the same manifest. */
import type { Environment } from '../hal/ports.ts';
import { bytesCopy, bytesEqual } from './bytes.ts';
import { Event, NO_SLOT, Ok, Reset } from './codes.ts';
import * as Err from './err.ts';
import {
  ACCEPTED_AT,
  ACCEPTED_DIGEST_AT,
  ATTEMPTS_AT,
  BACKOFFS_AT,
  BACKOFF_DIGEST_AT,
  BACKOFF_SINCE_AT,
  BOOTS_AT,
  CHECK_NAME,
  CHECK_NAME_AT,
  CONFIRMED_AT,
  EVENT_AT,
  EVENT_ATTEMPTS_AT,
  EVENT_BOOTS_AT,
  EVENT_CAUSE_AT,
  EVENT_CODE_AT,
  EVENT_DETAIL_AT,
  EVENT_DIGEST_AT,
  EVENT_FROM_AT,
  EVENT_SLOT_AT,
  EVENT_TO_AT,
  FLOOR_AT,
  MANIFEST_DIGEST,
  REFUSED,
  REFUSED_AT,
  REFUSED_DIGEST,
  REFUSED_SEQUENCE_AT,
  REFUSED_UP_TO_AT,
  SEQUENCE_LENGTH,
  TRIAL_AT,
  TRIAL_DIGEST_AT,
  TRIAL_FLOOR_AT,
  TRIAL_SEQUENCE_AT,
  TRIAL_SINCE_AT,
  WINDOW_BOOTS_AT,
} from './format/layout.ts';
import { stateGet, stateSet } from './format/state.ts';
import type { State } from './format/state.ts';

/** Reverts for these reasons are the image's doing: it is not taken again. All others only back off. */
const REFUSING: readonly number[] = [Err.AttemptsSpent, Err.CheckFailed, Err.WindowOver, Err.Rejected];

const BACK_OFFS_MAX = 255;

/** Where the sequence of a refused manifest stands. */
function refusedSequence(place: number): number {
  return REFUSED_SEQUENCE_AT + place * SEQUENCE_LENGTH;
}

/**
 * Seconds since 1970, or 0 where that cannot be told. A clock that is not trusted may start again at each reset, or be
 * set at any moment: it tells the time within one boot only.
 */
export function timeTold(environment: Environment): number {
  const clock = environment.clock;
  return clock && clock.trusted() ? clock.now() : 0;
}

/** Sets what report() says of an event, but for the manifest that it happened to: `eventTrial`, `eventOf`. */
export function eventSet(state: State, event: number, code: number, cause: number, slot: number): void {
  state[EVENT_AT] = event;
  state[EVENT_CODE_AT] = 0 - code;
  state[EVENT_CAUSE_AT] = cause >= Reset.Power && cause <= Reset.Unknown ? cause : Reset.Unknown;
  state[EVENT_SLOT_AT] = slot;
  state[EVENT_ATTEMPTS_AT] = state[ATTEMPTS_AT]!;
  state[EVENT_BOOTS_AT] = state[BOOTS_AT]!;
  state[EVENT_DETAIL_AT] = 0;
  stateSet(state, EVENT_FROM_AT, stateGet(state, ACCEPTED_AT));
  state.fill(0, CHECK_NAME_AT, CHECK_NAME_AT + CHECK_NAME);
}

/** The event happened to the manifest on trial. */
export function eventTrial(state: State): void {
  stateSet(state, EVENT_TO_AT, stateGet(state, TRIAL_SEQUENCE_AT));
  bytesCopy(state, TRIAL_DIGEST_AT, state, EVENT_DIGEST_AT, MANIFEST_DIGEST);
}

/** The event happened to a manifest that stands in a slot. */
export function eventOf(state: State, sequence: number, digest: Uint8Array): void {
  stateSet(state, EVENT_TO_AT, sequence);
  state.set(digest, EVENT_DIGEST_AT);
}

/** Takes the board off trial. What runs next is the confirmed slot. The caller saves the state. */
export function trialEnd(state: State, code: number, cause: number, now: number): void {
  eventSet(state, code === Err.ManualRevert ? Event.Manual : Event.Reverted, code, cause, state[TRIAL_AT]!);
  eventTrial(state);
  if (REFUSING.indexOf(code) >= 0) refuse(state);
  else if (code !== Err.ManualRevert) backOff(state, now);
  trialClear(state);
}

/** Makes the image on trial the one that runs from now on. The caller saves the state. */
export function trialConfirm(state: State, cause: number): void {
  eventSet(state, Event.Confirmed, Ok, cause, state[TRIAL_AT]!);
  eventTrial(state);
  state[CONFIRMED_AT] = state[TRIAL_AT]!;
  stateSet(state, FLOOR_AT, Math.max(stateGet(state, FLOOR_AT), stateGet(state, TRIAL_FLOOR_AT)));
  accept(state, stateGet(state, TRIAL_SEQUENCE_AT), state, TRIAL_DIGEST_AT);
  state[BACKOFFS_AT] = 0;
  trialClear(state);
}

export function trialClear(state: State): void {
  state[TRIAL_AT] = NO_SLOT;
  state[ATTEMPTS_AT] = 0;
  state[BOOTS_AT] = 0;
  state[WINDOW_BOOTS_AT] = 0;
  stateSet(state, TRIAL_SINCE_AT, 0);
  stateSet(state, TRIAL_FLOOR_AT, 0);
  stateSet(state, TRIAL_SEQUENCE_AT, 0);
  state.fill(0, TRIAL_DIGEST_AT, TRIAL_DIGEST_AT + MANIFEST_DIGEST);
}

/** Puts the manifest on trial on the list. A full list gives up its lowest sequence, and from then on all below it. */
function refuse(state: State): void {
  if (refused(state, stateGet(state, TRIAL_SEQUENCE_AT), state, TRIAL_DIGEST_AT)) return;
  let place = 0;
  for (let i = 1; i < REFUSED; i++) {
    if (stateGet(state, refusedSequence(i)) < stateGet(state, refusedSequence(place))) place = i;
  }
  const at = refusedSequence(place);
  const given = stateGet(state, at);
  if (given > stateGet(state, REFUSED_UP_TO_AT)) stateSet(state, REFUSED_UP_TO_AT, given);
  stateSet(state, at, stateGet(state, TRIAL_SEQUENCE_AT));
  bytesCopy(state, TRIAL_DIGEST_AT, state, REFUSED_AT + place * REFUSED_DIGEST, REFUSED_DIGEST);
}

/** Whether a manifest was reverted for a failed check, a crash or a hang. */
export function refused(state: State, sequence: number, digest: Uint8Array, at: number): boolean {
  const upTo = stateGet(state, REFUSED_UP_TO_AT);
  if (upTo > 0 && sequence <= upTo) return true;
  for (let i = 0; i < REFUSED; i++) {
    const listed = bytesEqual(state, REFUSED_AT + i * REFUSED_DIGEST, digest, at, REFUSED_DIGEST);
    if (listed && stateGet(state, refusedSequence(i)) === sequence) return true;
  }
  return false;
}

/** Empties the list, and forgets the back-off, whose digest stands before it: the owner's word. */
export function forgive(state: State): void {
  state.fill(0, BACKOFF_DIGEST_AT, CHECK_NAME_AT);
  state.fill(0, REFUSED_UP_TO_AT, REFUSED_SEQUENCE_AT + REFUSED * SEQUENCE_LENGTH);
  state[BACKOFFS_AT] = 0;
}

function backOff(state: State, now: number): void {
  const again = bytesEqual(state, BACKOFF_DIGEST_AT, state, TRIAL_DIGEST_AT, REFUSED_DIGEST);
  state[BACKOFFS_AT] = again ? Math.min(state[BACKOFFS_AT]! + 1, BACK_OFFS_MAX) : 1;
  stateSet(state, BACKOFF_SINCE_AT, now);
  bytesCopy(state, TRIAL_DIGEST_AT, state, BACKOFF_DIGEST_AT, REFUSED_DIGEST);
}

/** Takes over the manifest digest of the accepted image. */
export function accept(state: State, sequence: number, digest: Uint8Array, at: number): void {
  stateSet(state, ACCEPTED_AT, sequence);
  bytesCopy(digest, at, state, ACCEPTED_DIGEST_AT, MANIFEST_DIGEST);
}

/** Whether a manifest that stands in a slot was confirmed once, as far as the numbers tell. */
export function accepted(state: State, sequence: number, digest: Uint8Array): boolean {
  if (sequence !== stateGet(state, ACCEPTED_AT)) return sequence < stateGet(state, ACCEPTED_AT);
  return bytesEqual(state, ACCEPTED_DIGEST_AT, digest, 0, MANIFEST_DIGEST);
}
