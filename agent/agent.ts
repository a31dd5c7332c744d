/**
 * The façade that an application holds. Read this first.
 *
 *   const agent = openAgent(ports, config);
 *   agent.offerBegin(); push(envelope and payload bytes), poll() until Idle, ... ; agent.activate(); reset
 *   after the reset: agent.check(...) for each health check, and poll() until the trial is confirmed or reverted
 *
 * Zero or more is a value, below zero a code of agent/err.ts. Nothing here throws but openAgent, at whoever wires a
 * board wrongly. Everything the agent needs is allocated in openAgent.
 */
import type { BootControl, Environment, Ports } from '../hal/ports.ts';
import { bytesCopy } from './bytes.ts';
import { Event, Idle, More, NO_SLOT, Ok, Phase } from './codes.ts';
import * as Err from './err.ts';
import { DEFAULT_TRIAL_WINDOW } from './config.ts';
import type { Config } from './config.ts';
import { environmentSafe } from './environment.ts';
import { floorNow } from './floor.ts';
import {
  CONFIRMED_AT,
  MANIFEST_DIGEST,
  TRIAL_AT,
  TRIAL_DIGEST_AT,
  TRIAL_FLOOR_AT,
  TRIAL_SEQUENCE_AT,
  TRIAL_SINCE_AT,
} from './format/layout.ts';
import { stateGet, stateSet } from './format/state.ts';
import { healthAdd, healthPoll, watchOpen } from './health.ts';
import type { Health, Watch } from './health.ts';
import { journalLoad, journalOpen, journalSave, journalSealed } from './journal.ts';
import type { Journal } from './journal.ts';
import { CONSENT_AT, RECORD_AT, RUNNING_AT, SCRATCH_AT, partsNew } from './parts.ts';
import { policyNew } from './policy.ts';
import type { Policy } from './policy.ts';
import { reportFill, statusFill } from './report.ts';
import type { Report, Status } from './report.ts';
import { forgive, trialClear } from './revert.ts';
import { slotsOpen } from './slots.ts';
import type { Slots } from './slots.ts';
import { sourceProve, sourceTake } from './source.ts';
import {
  sessionBegin,
  sessionFail,
  sessionOpen,
  sessionPoll,
  sessionPush,
  sessionReady,
  sessionRecall,
} from './session.ts';
import { sessionUri, sessionWanted } from './session-ask.ts';
import type { Session } from './session.ts';
import {
  agentConfirm,
  agentEnd,
  agentEvent,
  agentReject,
  agentRevert,
  agentSave,
  counterRaise,
  inTrial,
  settled,
} from './trial.ts';

/** A range of the payload, in bytes. */
export interface PayloadRange {
  offset: number;
  length: number;
}

/** Functions of one object: to be called as its methods, not apart from it. */
export interface Agent {
  /**
   * Starts a session; one that is under way is given up. InTrial, when the other slot is the way back. `whole`: the source
   * has the payload of the whole image and no other, as a bundle has: no patch is chosen.
   */
  offerBegin(whole?: boolean): number;
  /**
   * Takes `bytes[from..to-1]`: first the envelope, then the payload. Returns how many it took; when fewer than given,
   * poll to Idle and push the rest. The bytes are the caller's again when it returns.
   */
  push(bytes: Uint8Array, from: number, to: number): number;
  /** Does at most one slow thing, of the session or of the trial. More: call again; Idle; or a code. */
  poll(): number;
  /**
   * Fills in the next range of the payload that is needed: Wanted; Done: none; Busy: poll to Idle first. Whoever calls
   * it promises to push from `range.offset` on. Who never calls it streams the payload from its first byte.
   */
  wanted(range: PayloadRange): number;
  /** Copies the manifest's URI as UTF-8; returns its length. */
  uri(into: Uint8Array): number;
  /** Asks the policy again, then writes the mark: the staged image boots on trial at the next reset. */
  activate(): number;
  /** Gives up the session; not after activate. What is right in the slot serves the next one. */
  cancel(): number;
  /** The application's word that the image on trial is good. ChecksOpen while required checks have not passed. */
  confirm(): number;
  /** Ends the trial and resets. `reason`: the application's own number, 1..255, kept in the report; or a code. */
  reject(reason: number): number;
  /** Goes to the other slot, if its image was confirmed once, verifies and is not below the floor, and resets. */
  revert(): number;
  /** The owner's consent to the manifest with this 32-byte digest. */
  consent(digest: Uint8Array): number;
  /** Takes reverted manifests off the list: the owner's word. */
  forgive(): number;
  /**
   * Adds a health check, before the first poll. `kind`: agent/codes.ts Check; `deadline`: seconds from the start, 0 for
   * the end of the trial window; `run`: > 0 passed, 0 not yet, < 0 failed.
   */
  check(name: string, kind: number, deadline: number, run: () => number): number;
  status(into: Status): number;
  report(into: Report): number;
}

