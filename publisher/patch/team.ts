/** Does the jobs of a patch on several threads, this one among them, and waits for all. */
import { availableParallelism } from 'node:os';
import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { boardBeats, boardDone, boardFinished, boardJob, boardJoin, boardWait } from './board.ts';
import type { Board, JobResult, TeamWork } from './board.ts';
import type { Patched } from './code.ts';
import { Window } from './window.ts';

export interface TeamOptions {
  /** Default: one for each processor, up to four, where the images are large enough. */
  readonly threads?: number | undefined;
  /** Helpers that do not stir for so long are given up, and what they took is done here. */
  readonly patienceMilliseconds?: number | undefined;
  /** From 0 to 1. */
  readonly progress?: ((done: number) => void) | undefined;
}

/** Of both images: less is done before a helper has started. */
const SharedLeast = 128 * 1024;
const ThreadsMax = 4;
const PatienceMilliseconds = 30_000;
const LookMilliseconds = 100;

interface Helper {
  readonly worker: Worker;
  readonly port: MessagePort;
}

const helperStart = (board: Board): Helper => {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('helper.js', import.meta.url), {
    workerData: { board, port: port2 },
    transferList: [port2],
  });
  // This thread does not listen while it works: a helper that ends early is one that does not stir.
  worker.on('error', () => {});
  worker.unref();
  return { worker, port: port1 };
};

const helpersWanted = ({ images, jobs }: TeamWork, threads: number | undefined): number => {
  const large = images.old.length + images.fresh.length >= SharedLeast;
  const most = threads ?? (large ? Math.min(availableParallelism(), ThreadsMax) : 1);
  return Math.max(0, Math.min(most, jobs.length) - 1);
};

type Results = Map<number, JobResult>;

const collect = (helpers: readonly Helper[], results: Results): void => {
  for (const { port } of helpers)
    for (let one = receiveMessageOnPort(port); one !== undefined; one = receiveMessageOnPort(port)) {
      const result = one.message as JobResult;
      results.set(result.number, result);
    }
};

/** Waits for the helpers' results, as long as they stir. */
const waitFor = (
  board: Board,
  helpers: readonly Helper[],
  results: Results,
  patience: number,
  look: () => void,
): void => {
  let beats = -1;
  let stirred = Date.now();
  for (;;) {
    const finished = boardFinished(board);
    collect(helpers, results);
    if (results.size === board.work.jobs.length || Date.now() - stirred > patience) return;
    boardWait(board, finished, LookMilliseconds);
    look();
    if (boardBeats(board) === beats) continue;
    beats = boardBeats(board);
    stirred = Date.now();
  }
};

/** One for each job of `board`; undefined: its mode is not for these images, or another came to less. */
export const teamRun = (board: Board, options: TeamOptions = {}): (Patched | undefined)[] => {
  const { work } = board;
  const results: Results = new Map();
  const look = (): void => options.progress?.(boardDone(board));
  const wanted = helpersWanted(work, options.threads);
  const helpers = Array.from({ length: wanted }, () => helperStart(board));
  try {
    boardJoin(board, (result) => results.set(result.number, result), look);
    waitFor(board, helpers, results, options.patienceMilliseconds ?? PatienceMilliseconds, look);
    const left = [...work.jobs.keys()].filter((number) => !results.has(number));
    const window = new Window(work.images.old, work.images.fresh, work.tables);
    for (const number of left) results.set(number, boardJob(board, window, number, look));
  } finally {
    for (const { worker, port } of helpers) {
      void worker.terminate();
      port.close();
    }
  }
  return [...work.jobs.keys()].map((number) => results.get(number)!.made);
};
