/** What this process holds: what is garbage and not yet collected is no device's. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Bytes of objects and of buffers, behind a collection of garbage. */
export const memoryHeld = (): number => {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
