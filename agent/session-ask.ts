/** What a driver asks of a session: the next range of the payload, and where it is. */
import * as Err from './err.ts';
import { Busy, Done, Ok, Phase, Wanted } from './codes.ts';
import { flashRead } from './flash.ts';
import { FORMAT_FRAMED, FORMAT_PATCH } from './format/labels.ts';
import { BlockStep, blockWanted } from './payload/block-writer.ts';
import { plainWaits } from './payload/plain.ts';
import { tailRoom } from './payload/tail-writer.ts';
import type { Transfer } from './payload/transfer.ts';
import { encryptedWanted } from './session-encrypted.ts';
import type { Session } from './session.ts';

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
  } else if (session.phase === Phase.Plain && plainWaits(transfer)) {
    code = plainWanted(transfer, range);
  } else {
    return Busy;
  }
  if (code !== Wanted) return code;
  transfer.position = range.offset;
  return encryptedWanted(session, range);
}

/** To the end of the payload; of a patch, first its first piece, which says where to go on. */
function plainWanted(transfer: Transfer, range: { offset: number; length: number }): number {
  const patched = transfer.patched;
  range.offset = transfer.position;
  let end = transfer.payloadSize;
  if (transfer.format === FORMAT_PATCH && patched) {
    if (!(patched.got < patched.need)) return Busy;
    range.offset = patched.offset + patched.got;
    if (patched.offset === 0) end = patched.need;
  }
  range.length = end - range.offset;
  return Wanted;
}

/** Copies the URI of the payload, as UTF-8. Returns its length. */
export function sessionUri(session: Session, into: Uint8Array): number {
  const manifest = session.transfer.prover.manifest;
  const transfer = session.transfer;
  if (session.phase <= Phase.Check || session.phase >= Phase.Activated) return Err.BadState;
  const length = manifest.uriTo - manifest.uriFrom;
  if (!(length <= into.length)) return Err.BadArgument;
  const inFlash = transfer.format === FORMAT_FRAMED && session.phase >= Phase.Judge;
  if (inFlash) {
    const code = flashRead(transfer.flash, transfer.tail.envelopeAt + manifest.uriFrom, into, 0, length);
    return code < 0 ? code : length;
  }
  for (let i = 0; i < length; i++) into[i] = session.transfer.prover.buffer[manifest.uriFrom + i]!;
  return length;
}
