/** What policy, payload, slot and trial say. */
import type { ExplainRow } from './reasons.ts';
import { Lwm2mResult as L, SuitReason as S } from './reasons.ts';

export const boardTable: Readonly<Record<string, ExplainRow>> = {
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
  ExchangeFailed: [
    'The contents of the two slots could not be exchanged; the board runs what it ran before.',
    'If it happens again, look for a sector of either slot that takes no data any more.',
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
  JournalLost: [
    'The boot state was blank or lost, and was decided anew.',
    'Expected at the first boot; later on, look for a fault of the flash.',
    S.OperationFailed,
    L.Failed,
  ],
  Unconfirmed: [
    'The image in the other slot was never confirmed: there is no way back to it.',
    'Offer the update again, and activate it: then it runs on trial.',
    S.ConditionFailed,
    L.Failed,
  ],
};
