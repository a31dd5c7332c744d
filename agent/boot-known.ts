/** The boot decision of a board that knows its state: a trial that goes on or is over, else the confirmed slot. */
import { trialCount, trialOver } from './attempt.ts';
import type { BootDecision } from './boot.ts';
import { away, bring, choose, exchanging, nothing, resume, runBrought, step } from './boot-way.ts';
import type { Boot } from './boot-way.ts';
import { BootStep, Event, NO_SLOT, Ok } from './codes.ts';
import { ATTEMPTS_AT, BOOTS_AT, CONFIRMED_AT, TRIAL_AT } from './format/layout.ts';
import { journalSave, journalSealed } from './journal.ts';
import { eventOf, eventSet, timeTold, trialEnd } from './revert.ts';

export function bootKnown(boot: Boot, into: BootDecision): number {
  if (exchanging(boot)) {
    // Slot 0 is neither image: nothing is decided before it is one.
    into.code = resume(boot);
    if (exchanging(boot)) return nothing(boot, into);
  }
  if (boot.journal.state[TRIAL_AT]! <= 1) return trialBegin(boot, into);
  if (!journalSealed(boot.journal)) {
    // Cut before its seals: written anew, then acted on. When the journal fails, the state read is all there is.
    journalSave(boot.journal);
  }
  return confirmedBegin(boot);
}

function trialBegin(boot: Boot, into: BootDecision): number {
  const slot = boot.journal.state[TRIAL_AT]!;
  step(boot, BootStep.Decided, slot);
  if (!away(boot, slot)) return trialCounted(boot, into);
  boot.told = bringTold;
  return slot;
}

/** Brings the slot on trial to where it can run. A boot that ends in it counts for nothing. */
function bringTold(boot: Boot, into: BootDecision, _: number, proven: number): number {
  const state = boot.journal.state;
  const code = proven === Ok ? bring(boot, true) : proven;
  if (code === Ok) return trialCounted(boot, into);
  // Undone, the trial is over and on record; in the middle, nothing runs.
  if (state[TRIAL_AT] === NO_SLOT || exchanging(boot)) return trialPast(boot, into, code);
  return trialRevert(boot, into, code, state[ATTEMPTS_AT]!, state[BOOTS_AT]!);
}

function trialCounted(boot: Boot, into: BootDecision): number {
  const state = boot.journal.state;
  const environment = boot.prover.environment;
  const attempts = state[ATTEMPTS_AT]!;
  const boots = state[BOOTS_AT]!;
  boot.changed = trialCount(state, environment, environment.resetCause());
  const code = trialOver(state, environment, boot.prover.config);
  if (code !== Ok) return trialRevert(boot, into, code, attempts, boots);
  boot.attempts = attempts;
  boot.boots = boots;
  boot.told = trialTold;
  return state[TRIAL_AT]!;
}

function trialTold(boot: Boot, into: BootDecision, slot: number, proven: number): number {
  let code = proven;
  if (code === Ok && (boot.changed || !journalSealed(boot.journal))) {
    // No trial boot without its attempt on record: it could loop for ever.
    code = journalSave(boot.journal);
  }
  if (code !== Ok) return trialRevert(boot, into, code, boot.attempts, boot.boots);
  into.trial = true;
  into.attempt = boot.journal.state[ATTEMPTS_AT]!;
  return choose(boot, into, slot);
}

/** Ends the trial. This boot does not run the image: the report counts those that did. */
function trialRevert(boot: Boot, into: BootDecision, code: number, attempts: number, boots: number): number {
  const state = boot.journal.state;
  const environment = boot.prover.environment;
  const slot = state[TRIAL_AT]!;
  state[ATTEMPTS_AT] = attempts;
  state[BOOTS_AT] = boots;
  trialEnd(state, code, environment.resetCause(), timeTold(environment));
  journalSave(boot.journal);
  step(boot, BootStep.Revert, slot);
  return trialPast(boot, into, code);
}

function trialPast(boot: Boot, into: BootDecision, code: number): number {
  into.code = code;
  return exchanging(boot) ? nothing(boot, into) : confirmedBegin(boot);
}

/** Runs the confirmed slot, or the other one when it no longer verifies. */
function confirmedBegin(boot: Boot): number {
  const confirmed = boot.journal.state[CONFIRMED_AT]!;
  step(boot, BootStep.Decided, confirmed);
  boot.told = confirmedTold;
  return confirmed;
}

function confirmedTold(boot: Boot, into: BootDecision, slot: number, code: number): number {
  if (code === Ok) return away(boot, slot) ? runBrought(boot, into, true) : choose(boot, into, slot);
  // Once more: leaving a good slot for good, for one reading that failed, would be a poor bargain.
  boot.told = againTold;
  return slot;
}

function againTold(boot: Boot, into: BootDecision, slot: number, code: number): number {
  if (code === Ok) return confirmedTold(boot, into, slot, code);
  into.code = code;
  boot.told = otherTold;
  return 1 - slot;
}

/** The confirmed slot does not verify, for the reason that `into.code` has. */
function otherTold(boot: Boot, into: BootDecision, slot: number, code: number): number {
  const state = boot.journal.state;
  const manifest = boot.prover.manifest;
  if (code < 0) return nothing(boot, into);
  state[CONFIRMED_AT] = slot;
  eventSet(state, Event.Fallback, into.code, boot.prover.environment.resetCause(), slot);
  eventOf(state, manifest.sequence, manifest.manifestDigest);
  // What does not verify is not kept: so the only image that does stays where it is, too.
  if (away(boot, slot)) return runBrought(boot, into, false);
  journalSave(boot.journal);
  return choose(boot, into, slot);
}
