/** What the payload says: index, frames, pieces of patches, and encryption. */
import type { ExplainRow } from './reasons.ts';
import { Lwm2mResult as L, SuitReason as S } from './reasons.ts';

export const payloadTable: Readonly<Record<string, ExplainRow>> = {
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
  PatchMalformed: [
    'The patch is signed, but does not decode.',
    'Pack again with flipside pack --base; flipside verify --base tries the patch before it is published.',
    S.OperationFailed,
    L.Integrity,
  ],
  PieceDigest: [
    'A piece of the patch was damaged or exchanged.',
    'Check the transfer; publish patch and envelope of the same pack.',
    S.OperationFailed,
    L.Integrity,
  ],
  WrongBase: [
    'The running image is not the one that the patch was made for.',
    'Pack with --base and the image that runs, as it was installed; the whole image is offered beside it.',
    S.ConditionFailed,
    L.PackageType,
  ],

  EncryptionMalformed: [
    'What the manifest says of encryption cannot be, or is of a kind that the agent does not know.',
    'Look at it with flipside inspect; pack again with flipside pack --recipient.',
    S.ParameterUnsupported,
    L.PackageType,
  ],
  EncryptionUnsupported: [
    'The payload is encrypted, and the board has no decryption.',
    'Give the board the decryption port and its config, or pack without --recipient.',
    S.ParameterUnsupported,
    L.PackageType,
  ],
  NoRecipient: [
    "The update is encrypted for other keys than this device's.",
    "Compare key ids with flipside inspect; pack with --recipient and this device's file too.",
    S.Unauthorized,
    L.PackageType,
  ],
  KeyUnwrap: [
    'The content key does not unwrap: the device has another key of the same name, or the recipient was altered.',
    'Pack with the recipient file of the very key that is in the device; give each key a name of its own.',
    S.Unauthorized,
    L.Integrity,
  ],
  PieceTag: [
    'A piece of the encrypted payload is not the one that belongs there.',
    'Check the transfer; serve payload and envelope of the same pack.',
    S.OperationFailed,
    L.Integrity,
  ],
};
