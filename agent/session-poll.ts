/** What each phase of a session does when polled: at most one slow thing. More, Idle, or a code. */
import { bytesEqual } from './bytes.ts';
import { timeAtLeast } from './environment.ts';
import * as Err from './err.ts';
import { DEFAULT_DIGEST_STEP, Proof } from './config.ts';
import { Idle, Moment, More, Ok, Phase } from './codes.ts';
import { flashRead } from './flash.ts';
import { BLOCK, DIGEST_LENGTH, indexBlocks, indexLength } from './format/index.ts';
import {
  BASE_ASKED,
  BASE_KNOWN,
  BASE_NONE,
  BASE_NOT_ASKED,
  BASE_UNKNOWN,
  FORMAT_FRAMED,
  FORMAT_PATCH,
  FORMAT_PLAIN,
} from './format/labels.ts';
import { manifestRun } from './format/manifest.ts';
import type { Run } from './format/sequence.ts';
import { tailPlace } from './format/tail.ts';
import { BlockStep, blockStep } from './payload/block-writer.ts';
import { imageDigestStep } from './payload/image-digest.ts';
import { plainPush, plainTailErase, plainTailName, plainTailWrite } from './payload/plain.ts';
import { PIECE_MAX } from './payload/patch/layout.ts';
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
import { digestOf, highAt, rangeClean, transferRestart } from './payload/transfer.ts';
import { journalSave } from './journal.ts';
import { policyAsk, policyTurnedAway } from './policy.ts';
import { envelopeFind, envelopeTrust, manifestFor, signersTrust } from './proof.ts';
import { slotReceiving } from './slots.ts';
import { encryptedBegin } from './session-encrypted.ts';
import type { Session } from './session.ts';
import { SECOND_LOW_AT } from './format/layout.ts';

export function pollIdle(): number {
  return Idle;
}

export function pollFailed(): number {
  return Err.SessionFailed;
}

/**
 * Signatures, manifest, policy, room. Nothing has been erased before this, and nothing is when it says no. The manifest is
 * run from here, with little else on the stack: the deepest calls of a session.
 */
export function pollCheck(session: Session): number {
  let code = checkBegin(session);
  if (code === Ok) code = envelopeTrust(session.transfer.prover, Proof.Signature);
  if (code === Ok) code = manifestRun(checkManifest(session));
  return code === More ? More : checkEnd(session, code);
}

/** The slot that an update goes to. */
function inactive(session: Session): number {
  return 1 - session.policy.environment.running();
}

/** Ok; More: what runs is digested first; or a code. */
function checkBegin(session: Session): number {
  const prover = session.transfer.prover;
  if (prover.target.base === BASE_ASKED) return baseStep(session);
  prover.target.now = timeAtLeast(session.policy.environment);
  if (prover.target.base === BASE_NOT_ASKED) prover.target.base = baseOf(session);
  return envelopeFind(prover, session.length);
}

function checkManifest(session: Session): Run {
  return manifestFor(session.transfer.prover, inactive(session));
}

/** `code`: what became of the manifest. */
function checkEnd(session: Session, code: number): number {
  const prover = session.transfer.prover;
  const proven = code < 0 ? code : signersTrust(prover);
  if (prover.target.base === BASE_ASKED) return More;
  prover.target.base = BASE_NOT_ASKED;
  return proven < 0 ? proven : offerTake(session);
}

/** The manifest is authentic: is it wanted, and is there room? */
function offerTake(session: Session): number {
  let code = policyAsk(session.policy, session.transfer.prover.manifest, Moment.Receive);
  if (code === Err.BackingOff && policyTurnedAway(session.policy)) journalSave(session.transfer.journal);
  // The application was asked, and may have cancelled or begun anew.
  if (session.phase !== Phase.Check) return Idle;
  if (code < 0) return code;
  code = transferSet(session, inactive(session));
  if (code < 0) return code;
  code = integratedProve(session);
  if (code < 0) return code;
  code = encryptedBegin(session);
  if (code < 0) return code;
  code = secondGiveUp(session);
  if (code < 0) return code;
  session.phase = Phase.Tail;
  return More;
}

/** Whether it can be said which image runs, where a manifest asks. */
function baseOf(session: Session): number {
  const can = !session.whole && session.policy.config.patches && session.transfer.sourceSize > 0;
  return can ? BASE_UNKNOWN : BASE_NONE;
}

/** Digests the running image, from flash: only what is there now can be a base. */
function baseStep(session: Session): number {
  const transfer = session.transfer;
  const target = session.transfer.prover.target;
  if (session.baseAt === 0) transfer.imageHash.begin();
  const high = highAt(transfer);
  const n = Math.min(BLOCK, transfer.sourceSize - session.baseAt);
  if (flashRead(transfer.source, session.baseAt, transfer.buffer, high, high + n) < 0)
    target.base = BASE_NONE;
  transfer.imageHash.update(transfer.buffer, high, high + n);
  session.baseAt += n;
  if (target.base === BASE_NONE || session.baseAt < transfer.sourceSize) return More;
  transfer.imageHash.finish(target.baseDigest!);
  target.base = BASE_KNOWN;
  return More;
}

/**
 * Swap mode: what an exchange left in slot 1 lies where the update is written over it. That it is given up is on record
 * before it is touched: if power dies after this, slot 1 holds what of the update has come.
 */
