/** Keeps a state machine going that says when it wants to be called again. */
import { monotonic } from './udp.ts';

const LONGEST = 0x7fffffff;

/** Calls `tick` when the time comes that it named, or when poked. */
export const ticker = (tick: (now: number) => number): { poke(): void; stop(): void } => {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const run = (): void => {
    if (stopped) return;
    const wait = tick(monotonic()) - monotonic();
    if (wait !== Infinity) timer = setTimeout(run, Math.min(LONGEST, Math.max(0, Math.ceil(wait))));
  };
  const poke = (): void => {
    clearTimeout(timer);
    timer = setTimeout(run, 0);
  };
  poke();
  return {
    poke,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
};
