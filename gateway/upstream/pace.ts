/** When a server is asked again: by chance earlier or later, so that what began together does not stay together. Seconds. */
import type { HttpError } from '../../hal/node/http-error.ts';

export interface PaceOptions {
  /** To the next question where the server says nothing, and least and most whatever it says. */
  readonly usual?: number | undefined;
  readonly least?: number | undefined;
  readonly longest?: number | undefined;
  /** After a failure; doubled for each further one up to the usual. */
  readonly again?: number | undefined;
  /** In [0, 1). */
  readonly random?: (() => number) | undefined;
}

const USUAL = 300;
const LEAST = 5;
const LONGEST = 86_400;
const AGAIN = 5;
const DOUBLINGS = 16;

/** After an answer; `asked`: what the server wants to pass, negative where it does not say. A tenth earlier or later. */
export const paceAfter = (asked: number, options: PaceOptions): number => {
  const { usual = USUAL, least = LEAST, longest = LONGEST, random = Math.random } = options;
  const wanted = asked >= 0 ? asked : usual;
  return Math.min(longest, Math.max(least, wanted)) * (0.9 + 0.2 * random());
};

/** After the `failures`th failure in a row. */
export const paceRetry = (
  failures: number,
  { fatal, retryAfter }: Pick<HttpError, 'fatal' | 'retryAfter'>,
  options: PaceOptions,
): number => {
  const { usual = USUAL, longest = LONGEST, again = AGAIN, random = Math.random } = options;
  const grown = again * 2 ** Math.min(DOUBLINGS, failures - 1);
  const wait = fatal ? usual : Math.min(usual, grown);
  return Math.min(longest, Math.max(wait * (0.5 + 0.5 * random()), retryAfter));
};
