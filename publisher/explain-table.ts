import type * as Err from '../agent/err.ts';

/** Reasons of a SUIT report (draft-ietf-suit-report). */
export const SuitReason = {
  Ok: 0,
  CborParse: 1,
  CoseUnsupported: 2,
  AlgorithmUnsupported: 3,
  Unauthorized: 4,
  CommandUnsupported: 5,
  ComponentUnsupported: 6,
  ComponentUnauthorized: 7,
  ParameterUnsupported: 8,
  SeveringUnsupported: 9,
  ConditionFailed: 10,
  OperationFailed: 11,
  InvokePending: 12,
} as const;

/** Update results of the LwM2M firmware update object (5/0/5). */
export const Lwm2mResult = {
  Initial: 0,
  Success: 1,
  NoFlash: 2,
  OutOfMemory: 3,
  ConnectionLost: 4,
  Integrity: 5,
  PackageType: 6,
  Uri: 7,
  Failed: 8,
  Protocol: 9,
  Cancelled: 10,
  Deferred: 11,
} as const;

/** Sentence, advice, SUIT report reason, LwM2M update result. */
export type ExplainRow = readonly [sentence: string, advice: string, suitReason: number, lwm2mResult: number];

const S = SuitReason;
const L = Lwm2mResult;

type Complete = Readonly<Record<keyof typeof Err, ExplainRow>>;

