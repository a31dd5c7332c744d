/**
 * One update, from offer to staged.
 *
 *   Envelope → Check → Tail → Prove → Index → Prove → Tail → Judge ⇄ Blocks → Verify → Complete → Staged   framed
 *   Envelope → Check → Tail → Plain → Verify → Complete → Staged                                            plain
 *
 * A phase has one row in each of two tables: what it does with bytes, and what it does when polled. Anything that goes
 * wrong ends in Failed, with the code kept, until the next offer.
 */
import type { Ports } from '../hal/ports.ts';
import * as Err from './err.ts';
import { Expiry, Idle, Moment, NO_SLOT, Ok, Phase } from './codes.ts';
import { DEFAULT_ENVELOPE_MAX } from './config.ts';
import { DEFAULT_WINDOW } from './format/index.ts';
import { BASE_NOT_ASKED, DIGEST_LENGTH } from './format/labels.ts';
import type { Encrypted } from './payload/encrypted.ts';
import {
  bufferLength,
  highAt,
  rangeDoubt,
  slotCheck,
  transferNew,
  transferRestart,
} from './payload/transfer.ts';
import type { Transfer } from './payload/transfer.ts';
import { policyAsk } from './policy.ts';
import type { Policy } from './policy.ts';
import { proverOpen } from './proof.ts';
import { slotReceiving } from './slots.ts';
import type { Slots } from './slots.ts';
import { encryptedNow, encryptedPush, encryptedStep } from './session-encrypted.ts';
import {
  pollBlocks,
  pollCheck,
  pollComplete,
  pollFailed,
  pollIdle,
  pollIndex,
  pollJudge,
  pollPlain,
  pollProve,
  pollTail,
  pollVerify,
} from './session-poll.ts';
import {
  pushBadState,
  pushEnvelope,
  pushFailed,
  pushFrames,
  pushIndex,
  pushNothing,
  pushPlain,
  pushRest,
} from './session-push.ts';
import { NAME_LENGTH_AT, NAME_OFFSET_AT, NAME_SLOT_AT } from './format/layout.ts';
import { stateGet } from './format/state.ts';

export interface Session {
  readonly policy: Policy;
  readonly transfer: Transfer;
  /** Where the board has decryption. */
  encrypted?: Encrypted;
  phase: number;
  /** Why it failed. */
  code: number;
  /** Envelope bytes taken, and their number once it is known. */
  have: number;
  length: number;
  planned: boolean;
  /** Bytes of the running image digested, for a manifest that asks which it is. */
  baseAt: number;
  /** The source has no patches. */
  whole: boolean;
}

export function sessionOpen(ports: Ports, policy: Policy, slots: Slots): Session {
  const config = policy.config;
  const journal = policy.journal;
  slotCheck(slots.first);
  slotCheck(slots.high);
  const window = config.window ?? DEFAULT_WINDOW;
  const envelopeMax = config.envelopeMax ?? DEFAULT_ENVELOPE_MAX;
  const framed = config.framedOnly === true && !config.patches;
  const buffer = new Uint8Array(bufferLength(envelopeMax, window, framed));
  // As much as the envelope of a slot may have, at least: outside a session the block's place is free for it.
  const prover = proverOpen(
    { crypto: ports.crypto, environment: policy.environment },
    config,
    buffer,
    journal.scratch,
  );
  const transfer = transferNew(ports, config, prover, journal, slots, policy.parts, envelopeMax, window);
  if (config.patches) {
    prover.target.baseDigest = new Uint8Array(DIGEST_LENGTH);
    const block = buffer.subarray(highAt(transfer));
    transfer.patched = config.patches.create(slots.first, slots.high, block);
  }
  const session: Session = {
    policy: policy,
    transfer: transfer,
    phase: Phase.Idle,
    code: Ok,
    have: 0,
    length: 0,
    planned: false,
    baseAt: 0,
    whole: false,
  };
  if (config.encryption && ports.decryption) session.encrypted = config.encryption.create(ports.decryption);
  return session;
}

export function sessionBegin(session: Session, whole: boolean): number {
  session.phase = Phase.Envelope;
  session.code = Ok;
  session.have = 0;
  session.length = 0;
  session.planned = false;
  session.baseAt = 0;
  session.whole = whole;
  session.transfer.prover.target.base = BASE_NOT_ASKED;
  session.policy.expiry = Expiry.None;
  if (session.encrypted) session.encrypted.piece = 0;
  transferRestart(session.transfer);
  return Ok;
}

