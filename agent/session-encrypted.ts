/** What a session does between the driver and its own phases where the payload is encrypted. */
import * as Err from './err.ts';
import { Idle, More, Ok, Phase, Wanted } from './codes.ts';
import type { Session } from './session.ts';

/** Whether bytes of an encrypted payload may come. */
export function encryptedNow(session: Session): boolean {
  const encrypted = session.encrypted;
  return !!encrypted && encrypted.piece > 0 && session.phase >= Phase.Tail && session.phase <= Phase.Staged;
}

/** Finds the content key of the manifest. Nothing has been erased yet. Ok, or a code. */
export function encryptedBegin(session: Session): number {
  const manifest = session.transfer.prover.manifest;
  const encrypted = session.encrypted;
  const encryption = session.policy.config.encryption;
  if (manifest.encryptedPiece === 0) return Ok;
  if (!encrypted || !encryption) return Err.EncryptionUnsupported;
  const bytes = session.transfer.prover.buffer;
  const code = encryption.key(encrypted, bytes, manifest.encryptionFrom, manifest.encryptionTo);
  if (code < 0) return code;
  const id = manifest.format === 0 ? manifest.imageDigest : manifest.indexRoot;
  encryption.begin(encrypted, manifest.encryptedPiece, manifest.payloadSize, id);
  return Ok;
}

/** Takes bytes as they come. When all that is needed is here, the rest goes by, not opened, and not a byte more. */
export function encryptedPush(session: Session, bytes: Uint8Array, from: number, to: number): number {
  const encrypted = session.encrypted!;
  const encryption = session.policy.config.encryption!;
  const needed = session.phase < Phase.Verify || (session.phase === Phase.Verify && session.transfer.perhaps);
  if (needed) return encryption.push(encrypted, bytes, from, to);
  const n = encryption.goBy(encrypted, to - from);
  return n === 0 && session.phase === Phase.Staged ? Err.PayloadTooLong : n;
}

/** Where the session itself is idle: opens a piece, or hands what is open on to `push`. */
export function encryptedStep(
  session: Session,
  push: (session: Session, bytes: Uint8Array, from: number, to: number) => number,
): number {
  const encrypted = session.encrypted!;
  const encryption = session.policy.config.encryption!;
  if (session.phase >= Phase.Verify) return Idle;
  const code = encryption.open(encrypted);
  if (code !== Ok) return code < 0 ? code : More;
  const end = encryption.length(encrypted);
  if (end === 0) return Idle;
  const took = push(session, encrypted.bytes, encrypted.next, end);
  if (took <= 0) return took === 0 ? Idle : took;
  encryption.taken(encrypted, took);
  return More;
}

/** Makes of a range of the payload what is to be fetched for it. */
export function encryptedWanted(session: Session, range: { offset: number; length: number }): number {
  if (!encryptedNow(session)) return Wanted;
  return session.policy.config.encryption!.wanted(session.encrypted!, range);
}
