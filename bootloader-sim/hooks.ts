/**
 * The bootloader's hooks. Each is on record, in memory that a reset leaves alone, before it runs; the boot after a
 * watchdog reset in it goes on without it. What it throws is logged and stops nothing.
 */
import { Reset } from '../agent/codes.ts';
import type { Board } from './board.ts';
import { cycleEnd, cycleFeed, cycleLog, cycleRuns, cycleSpend } from './cycle.ts';
import type { Cycle } from './cycle.ts';
import type { Decision } from './flipside.ts';
import { Hang } from './realm.ts';
import type { Realm } from './realm.ts';
import { retainedClear, retainedHook, retainedMark } from './retained.ts';

export interface HookArguments {
  /** The slot it is about; agent/codes.ts `NO_SLOT` for none. */
  readonly slot: number;
  /** What was wrong with the other slot, or with the trial that ended: a code, or 0. Not known after the decision yet. */
  readonly why: number;
  /** Which attempt of a trial, from 1; 0 outside of one. Known before run. */
  readonly attempt: number;
  /** Why the board started: agent/codes.ts `Reset`. */
  readonly cause: number;
  /** What last happened to the board, as the decision knows it so far. */
  readonly report: HookReport;
  /** Lets simulated seconds pass; the watchdog may bite. */
  readonly spend: (seconds: number) => void;
  readonly feed: () => void;
}

export interface HookReport {
  readonly event: number;
  readonly trial: boolean;
  readonly sequence: number;
  readonly securityVersion: number;
  readonly imageSize: number;
}

export type Hook = (given: HookArguments) => void;

export interface Hooks {
  /** Which slot to try is known; nothing of it has been verified. */
  readonly afterDecision?: Hook;
  /** A slot is about to be verified; there may be two of them in one boot. */
  readonly beforeVerify?: Hook;
  /** The image is proven, the attempt on record; the next thing to run is the image. */
  readonly beforeRun?: Hook;
  /** A trial ended without confirm; that is on record. */
  readonly onRevert?: Hook;
  /** No slot can be booted: the place for a recovery. */
  readonly onNothingBootable?: Hook;
}

export type HookName = keyof Hooks;

/** Numbers as they stand in the retained memory. */
const NUMBERS: Readonly<Record<HookName, number>> = {
  afterDecision: 1,
  beforeVerify: 2,
  beforeRun: 3,
  onRevert: 4,
  onNothingBootable: 5,
};

/** Takes what the last boot left on record: the number of the hook to skip in this one, or 0. */
export const hooksBegin = (board: Board, cycle: Cycle): number => {
  const hung = cycle.cause === Reset.Watchdog ? retainedHook(board.retained) : 0;
  retainedClear(board.retained);
  return hung;
};

export const hookRun = (
  board: Board,
  cycle: Cycle,
  realm: Realm,
  skip: number,
  name: HookName,
  slot: number,
  decision: Decision,
): void => {
  const hook = board.hooks[name];
  if (hook === undefined || !cycleRuns(board, cycle)) return;
  const number = NUMBERS[name];
  if (number === skip) {
    cycleLog(board, cycle, `hook ${name} skipped: the watchdog bit in it`);
    return;
  }
  retainedMark(board.retained, number);
  const { code: why, attempt, event, trial, sequence, securityVersion, imageSize } = decision;
  const report = { event, trial, sequence, securityVersion, imageSize };
  const spend = (seconds: number): void => {
    cycleSpend(board, cycle, seconds);
    if (cycle.ended !== undefined) throw new Hang();
  };
  const feed = (): void => cycleFeed(board, cycle);
  try {
    realm.call(() => hook({ slot, why, attempt, cause: cycle.cause, report, spend, feed }));
  } catch (error) {
    if (error instanceof Hang) cycleEnd(board, cycle, 'watchdog');
    else cycleLog(board, cycle, `hook ${name} threw: ${messageOf(error)}`);
  }
  // A boot that ended inside the hook leaves the record for the next one.
  if (cycleRuns(board, cycle)) retainedClear(board.retained);
};

export const messageOf = (error: unknown): string => {
  try {
    const { message } = (error ?? {}) as { message?: unknown };
    return String(message ?? error);
  } catch {
    return 'something that cannot be told';
  }
};