/** A row for every code: the type makes a missing one an error of the build. */
export const explainTable: Complete & Readonly<Record<string, ExplainRow>> = {
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
    'The envelope is longer than 4096 bytes.',
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
    'Protected header: algorithm and key id only; unprotected header empty; payload nil; signature of 64 bytes.',
    S.CoseUnsupported,
    L.PackageType,
  ],
  AlgorithmUnknown: [
    'A signature or digest algorithm is not one of this device.',
    'Use Ed25519 (-19) or ESP256 (-9), and SHA-256 (-16).',
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

  WrongVendor: [
    'The update is for another vendor.',
    'Compare the vendor ids with flipside inspect.',
    S.ConditionFailed,
    L.PackageType,
  ],
  WrongClass: [
    'The update is for another class of device.',
    'Compare the class ids with flipside inspect.',
    S.ConditionFailed,
    L.PackageType,
  ],
  WrongDevice: [
    'The update is for one other device.',
    'Compare the device ids with flipside inspect.',
    S.ConditionFailed,
    L.PackageType,
  ],
  SequenceOld: [
    'The sequence is not above the one already accepted.',
    'Pack with a higher --sequence.',
    S.ConditionFailed,
    L.Failed,
  ],
  SequenceJump: [
    'The sequence is further above the accepted one than the board allows.',
    'Pack with a lower --sequence.',
    S.ConditionFailed,
    L.Failed,
  ],
  BelowFloor: [
    'The security version is below the floor.',
    'This image may not run here any more; pack a newer one with a higher --security-version.',
    S.ConditionFailed,
    L.Failed,
  ],
  ImageTooLarge: [
    'The image is larger than the slot has room for.',
    'Make it smaller; the tail needs about half a percent of the image, and the envelope.',
    S.OperationFailed,
    L.NoFlash,
  ],
  Expired: [
    'The update has expired.',
    'Pack it again with a later expiry; check the clock of the device.',
    S.ConditionFailed,
    L.Failed,
  ],
  EnergyLow: [
    'There is not enough energy for the update and a recovery from it.',
    'Charge the device, then offer it again.',
    S.ConditionFailed,
    L.Deferred,
  ],
  Deferred: [
    'The application asked for a later time.',
    'Offer or activate it again later.',
    S.ConditionFailed,
    L.Deferred,
  ],
  Refused: [
    'The application refused the update.',
    'Ask the owner, or look at the application\u2019s policy.',
    S.ConditionFailed,
    L.Failed,
  ],
  ConsentMissing: [
    'The owner has not consented to this manifest.',
    'Get consent for exactly this manifest digest.',
    S.ConditionFailed,
    L.Deferred,
  ],
  InTrial: [
    'A trial is running or about to: the other slot is the way back.',
    'Wait until it is confirmed or reverted.',
    S.OperationFailed,
    L.Failed,
  ],
  Reverted: [
    'This update was reverted here before, for a failed check, a crash or a hang.',
    'Publish a mended image with a higher sequence, or let the owner clear the list.',
    S.OperationFailed,
    L.Failed,
  ],
  BackingOff: [
    'This update was reverted for want of network not long ago.',
    'The device takes it again by itself later.',
    S.OperationFailed,
    L.Deferred,
  ],
  PlainImage: [
    'The board takes framed payloads only.',
    'Pack with --format framed.',
    S.ParameterUnsupported,
    L.PackageType,
  ],
  AlreadyRunning: ['This update is the one that runs.', 'Nothing is to be done.', S.Ok, L.Success],

  IndexMalformed: [
    'The block index is malformed.',
    'Serve the payload that was packed with this envelope.',
    S.OperationFailed,
    L.Integrity,
  ],
  IndexDigest: [
    'The block index is not the one that was signed.',
    'Serve the payload that was packed with this envelope.',
    S.OperationFailed,
    L.Integrity,
  ],
  FrameMalformed: [
    'A frame does not decode.',
    'Check the transfer; serve the payload that was packed with this envelope.',
    S.OperationFailed,
    L.Integrity,
  ],
  FrameLength: [
    'A frame decodes to more or less than its block.',
    'Serve the payload that was packed with this envelope.',
    S.OperationFailed,
    L.Integrity,
  ],
  BlockDigest: [
    'A block is not the one that was signed.',
    'Serve the payload that was packed with this envelope.',
    S.OperationFailed,
    L.Integrity,
  ],
  ImageDigest: [
    'The image in flash is not the one that was signed.',
    'Offer it again; if it happens again, look for a fault of the flash.',
    S.ConditionFailed,
    L.Integrity,
  ],
  PayloadTooLong: [
    'There are bytes after the end of the payload.',
    'Serve the payload as it was packed, without anything after it.',
    S.OperationFailed,
    L.Integrity,
  ],
  PayloadTooShort: [
    'The payload ended too early.',
    'Check the server and the transfer; the device resumes where it stopped.',
    S.OperationFailed,
    L.ConnectionLost,
  ],

  TailMissing: [
    'The slot has no complete tail.',
    'There is no proven image in it: finish an update into it, or provision it.',
    S.OperationFailed,
    L.Failed,
  ],
  TailMalformed: [
    'The tail of the slot contradicts itself.',
    'Offer an update again, or provision the slot.',
    S.OperationFailed,
    L.Integrity,
  ],
  NothingBootable: [
    'No slot holds an image that may boot.',
    'Use the recovery of the board, and provision it again.',
    S.OperationFailed,
    L.Failed,
  ],

  NotInTrial: [
    'No trial is running.',
    'Only an image on trial is confirmed or rejected.',
    S.OperationFailed,
    L.Failed,
  ],
  ChecksOpen: [
    'Required checks have not all passed yet.',
    'Poll until they have, then confirm.',
    S.InvokePending,
    L.Initial,
  ],
  CheckFailed: [
    'A required health check failed, or missed its deadline.',
    'Look at the report for which; mend the image and publish it with a higher sequence.',
    S.ConditionFailed,
    L.Failed,
  ],
  WindowOver: [
    'The trial was not confirmed in time.',
    'Check that the application confirms, or give a longer trial window.',
    S.ConditionFailed,
    L.Failed,
  ],
  AttemptsSpent: [
    'The new image crashed, hung or restarted too often.',
    'Mend the image and publish it with a higher sequence.',
    S.OperationFailed,
    L.Failed,
  ],
  BootsSpent: [
    'Too many boots in one trial without a confirm.',
    'Look for brown-outs, or for an image that restarts itself.',
    S.OperationFailed,
    L.Failed,
  ],
  NoNetwork: [
    'All checks passed but the one that reaches the update server.',
    'Check the network of the new image; the device tries again later.',
    S.ConditionFailed,
    L.Failed,
  ],
  Rejected: [
    'The application rejected the new image.',
    'Look at the reason that the application gave.',
    S.ConditionFailed,
    L.Failed,
  ],
  ManualRevert: [
    'The device was sent back to the other image by hand.',
    'Nothing is to be done.',
    S.Ok,
    L.Success,
  ],
  ImageLost: [
    'The confirmed image does not verify any more.',
    'Offer an update again: it repairs the slot. Look for a fault of the flash.',
    S.OperationFailed,
    L.Integrity,
  ],
  JournalLost: [
    'The boot state was blank or lost, and was decided anew.',
    'Expected at the first boot; later on, look for a fault of the flash.',
    S.OperationFailed,
    L.Failed,
  ],
};
