/** What each phase of a session does with bytes. A function returns how many it took, or a code. */
import { bytesCopy } from './bytes.ts';
import * as Err from './err.ts';
import { DEFAULT_ENVELOPE_MAX } from './config.ts';
import { Phase } from './codes.ts';
import { envelopeLength } from './format/envelope.ts';
import { FORMAT_PATCH } from './format/labels.ts';
import { BlockStep, framePush } from './payload/block-writer.ts';
import { plainPush, plainWaits } from './payload/plain.ts';
import { tailRoom } from './payload/tail-writer.ts';
import type { Transfer } from './payload/transfer.ts';
import type { Session } from './session.ts';

export function pushNothing(): number {
  return 0;
}

export function pushBadState(): number {
  return Err.BadState;
}

export function pushFailed(): number {
  return Err.SessionFailed;
}

/** The envelope goes into a buffer of the agent's own: what the caller changes after this is not seen. */
export function pushEnvelope(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const buffer = session.transfer.prover.buffer;
  const most = session.policy.config.envelopeMax ?? DEFAULT_ENVELOPE_MAX;
  const end = session.length > 0 ? session.length : most;
  const start = session.have;
  for (let at = from; at < to && session.have < end; at++) buffer[session.have++] = bytes[at]!;
  const length = envelopeLength(buffer, session.have);
  if (length < 0) return length;
  if (!(length <= most)) return Err.EnvelopeTooLong;
  if (length === 0) return session.have < most ? session.have - start : Err.EnvelopeTooLong;
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

export function pushIndex(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const transfer = session.transfer;
  const next = transfer.cursor - transfer.tail.indexAt + transfer.held;
  if (transfer.position < next) return goBy(transfer, next, from, to);
  // A stream does not come back for what turned out wrong.
  if (transfer.position > next) return Err.IndexDigest;
  const n = Math.min(to - from, tailRoom(transfer));
  bytesCopy(bytes, from, transfer.buffer, transfer.spareAt + transfer.held, n);
  transfer.held += n;
  transfer.position += n;
  return n;
}

export function pushFrames(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const transfer = session.transfer;
  if (transfer.step !== BlockStep.Frame) return 0;
  const next = transfer.frameAt + transfer.frameGot;
  if (transfer.position < next) return goBy(transfer, next, from, to);
  const n = framePush(transfer, bytes, from, to);
  if (n > 0) transfer.position += n;
  return n;
}

function pushPieces(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const transfer = session.transfer;
  const patched = transfer.patched!;
  if (!plainWaits(transfer) || !(patched.got < patched.need)) return 0;
  const next = patched.offset + patched.got;
  if (transfer.position < next) return goBy(transfer, next, from, to);
  // A stream does not come back.
  if (transfer.position > next) return Err.PieceDigest;
  const n = session.policy.config.patches!.push(patched, bytes, from, to);
  transfer.position += n;
  return n;
}

export function pushPlain(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const transfer = session.transfer;
  if (transfer.format === FORMAT_PATCH) return pushPieces(session, bytes, from, to);
  if (!plainWaits(transfer)) return 0;
  const n = plainPush(transfer, bytes, from, to);
  transfer.position += n;
  return n;
}

/** All that is needed is here: the rest of the payload goes by, and not a byte more. */
export function pushRest(session: Session, _bytes: Uint8Array, from: number, to: number): number {
  const transfer = session.transfer;
  // The image may turn out not to stand: then the stream is needed from its first byte.
  if (transfer.perhaps && session.phase === Phase.Verify) return 0;
  if (transfer.position >= transfer.payloadSize) {
    // Judged when all is staged, so that it makes no difference when the byte too many came.
    return session.phase === Phase.Staged ? Err.PayloadTooLong : 0;
  }
  return goBy(transfer, transfer.payloadSize, from, to);
}
