/** The time of a simulated board that a server manages: its own, in ticks, and the client's, which says when it is due. */
import { ticker } from '../../hal/node/ticker.ts';

/** As much as this needs of a board of bootloader-sim. */
interface Managed {
  /** When it wants to be called again, in milliseconds of the clock of `now`. */
  step(now: number): number;
  /** A second of the application's. */
  tick(): void;
}

/** Real time of a tick of the application, which is a second of the board's. */
const TICK_MILLISECONDS = 200;

/** Runs until it is stopped; `stepped` is told after each step. */
export const simClock = (managed: Managed, stepped: () => void): { poke(): void; stop(): void } => {
  const clock = ticker((now) => {
    const next = managed.step(now);
    stepped();
    return next;
  });
  const ticks = setInterval(() => {
    managed.tick();
    clock.poke();
  }, TICK_MILLISECONDS);
  return {
    poke: clock.poke,
    stop() {
      clearInterval(ticks);
      clock.stop();
    },
  };
};
