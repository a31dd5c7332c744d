/**
 * The environment as the agent and the boot decision see it: what a port throws becomes the answer that is safe. A board
 * with a broken clock or counter still boots, and still goes back.
 */
import type { Clock, Counter, Environment, Watchdog } from '../hal/ports.ts';
import { Reset } from './codes.ts';

function attempt<T>(call: () => T, otherwise: T): T {
  try {
    return call();
  } catch (_) {
    return otherwise;
  }
}

function clockSafe(clock: Clock): Clock {
  return {
    now: () => {
      const now = attempt(() => clock.now(), 0);
      return now >= 0 ? now : 0;
    },
    trusted: () => attempt(() => clock.trusted(), false),
  };
}

function watchdogSafe(watchdog: Watchdog): Watchdog {
  return {
    feed: () => attempt(() => watchdog.feed(), undefined),
    announce: (step) => attempt(() => (watchdog.announce ? watchdog.announce(step) : undefined), undefined),
  };
}

/** Without the counter the floor is the journal's; a raise that failed is made good at the next start. */
function counterSafe(counter: Counter): Counter {
  return {
    read: () => attempt(() => counter.read(), 0),
    raise: (to) => attempt(() => counter.raise(to), undefined),
  };
}

/** `reset` and `running` stay as they are: without them there is no board. */
export function environmentSafe(environment: Environment): Environment {
  const clock = environment.clock;
  const watchdog = environment.watchdog;
  const counter = environment.counter;
  const energy = environment.energy;
  const log = environment.log;
  return {
    reset: () => environment.reset(),
    resetCause: () => attempt(() => environment.resetCause(), Reset.Unknown),
    running: () => environment.running(),
    clock: clock ? clockSafe(clock) : undefined,
    watchdog: watchdog ? watchdogSafe(watchdog) : undefined,
    energy: energy ? (moment) => attempt(() => energy(moment), false) : undefined,
    counter: counter ? counterSafe(counter) : undefined,
    log: log ? (code, detail) => attempt(() => log(code, detail), undefined) : undefined,
  };
}