export function sessionFail(session: Session, code: number): number {
  const receiving = session.phase >= Phase.Tail && session.phase <= Phase.Complete;
  // Wrong bytes from a source say nothing about the flash: whoever sends them must not get it erased for that.
  const flashFailed = code > Err.BadState || code === Err.ImageDigest;
  if (receiving && flashFailed) rangeDoubt(session.transfer);
  session.phase = Phase.Failed;
  session.code = code;
  const log = session.policy.environment.log;
  if (log) log(code, session.transfer.block);
  return code;
}

/** Takes bytes from..to-1. Returns how many it took; the rest after poll() has come to Idle. */
export function sessionPush(session: Session, bytes: Uint8Array, from: number, to: number): number {
  if (!(bytes && from >= 0 && to >= from && to <= bytes.length)) return Err.BadArgument;
  if (from % 1 !== 0 || to % 1 !== 0) return Err.BadArgument;
  let at = from;
  while (at < to) {
    const took = sessionTake(session, bytes, at, to);
    if (took < 0)
      return session.phase === Phase.Failed || took === Err.BadState ? took : sessionFail(session, took);
    if (took === 0) break;
    at += took;
  }
  return at - from;
}

/** What a port throws becomes a code. */
function sessionTake(session: Session, bytes: Uint8Array, from: number, to: number): number {
  try {
    if (encryptedNow(session)) return encryptedPush(session, bytes, from, to);
    return PUSH[session.phase]!(session, bytes, from, to);
  } catch (_) {
    return Err.PortFailed;
  }
}

/** Does at most one slow thing. What a port throws becomes a code. */
export function sessionPoll(session: Session): number {
  let code: number;
  try {
    code = POLL[session.phase]!(session);
    if (code === Idle) code = sessionIdle(session);
  } catch (_) {
    code = Err.PortFailed;
  }
  return code < 0 ? sessionEnd(session, code) : code;
}

/** Waits for bytes: of an encrypted payload some may be here. */
function sessionIdle(session: Session): number {
  return encryptedNow(session) ? encryptedStep(session, PUSH[session.phase]!) : Idle;
}

function sessionEnd(session: Session, code: number): number {
  return session.phase === Phase.Failed ? code : sessionFail(session, code);
}

type Push = (session: Session, bytes: Uint8Array, from: number, to: number) => number;
type Poll = (session: Session) => number;

/** By phase. */
const PUSH: readonly Push[] = [
  pushBadState, // Idle
  pushEnvelope,
  pushNothing, // Check
  pushNothing, // Tail
  pushIndex,
  pushNothing, // Prove
  pushNothing, // Judge
  pushFrames,
  pushPlain,
  pushRest, // Verify
  pushRest, // Complete
  pushRest, // Staged
  pushBadState, // Activated
  pushFailed,
];

/** By phase. */
const POLL: readonly Poll[] = [
  pollIdle, // Idle
  pollIdle, // Envelope
  pollCheck,
  pollTail,
  pollIndex,
  pollProve,
  pollJudge,
  pollBlocks,
  pollPlain,
  pollVerify,
  pollComplete,
  pollIdle, // Staged
  pollIdle, // Activated
  pollFailed,
];

/** The last word before the mark: what activate() says of a session that is not ready, or Ok. */
export function sessionReady(session: Session): number {
  if (session.phase === Phase.Staged)
    return policyAsk(session.policy, session.transfer.prover.manifest, Moment.Activate);
  if (session.phase === Phase.Envelope) return Err.EnvelopeTooShort;
  if (session.phase === Phase.Failed) return Err.SessionFailed;
  return session.phase > Phase.Envelope && session.phase < Phase.Staged ? Err.PayloadTooShort : Err.BadState;
}

/** Takes over what the journal says of the inactive slot after a reset. */
export function sessionRecall(session: Session, running: number): void {
  const state = session.policy.journal.state;
  const transfer = session.transfer;
  transfer.slot = running <= 1 ? 1 - running : NO_SLOT;
  if (state[NAME_SLOT_AT] !== transfer.slot || !(stateGet(state, NAME_LENGTH_AT) > 0)) return;
  const size = slotReceiving(transfer.slots, transfer.slot).size;
  transfer.dirtyFrom = Math.min(stateGet(state, NAME_OFFSET_AT), size);
  transfer.dirtyTo = Math.min(stateGet(state, NAME_OFFSET_AT) + stateGet(state, NAME_LENGTH_AT), size);
}
