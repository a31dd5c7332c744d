/** The update result that a code of the agent comes to. The publisher's table of codes says the same of each. */
import * as Err from '../../../agent/err.ts';
import { Result } from './machine.ts';

/** Codes of the moment (agent/err.ts: -170..). */
const MOMENT_FIRST = -170;
const MOMENT_LAST = -175;

/** First and last code of a group, results of it; the first row that holds a code decides, and `Failed` without one. */
const ROWS: readonly (readonly [number, number, number])[] = [
  [Err.Cancelled, Err.Cancelled, Result.Cancelled],
  [Err.Cbor, Err.Cbor, Result.Integrity],
  [Err.NoSignature, Err.NoSignature, Result.Integrity],
  [Err.EnvelopeTooLong, Err.AlgorithmUnknown, Result.PackageType],
  [Err.ManifestDigest, Err.AnchorScope, Result.Integrity],
  [Err.EnvelopeTooShort, Err.EnvelopeTooShort, Result.ConnectionLost],
  [Err.Severed, Err.Severed, Result.Integrity],
  [Err.Manifest, Err.WrongDevice, Result.PackageType],
  [Err.ImageTooLarge, Err.ImageTooLarge, Result.NoFlash],
  [Err.EnergyLow, Err.Deferred, Result.Deferred],
  [Err.ConsentMissing, Err.ConsentMissing, Result.Deferred],
  [Err.BackingOff, Err.BackingOff, Result.Deferred],
  [Err.PlainImage, Err.PlainImage, Result.PackageType],
  [Err.WindowTooLarge, Err.WindowTooLarge, Result.PackageType],
  [Err.PayloadTooShort, Err.PayloadTooShort, Result.ConnectionLost],
  [Err.WrongBase, Err.NoRecipient, Result.PackageType],
  [Err.IndexMalformed, Err.PieceTag, Result.Integrity],
  [Err.AlreadyRunning, Err.AlreadyRunning, Result.Success],
  [Err.TailMalformed, Err.TailMalformed, Result.Integrity],
  [Err.ImageRefused, Err.ImageRefused, Result.Integrity],
  [Err.ChecksOpen, Err.ChecksOpen, Result.Initial],
  [Err.ManualRevert, Err.ManualRevert, Result.Success],
  [Err.ImageKind, Err.ImageKind, Result.PackageType],
  [Err.ImageMissing, Err.CounterMissing, Result.Integrity],
  [Err.CoapRefused, Err.CoapRefused, Result.InvalidUri],
  [Err.CoapMalformed, Err.CoapChanged, Result.ConnectionLost],
  [Err.CoapTooLong, Err.CoapTooLong, Result.OutOfMemory],
  [Err.CoapOption, Err.CoapOption, Result.Protocol],
  [Err.CoapUri, Err.CoapUri, Result.InvalidUri],
  [Err.ProtectionReplay, Err.ProtectionReplay, Result.ConnectionLost],
  [Err.ProtectionMalformed, Err.ProtectionMissing, Result.Protocol],
  [Err.ChannelFailed, Err.ChannelFailed, Result.ConnectionLost],
  // Waits that the owner's or the application's moment ends.
  [MOMENT_FIRST, MOMENT_LAST, Result.Deferred],
  [Err.Statement, Err.Statement, Result.PackageType],
  [Err.StatementNonce, Err.StatementOld, Result.Integrity],
  [Err.SourceWithholds, Err.SourceWithholds, Result.ConnectionLost],
  [Err.UriMalformed, Err.UriMalformed, Result.InvalidUri],
  [Err.SchemeRefused, Err.SchemeRefused, Result.Protocol],
  [Err.OriginRefused, Err.OriginRefused, Result.InvalidUri],
  [Err.SourceRefused, Err.SourceRefused, Result.InvalidUri],
  [Err.SourceMalformed, Err.SourceMalformed, Result.Failed],
  [Err.SourceChanged, Err.SourceChanged, Result.Integrity],
  [Err.SourceLost, Err.SourceUntrusted, Result.ConnectionLost],
];

export function resultOf(code: number): number {
  for (const row of ROWS) if (code <= row[0] && code >= row[1]) return row[2];
  return Result.Failed;
}

/** Of an image that did not stay: whatever its code says of the moment, the update failed. */
export function resultOfRevert(code: number): number {
  const result = resultOf(code);
  return result === Result.Integrity ? result : Result.Failed;
}
