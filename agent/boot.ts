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
import { BootStep, Event, NO_SLOT, Ok, Reset } from './codes.ts';
import * as Err from './err.ts';
import {
  DEFAULT_ATTEMPTS,
  DEFAULT_TRIAL_BOOTS,
  DEFAULT_TRIAL_WINDOW,
  DEFAULT_WINDOW_BOOTS,
  Proof,
} from './config.ts';
import type { BootConfig } from './config.ts';
import { environmentSafe } from './environment.ts';
import { flashOpen } from './flash.ts';
import type { Flash } from './flash.ts';
import { ENVELOPE_MAX } from './format/labels.ts';
import type { State } from './format/state.ts';
import { stateReset } from './format/state.ts';
import { journalLoad, journalOpen, journalSave, journalSealed } from './journal.ts';
import type { Journal } from './journal.ts';
import { proveSlot, proverOpen } from './proof.ts';
import type { Prover } from './proof.ts';
import { accept, eventSet, timeTold, trialEnd } from './revert.ts';

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
  readonly ports: BootPorts;
  readonly config: BootConfig;
  readonly journal: Journal;
  readonly state: State;
  readonly slots: readonly [Flash, Flash];
  readonly prover: Prover;
  readonly level: number;
  readonly floor: number;
}

/** Fills `into`; Ok, or NothingBootable. Throws only where the board is wired wrongly. */
export function bootDecide(board: BootPorts, config: BootConfig, into: BootDecision): number {
  const ports: BootPorts = {
    slots: board.slots,
    journal: board.journal,
    crypto: board.crypto,
    environment: environmentSafe(board.environment),
  };
  const watchdog = ports.environment.watchdog;
  const journal = journalOpen(ports.journal, watchdog);
  const found = journalLoad(journal);
  const boot: Boot = {
    ports: ports,
    config: config,
    journal: journal,
    state: journal.state,
    slots: [flashOpen(ports.slots[0], watchdog), flashOpen(ports.slots[1], watchdog)],
    prover: proverOpen(ports, config, new Uint8Array(ENVELOPE_MAX)),
    level: config.bootProof ?? Proof.Signature,
    floor: floorNow(ports, journal.state),
  };
  const lost = found < 0 || boot.state.confirmed > 1;
  const code = lost ? bootFactory(boot, into) : bootKnown(boot, into);
  into.event = boot.state.event;
  if (code < 0) step(boot, BootStep.Nothing, NO_SLOT);
  return code;
}

/** The floor as the journal and the hardware counter have it: the counter may lag one confirm behind, or be absent. */
export function floorNow(ports: BootPorts, state: State): number {
  const counter = ports.environment.counter;
  try {
    return counter ? Math.max(counter.read(), state.floor) : state.floor;
  } catch (_) {
    // The journal's floor is never behind a counter that was raised after it.
    return state.floor;
  }
}

/** A hook that throws does not stop the boot. */
function step(boot: Boot, at: number, slot: number): void {
  try {
    if (boot.config.onStep) boot.config.onStep(at, slot);
  } catch (_) {
    return;
  }
}

function bootKnown(boot: Boot, into: BootDecision): number {
  if (boot.state.trial <= 1) {
    const over = bootTrial(boot, into);
    if (over === Ok) return Ok;
    into.code = over;
  } else if (!journalSealed(boot.journal)) {
    // Cut before its seals: written anew, then acted on. When the journal fails, the state read is all there is.
    journalSave(boot.journal);
  }
  return bootConfirmed(boot, into);
}

/** A slot that a port cannot prove, because it throws, is not proven: the other one may be. */
function proveGuarded(boot: Boot, slot: number): number {
  try {
    return proveSlot(boot.prover, boot.slots[slot === 0 ? 0 : 1], slot, boot.level);
  } catch (_) {
    return Err.PortFailed;
  }
}

/** Proves a slot, and that it is not below the floor. */
function prove(boot: Boot, slot: number): number {
  step(boot, BootStep.Verify, slot);
  const code = proveGuarded(boot, slot);
  if (code < 0) return code;
  return boot.prover.manifest.securityVersion >= boot.floor ? Ok : Err.BelowFloor;
}

function choose(boot: Boot, into: BootDecision, slot: number): number {
  const manifest = boot.prover.manifest;
  into.slot = slot;
  into.imageSize = manifest.imageSize;
  into.sequence = manifest.sequence;
  into.securityVersion = manifest.securityVersion;
  return Ok;
}

/** Runs the trial slot, or ends the trial: then the code says why. */
function bootTrial(boot: Boot, into: BootDecision): number {
  const state = boot.state;
  const cause = boot.ports.environment.resetCause();
  const attempts = state.attempts;
  const boots = state.boots;
  const changed = trialCount(boot, cause);
  step(boot, BootStep.Decided, state.trial);
  let code = trialOver(boot);
  if (code === Ok) code = prove(boot, state.trial);
  if (code === Ok && (changed || !journalSealed(boot.journal))) {
    // No trial boot without its attempt on record: it could loop for ever.
    code = journalSave(boot.journal);
  }
  if (code === Ok) {
    into.trial = true;
    into.attempt = state.attempts;
    return choose(boot, into, state.trial);
  }
  const slot = state.trial;
  // This boot does not run the image: the report counts those that did.
  state.attempts = attempts;
  state.boots = boots;
  trialEnd(state, code, cause, timeTold(boot.ports.environment));
  journalSave(boot.journal);
  step(boot, BootStep.Revert, slot);
  return code;
}

