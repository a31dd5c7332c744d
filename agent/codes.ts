/**
 * Every number the agent says, in one place. Append-only: fleets read these out of reports years later.
 *
 * Zero or more is a value, below zero an error: agent/err.ts.
 */

// Numbers come before tables: only there does a bundler put them in place of their names.

/** No slot, where a slot number is kept. */
export const NO_SLOT = 255;
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

/** Whether the expiry of an offer was held against the time: `status().expiry`. */
export const Expiry = {
  None: 0, // the manifest has none
  Judged: 1, // by trusted time
  NotJudged: 2, // there is no trusted time
} as const;

/** Steps announced to the watchdog port because they cannot be cut into pieces. */
export const SlowStep = { Signature: 1, Erase: 2 } as const;

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
  Exchange: 5, // about to exchange the slots' contents, or to go on with it
} as const;
