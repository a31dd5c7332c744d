/** As many workers as the machine has processors, and a queue of jobs. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Done, Job } from './job.ts';

interface Message {
  readonly states?: number;
  readonly done?: Done;
  readonly error?: string;
}

export interface PoolOptions {
  readonly workers?: number | undefined;
  /** Lives led so far by the jobs at work. */
  readonly onStates?: ((states: number) => void) | undefined;
  readonly onDone: (job: Job, done: Done) => void;
}

/** Does all jobs; rejects at the first that fails. */
export const runAll = async (jobs: readonly Job[], options: PoolOptions): Promise<void> => {
  const { workers = availableParallelism(), onStates, onDone } = options;
  const queue = [...jobs];
  const atWork = new Map<Worker, number>();
  const one = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      let job: Job | undefined;
      const next = (): void => {
        atWork.set(worker, 0);
        job = queue.shift();
        if (job === undefined) resolve();
        else worker.postMessage(job);
      };
      worker.on('error', reject);
      worker.on('message', ({ states, done, error }: Message) => {
        if (states !== undefined) {
          atWork.set(worker, states);
          onStates?.([...atWork.values()].reduce((sum, each) => sum + each, 0));
        }
        if (error !== undefined) reject(new Error(`${JSON.stringify(job)}: ${error}`));
        if (done === undefined) return;
        onDone(job!, done);
        next();
      });
      next();
    });
  const all = Array.from(
    { length: Math.max(1, Math.min(workers, jobs.length)) },
    () => new Worker(new URL('./worker.js', import.meta.url)),
  );
  try {
    await Promise.all(all.map(one));
  } finally {
    await Promise.all(all.map((worker) => worker.terminate()));
  }
};
