/**
 * What the threads that make one patch have in common: the jobs, who takes which, and the least that any came to. A job
 * is given up only when it is already longer than what another came to, so what comes out does not depend on who did what
 * and when.
 */
import type { MessagePort } from 'node:worker_threads';
import { jobCode } from './code.ts';
import type { Patched } from './code.ts';
import type { PatchJob } from './jobs.ts';
import type { Images } from './tokens.ts';
import { Window } from './window.ts';
import type { WindowTables } from './window.ts';

export interface TeamWork {
  readonly images: Images;
  readonly tables: WindowTables;
  readonly jobs: readonly PatchJob[];
  /** Bytes of payload that a unit may have. */
  readonly unit: number;
}

/** Plain data, of which each thread has its own, around memory that they share. */
export interface Board {
  readonly work: TeamWork;
  readonly control: Int32Array;
}

export interface JobResult {
  readonly number: number;
  readonly made: Patched | undefined;
}

/** i32 each: the next to be taken, the least length, jobs of helpers that are done, and beats of helpers. */
const NextAt = 0;
const BestAt = 1;
const FinishedAt = 2;
const BeatsAt = 3;
/** By job: bytes of the new image that are coded. */
const CodedAt = 4;

const Unknown = 0x7fffffff;

/** More zeros than a coded unit ends with, which are left out. */
const Slack = 64;

export const boardNew = (work: TeamWork): Board => {
  const control = new Int32Array(
    new SharedArrayBuffer((CodedAt + work.jobs.length) * Int32Array.BYTES_PER_ELEMENT),
  );
  control[BestAt] = Unknown;
  return { work, control };
};

/** From 0 to 1. */
export const boardDone = ({ work, control }: Board): number => {
  const all = work.jobs.length * work.images.fresh.length;
  const coded = work.jobs.reduce((sum, _, number) => sum + Atomics.load(control, CodedAt + number), 0);
  return all === 0 ? 1 : coded / all;
};

export const boardBeats = ({ control }: Board): number => Atomics.load(control, BeatsAt);

export const boardFinished = ({ control }: Board): number => Atomics.load(control, FinishedAt);

/** Until a helper is done with another job than the `finished` known, or time is up. */
export const boardWait = ({ control }: Board, finished: number, milliseconds: number): void => {
  Atomics.wait(control, FinishedAt, finished, milliseconds);
};

/** The most promising first: what they come to lets the others be given up early. */
const orderOf = (jobs: readonly PatchJob[]): number[] => {
  const rank = ({ coded, manner }: PatchJob): number => {
    if (coded) return coded.code === undefined ? 2 : 0;
    return manner.plain ? 3 : 1;
  };
  return [...jobs.keys()].sort((a, b) => rank(jobs[a]!) - rank(jobs[b]!));
};

const lower = (control: Int32Array, length: number): void => {
  for (let known = Atomics.load(control, BestAt); length < known;) {
    const seen = Atomics.compareExchange(control, BestAt, known, length);
    if (seen === known) return;
    known = seen;
  }
};

/** Codes one mode. `beat` is called as it goes. */
export const boardJob = (board: Board, window: Window, number: number, beat: () => void): JobResult => {
  const { work, control } = board;
  const made = jobCode(work.images, window, work.jobs[number]!, {
    unit: work.unit,
    progress(done) {
      Atomics.store(control, CodedAt + number, done);
      beat();
    },
    lost: (bytes) => bytes - Slack > Atomics.load(control, BestAt),
  });
  if (made) lower(control, made.payload.length);
  Atomics.store(control, CodedAt + number, work.images.fresh.length);
  return { number, made };
};

/** Takes jobs until there is none. */
export const boardJoin = (board: Board, tell: (result: JobResult) => void, beat: () => void): void => {
  const { images, tables, jobs } = board.work;
  const window = new Window(images.old, images.fresh, tables);
  const order = orderOf(jobs);
  for (;;) {
    const number = order[Atomics.add(board.control, NextAt, 1)];
    if (number === undefined) return;
    tell(boardJob(board, window, number, beat));
  }
};

/** What a helper does. Its results go through the port before they are counted. */
export const boardHelp = (board: Board, port: MessagePort): void => {
  const { control } = board;
  boardJoin(
    board,
    (result) => {
      port.postMessage(result);
      Atomics.add(control, FinishedAt, 1);
      Atomics.notify(control, FinishedAt);
    },
    () => Atomics.add(control, BeatsAt, 1),
  );
};
