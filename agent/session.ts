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
import { bytesEqual } from './bytes.ts';
import { Busy, Done, Err, Idle, Moment, More, NO_SLOT, Ok, Phase, Wanted } from './codes.ts';
import { DEFAULT_DIGEST_STEP } from './config.ts';
import type { Config } from './config.ts';
import { flashRead } from './flash.ts';
import type { Flash } from './flash.ts';
import { envelopeLength } from './format/envelope.ts';
import { ENVELOPE_MAX } from './format/labels.ts';
import { BLOCK, DIGEST_LENGTH, indexBlocks, indexLength } from './format/index.ts';
import { tailPlace } from './format/tail.ts';
import type { Journal } from './journal.ts';
import { BlockStep, blockStep, blockWanted, framePush } from './payload/block-writer.ts';
import { imageDigestStep } from './payload/image-digest.ts';
import { plainPush, plainTailErase, plainTailWrite } from './payload/plain.ts';
import { planStep } from './payload/plan.ts';
import {
  footerState,
  tailComplete,
  tailEnvelope,
  tailFits,
  tailFlush,
  tailPlan,
  tailProve,
  tailRoom,
  tailWantsIndex,
} from './payload/tail-writer.ts';
import { rangeClean, rangeDoubt, transferNew, transferRestart } from './payload/transfer.ts';
import type { Transfer } from './payload/transfer.ts';
import { policyAsk } from './policy.ts';
import type { Policy } from './policy.ts';
import { proveEnvelope, proverOpen } from './proof.ts';
import type { Prover } from './proof.ts';

export interface Session {
  readonly ports: Ports;
  readonly policy: Policy;
  readonly prover: Prover;
  readonly transfer: Transfer;
  phase: number;
  /** Why it failed. */
  code: number;
  /** Envelope bytes taken, and their number once it is known. */
  have: number;
  length: number;
  planned: boolean;
}

export function sessionOpen(
  ports: Ports,
  config: Config,
  policy: Policy,
  journal: Journal,
  slots: readonly [Flash, Flash],
): Session {
  const buffer = new Uint8Array(ENVELOPE_MAX + BLOCK);
  const prover = proverOpen(ports, config, buffer.subarray(0, ENVELOPE_MAX));
  const transfer = transferNew(
    ports.crypto,
    prover.hash,
    ports.inflate,
    ports.environment.watchdog,
    journal,
    slots,
    buffer,
    config.digestStep ?? DEFAULT_DIGEST_STEP,
  );
  return {
    ports: ports,
    policy: policy,
    prover: prover,
    transfer: transfer,
    phase: Phase.Idle,
    code: Ok,
    have: 0,
    length: 0,
    planned: false,
  };
}

export function sessionBegin(session: Session): number {
  session.phase = Phase.Envelope;
  session.code = Ok;
  session.have = 0;
  session.length = 0;
  session.planned = false;
  transferRestart(session.transfer);
  return Ok;
}

export function sessionFail(session: Session, code: number): number {
  const receiving = session.phase >= Phase.Tail && session.phase <= Phase.Complete;
  if (receiving) rangeDoubt(session.transfer);
  session.phase = Phase.Failed;
  session.code = code;
  const log = session.ports.environment.log;
  if (log) log(code, session.transfer.block);
  return code;
}

/** Takes bytes from..to-1. Returns how many it took; the rest after poll() has come to Idle. */
export function sessionPush(session: Session, bytes: Uint8Array, from: number, to: number): number {
  if (!(bytes && from >= 0 && to >= from && to <= bytes.length)) return Err.BadArgument;
  if (from % 1 !== 0 || to % 1 !== 0) return Err.BadArgument;
  let at = from;
  while (at < to) {
    const took = PUSH[session.phase]!(session, bytes, at, to);
    if (took < 0)
      return session.phase === Phase.Failed || took === Err.BadState ? took : sessionFail(session, took);
    if (took === 0) break;
    at += took;
  }
  return at - from;
}

