/** Does jobs, one after another, in a thread of its own. */
import { parentPort } from 'node:worker_threads';
import { perform } from './job.ts';
import type { Job } from './job.ts';

/** Milliseconds between two words on how far it has come. */
const TELL_EVERY = 250;

parentPort!.on('message', (job: Job) => {
  let told = performance.now();
  const onStates = (states: number): void => {
    if (performance.now() - told < TELL_EVERY) return;
    told = performance.now();
    parentPort!.postMessage({ states });
  };
  perform(job, onStates).then(
    (done) => parentPort!.postMessage({ done }),
    (error: unknown) => parentPort!.postMessage({ error: String((error as Error).stack ?? error) }),
  );
});