/** What the agent keeps. */
export interface AgentState extends Health {
  readonly control?: BootControl;
  readonly policy: Policy;
  readonly session: Session;
  readonly running: number;
  /** Of the image that runs. */
  sequence: number;
}

/**
 * Its functions find what the agent keeps in `this`. They are its prototype's, which lies in flash with them: each one of
 * the object's own would take RAM.
 */
interface Facade extends Agent, AgentState {}

function offerBegin(this: Facade, whole?: boolean): number {
  return agentOffer(this, whole === true);
}

function push(this: Facade, bytes: Uint8Array, from: number, to: number): number {
  return sessionPush(this.session, bytes, from, to);
}

/** A session turns into codes what a port throws by itself: less is on the stack below it. */
function poll(this: Facade): number {
  return inTrial(this) ? guarded(this, trialPoll) : sessionPoll(this.session);
}

function wanted(this: Facade, range: PayloadRange): number {
  return range ? sessionWanted(this.session, range) : Err.BadArgument;
}

function uri(this: Facade, into: Uint8Array): number {
  return into ? sessionUri(this.session, into) : Err.BadArgument;
}

function activate(this: Facade): number {
  return guarded(this, agentActivate);
}

function cancel(this: Facade): number {
  return agentCancel(this);
}

function confirm(this: Facade): number {
  return guarded(this, agentConfirm);
}

function reject(this: Facade, reason: number): number {
  return guarded(this, (agent) => agentReject(agent, reason));
}

function revert(this: Facade): number {
  return guarded(this, agentRevert);
}

function consent(this: Facade, digest: Uint8Array): number {
  return agentConsent(this, digest);
}

function forgiveAll(this: Facade): number {
  return guarded(this, agentForgive);
}

function check(this: Facade, name: string, kind: number, deadline: number, run: () => number): number {
  return healthAdd(this, name, kind, deadline, run);
}

function status(this: Facade, into: Status): number {
  return into ? statusFill(this, into) : Err.BadArgument;
}

function report(this: Facade, into: Report): number {
  return into ? reportFill(this.policy.journal.state, into) : Err.BadArgument;
}

const FACADE = {
  offerBegin: offerBegin,
  push: push,
  poll: poll,
  wanted: wanted,
  uri: uri,
  activate: activate,
  cancel: cancel,
  confirm: confirm,
  reject: reject,
  revert: revert,
  consent: consent,
  forgive: forgiveAll,
  check: check,
  status: status,
  report: report,
};

/**
 * Opens the agent in the running image. Throws RangeError where the board is wired wrongly. In steps, each from here: what
 * one has on the stack would lie below the deepest calls there are.
 */
export function openAgent(ports: Ports, config: Config): Agent {
  const agent = agentOpen(ports, config);
  if (sourceProve(agent) === Ok) sourceTake(agent);
  counterRaise(agent);
  return agent;
}

/** What a port throws becomes a code: an application that updates itself must not fall over its updater. */
function guarded(agent: AgentState, call: (agent: AgentState) => number): number {
  try {
    return call(agent);
  } catch (_) {
    return Err.PortFailed;
  }
}

function runningSlot(ports: Ports, environment: Environment, config: Config): number {
  const running = ports.control ? ports.control.running() : environment.running();
  if (!(running === 0 || running === 1)) throw new RangeError(`environment: running slot ${running}`);
  if (config.swap && running !== 0) throw new RangeError('environment: in swap mode slot 0 is what runs');
  return running;
}

function agentOpen(ports: Ports, config: Config): Facade {
  const environment = environmentSafe(ports.environment);
  const running = runningSlot(ports, environment, config);
  const slots = slotsOpen(ports, config.swap, environment.watchdog);
  const parts = partsNew(config, slots);
  const journal = journalNew(ports, environment, parts);
  // A torn state may have been unreadable to the boot decision and be readable now: written anew before it is acted on.
  if (journalLoad(journal) === Ok && !journalSealed(journal)) journalSave(journal);
  const policy = policyNew(config, environment, journal, parts);
  return agentNew(ports, policy, slots, running);
}

