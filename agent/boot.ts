/**
 * The boot decision: which slot runs now, and why. Called by a bootloader, or by the fixed part of the firmware, once
 * after each reset, before the image. It writes only when something changes: a settled boot erases and programs
 * nothing.
 *
 * Order: read the journal; write anew what is not sealed; end a trial that is over; prove the slot; put the attempt on
 * record; say which slot to run. The attempt is on record before the image runs, so that an image that takes the board
 * down is counted.
 */
import type { BootPorts } from '../hal/ports.ts';
import { BootStep, Event, NO_SLOT, Ok } from './codes.ts';
import * as Err from './err.ts';
import { trialCount, trialOver } from './attempt.ts';
import { Proof } from './config.ts';
import type { BootConfig } from './config.ts';
import { environmentSafe } from './environment.ts';
import type { Exchanger } from './exchange.ts';
import { floorNow } from './floor.ts';
import { ENVELOPE_MAX } from './format/labels.ts';
import {
  ATTEMPTS_AT,
  BOOTS_AT,
  CONFIRMED_AT,
  EVENT_AT,
  EXCHANGE_AT,
  FLOOR_AT,
  SECOND_LOW_AT,
  TRIAL_AT,
} from './format/layout.ts';
import { Exchange, stateReset, stateSet } from './format/state.ts';
import { JOURNAL_BUFFER, journalLoad, journalOpen, journalSave, journalSealed } from './journal.ts';
import type { Journal } from './journal.ts';
import { BUFFER_STEP, proveSlot, proverOpen } from './proof.ts';
import type { Prover } from './proof.ts';
import { accept, eventOf, eventSet, timeTold, trialEnd } from './revert.ts';
import { slotAt, slotsOpen } from './slots.ts';
import type { Slots } from './slots.ts';

export interface BootDecision {
  /** 0 or 1; NO_SLOT when nothing can be booted. */
  slot: number;
  /** Whether the slot runs on trial. */
  trial: boolean;
  /** Which attempt of the trial this is, from 1; 0 outside a trial. */
  attempt: number;
  /** Why it is not the slot one would expect: the code of what was wrong with the other, or 0. */
  code: number;
  /** The board's last event: agent/codes.ts `Event`. */
  event: number;
  imageSize: number;
  sequence: number;
  securityVersion: number;
}

export function bootDecisionNew(): BootDecision {
  return {
    slot: NO_SLOT,
    trial: false,
    attempt: 0,
    code: 0,
    event: 0,
    imageSize: 0,
    sequence: 0,
    securityVersion: 0,
  };
}

interface Boot {
  readonly journal: Journal;
  readonly slots: Slots;
  /** Configuration and environment are the prover's. */
  readonly prover: Prover;
  readonly floor: number;
  /** Swap mode only. */
  exchanger?: Exchanger;
}

/** Throws RangeError where the board is wired wrongly. */
function bootOpen(ports: BootPorts, config: BootConfig): Boot {
  const environment = environmentSafe(ports.environment);
  // For records and envelopes in turn; an exchange moves units through it.
  const buffer = new Uint8Array(config.swap ? ENVELOPE_MAX : Math.max(BUFFER_STEP, JOURNAL_BUFFER));
  const prover = proverOpen({ crypto: ports.crypto, environment: environment }, config, buffer);
  const journal = journalOpen(ports.journal, environment.watchdog, buffer, prover.verifier.scratch);
  journalLoad(journal);
  const slots = slotsOpen(ports, config.swap, environment.watchdog);
  const boot: Boot = {
    journal: journal,
    slots: slots,
    prover: prover,
    floor: floorNow(environment, journal.state),
  };
  if (config.swap) boot.exchanger = config.swap.open(slots, journal, environment, config, prover);
  return boot;
}

/** Fills `into`; Ok, or NothingBootable. Throws only where the board is wired wrongly. */
export function bootDecide(ports: BootPorts, config: BootConfig, into: BootDecision): number {
  const boot = bootOpen(ports, config);
  const lost = boot.journal.home < 0 || boot.journal.state[CONFIRMED_AT]! > 1;
  // Nothing is left to do here: an engine gives this call's stack to the next.
  return lost ? bootFactory(boot, into) : bootKnown(boot, into);
}

function nothing(boot: Boot, into: BootDecision): number {
  into.event = boot.journal.state[EVENT_AT]!;
  step(boot, BootStep.Nothing, NO_SLOT);
  return Err.NothingBootable;
}

