/** One boot of a board, from reset to whatever ends it. When it is over, nothing that it made can touch the board. */
import { NO_SLOT, Reset } from '../agent/codes.ts';
import type { Board } from './board.ts';

/** Why a boot ended. */
export type Ending = 'cut' | 'reset' | 'crash' | 'watchdog' | 'nothingBootable';

/** Thrown at code that runs on in a boot that is over. */
export class Halt extends Error {
  override readonly name = 'Halt';
  constructor() {
    super('the board is not running any more');
  }
}

export interface LogLine {
  /** Which boot of the board said it. */
  readonly boot: number;
  /** Seconds of simulated time. */
  readonly seconds: number;
  readonly text: string;
  /** Of the agent's lines: its code and detail. */
  readonly code?: number;
  readonly detail?: number;
}

export interface Cycle {
  readonly number: number;
  readonly cause: number;
  readonly events: LogLine[];
  /** The slot that runs; `NO_SLOT` before the decision. */
  slot: number;
  ticks: number;
  ended: Ending | undefined;
  /** What was thrown, where the boot ended with a crash. */
  thrown: unknown;
  startedAt: number;
  fedAt: number;
  /** Seconds until the watchdog bites; 0 when it is not armed. */
  watchdog: number;
  /** A slow step was announced since the last feed. */
  announced: boolean;
}

/** A slow step may take this many time-outs of the watchdog. */
const ANNOUNCED = 4;

export const cycleOpen = (board: Board, number: number, cause: number): Cycle => ({
  number,
  cause,
  events: [],
  slot: NO_SLOT,
  ticks: 0,
  ended: undefined,
  thrown: undefined,
  startedAt: board.seconds,
  fedAt: board.seconds,
  watchdog: board.watchdog,
  announced: false,
});

const CAUSES: Readonly<Record<Ending, number>> = {
  cut: Reset.Power,
  nothingBootable: Reset.Power,
  reset: Reset.Requested,
  crash: Reset.Crash,
  watchdog: Reset.Watchdog,
};

/** Ends the boot, once; what ended it first stands. */
export const cycleEnd = (board: Board, cycle: Cycle, ending: Ending, thrown?: unknown): void => {
  if (cycle.ended !== undefined) return;
  cycle.ended = ending;
  cycle.thrown = thrown;
  board.cause = CAUSES[ending];
};

/** Whether the boot still runs. The agent turns what ports throw into codes, so this is asked after every call of it. */
export const cycleRuns = (board: Board, cycle: Cycle): boolean => {
  if (!board.flash.power.powered) cycleEnd(board, cycle, 'cut');
  return cycle.ended === undefined;
};

/** Throws `Halt` when the boot is over. */
export const cycleCheck = (board: Board, cycle: Cycle): void => {
  if (!cycleRuns(board, cycle)) throw new Halt();
};

/** Lets time pass; the watchdog may bite. */
export const cycleSpend = (board: Board, cycle: Cycle, seconds: number): void => {
  board.seconds += seconds;
  if (cycle.watchdog === 0) return;
  const patience = cycle.announced ? cycle.watchdog * ANNOUNCED : cycle.watchdog;
  if (board.seconds - cycle.fedAt >= patience) cycleEnd(board, cycle, 'watchdog');
};

export const cycleFeed = (board: Board, cycle: Cycle): void => {
  cycle.fedAt = board.seconds;
  cycle.announced = false;
};

export const cycleLog = (board: Board, cycle: Cycle, text: string, code?: number, detail?: number): void => {
  const place = { boot: cycle.number, seconds: board.seconds, text };
  const line: LogLine = code === undefined ? place : { ...place, code, detail: detail ?? 0 };
  cycle.events.push(line);
  board.log(line);
};
