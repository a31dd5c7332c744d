/**
 * The end of a trial and the way back, from the running image's side: each is put on record first, and takes effect at
 * the next boot.
 */
import type { AgentState } from './agent.ts';
import { bytesEqual } from './bytes.ts';
import { Event, NO_SLOT, Ok, Phase } from './codes.ts';
import { Proof } from './config.ts';
import * as Err from './err.ts';
import { floorNow } from './floor.ts';
import { Exchange, stateGet, stateSet } from './format/state.ts';
import { healthName, healthPassed } from './health.ts';
import { journalLoad, journalSave, journalSealed } from './journal.ts';
import { RUNNING_AT } from './parts.ts';
import { proveSlot } from './proof.ts';
import {
  accepted,
  eventOf,
  eventSet,
  eventTrial,
  refused,
  timeTold,
  trialConfirm,
  trialEnd,
} from './revert.ts';
import { slotAt } from './slots.ts';
import {
  CONFIRMED_AT,
  EVENT_DETAIL_AT,
  EVENT_FROM_AT,
  EXCHANGE_AT,
  FLOOR_AT,
  MANIFEST_DIGEST,
  TRIAL_AT,
} from './format/layout.ts';

/** The hardware counter follows the floor once the confirm is sealed; a cut between the two is made good here. */
export function counterRaise(agent: AgentState): void {
  const counter = agent.policy.environment.counter;
  if (!(counter && agent.policy.journal.state[TRIAL_AT] === NO_SLOT && journalSealed(agent.policy.journal)))
    return;
  if (counter.read() < stateGet(agent.policy.journal.state, FLOOR_AT))
    counter.raise(stateGet(agent.policy.journal.state, FLOOR_AT));
}

/** Writes the state. When that fails, what the journal says counts, not what was meant. */
export function agentSave(agent: AgentState): number {
  const code = journalSave(agent.policy.journal);
  if (code < 0) journalLoad(agent.policy.journal);
  return code;
}

export function inTrial(agent: AgentState): boolean {
  return (
    agent.policy.journal.state[TRIAL_AT] === agent.running &&
    agent.policy.journal.state[EXCHANGE_AT] === Exchange.None
  );
}

/**
 * Whether the slot that runs is the confirmed one. It is not between the end of a trial and the reset, nor where the
 * journal took, or gave, no record at boot: then the other slot may be the one that boots next, without a trial; nor
 * where an exchange could not be put on record at boot and is now: the slot numbers are already those after it.
 */
export function settled(agent: AgentState): boolean {
  return (
    agent.policy.journal.state[CONFIRMED_AT] === agent.running &&
    agent.policy.journal.state[EXCHANGE_AT] === Exchange.None
  );
}

export function agentEvent(agent: AgentState, event: number, code: number, slot: number): void {
  const state = agent.policy.journal.state;
  eventSet(state, event, code, agent.policy.environment.resetCause(), slot);
  eventTrial(state);
}

export function agentConfirm(agent: AgentState): number {
  const state = agent.policy.journal.state;
  if (!inTrial(agent)) return Err.NotInTrial;
  if (!healthPassed(agent)) return Err.ChecksOpen;
  const control = agent.control;
  // First the bootloader: cut here, it keeps an image that is still on trial on record, and the next start confirms it.
  let code = control ? control.confirm() : Ok;
  if (code < 0) return code;
  trialConfirm(state, agent.policy.environment.resetCause());
  code = agentSave(agent);
  if (code < 0) return code;
  counterRaise(agent);
  agent.policy.floor = floorNow(agent.policy.environment, state);
  return Ok;
}

/** Puts the end of the trial on record and resets: from then on the boot decision runs the confirmed slot. */
export function agentEnd(agent: AgentState, code: number, detail: number): number {
  const state = agent.policy.journal.state;
  trialEnd(state, code, agent.policy.environment.resetCause(), timeTold(agent.policy.environment));
  state[EVENT_DETAIL_AT] = detail;
  healthName(agent, state);
  const saved = agentSave(agent);
  const control = agent.control;
  // A bootloader that is not told goes back all the same: the image is not confirmed.
  if (control) control.reject();
  agent.policy.environment.reset();
  return saved < 0 ? saved : code;
}

export function agentReject(agent: AgentState, reason: number): number {
  if (agent.policy.journal.state[EXCHANGE_AT] !== Exchange.None) return Err.BadState;
  if (agent.policy.journal.state[TRIAL_AT] === NO_SLOT) return Err.NotInTrial;
  const code = reason < 0 ? reason : Err.Rejected;
  if (!(code >= -255 && code % 1 === 0)) return Err.BadArgument;
  return agentEnd(agent, code, reason > 0 ? Math.min(Math.floor(reason), 255) : 0);
}

export function agentRevert(agent: AgentState): number {
  const state = agent.policy.journal.state;
  if (state[EXCHANGE_AT] !== Exchange.None) return Err.BadState;
  if (state[TRIAL_AT] !== NO_SLOT) return agentEnd(agent, Err.ManualRevert, 0);
  if (!settled(agent)) return Err.BadState;
  const session = agent.session;
  const other = 1 - agent.running;
  // A range that a cut may have touched can read right now and wrong at the next boot.
  if (session.transfer.dirtyFrom < session.transfer.dirtyTo) return Err.TailMissing;
  // The proof needs the session's buffer.
  session.phase = Phase.Idle;
  const code = proveSlot(
    session.transfer.prover,
    slotAt(session.transfer.slots, state, other),
    other,
    Proof.Signature,
  );
  if (code < 0) return code;
  const manifest = session.transfer.prover.manifest;
  if (manifest.securityVersion < agent.policy.floor) return Err.BelowFloor;
  // An exchange that kept nothing leaves slot 1 a copy of what runs.
  const same = bytesEqual(manifest.manifestDigest, 0, agent.policy.parts, RUNNING_AT, MANIFEST_DIGEST);
  if (agent.policy.config.swap && same) return Err.AlreadyRunning;
  if (!accepted(state, manifest.sequence, manifest.manifestDigest)) {
    // Staged, or reverted: without a trial nothing would bring the board back from it.
    return refused(state, manifest.sequence, manifest.manifestDigest, 0) ? Err.Reverted : Err.Unconfirmed;
  }
  const control = agent.control;
  // First the bootloader: cut here, the other image runs, and the next start takes it for the confirmed one.
  if (control) {
    const asked = control.request(other, true);
    if (asked < 0) return asked;
  }
  eventSet(state, Event.Manual, Err.ManualRevert, agent.policy.environment.resetCause(), other);
  stateSet(state, EVENT_FROM_AT, agent.sequence);
  eventOf(state, manifest.sequence, manifest.manifestDigest);
  state[CONFIRMED_AT] = other;
  const saved = agentSave(agent);
  if (saved < 0) return saved;
  agent.policy.environment.reset();
  return Ok;
}