/** A hook that throws does not stop the boot. */
function step(boot: Boot, at: number, slot: number): void {
  try {
    if (boot.prover.config.onStep) boot.prover.config.onStep(at, slot);
  } catch (_) {
    return;
  }
}

function bootKnown(boot: Boot, into: BootDecision): number {
  if (boot.journal.state[EXCHANGE_AT] !== Exchange.None) {
    // Slot 0 is neither image: nothing is decided before it is one.
    into.code = resume(boot);
    if (boot.journal.state[EXCHANGE_AT] !== Exchange.None) return nothing(boot, into);
  }
  if (boot.journal.state[TRIAL_AT]! <= 1) {
    const over = bootTrial(boot, into);
    if (over === Ok) return Ok;
    into.code = over;
    if (boot.journal.state[EXCHANGE_AT] !== Exchange.None) return nothing(boot, into);
  } else if (!journalSealed(boot.journal)) {
    // Cut before its seals: written anew, then acted on. When the journal fails, the state read is all there is.
    journalSave(boot.journal);
  }
  return bootConfirmed(boot, into);
}

function resume(boot: Boot): number {
  step(boot, BootStep.Exchange, 1);
  const swap = boot.prover.config.swap;
  return boot.exchanger && swap ? swap.resume(boot.exchanger) : Err.ExchangeFailed;
}

/** Whether a slot has to be brought to slot 0 before it can run. */
function away(boot: Boot, slot: number): boolean {
  return slot === 1 && boot.exchanger !== undefined;
}

/** Brings slot 1, which was proven just now, to slot 0. */
function bring(boot: Boot, keep: boolean): number {
  step(boot, BootStep.Exchange, 1);
  const swap = boot.prover.config.swap;
  return boot.exchanger && swap ? swap.bring(boot.exchanger, keep) : Err.ExchangeFailed;
}

/**
 * Proves a slot, and that it is not below the floor. One that a port cannot prove, because it throws, is not proven: the
 * other one may be.
 */
function prove(boot: Boot, slot: number): number {
  let code: number;
  step(boot, BootStep.Verify, slot);
  // Before slot 0 is written over, the whole proof is due, whatever a settled boot takes for enough.
  const level = away(boot, slot) ? Proof.Signature : (boot.prover.config.bootProof ?? Proof.Signature);
  try {
    code = proveSlot(boot.prover, slotAt(boot.slots, boot.journal.state, slot), slot, level);
  } catch (_) {
    return Err.PortFailed;
  }
  if (code < 0) return code;
  return boot.prover.manifest.securityVersion >= boot.floor ? Ok : Err.BelowFloor;
}

function choose(boot: Boot, into: BootDecision, slot: number): number {
  const manifest = boot.prover.manifest;
  into.slot = slot;
  into.event = boot.journal.state[EVENT_AT]!;
  into.imageSize = manifest.imageSize;
  into.sequence = manifest.sequence;
  into.securityVersion = manifest.securityVersion;
  return Ok;
}

/** Runs the trial slot, or ends the trial: then the code says why. */
function bootTrial(boot: Boot, into: BootDecision): number {
  const state = boot.journal.state;
  const environment = boot.prover.environment;
  const cause = environment.resetCause();
  step(boot, BootStep.Decided, state[TRIAL_AT]!);
  let code: number = away(boot, state[TRIAL_AT]!) ? trialBring(boot) : Ok;
  // Undone, the trial is over and on record; in the middle, nothing runs.
  if (code < 0 && (state[TRIAL_AT] === NO_SLOT || state[EXCHANGE_AT] !== Exchange.None)) return code;
  const attempts = state[ATTEMPTS_AT]!;
  const boots = state[BOOTS_AT]!;
  const changed = code === Ok && trialCount(state, environment, cause);
  if (code === Ok) code = trialOver(state, environment, boot.prover.config);
  if (code === Ok) code = prove(boot, state[TRIAL_AT]!);
  if (code === Ok && (changed || !journalSealed(boot.journal))) {
    // No trial boot without its attempt on record: it could loop for ever.
    code = journalSave(boot.journal);
  }
  if (code === Ok) {
    into.trial = true;
    into.attempt = state[ATTEMPTS_AT]!;
    return choose(boot, into, state[TRIAL_AT]!);
  }
  const slot = state[TRIAL_AT]!;
  // This boot does not run the image: the report counts those that did.
  state[ATTEMPTS_AT] = attempts;
  state[BOOTS_AT] = boots;
  trialEnd(state, code, cause, timeTold(environment));
  journalSave(boot.journal);
  step(boot, BootStep.Revert, slot);
  return code;
}