/** Does at most one slow thing. */
export function sessionPoll(session: Session): number {
  const code = POLL[session.phase]!(session);
  return code < 0 && session.phase !== Phase.Failed ? sessionFail(session, code) : code;
}

function pushNothing(): number {
  return 0;
}

function pushBadState(): number {
  return Err.BadState;
}

function pushFailed(): number {
  return Err.SessionFailed;
}

/** The envelope goes into a buffer of the agent's own: what the caller changes after this is not seen. */
function pushEnvelope(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const buffer = session.prover.buffer;
  const end = session.length > 0 ? session.length : ENVELOPE_MAX;
  const start = session.have;
  for (let at = from; at < to && session.have < end; at++) buffer[session.have++] = bytes[at]!;
  const length = envelopeLength(buffer, session.have);
  if (length < 0) return length;
  if (length === 0) return session.have < ENVELOPE_MAX ? session.have - start : Err.EnvelopeTooLong;
  session.length = length;
  if (session.have < length) return session.have - start;
  // Bytes beyond the envelope are payload: they are taken when it is their turn.
  session.have = length;
  session.phase = Phase.Check;
  return length - start;
}

/** A stream that was not asked for a range brings everything: what is not needed goes by. Bytes to let go by, or 0. */
function goBy(transfer: Transfer, wanted: number, from: number, to: number): number {
  const n = Math.min(to - from, wanted - transfer.position);
  transfer.position += n;
  return n;
}

function pushIndex(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const transfer = session.transfer;
  const next = transfer.cursor - transfer.tail.indexAt + transfer.held;
  if (transfer.position < next) return goBy(transfer, next, from, to);
  // A stream does not come back for what turned out wrong.
  if (transfer.position > next) return Err.IndexDigest;
  const n = Math.min(to - from, tailRoom(transfer));
  for (let i = 0; i < n; i++) transfer.high[transfer.held + i] = bytes[from + i]!;
  transfer.held += n;
  transfer.position += n;
  return n;
}

function pushFrames(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const transfer = session.transfer;
  if (transfer.step !== BlockStep.Frame) return 0;
  const next = transfer.frameAt + transfer.frameGot;
  if (transfer.position < next) return goBy(transfer, next, from, to);
  const n = framePush(transfer, bytes, from, to);
  if (n > 0) transfer.position += n;
  return n;
}

function pushPlain(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const transfer = session.transfer;
  if (transfer.step !== BlockStep.Decide || transfer.block >= transfer.blocks) return 0;
  const n = plainPush(transfer, bytes, from, to);
  transfer.position += n;
  return n;
}

/** All that is needed is here: the rest of the payload goes by, and not a byte more. */
function pushRest(session: Session, _bytes: Uint8Array, from: number, to: number): number {
  const transfer = session.transfer;
  if (transfer.position >= transfer.payloadSize) return Err.PayloadTooLong;
  return goBy(transfer, transfer.payloadSize, from, to);
}

function pollIdle(): number {
  return Idle;
}

function pollFailed(): number {
  return Err.SessionFailed;
}

/** Signatures, manifest, policy, room. Nothing has been erased before this, and nothing is when it says no. */
function pollCheck(session: Session): number {
  const prover = session.prover;
  const clock = session.ports.environment.clock;
  const slot = 1 - session.ports.environment.running();
  prover.target.now = clock && clock.trusted() ? clock.now() : -1;
  let code = proveEnvelope(prover, session.length, slot, true);
  if (code < 0) return code;
  code = policyAsk(session.policy, prover.manifest, Moment.Receive);
  if (code < 0) return code;
  code = transferSet(session, slot);
  if (code < 0) return code;
  code = integratedProve(session);
  if (code < 0) return code;
  session.phase = Phase.Tail;
  return More;
}

/** What came inside the envelope is bound by its digest alone, and is held against it before anything is erased. */
function integratedProve(session: Session): number {
  const manifest = session.prover.manifest;
  const transfer = session.transfer;
  if (manifest.integratedTo === 0) return Ok;
  transfer.hash.begin();
  transfer.hash.update(session.prover.buffer, manifest.integratedFrom, manifest.integratedTo);
  transfer.hash.finish(transfer.digest);
  return bytesEqual(transfer.digest, 0, transfer.imageDigest, 0, DIGEST_LENGTH) ? Ok : Err.ImageDigest;
}

