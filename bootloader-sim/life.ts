/** Power cycles: boot, run, end, and boot again. Nothing but the board goes from one boot to the next. */
import { More, Ok, Reset } from '../agent/codes.ts';
import type { Application } from './behaviour.ts';
import { keptForget, retainedNoise } from './board.ts';
import type { Board } from './board.ts';
import { boot } from './bootloader.ts';
import { cycleEnd, cycleLog, cycleOpen, cycleRuns, cycleSpend } from './cycle.ts';
import type { Cycle, Ending, LogLine } from './cycle.ts';
import { programOpen } from './firmware.ts';
import { statusNew } from '../agent/report.ts';
import type { Status } from '../agent/report.ts';
import type { Agent, Chooser, Decision } from './flipside.ts';
import { messageOf } from './hooks.ts';
import { Hang } from './realm.ts';

/** A boot that got as far as its program, or tried to. */
export interface Live {
  readonly cycle: Cycle;
  /** `Ok`, or why nothing could be booted. */
  readonly code: number;
  readonly decision: Decision;
  /** To be filled by the agent's `status`. */
  readonly status: Status;
  /** There is none when the boot ended before the program began. */
  readonly agent: Agent | undefined;
  readonly chooser: Chooser | undefined;
  readonly application: Application | undefined;
}

export interface BootRecord {
  readonly number: number;
  readonly cause: number;
  readonly code: number;
  readonly decision: Decision;
  readonly events: readonly LogLine[];
  readonly ticks: number;
  /** `running`: it has not ended. */
  readonly ended: Ending | 'running';
  /** What a crash threw. */
  readonly thrown: unknown;
}

export interface RunOptions {
  /**
   * `settled` (default): an image runs that is not on trial. A number: that many boots have ended or used up their
   * ticks. A function: it says so, asked after each tick and each boot.
   */
  readonly until?: 'settled' | number | ((record: BootRecord, board: Board) => boolean);
  /** Most ticks in one boot. Default 1000. */
  readonly ticks?: number;
  /** Most boots. Default 64. */
  readonly boots?: number;
}

export interface Life {
  /** One record a boot. The first may have been running before. */
  readonly history: readonly BootRecord[];
  /** Whether what `until` asks for came to be. */
  readonly done: boolean;
}

/** Polls in one tick. */
const POLLS = 64;
/** Ticks that an image not on trial must run to count as settled: enough for a crash at start to show. */
const SETTLED_TICKS = 3;
/** Boots in a row that find nothing to boot: the first may be followed by a recovery. */
const DEAD_BOOTS = 2;

/** What the program throws ends the boot, and is kept. */
const guarded = (board: Board, cycle: Cycle, work: () => void): void => {
  try {
    work();
  } catch (error) {
    if (!cycleRuns(board, cycle)) return;
    if (error instanceof Hang) cycleEnd(board, cycle, 'watchdog');
    else {
      cycleLog(board, cycle, `crash: ${messageOf(error)}`);
      cycleEnd(board, cycle, 'crash', error);
    }
  }
};

/** Starts the board: one boot, up to and with the start of its program. A boot that still runs loses power. */
export const start = (board: Board): Live => {
  const last = board.live?.cycle;
  if (last !== undefined && cycleRuns(board, last)) cycleEnd(board, last, 'cut');
  if (last?.ended === 'cut') {
    retainedNoise(board, board.boots);
    keptForget(board, board.boots);
  }
  board.flash.power.powerOn();
  board.boots++;
  const cycle = cycleOpen(board, board.boots, board.cause);
  const booted = boot(board, cycle);
  if (cycleRuns(board, cycle)) {
    try {
      const program = programOpen(board, cycle, booted);
      const live: Live = { ...booted, ...program, cycle, status: statusNew() };
      board.live = live;
      board.keep();
      guarded(board, cycle, () => program.application.start());
      cycleRuns(board, cycle);
      return live;
    } catch (error) {
      // A board that is wired wrongly is the caller's to know; a boot that is over may throw what it likes.
      if (cycleRuns(board, cycle)) throw error;
    }
  }
  const nothing = { agent: undefined, chooser: undefined, application: undefined };
  const live: Live = { ...booted, ...nothing, cycle, status: statusNew() };
  board.live = live;
  board.keep();
  return live;
};

/** The boot that runs, or a new one. */
export const liveOf = (board: Board): Live => {
  const { live } = board;
  return live !== undefined && cycleRuns(board, live.cycle) ? live : start(board);
};

/** One tick of the program, one round of the agent, then time passes. False: the boot is over. */
export const tick = (board: Board, live: Live): boolean => {
  const { cycle, application } = live;
  if (!cycleRuns(board, cycle) || application === undefined) return false;
  cycle.ticks++;
  guarded(board, cycle, () => application.tick(cycle.ticks));
  for (let polls = 0; polls < POLLS && cycleRuns(board, cycle); polls++) {
    let code: number = Ok;
    guarded(board, cycle, () => {
      code = application.poll();
    });
    if (code !== More) break;
  }
  if (cycleRuns(board, cycle)) cycleSpend(board, cycle, board.tick);
  return cycleRuns(board, cycle);
};

export const recordOf = (live: Live): BootRecord => {
  const { number, cause, events, ticks, ended, thrown } = live.cycle;
  return {
    number,
    cause,
    code: live.code,
    decision: live.decision,
    events,
    ticks,
    ended: ended ?? 'running',
    thrown,
  };
};

/** Whether the image that runs is on trial still: the decision says so of its start, the agent of now. */
const onTrial = ({ agent, decision, status }: Live): boolean => {
  if (!decision.trial || agent === undefined) return decision.trial;
  agent.status(status);
  return status.trial !== 0;
};

const satisfied = (board: Board, live: Live, until: RunOptions['until']): boolean => {
  if (typeof until === 'function') return until(recordOf(live), board);
  if (typeof until === 'number') return false;
  return live.cycle.ended === undefined && live.cycle.ticks >= SETTLED_TICKS && !onTrial(live);
};

/** Lets the board live on, from the boot that runs, if one does, until what `until` asks for. */
export const run = (board: Board, options: RunOptions = {}): Life => {
  const { until = 'settled', ticks = 1000, boots = 64 } = options;
  const history: BootRecord[] = [];
  const most = typeof until === 'number' ? until : boots;
  let dead = 0;
  while (history.length < most) {
    const live = liveOf(board);
    const last = live.cycle.ticks + ticks;
    let done = false;
    do done = satisfied(board, live, until);
    while (!done && live.cycle.ticks < last && tick(board, live));
    done ||= satisfied(board, live, until);
    history.push(recordOf(live));
    board.keep();
    if (done) return { history, done };
    if (live.cycle.ended === undefined) {
      if (typeof until !== 'number') break;
      cycleEnd(board, live.cycle, 'cut');
    }
    dead = live.cycle.ended === 'nothingBootable' ? dead + 1 : 0;
    if (dead >= DEAD_BOOTS) break;
  }
  return { history, done: typeof until === 'number' && history.length === until };
};

/** Resets the boot that runs, as its application would, or for another cause. */
export const restart = (board: Board, cause: number = Reset.Requested): void => {
  if (board.live !== undefined) cycleEnd(board, board.live.cycle, 'reset');
  board.cause = cause;
};

/** Deep sleep: the boot that runs ends, and the next one is a wake so many seconds later. */
export const sleep = (board: Board, seconds: number): void => {
  restart(board, Reset.Wake);
  board.seconds += seconds;
  board.keep();
};
