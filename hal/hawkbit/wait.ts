/** When a device asks next. */

/** Seconds. */
export interface PollBounds {
  /** Between two questions, whatever the server says. */
  readonly least: number;
  readonly most: number;
  /** Where it says nothing. */
  readonly usual: number;
  /** Share by which it is sooner, so that a fleet does not ask as one: 0..1. A server counts who is late as overdue. */
  readonly jitter: number;
  /** Behind the first contact that came to nothing; doubled for each further one, up to `usual`. */
  readonly retry: number;
}

export const POLL_BOUNDS: PollBounds = { least: 5, most: 86400, usual: 300, jitter: 0.1, retry: 5 };

/** Milliseconds. */
export const SECOND = 1000;

const bounded = (seconds: number, bounds: PollBounds): number =>
  !(seconds >= bounds.least) ? bounds.least : seconds <= bounds.most ? seconds : bounds.most;

/** Milliseconds to the next question; `sleep`: seconds that the server says, below 0: it does not. */
export function pollWait(sleep: number, bounds: PollBounds, random: number): number {
  const seconds = bounded(sleep >= 0 ? sleep : bounds.usual, bounds);
  return Math.floor(seconds * SECOND * (1 - bounds.jitter * random));
}

/** The same behind the `failures`th contact in a row that came to nothing; `asked`: seconds that the server names, or 0. */
export function retryWait(failures: number, asked: number, bounds: PollBounds, random: number): number {
  let seconds = bounds.retry;
  for (let i = 1; i < failures && seconds < bounds.usual; i++) seconds *= 2;
  if (!(seconds <= bounds.usual)) seconds = bounds.usual;
  const wait = asked > 0 ? bounded(asked, bounds) : 0;
  return Math.floor(Math.max(seconds * (1 + random) * 0.5, wait) * SECOND);
}