function transferSet(session: Session, slot: number): number {
  const manifest = session.prover.manifest;
  const transfer = session.transfer;
  const tail = transfer.tail;
  transfer.slot = slot;
  transfer.flash = transfer.slots[slot]!;
  transfer.framed = manifest.format !== 0;
  transfer.imageSize = manifest.imageSize;
  transfer.blocks = indexBlocks(manifest.imageSize);
  transfer.payloadSize = manifest.payloadSize;
  transfer.imageDigest.set(manifest.imageDigest);
  transfer.indexRoot.set(manifest.indexRoot);
  tail.imageSize = manifest.imageSize;
  tail.envelopeLength = session.length;
  tail.indexLength = indexLength(transfer.blocks);
  transfer.indexFrom = tail.indexLength;
  transfer.framesEnd = tail.indexLength;
  transfer.frameAt = tail.indexLength;
  if (transfer.framed && !(manifest.payloadSize > tail.indexLength)) return Err.PayloadTooShort;
  if (!transfer.framed && manifest.payloadSize !== manifest.imageSize) return Err.PayloadTooShort;
  const code = tailPlace(tail, transfer.flash.size, transfer.flash.unit);
  return code < 0 ? code : tailFits(transfer);
}

/** First: erases what a cut may have touched, and looks what of the tail can stay. Later: writes the envelope. */
function pollTail(session: Session): number {
  const transfer = session.transfer;
  if (session.planned) {
    const code = tailEnvelope(transfer);
    if (code === Ok) session.phase = Phase.Judge;
    return code < 0 ? code : More;
  }
  const code = rangeClean(transfer);
  if (code !== Ok) return code;
  tailPlan(transfer);
  session.planned = true;
  if (transfer.framed) {
    session.phase = Phase.Prove;
    return More;
  }
  return plainBegin(session);
}

function plainBegin(session: Session): number {
  const transfer = session.transfer;
  const manifest = session.prover.manifest;
  transfer.perhaps = transfer.tailFrom >= transfer.flash.size && footerState(transfer) === 1;
  session.phase = transfer.perhaps ? Phase.Verify : Phase.Plain;
  if (manifest.integratedTo === 0 || transfer.perhaps) return More;
  const bytes = session.prover.buffer;
  plainPush(transfer, bytes, manifest.integratedFrom, manifest.integratedTo);
  transfer.position = transfer.payloadSize;
  return More;
}

function pollProve(session: Session): number {
  const transfer = session.transfer;
  const code = tailProve(transfer);
  if (code !== Ok) return code;
  if (tailWantsIndex(transfer)) session.phase = Phase.Index;
  else session.phase = Phase.Tail;
  return More;
}

function pollIndex(session: Session): number {
  const transfer = session.transfer;
  if (transfer.held === 0 || tailRoom(transfer) > 0) return Idle;
  const code = tailFlush(transfer);
  if (code < 0) return code;
  if (code === Ok && !tailWantsIndex(transfer)) session.phase = Phase.Prove;
  return More;
}

function pollJudge(session: Session): number {
  const code = planStep(session.transfer);
  if (code !== Ok) return code;
  session.phase = Phase.Blocks;
  return More;
}

function pollBlocks(session: Session): number {
  const transfer = session.transfer;
  if (transfer.block >= transfer.blocks) {
    session.phase = Phase.Verify;
    return More;
  }
  if (transfer.block >= transfer.judged) {
    session.phase = Phase.Judge;
    return More;
  }
  return blockStep(transfer);
}

function pollPlain(session: Session): number {
  const transfer = session.transfer;
  if (transfer.block >= transfer.blocks) {
    const code = plainTailErase(transfer);
    if (code === Ok) session.phase = Phase.Verify;
    return code < 0 ? code : More;
  }
  return transfer.step === BlockStep.Decide ? Idle : blockStep(transfer);
}