function journalNew(ports: Ports, environment: Environment, parts: Uint8Array): Journal {
  const record = parts.subarray(RECORD_AT, SCRATCH_AT);
  const scratch = parts.subarray(SCRATCH_AT, RUNNING_AT);
  return journalOpen(ports.journal, environment.watchdog, record, scratch);
}

function agentNew(ports: Ports, policy: Policy, slots: Slots, running: number): Facade {
  const agent = Object.create(FACADE) as { -readonly [Name in keyof Facade]: Facade[Name] };
  policy.floor = floorNow(policy.environment, policy.journal.state);
  if (ports.control) agent.control = ports.control;
  agent.policy = policy;
  agent.session = sessionOpen(ports, policy, slots);
  agent.running = running;
  agent.sequence = 0;
  agent.checks = [];
  if (inTrial(agent)) agent.watch = trialWatch(policy);
  sessionRecall(agent.session, running);
  return agent;
}

function trialWatch(policy: Policy): Watch {
  const window = policy.config.trialWindow ?? DEFAULT_TRIAL_WINDOW;
  return watchOpen(policy.environment, stateGet(policy.journal.state, TRIAL_SINCE_AT), window);
}

function agentOffer(agent: AgentState, whole: boolean): number {
  if (agent.policy.journal.state[TRIAL_AT] !== NO_SLOT) return Err.InTrial;
  return settled(agent) ? sessionBegin(agent.session, whole) : Err.BadState;
}

function trialPoll(agent: AgentState): number {
  // A trial that only a second reading of the journal has shown is watched from then on.
  if (!agent.watch) agent.watch = trialWatch(agent.policy);
  const code = healthPoll(agent, agent.watch);
  if (code === More) return agentConfirm(agent);
  return code < 0 ? agentEnd(agent, code, 0) : Idle;
}

function agentActivate(agent: AgentState): number {
  const session = agent.session;
  const state = agent.policy.journal.state;
  const manifest = session.transfer.prover.manifest;
  let code = sessionReady(session);
  if (code < 0) return code;
  // The application was asked, and may have cancelled or begun anew.
  if (session.phase !== Phase.Staged) return Err.Cancelled;
  trialClear(state);
  state[TRIAL_AT] = session.transfer.slot;
  stateSet(state, TRIAL_SEQUENCE_AT, manifest.sequence);
  state.set(manifest.manifestDigest, TRIAL_DIGEST_AT);
  const declared = manifest.minimumSecurityVersion;
  stateSet(
    state,
    TRIAL_FLOOR_AT,
    Math.min(declared >= 0 ? declared : Math.max(agent.policy.runs, 0), manifest.securityVersion),
  );
  agentEvent(agent, Event.Activated, Ok, state[TRIAL_AT]!);
  code = agentSave(agent);
  if (code < 0) return sessionFail(session, code);
  const control = agent.control;
  // If power dies before the bootloader is asked, the next start ends a trial that never began.
  code = control ? control.request(state[TRIAL_AT]!, false) : Ok;
  if (code < 0) return agentUnasked(agent, code);
  session.phase = Phase.Activated;
  const gate = agent.policy.config.moment;
  if (gate) gate.activated();
  return Ok;
}

/** The bootloader does not take the request: there is no trial. */
function agentUnasked(agent: AgentState, code: number): number {
  trialClear(agent.policy.journal.state);
  agentSave(agent);
  return sessionFail(agent.session, code);
}

function agentCancel(agent: AgentState): number {
  const session = agent.session;
  if (session.phase === Phase.Activated) return Err.BadState;
  session.phase = Phase.Idle;
  session.code = Err.Cancelled;
  return Ok;
}

function agentForgive(agent: AgentState): number {
  // Nothing is known of the board: written, that would be what counts.
  if (agent.policy.journal.state[CONFIRMED_AT]! > 1) return Err.JournalLost;
  forgive(agent.policy.journal.state);
  return agentSave(agent);
}

function agentConsent(agent: AgentState, digest: Uint8Array): number {
  if (!(digest && digest.length === MANIFEST_DIGEST)) return Err.BadArgument;
  bytesCopy(digest, 0, agent.policy.parts, CONSENT_AT, MANIFEST_DIGEST);
  agent.policy.consented = true;
  return Ok;
}
