/** How far a device has come with what hawkBit wants of it. */

/**
 *   None ── assigned ──► Fetching ──► Staged ──► Activated ── reset ──► Trial ── confirm ──► Success ─┐
 *                           │           └──► Waiting ──► Activated         └── revert ───┐           ├─ told ──► None
 *                           └── it is not taken ────────────────────────────────────► Failure ──────┘
 */
export const Stage = {
  None: 0,
  Fetching: 1,
  Staged: 2,
  Waiting: 3, // not now: the server's word, the owner's, or the moment's
  Activated: 4, // the mark is written, or about to be
  Trial: 5,
  Success: 6,
  Failure: 7,
} as const;

/** It has come to an end. */
export const isOutcome = (stage: number): boolean => stage >= Stage.Success;

/** Nothing of it can boot yet: it may be dropped. */
export const isOpen = (stage: number): boolean => stage >= Stage.Fetching && stage <= Stage.Waiting;

/** It boots, or will: the other slot is the way back. */
export const isRunning = (stage: number): boolean => stage === Stage.Activated || stage === Stage.Trial;