function pollVerify(session: Session): number {
  const transfer = session.transfer;
  const code = imageDigestStep(transfer);
  if (code === Err.ImageDigest && transfer.perhaps) {
    transferRestart(transfer);
    transfer.tailFrom = transfer.flash.size;
    session.phase = Phase.Plain;
    return More;
  }
  if (code === Ok) {
    session.phase = Phase.Complete;
    transfer.piece = 0;
  }
  return code < 0 ? code : More;
}

function pollComplete(session: Session): number {
  const transfer = session.transfer;
  if (!transfer.framed && !transfer.perhaps) {
    const code = plainTailWrite(transfer);
    if (code !== Ok) return code;
  }
  const code = tailComplete(transfer);
  if (code !== Ok) return code;
  session.phase = Phase.Staged;
  return Idle;
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

/** Fills in the next range of the payload. Whoever asks promises to push from its offset on. */
export function sessionWanted(session: Session, range: { offset: number; length: number }): number {
  const transfer = session.transfer;
  let code: number = Wanted;
  range.offset = 0;
  range.length = 0;
  if (session.phase === Phase.Idle || session.phase === Phase.Activated) return Err.BadState;
  if (session.phase === Phase.Failed) return Err.SessionFailed;
  if (session.phase === Phase.Envelope) return Err.EnvelopeTooShort;
  if (session.phase >= Phase.Verify) return Done;
  if (session.phase === Phase.Index && tailRoom(transfer) > 0) {
    range.offset = transfer.cursor - transfer.tail.indexAt + transfer.held;
    range.length = transfer.tail.indexLength - range.offset;
  } else if (session.phase === Phase.Blocks && transfer.step === BlockStep.Frame) {
    code = blockWanted(transfer, range);
    if (code === Ok) code = Wanted;
  } else if (session.phase === Phase.Plain && transfer.step === BlockStep.Decide) {
    range.offset = transfer.position;
    range.length = transfer.payloadSize - transfer.position;
    if (range.length === 0) return Busy;
  } else {
    return Busy;
  }
  if (code === Wanted) transfer.position = range.offset;
  return code;
}

/** Copies the URI of the payload, as UTF-8. Returns its length. */
export function sessionUri(session: Session, into: Uint8Array): number {
  const manifest = session.prover.manifest;
  const transfer = session.transfer;
  if (session.phase <= Phase.Check || session.phase >= Phase.Activated) return Err.BadState;
  const length = manifest.uriTo - manifest.uriFrom;
  if (!(length <= into.length)) return Err.BadArgument;
  const inFlash = transfer.framed && session.phase >= Phase.Judge;
  if (inFlash) {
    const code = flashRead(transfer.flash, transfer.tail.envelopeAt + manifest.uriFrom, into, 0, length);
    return code < 0 ? code : length;
  }
  for (let i = 0; i < length; i++) into[i] = session.prover.buffer[manifest.uriFrom + i]!;
  return length;
}

/** The last word before the mark: what activate() says of a session that is not ready, or Ok. */
export function sessionReady(session: Session): number {
  if (session.phase === Phase.Staged)
    return policyAsk(session.policy, session.prover.manifest, Moment.Activate);
  if (session.phase === Phase.Envelope) return Err.EnvelopeTooShort;
  if (session.phase === Phase.Failed) return Err.SessionFailed;
  return session.phase > Phase.Envelope && session.phase < Phase.Staged ? Err.PayloadTooShort : Err.BadState;
}

/** Takes over what the journal says of the inactive slot after a reset. */
export function sessionRecall(session: Session, journal: Journal, running: number): void {
  const state = journal.state;
  const transfer = session.transfer;
  transfer.slot = running <= 1 ? 1 - running : NO_SLOT;
  if (state.nameSlot !== transfer.slot || !(state.nameLength > 0)) return;
  const size = transfer.slots[transfer.slot]!.size;
  transfer.dirtyFrom = Math.min(state.nameOffset, size);
  transfer.dirtyTo = Math.min(state.nameOffset + state.nameLength, size);
}