function secondGiveUp(session: Session): number {
  const journal = session.transfer.journal;
  if (journal.state[SECOND_LOW_AT] === 0) return Ok;
  journal.state[SECOND_LOW_AT] = 0;
  const code = journalSave(journal);
  if (code < 0) journal.state[SECOND_LOW_AT] = 1;
  return code;
}

/** What came inside the envelope is bound by its digest alone, and is held against it before anything is erased. */
function integratedProve(session: Session): number {
  const manifest = session.transfer.prover.manifest;
  const transfer = session.transfer;
  if (manifest.integratedTo === 0) return Ok;
  const digest = digestOf(transfer, transfer.buffer, manifest.integratedFrom, manifest.integratedTo);
  return bytesEqual(digest, 0, manifest.imageDigest, 0, DIGEST_LENGTH) ? Ok : Err.ImageDigest;
}

function transferSet(session: Session, slot: number): number {
  const manifest = session.transfer.prover.manifest;
  const transfer = session.transfer;
  const tail = transfer.tail;
  transfer.slot = slot;
  transfer.flash = slotReceiving(transfer.slots, slot);
  transfer.format = manifest.format;
  transfer.blocks = indexBlocks(manifest.imageSize);
  transfer.payloadSize = manifest.payloadSize;
  tail.imageSize = manifest.imageSize;
  tail.envelopeLength = session.length;
  tail.indexLength = indexLength(transfer.blocks);
  transfer.indexFrom = tail.indexLength;
  transfer.framesEnd = tail.indexLength;
  transfer.frameAt = tail.indexLength;
  if (manifest.format === FORMAT_FRAMED && !(manifest.payloadSize > tail.indexLength))
    return Err.PayloadTooShort;
  if (manifest.format === FORMAT_PLAIN && manifest.payloadSize !== manifest.imageSize)
    return Err.PayloadTooShort;
  if (manifest.format === FORMAT_PATCH) {
    if (!(manifest.firstPiece <= PIECE_MAX)) return Err.PatchMalformed;
    const base = manifest.baseless ? 0 : transfer.sourceSize;
    session.policy.config.patches!.begin(transfer, transfer.patched!, manifest.firstPiece, base);
  }
  const code = tailPlace(tail, transfer.flash.size, transfer.flash.unit);
  return code < 0 ? code : tailFits(transfer);
}

/** First: erases what a cut may have touched, and looks what of the tail can stay. Later: writes the envelope. */
export function pollTail(session: Session): number {
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
  if (transfer.format === FORMAT_FRAMED) {
    session.phase = Phase.Prove;
    return More;
  }
  return plainBegin(session);
}

function plainBegin(session: Session): number {
  const transfer = session.transfer;
  transfer.perhaps = transfer.tailFrom >= transfer.flash.size && footerState(transfer) === 1;
  session.phase = transfer.perhaps ? Phase.Verify : Phase.Plain;
  return More;
}

/** What came inside the envelope is at hand already. */
function plainIntegrated(session: Session): void {
  const transfer = session.transfer;
  const manifest = session.transfer.prover.manifest;
  if (manifest.integratedTo === 0) return;
  plainPush(transfer, session.transfer.prover.buffer, manifest.integratedFrom, manifest.integratedTo);
  transfer.position = transfer.payloadSize;
}

export function pollProve(session: Session): number {
  const transfer = session.transfer;
  const code = tailProve(transfer);
  if (code !== Ok) return code;
  if (tailWantsIndex(transfer)) session.phase = Phase.Index;
  else session.phase = Phase.Tail;
  return More;
}

export function pollIndex(session: Session): number {
  const transfer = session.transfer;
  if (transfer.held === 0 || tailRoom(transfer) > 0) return Idle;
  const code = tailFlush(transfer);
  if (code < 0) return code;
  if (code === Ok && !tailWantsIndex(transfer)) session.phase = Phase.Prove;
  return More;
}

export function pollJudge(session: Session): number {
  const code = planStep(session.transfer);
  if (code !== Ok) return code;
  session.phase = Phase.Blocks;
  return More;
}

export function pollBlocks(session: Session): number {
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

export function pollPlain(session: Session): number {
  const transfer = session.transfer;
  if (transfer.erasedTo < transfer.flash.size) {
    const code = plainTailErase(transfer);
    if (code === Ok) plainIntegrated(session);
    return code < 0 ? code : More;
  }
  if (transfer.block >= transfer.blocks) {
    session.phase = Phase.Verify;
    return plainTailName(transfer);
  }
  if (transfer.step !== BlockStep.Decide) return blockStep(transfer);
  if (transfer.format !== FORMAT_PATCH) return Idle;
  return session.policy.config.patches!.step(transfer, transfer.patched!);
}

export function pollVerify(session: Session): number {
  const transfer = session.transfer;
  const code = imageDigestStep(transfer, session.policy.config.digestStep ?? DEFAULT_DIGEST_STEP);
  if (code === Err.ImageDigest && transfer.perhaps) {
    transferRestart(transfer);
    session.phase = Phase.Plain;
    return More;
  }
  if (code === Ok) {
    session.phase = Phase.Complete;
    transfer.piece = 0;
  }
  return code < 0 ? code : More;
}

export function pollComplete(session: Session): number {
  const transfer = session.transfer;
  if (transfer.format !== FORMAT_FRAMED && !transfer.perhaps) {
    const code = plainTailWrite(transfer);
    if (code !== Ok) return code;
  }
  const code = tailComplete(transfer);
  if (code !== Ok) return code;
  session.phase = Phase.Staged;
  return Idle;
}
