/**
 * Seconds that have passed, as far as that can be relied on: within a boot by the clock whether it is trusted or not, from
 * boot to boot by a trusted one only. A clock that was set, or jumps back, counts for nothing; so nobody who can set an
 * untrusted clock ends a patience early, and one that stands still leaves the wakes to count.
 */
import type { Clock } from '../../hal/ports.ts';

/** An untrusted clock that went on by more than a day between two looks may have been set. */
const STEP_MOST = 86400;
/** Seconds since 1970 are above this (2001-09-09), and fit four bytes. */
const CALENDAR = 1000000000;
const CALENDAR_END = 0xffffffff;

export interface Elapsed {
  readonly clock: Clock | undefined;
  now: number;
  /** Trusted time up to which it is counted, with what was counted since by a clock that is not; 0: there was none. */
  last: number;
}

export function elapsedOpen(clock: Clock | undefined, last: number): Elapsed {
  return { clock: clock, now: timeNow(clock), last: last };
}

function timeNow(clock: Clock | undefined): number {
  try {
    const now = clock ? clock.now() : 0;
    return now >= 0 ? now : 0;
  } catch (_) {
    return 0;
  }
}

function timeTrusted(clock: Clock | undefined): boolean {
  try {
    return !!clock && clock.trusted() === true;
  } catch (_) {
    return false;
  }
}

/** Whole seconds since 1970 by the best source there is; 0: not known. For the choice of a quiet moment, and nothing else. */
export function timeTold(clock: Clock | undefined): number {
  try {
    if (!clock) return 0;
    const told = clock.trusted() ? clock.now() : clock.told ? clock.told() : 0;
    return told >= CALENDAR && told <= CALENDAR_END ? Math.floor(told) : 0;
  } catch (_) {
    return 0;
  }
}

/** Whole seconds since the last look. */
export function elapsedStep(elapsed: Elapsed): number {
  const before = elapsed.now;
  const last = elapsed.last;
  const now = Math.floor(timeNow(elapsed.clock));
  elapsed.now = now;
  if (!timeTrusted(elapsed.clock)) {
    const passed = Math.min(Math.max(now - before, 0), STEP_MOST);
    if (last > 0) elapsed.last = last + passed;
    return passed;
  }
  if (!(now >= CALENDAR && now <= CALENDAR_END)) return 0;
  // A clock that went back counts for nothing until it has caught up.
  elapsed.last = Math.max(last, now);
  return last > 0 ? elapsed.last - last : 0;
}
