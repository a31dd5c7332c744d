/**
 * When to try again: exponential back-off with full jitter, so that devices that a server lost at the same moment do not
 * come back at the same moment. Counted from progress: a transfer that gets on, however often it breaks, goes on. No
 * clock and no timer: it says how long to wait.
 */
export interface RetryLimits {
  /** Attempts in a row that may fail. */
  readonly attempts: number;
  /** Milliseconds: the longest first wait; doubles from one to the next, up to `longest`. */
  readonly first: number;
  readonly longest: number;
  /** Bytes since the last failure that begin the count anew. */
  readonly progress: number;
}

export const ATTEMPTS = 5;
export const FIRST_WAIT = 1000;
export const LONGEST_WAIT = 30000;

export const RETRY: RetryLimits = {
  attempts: ATTEMPTS,
  first: FIRST_WAIT,
  longest: LONGEST_WAIT,
  progress: 4096,
};

export interface Retry {
  readonly limits: RetryLimits;
  /** In [0, 1). */
  readonly random: () => number;
  failures: number;
  progress: number;
}

/** What `retryNext` says in place of a time. */
export const GiveUp = -1;
/** The server asks for more patience than the driver has: the device may sleep until then. */
export const AskedForLonger = -2;

export const retryNew = (limits: RetryLimits, random: () => number): Retry => ({
  limits: limits,
  random: random,
  failures: 0,
  progress: 0,
});

/** Bytes came. */
export function retryProgress(retry: Retry, bytes: number): void {
  retry.progress += bytes;
}

/**
 * An attempt failed: milliseconds to wait before the next, or GiveUp, or AskedForLonger. `asked`: milliseconds that the
 * server named, 0 for none; they are waited in full, and the jitter comes on top.
 */
export function retryNext(retry: Retry, asked: number): number {
  const limits = retry.limits;
  retry.failures = retry.progress >= limits.progress ? 1 : retry.failures + 1;
  retry.progress = 0;
  if (!(retry.failures <= limits.attempts)) return GiveUp;
  if (!(asked <= limits.longest)) return AskedForLonger;
  let wait = limits.first;
  for (let i = 1; i < retry.failures && wait < limits.longest; i++) wait *= 2;
  if (!(wait <= limits.longest)) wait = limits.longest;
  return asked + Math.floor(retry.random() * wait);
}
