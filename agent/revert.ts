/** The end of a trial without confirm, on record: why, and what it means for the next offer of the same manifest. */
import type { Environment } from '../hal/ports.ts';
import { bytesEqual } from './bytes.ts';
import { Event, NO_SLOT, Ok, Reset } from './codes.ts';
import * as Err from './err.ts';
import { MANIFEST_DIGEST, REFUSED, REFUSED_DIGEST } from './format/state.ts';
import type { State } from './format/state.ts';

/** Reverts for these reasons are the image's doing: it is not taken again. All others only back off. */
const REFUSING: readonly number[] = [Err.AttemptsSpent, Err.CheckFailed, Err.WindowOver, Err.Rejected];

const BACK_OFFS_MAX = 255;

type RefusedSequence = 'refusedSequence0' | 'refusedSequence1' | 'refusedSequence2' | 'refusedSequence3';
const REFUSED_SEQUENCES: readonly RefusedSequence[] = [
  'refusedSequence0',
  'refusedSequence1',
  'refusedSequence2',
  'refusedSequence3',
];

/**
 * Seconds since 1970, or 0 where that cannot be told. A clock that is not trusted may start again at each reset, or be
 * set at any moment: it tells the time within one boot only.
 */
export function timeTold(environment: Environment): number {
  const clock = environment.clock;
  return clock && clock.trusted() ? clock.now() : 0;
}

/** Sets what report() says of an event, but for `eventTo` and `eventDigest`: of the manifest that it happened to. */
export function eventSet(state: State, event: number, code: number, cause: number, slot: number): void {
  state.event = event;
  state.eventCode = 0 - code;
  state.eventCause = cause >= Reset.Power && cause <= Reset.Unknown ? cause : Reset.Unknown;
  state.eventSlot = slot;
  state.eventAttempts = state.attempts;
  state.eventBoots = state.boots;
  state.eventDetail = 0;
  state.eventFrom = state.accepted;
  state.checkName.fill(0);
}

/** Takes the board off trial. What runs next is the confirmed slot. The caller saves the state. */
export function trialEnd(state: State, code: number, cause: number, now: number): void {
  eventSet(state, code === Err.ManualRevert ? Event.Manual : Event.Reverted, code, cause, state.trial);
  state.eventTo = state.trialSequence;
  state.eventDigest.set(state.trialDigest);
  if (REFUSING.indexOf(code) >= 0) refuse(state);
  else if (code !== Err.ManualRevert) backOff(state, now);
  trialClear(state);
}

/** Makes the image on trial the one that runs from now on. The caller saves the state. */
export function trialConfirm(state: State, cause: number): void {
  eventSet(state, Event.Confirmed, Ok, cause, state.trial);
  state.eventTo = state.trialSequence;
  state.eventDigest.set(state.trialDigest);
  state.confirmed = state.trial;
  state.floor = Math.max(state.floor, state.trialFloor);
  accept(state, state.trialSequence, state.trialDigest);
  state.backoffs = 0;
  trialClear(state);
}

export function trialClear(state: State): void {
  state.trial = NO_SLOT;
  state.attempts = 0;
  state.boots = 0;
  state.windowBoots = 0;
  state.trialSince = 0;
  state.trialFloor = 0;
  state.trialSequence = 0;
  state.trialDigest.fill(0);
}

/** Puts the manifest on trial on the list. A full list gives up its lowest sequence, and from then on all below it. */
function refuse(state: State): void {
  if (refused(state, state.trialSequence, state.trialDigest)) return;
  let place = 0;
  for (let i = 1; i < REFUSED; i++) {
    if (state[REFUSED_SEQUENCES[i]!] < state[REFUSED_SEQUENCES[place]!]) place = i;
  }
  const sequence = REFUSED_SEQUENCES[place]!;
  if (state[sequence] > state.refusedUpTo) state.refusedUpTo = state[sequence];
  state[sequence] = state.trialSequence;
  state.refused.set(state.trialDigest.subarray(0, REFUSED_DIGEST), place * REFUSED_DIGEST);
}

/** Whether a manifest was reverted for a failed check, a crash or a hang. */
export function refused(state: State, sequence: number, digest: Uint8Array): boolean {
  if (state.refusedUpTo > 0 && sequence <= state.refusedUpTo) return true;
  for (let i = 0; i < REFUSED; i++) {
    const listed = bytesEqual(state.refused, i * REFUSED_DIGEST, digest, 0, REFUSED_DIGEST);
    if (listed && state[REFUSED_SEQUENCES[i]!] === sequence) return true;
  }
  return false;
}

/** Empties the list: the owner's word. */
export function forgive(state: State): void {
  state.refused.fill(0);
  state.refusedUpTo = 0;
  for (const name of REFUSED_SEQUENCES) state[name] = 0;
  state.backoffs = 0;
  state.backoffDigest.fill(0);
}

function backOff(state: State, now: number): void {
  const again = bytesEqual(state.backoffDigest, 0, state.trialDigest, 0, REFUSED_DIGEST);
  state.backoffs = again ? Math.min(state.backoffs + 1, BACK_OFFS_MAX) : 1;
  state.backoffSince = now;
  state.backoffDigest.set(state.trialDigest.subarray(0, REFUSED_DIGEST));
}

/** Takes over the manifest digest of the accepted image. */
export function accept(state: State, sequence: number, digest: Uint8Array): void {
  state.accepted = sequence;
  state.acceptedDigest.set(digest.length === MANIFEST_DIGEST ? digest : digest.subarray(0, MANIFEST_DIGEST));
}

/** Whether a manifest that stands in a slot was confirmed once, as far as the numbers tell. */
export function accepted(state: State, sequence: number, digest: Uint8Array): boolean {
  if (sequence !== state.accepted) return sequence < state.accepted;
  return bytesEqual(state.acceptedDigest, 0, digest, 0, MANIFEST_DIGEST);
}
