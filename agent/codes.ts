/**
 * Every number the agent says, in one place. Append-only: fleets read these out of reports years later.
 *
 * Zero or more is a value, below zero an error. What a code means in words, what to do about it, and its SUIT report
 * reason and LwM2M update result stand in publisher/explain.ts, off the device.
 */

/** Answers of a call that are not an error. */
export const Ok = 0;
/** poll(): nothing to do until the next push, or until the application acts. */
export const Idle = 0;
/** poll(): call again. */
export const More = 1;
/** wanted(): nothing more of the payload is needed. */
export const Done = 0;
/** wanted(): the range is filled in. */
export const Wanted = 1;
/** wanted(): not known before poll() has come to Idle. */
export const Busy = 2;

export const Err = {
  // Flash and journal: -1..
  FlashFailed: -1, // the port threw
  FlashBounds: -2, // outside the partition
  FlashAlign: -3, // not on a program unit or erase sector
  FlashReadBack: -4, // what was programmed does not read back
  JournalFailed: -5, // no erase sector of the journal takes a record
  // Calls: -10..
  BadState: -10, // not at this moment
  BadArgument: -11, // a range or value outside its bounds
  SessionFailed: -12, // this session failed before; offer again
  Cancelled: -13,
  // Envelope: -20.. (SUIT draft-37 section 8, RFC 9052)
  EnvelopeTooLong: -20, // over the cap of 4 KiB
  Cbor: -21, // not well-formed, or not the shortest definite form
  Envelope: -22, // well-formed, but not a SUIT envelope
  NoSignature: -23,
  Signature: -24, // malformed COSE_Sign1: header not just alg (and kid), payload not nil, wrong length
  AlgorithmUnknown: -25, // of a signature or a digest
  ManifestDigest: -26, // the signed digest is not the manifest's
  SignatureWrong: -27, // a signature does not hold
  TooFewSignatures: -28, // fewer distinct anchors than the threshold
  AnchorScope: -29, // signed by an anchor that may not speak for this vendor and class
  EnvelopeTooShort: -30, // the envelope has not come whole
  // Manifest: -40.. (SUIT draft-37 section 8.4)
  Manifest: -40, // well-formed CBOR, but not a manifest
  ManifestVersion: -41,
  ManifestKey: -42, // an element this profile does not take
  Command: -43, // a command this profile does not take
  Parameter: -44, // a parameter this profile does not take, or out of its range
  Component: -45, // not the component of this board, or more than one
  CheckMissing: -46, // vendor and class are not both checked before the install
  NothingToInstall: -47, // no fetch, no image digest, size or URI
  Condition: -48, // a condition failed that has no code of its own
  SequenceRange: -49, // a number over 2^53-1
  Severed: -50, // a severed element is missing or not the one signed
  Format: -51, // a payload format this agent does not have
  // Policy: -60..
  WrongVendor: -60,
  WrongClass: -61,
  WrongDevice: -62,
  SequenceOld: -63, // not above the accepted sequence
  SequenceJump: -64, // further above it than the board allows
  BelowFloor: -65, // security version below the floor
  ImageTooLarge: -66, // larger than the slot has room for
  Expired: -67,
  EnergyLow: -68,
  Deferred: -69, // the application said: later
  Refused: -70, // the application said: no
  ConsentMissing: -71, // the owner has not consented to this manifest
  InTrial: -72, // a trial is running or about to: the other slot is the way back
  Reverted: -73, // this manifest was reverted for a failed check, a crash or a hang
  BackingOff: -74, // this manifest was reverted for want of network not long ago
  PlainImage: -75, // the board takes framed payloads only
  AlreadyRunning: -76, // this manifest is the one that runs
  // Payload: -80..
  IndexMalformed: -80,
  IndexDigest: -81, // a page of the block index is not the one the manifest binds
  FrameMalformed: -82, // a frame does not decode
  FrameLength: -83, // a frame decodes to more or less than its block
  BlockDigest: -84,
  ImageDigest: -85, // the image in flash is not the one signed
  PayloadTooLong: -86, // bytes after the last
  PayloadTooShort: -87,
  // Slot: -100..
  TailMissing: -100, // no complete tail at the end of the slot
  TailMalformed: -101,
  NothingBootable: -102,
  // Trial: -110..
  NotInTrial: -110,
  ChecksOpen: -111, // required checks have not all passed
  CheckFailed: -112, // a required check failed or missed its deadline
  WindowOver: -113, // the trial was not confirmed in time
  AttemptsSpent: -114, // crash, hang or unknown reset, too often
  BootsSpent: -115, // too many boots in one trial without a confirm
  NoNetwork: -116, // all passed but the check that reaches the update server
  Rejected: -117, // the application rejected it
  ManualRevert: -118,
  ImageLost: -119, // the confirmed image does not verify any more
  JournalLost: -120, // the boot state was blank or lost, and decided anew
} as const;

/** Why the board started: `Environment.resetCause()`. Watchdog, Crash and Unknown burn an attempt of a trial. */
export const Reset = {
  Power: 0,
  BrownOut: 1,
  Pin: 2,
  Wake: 3, // from deep sleep
  Requested: 4, // by the application
  Watchdog: 5,
  Crash: 6,
  Unknown: 7,
} as const;

/** When the policy is asked: the moment given to `energy` and `ask`. */
export const Moment = { Receive: 1, Activate: 2 } as const;

/** What the application answers when asked. */
export const Answer = { Yes: 0, Later: 1, No: 2 } as const;

/** Steps announced to the watchdog port because they cannot be cut into pieces. */
export const SlowStep = { Signature: 1, Erase: 2, Digest: 3 } as const;

/** Where a session stands: `status().phase`. */
export const Phase = {
  Idle: 0, // no session
  Envelope: 1, // takes envelope bytes
  Check: 2, // signatures, manifest, policy
  Tail: 3, // erases the tail, writes the envelope to it
  Index: 4, // takes block index bytes
  Prove: 5, // proves the index from flash
  Judge: 6, // digests what the slots already hold
  Blocks: 7, // takes frames, copies blocks
  Plain: 8, // takes a plain image
  Verify: 9, // digests the whole image from flash
  Complete: 10, // completes the tail
  Staged: 11, // may be activated
  Activated: 12, // boots at the next reset
  Failed: 13,
} as const;

/** What last happened to the board: `report().event`. */
export const Event = {
  None: 0,
  Factory: 1, // first boot, or the journal was lost
  Activated: 2,
  Confirmed: 3,
  Reverted: 4, // a trial ended without confirm
  Fallback: 5, // the confirmed image no longer verified; the other one runs
  Manual: 6, // went to the other slot by hand
} as const;

/** How a health check counts. */
export const Check = {
  Required: 1, // must pass before confirm; its failure reverts
  Advisory: 2, // goes into the log only
  Network: 3, // must pass before confirm; its failure reverts and backs off, without a black mark
} as const;

/** Where the boot decision stands: told to `onStep`, so that a bootloader can run its hooks there. */
export const BootStep = {
  Decided: 1, // which slot to try is known, nothing verified yet
  Verify: 2, // about to verify that slot
  Revert: 3, // a trial was ended; the record is sealed
  Nothing: 4, // no slot can be booted
} as const;

/** No slot, where a slot number is kept. */
export const NO_SLOT = 255;
