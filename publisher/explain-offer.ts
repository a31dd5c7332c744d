/** What can be wrong with flash, calls, envelope and manifest. */
import type { ExplainRow } from './reasons.ts';
import { Lwm2mResult as L, SuitReason as S } from './reasons.ts';

export const offerTable: Readonly<Record<string, ExplainRow>> = {
  FlashFailed: [
    'The flash driver threw an error.',
    'Check wiring, supply voltage and wear; offer the update again.',
    S.OperationFailed,
    L.Failed,
  ],
  FlashBounds: [
    'An access was outside the partition.',
    'Check the partition sizes that the board states.',
    S.OperationFailed,
    L.Failed,
  ],
  FlashAlign: [
    'An access was not on a program unit or an erase sector.',
    'Check writeAlign and the sector map that the board states.',
    S.OperationFailed,
    L.Failed,
  ],
  FlashReadBack: [
    'What was programmed does not read back.',
    'Offer it again; if it happens again at the same place, the flash is worn out there.',
    S.OperationFailed,
    L.Failed,
  ],
  JournalFailed: [
    'No erase sector of the boot journal takes a record any more.',
    'Give the journal more erase sectors, or replace the flash.',
    S.OperationFailed,
    L.Failed,
  ],

  PortFailed: [
    'A port of the board other than flash threw an error: crypto, inflate, clock, energy, counter or a hook.',
    'Read the log of the board for what was thrown, and mend the adapter.',
    S.OperationFailed,
    L.Failed,
  ],
  BadState: [
    'The call does not belong to this moment.',
    'Look at status().phase before the call.',
    S.OperationFailed,
    L.Failed,
  ],
  BadArgument: [
    'An argument is out of its bounds.',
    'Check the range or value that the application passes.',
    S.OperationFailed,
    L.Failed,
  ],
  SessionFailed: [
    'This update failed earlier, and takes nothing more.',
    'Look at the report for the first code, then begin a new offer.',
    S.OperationFailed,
    L.Failed,
  ],
  Cancelled: [
    'The update was cancelled.',
    'Offer it again when it is wanted.',
    S.OperationFailed,
    L.Cancelled,
  ],

  EnvelopeTooLong: [
    'The envelope is longer than 4096 bytes, or than the board takes.',
    'Leave texts out, or take a large payload out of the envelope: pack --format framed.',
    S.CborParse,
    L.PackageType,
  ],
  Cbor: [
    'The envelope is not well-formed CBOR in its shortest form.',
    'Check the transfer; pack again with flipside, or make the other tool write deterministic CBOR.',
    S.CborParse,
    L.Integrity,
  ],
  Envelope: [
    'This is CBOR, but not a SUIT envelope.',
    'Offer the envelope or the bundle, not the payload.',
    S.CborParse,
    L.PackageType,
  ],
  NoSignature: [
    'The envelope carries no signature.',
    'Sign it with flipside sign.',
    S.Unauthorized,
    L.Integrity,
  ],
  Signature: [
    'A signature is not a COSE_Sign1 of the form this device takes.',
    'Protected header: algorithm and key id only; unprotected header empty; payload nil; signature of 64 bytes, but for HSS/LMS.',
    S.CoseUnsupported,
    L.PackageType,
  ],
  AlgorithmUnknown: [
    'A signature or digest algorithm is not one of this device.',
    'Use Ed25519 (-19), ESP256 (-9) or HSS/LMS (-46), and SHA-256 (-16).',
    S.AlgorithmUnsupported,
    L.PackageType,
  ],
  ManifestDigest: [
    'The manifest was changed after it was signed.',
    'Check the transfer, then pack and sign again.',
    S.Unauthorized,
    L.Integrity,
  ],
  SignatureWrong: [
    'A signature does not hold.',
    'Sign with the key whose anchor is on the device; compare key ids with flipside inspect.',
    S.Unauthorized,
    L.Integrity,
  ],
  TooFewSignatures: [
    'Fewer of the device\u2019s anchors signed than it demands.',
    'Add the missing signatures with flipside sign.',
    S.Unauthorized,
    L.Integrity,
  ],
  AnchorScope: [
    'Signed by a key that may not speak for this vendor and class.',
    'Sign with a key whose anchor covers them.',
    S.ComponentUnauthorized,
    L.Integrity,
  ],
  EnvelopeTooShort: [
    'The envelope has not come whole.',
    'Offer it again from its first byte.',
    S.CborParse,
    L.ConnectionLost,
  ],

  Manifest: [
    'This is CBOR, but not a SUIT manifest.',
    'Pack again; check the tool that made it.',
    S.CborParse,
    L.PackageType,
  ],
  ManifestVersion: [
    'The manifest version is not 1.',
    'Make a manifest of version 1.',
    S.CborParse,
    L.PackageType,
  ],
  ManifestKey: [
    'The manifest has an element that this profile does not take.',
    'docs/SPEC.md section 1.1 lists the elements.',
    S.CommandUnsupported,
    L.PackageType,
  ],
  Command: [
    'The manifest has a command that this profile does not take.',
    'docs/SPEC.md section 1.1 lists the commands.',
    S.CommandUnsupported,
    L.PackageType,
  ],
  Parameter: [
    'The manifest has a parameter that this profile does not take, or one out of its range.',
    'docs/SPEC.md section 1.1 lists the parameters.',
    S.ParameterUnsupported,
    L.PackageType,
  ],
  Component: [
    'The manifest is not for the one component of this board.',
    'Compare the component identifier with the board\u2019s configuration.',
    S.ComponentUnsupported,
    L.PackageType,
  ],
  CheckMissing: [
    'Vendor and class are not both checked before the install.',
    'Put both conditions into the shared sequence; flipside pack does.',
    S.ConditionFailed,
    L.PackageType,
  ],
  NothingToInstall: [
    'The manifest names nothing to install.',
    'It needs a fetch, a URI, an image digest and an image size.',
    S.OperationFailed,
    L.PackageType,
  ],
  Condition: [
    'A condition of the manifest does not hold on this device.',
    'Look at the manifest with flipside inspect.',
    S.ConditionFailed,
    L.PackageType,
  ],
  SequenceRange: [
    'A number in the manifest is above 2^53-1.',
    'Use a smaller sequence number.',
    S.ParameterUnsupported,
    L.PackageType,
  ],
  Severed: [
    'A severed element is missing, or is not the one that was signed.',
    'Deliver the envelope whole.',
    S.SeveringUnsupported,
    L.Integrity,
  ],
  Format: [
    'The payload has a format that this agent does not have.',
    'Pack with --format framed or plain.',
    S.ParameterUnsupported,
    L.PackageType,
  ],
};
