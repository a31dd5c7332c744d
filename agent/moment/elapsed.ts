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
  trusted: boolean;
  /** Seconds counted in this boot, and whether those between it and the last boot were. */
  counted: number;
  bridged: boolean;
}

export function elapsedOpen(clock: Clock | undefined): Elapsed {
  return {
    clock: clock,
    now: timeNow(clock),
    trusted: timeTrusted(clock),
    counted: 0,
    bridged: false,
  };
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

/** Seconds since 1970 by trusted time; 0: there is none. */
export function elapsedTrusted(elapsed: Elapsed): number {
  const now = elapsed.now;
  return elapsed.trusted && now >= CALENDAR && now <= CALENDAR_END ? Math.floor(now) : 0;
}

/** Seconds since the last look. `last`: trusted time at the last look before this boot, 0 where there is none. */
export function elapsedStep(elapsed: Elapsed, last: number): number {
  const before = elapsed.now;
  const trusted = elapsed.trusted;
  elapsed.now = timeNow(elapsed.clock);
  elapsed.trusted = timeTrusted(elapsed.clock);
  let passed = trusted === elapsed.trusted ? Math.max(elapsed.now - before, 0) : 0;
  if (!elapsed.trusted) passed = Math.min(passed, STEP_MOST);
  elapsed.counted += passed;
  const now = elapsedTrusted(elapsed);
  if (now === 0 || elapsed.bridged) return passed;
  elapsed.bridged = true;
  if (last === 0) return passed;
  const bridge = Math.max(now - last - elapsed.counted, 0);
  elapsed.counted += bridge;
  return passed + bridge;
}