/** Causes that are not the image's doing. Any other, and any that is none of the table, burns an attempt. */
const INNOCENT: readonly number[] = [Reset.Power, Reset.BrownOut, Reset.Pin, Reset.Wake, Reset.Requested];

/**
 * Counts this boot. `attempts` holds the running attempt too: a reset that was not the image's doing gives it back
 * first, so that it comes out as it was, and a wake changes, and writes, nothing where time can be told.
 */
function trialCount(boot: Boot, cause: number): boolean {
  const state = boot.state;
  const attempts = state.attempts;
  const first = state.boots === 0 && attempts === 0;
  let changed = false;
  if (attempts === 0 || INNOCENT.indexOf(cause) < 0) {
    state.attempts = Math.min(attempts + 1, 255);
    changed = true;
  }
  if (cause !== Reset.Wake || first) {
    state.boots = Math.min(state.boots + 1, 255);
    changed = true;
  }
  const time = timeTold(boot.ports.environment);
  const since = state.trialSince;
  if (time === 0 || since === 0 || time < since) {
    state.windowBoots = Math.min(state.windowBoots + 1, 255);
    if (time > 0) state.trialSince = time;
    changed = true;
  }
  return changed;
}

/** What is counted in a byte, and stops at its end, must be able to pass its limit. */
const LIMIT_MAX = 254;

/** Whether a limit of the trial is passed, and which: the first row that holds. */
function trialOver(boot: Boot): number {
  const state = boot.state;
  const config = boot.config;
  const time = timeTold(boot.ports.environment);
  const elapsed = time > 0 ? time - state.trialSince : 0;
  const rows: readonly (readonly [number, number, number])[] = [
    [state.attempts, Math.min(config.attempts ?? DEFAULT_ATTEMPTS, LIMIT_MAX), Err.AttemptsSpent],
    [state.boots, Math.min(config.trialBoots ?? DEFAULT_TRIAL_BOOTS, LIMIT_MAX), Err.BootsSpent],
    [state.windowBoots, Math.min(config.windowBoots ?? DEFAULT_WINDOW_BOOTS, LIMIT_MAX), Err.WindowOver],
    [elapsed, config.trialWindow ?? DEFAULT_TRIAL_WINDOW, Err.WindowOver],
  ];
  for (const row of rows) if (row[0] > row[1]) return row[2];
  return Ok;
}

/** Runs the confirmed slot, or the other one when it no longer verifies. */
function bootConfirmed(boot: Boot, into: BootDecision): number {
  const state = boot.state;
  const confirmed = state.confirmed;
  step(boot, BootStep.Decided, confirmed);
  let wrong = prove(boot, confirmed);
  // Once more: leaving a good slot for good, for one reading that failed, would be a poor bargain.
  if (wrong !== Ok) wrong = prove(boot, confirmed);
  if (wrong === Ok) return choose(boot, into, confirmed);
  const other = 1 - confirmed;
  into.code = wrong;
  if (prove(boot, other) < 0) return Err.NothingBootable;
  state.confirmed = other;
  eventSet(state, Event.Fallback, wrong, boot.ports.environment.resetCause(), other);
  state.eventTo = boot.prover.manifest.sequence;
  state.eventDigest.set(boot.prover.manifest.manifestDigest);
  journalSave(boot.journal);
  return choose(boot, into, other);
}

/**
 * No state: a new board, or a lost journal. Of two slots that verify the lower sequence runs: the other one may never
 * have been confirmed.
 */
function bootFactory(boot: Boot, into: BootDecision): number {
  const state = boot.state;
  step(boot, BootStep.Decided, NO_SLOT);
  into.code = Err.JournalLost;
  const sequences = [-1, -1];
  for (let slot = 0; slot < 2; slot++) {
    if (prove(boot, slot) === Ok) sequences[slot] = boot.prover.manifest.sequence;
  }
  const first = sequences[0]!;
  const second = sequences[1]!;
  if (first < 0 && second < 0) return Err.NothingBootable;
  const slot = first < 0 || (second >= 0 && second < first) ? 1 : 0;
  // The prover holds what it proved last: prove the one chosen once more, so that all below is of that slot.
  const code = prove(boot, slot);
  if (code < 0) return Err.NothingBootable;
  const manifest = boot.prover.manifest;
  stateReset(state);
  state.confirmed = slot;
  state.floor = Math.max(boot.floor, manifest.minimumSecurityVersion, 0);
  eventSet(state, Event.Factory, Err.JournalLost, boot.ports.environment.resetCause(), slot);
  accept(state, manifest.sequence, manifest.manifestDigest);
  state.eventTo = manifest.sequence;
  state.eventDigest.set(manifest.manifestDigest);
  journalSave(boot.journal);
  return choose(boot, into, slot);
}
