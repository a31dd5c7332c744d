/** What the board says of itself: status, of now; report, of what last happened and why. Both fill a caller's record. */
import type { AgentState } from './agent.ts';
import { NO_SLOT, Ok } from './codes.ts';
import { bytesCopy } from './bytes.ts';
import {
  ACCEPTED_AT,
  ATTEMPTS_AT,
  CHECK_NAME,
  CHECK_NAME_AT,
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
  MANIFEST_DIGEST,
  TRIAL_AT,
} from './format/layout.ts';
import { stateGet } from './format/state.ts';
import { RUNNING_AT } from './parts.ts';
import type { State } from './format/state.ts';

export interface Status {
  /** agent/codes.ts `Phase`. */
  phase: number;
  /** Why the session failed, or 0. */
  code: number;
  /** The slot that runs. */
  running: number;
  /** 1 while the running image is on trial. */
  trial: number;
  attempt: number;
  /** Of the image that runs. */
  sequence: number;
  securityVersion: number;
  /** Of its manifest. */
  readonly digest: Uint8Array;
  accepted: number;
  floor: number;
  /** Of the offer, once its manifest is taken. */
  offered: number;
  readonly offeredDigest: Uint8Array;
  /** Whether its expiry was judged: agent/codes.ts `Expiry`. */
  expiry: number;
  payloadSize: number;
  /** Payload offset of the next byte pushed. */
  position: number;
  blocks: number;
  blocksFetched: number;
  blocksCopied: number;
  blocksKept: number;
  /** Image bytes digested by the last proof. */
  verified: number;
}

export function statusNew(): Status {
  return {
    phase: 0,
    code: 0,
    running: NO_SLOT,
    trial: 0,
    attempt: 0,
    sequence: 0,
    securityVersion: 0,
    digest: new Uint8Array(MANIFEST_DIGEST),
    accepted: 0,
    floor: 0,
    offered: 0,
    offeredDigest: new Uint8Array(MANIFEST_DIGEST),
    expiry: 0,
    payloadSize: 0,
    position: 0,
    blocks: 0,
    blocksFetched: 0,
    blocksCopied: 0,
    blocksKept: 0,
    verified: 0,
  };
}

export function statusFill(agent: AgentState, into: Status): number {
  const session = agent.session;
  const transfer = session.transfer;
  into.phase = session.phase;
  into.code = session.code;
  into.running = agent.running;
  into.trial = agent.policy.journal.state[TRIAL_AT] === agent.running ? 1 : 0;
  into.attempt = agent.policy.journal.state[ATTEMPTS_AT]!;
  into.sequence = agent.sequence;
  into.securityVersion = Math.max(agent.policy.runs, 0);
  bytesCopy(agent.policy.parts, RUNNING_AT, into.digest, 0, MANIFEST_DIGEST);
  into.accepted = stateGet(agent.policy.journal.state, ACCEPTED_AT);
  into.floor = agent.policy.floor;
  into.offered = session.transfer.prover.manifest.sequence;
  into.offeredDigest.set(session.transfer.prover.manifest.manifestDigest);
  into.expiry = agent.policy.expiry;
  into.payloadSize = transfer.payloadSize;
  into.position = transfer.position;
  into.blocks = transfer.blocks;
  into.blocksFetched = transfer.fetched;
  into.blocksCopied = transfer.copied;
  into.blocksKept = transfer.kept;
  into.verified = transfer.verified;
  return Ok;
}

export interface Report {
  /** agent/codes.ts `Event`. */
  event: number;
  /** Why, or 0. */
  code: number;
  /** The application's own reason, 1..255, or 0. */
  detail: number;
  /** agent/codes.ts `Reset`: the cause of the reset before it. */
  cause: number;
  slot: number;
  attempts: number;
  boots: number;
  /** Accepted sequence before it, and the sequence it happened to. */
  from: number;
  to: number;
  /** Manifest digest it happened to. */
  readonly digest: Uint8Array;
  /** The health check that decided, ASCII, zero padded. */
  readonly check: Uint8Array;
}

export function reportNew(): Report {
  return {
    event: 0,
    code: 0,
    detail: 0,
    cause: 0,
    slot: NO_SLOT,
    attempts: 0,
    boots: 0,
    from: 0,
    to: 0,
    digest: new Uint8Array(MANIFEST_DIGEST),
    check: new Uint8Array(CHECK_NAME),
  };
}

export function reportFill(state: State, into: Report): number {
  into.event = state[EVENT_AT]!;
  into.code = 0 - state[EVENT_CODE_AT]!;
  into.detail = state[EVENT_DETAIL_AT]!;
  into.cause = state[EVENT_CAUSE_AT]!;
  into.slot = state[EVENT_SLOT_AT]!;
  into.attempts = state[EVENT_ATTEMPTS_AT]!;
  into.boots = state[EVENT_BOOTS_AT]!;
  into.from = stateGet(state, EVENT_FROM_AT);
  into.to = stateGet(state, EVENT_TO_AT);
  bytesCopy(state, EVENT_DIGEST_AT, into.digest, 0, MANIFEST_DIGEST);
  bytesCopy(state, CHECK_NAME_AT, into.check, 0, CHECK_NAME);
  return Ok;
}
