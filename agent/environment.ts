/**
 * The environment as the agent and the boot decision see it: what a port throws becomes the answer that is safe. A board
 * with a broken clock or counter still boots, and still goes back.
 *
 * Functions of the module that find their port in `this`, where closures would do: one that is in flash takes the slot of
 * its name in RAM, a closure ten.
 */
import type { Clock, Counter, Environment, Watchdog } from '../hal/ports.ts';
import { Reset } from './codes.ts';

interface SafeClock extends Clock {
  readonly clock: Clock;
}

function clockNow(this: SafeClock): number {
  try {
    const now = this.clock.now();
    return now >= 0 ? now : 0;
  } catch (_) {
    return 0;
  }
}

function clockTrusted(this: SafeClock): boolean {
  try {
    return this.clock.trusted();
  } catch (_) {
    return false;
  }
}

function clockAtLeast(this: SafeClock): number {
  try {
    const least = this.clock.atLeast ? this.clock.atLeast() : 0;
    return least >= 0 ? least : 0;
  } catch (_) {
    return 0;
  }
}

function clockSafe(clock: Clock): SafeClock {
  return { clock: clock, now: clockNow, trusted: clockTrusted, atLeast: clockAtLeast };
}

interface SafeWatchdog extends Watchdog {
  readonly watchdog: Watchdog;
}

function watchdogFeed(this: SafeWatchdog): void {
  try {
    this.watchdog.feed();
  } catch (_) {
    return;
  }
}

function watchdogAnnounce(this: SafeWatchdog, step: number): void {
  try {
    if (this.watchdog.announce) this.watchdog.announce(step);
  } catch (_) {
    return;
  }
}

function watchdogSafe(watchdog: Watchdog): SafeWatchdog {
  return { watchdog: watchdog, feed: watchdogFeed, announce: watchdogAnnounce };
}

interface SafeCounter extends Counter {
  readonly counter: Counter;
}

/** Without the counter the floor is the journal's. */
function counterRead(this: SafeCounter): number {
  try {
    return this.counter.read();
  } catch (_) {
    return 0;
  }
}

/** A raise that failed is made good at the next start. */
function counterRaise(this: SafeCounter, to: number): void {
  try {
    this.counter.raise(to);
  } catch (_) {
    return;
  }
}

function counterSafe(counter: Counter): SafeCounter {
  return { counter: counter, read: counterRead, raise: counterRaise };
}

interface SafeEnvironment extends Environment {
  environment: Environment;
}

function reset(this: SafeEnvironment): void {
  this.environment.reset();
}

function resetCause(this: SafeEnvironment): number {
  try {
    return this.environment.resetCause();
  } catch (_) {
    return Reset.Unknown;
  }
}

function running(this: SafeEnvironment): number {
  return this.environment.running();
}

function energySafe(environment: Environment): (moment: number) => boolean {
  return (moment) => {
    try {
      return !!environment.energy && environment.energy(moment);
    } catch (_) {
      return false;
    }
  };
}

function logSafe(environment: Environment): (code: number, detail: number) => void {
  return (code, detail) => {
    try {
      if (environment.log) environment.log(code, detail);
    } catch (_) {
      return;
    }
  };
}

/** `reset` and `running` stay as they are: without them there is no board. */
const SAFE = { reset: reset, resetCause: resetCause, running: running };

/** What the board does not have takes no RAM. */
export function environmentSafe(environment: Environment): Environment {
  const safe = Object.create(SAFE) as { -readonly [Name in keyof SafeEnvironment]: SafeEnvironment[Name] };
  safe.environment = environment;
  if (environment.clock) safe.clock = clockSafe(environment.clock);
  if (environment.watchdog) safe.watchdog = watchdogSafe(environment.watchdog);
  if (environment.energy) safe.energy = energySafe(environment);
  if (environment.counter) safe.counter = counterSafe(environment.counter);
  if (environment.log) safe.log = logSafe(environment);
  return safe;
}

/** Seconds since 1970 that have passed for certain; -1: nothing is. A time that is not trusted now may have been before. */
export function timeAtLeast(environment: Environment): number {
  const clock = environment.clock;
  if (!clock) return -1;
  const least = clock.atLeast ? clock.atLeast() : 0;
  const now = clock.trusted() ? Math.max(clock.now(), least) : least;
  return now > 0 ? now : -1;
}