/** Brings the slot on trial to where it can run. A boot that ends in it counts for nothing. */
function trialBring(boot: Boot): number {
  const code = prove(boot, 1);
  return code === Ok ? bring(boot, true) : code;
}

/** Runs the confirmed slot, or the other one when it no longer verifies. */
function bootConfirmed(boot: Boot, into: BootDecision): number {
  const state = boot.journal.state;
  const confirmed = state[CONFIRMED_AT]!;
  step(boot, BootStep.Decided, confirmed);
  let wrong = prove(boot, confirmed);
  // Once more: leaving a good slot for good, for one reading that failed, would be a poor bargain.
  if (wrong !== Ok) wrong = prove(boot, confirmed);
  if (wrong === Ok) {
    return away(boot, confirmed) ? bootBrought(boot, into, true) : choose(boot, into, confirmed);
  }
  const other = 1 - confirmed;
  into.code = wrong;
  if (prove(boot, other) < 0) return nothing(boot, into);
  state[CONFIRMED_AT] = other;
  eventSet(state, Event.Fallback, wrong, boot.prover.environment.resetCause(), other);
  eventOf(state, boot.prover.manifest.sequence, boot.prover.manifest.manifestDigest);
  // What does not verify is not kept: so the only image that does stays where it is, too.
  if (away(boot, other)) return bootBrought(boot, into, false);
  journalSave(boot.journal);
  return choose(boot, into, other);
}

/** Swap mode: slot 1 was proven just now, and is to run. What runs is slot 0, whatever has become of it. */
function bootBrought(boot: Boot, into: BootDecision, keep: boolean): number {
  const code = bring(boot, keep);
  if (code < 0) into.code = code;
  if (boot.journal.state[EXCHANGE_AT] !== Exchange.None) return nothing(boot, into);
  const wrong = prove(boot, 0);
  if (wrong === Ok) return choose(boot, into, 0);
  into.code = wrong;
  return nothing(boot, into);
}

/**
 * No state: a new board, or a lost journal. Of two slots that verify the lower sequence runs: the other one may never
 * have been confirmed.
 */
function bootFactory(boot: Boot, into: BootDecision): number {
  step(boot, BootStep.Decided, NO_SLOT);
  into.code = Err.JournalLost;
  const found = factoryFind(boot);
  if (found < 0) return nothing(boot, into);
  const slot = found === 0 ? 0 : 1;
  // The prover holds what it proved last: prove the one chosen once more, so that all below is of that slot.
  boot.journal.state[SECOND_LOW_AT] = found === FOUND_LOW ? 1 : 0;
  return prove(boot, slot) < 0 ? nothing(boot, into) : factoryTake(boot, into, slot);
}

/** Takes the slot proven just now for confirmed. */
function factoryTake(boot: Boot, into: BootDecision, slot: number): number {
  const state = boot.journal.state;
  const manifest = boot.prover.manifest;
  const low = state[SECOND_LOW_AT]!;
  stateReset(state);
  state[SECOND_LOW_AT] = low;
  state[CONFIRMED_AT] = slot;
  stateSet(state, FLOOR_AT, Math.max(boot.floor, manifest.minimumSecurityVersion, 0));
  eventSet(state, Event.Factory, Err.JournalLost, boot.prover.environment.resetCause(), slot);
  accept(state, manifest.sequence, manifest.manifestDigest, 0);
  eventOf(state, manifest.sequence, manifest.manifestDigest);
  if (away(boot, slot)) return bootBrought(boot, into, true);
  journalSave(boot.journal);
  return choose(boot, into, slot);
}

const FOUND_LOW = 2;

/** The place with the lowest sequence: slot 0, slot 1, or FOUND_LOW: slot 1 where an exchange leaves it; or -1. */
function factoryFind(boot: Boot): number {
  const places = boot.exchanger ? 3 : 2;
  let found = -1;
  let lowest = 0;
  for (let place = 0; place < places; place++) {
    boot.journal.state[SECOND_LOW_AT] = place === FOUND_LOW ? 1 : 0;
    if (prove(boot, place === 0 ? 0 : 1) !== Ok) continue;
    const sequence = boot.prover.manifest.sequence;
    if (found >= 0 && sequence >= lowest) continue;
    found = place;
    lowest = sequence;
  }
  return found;
}
