/** Asks a static origin, over HTTP, whether there is a newer release. */
import * as Err from '../../agent/err.ts';
import { Kind } from '../http/answer.ts';
import { latestNew, latestRead, LATEST_MAX, pollAnswered, pollFailed, pollWait } from '../http/latest.ts';
import type { Latest, Poll } from '../http/latest.ts';
import { placeNew, uriResolve, uriText } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import { clientOpen, readWhole } from './http.ts';
import { bodyRead } from './http-client.ts';
import type { Answer } from './http-client.ts';
import { HttpError, httpErrorOf } from './http-error.ts';
import { Follower } from './http-follow.ts';
import type { HttpLimits } from './http-limits.ts';
import { RangeReader } from './http-range.ts';

export interface LatestOptions extends HttpLimits {
  readonly latestUrl: string | URL;
  /** Of what runs, or was accepted. */
  readonly sequence: number;
  /** Kept from one question to the next. */
  readonly poll: Poll;
  /** Where the signed statement is, when not where latest.json says. Default `latest.statement`, beside it. */
  readonly statement?: string;
  /**
   * Given the signed statement, which is then demanded, and what the source offers, which nobody vouches for: Ok, or why
   * it is not taken (agent/freeze.ts judges so). Without it none is fetched.
   */
  readonly onStatement?: (bytes: Uint8Array, offered: Latest) => number | Promise<number>;
}

export interface LatestAnswer {
  /** Ok, or a code; `newer` is then false. */
  readonly code: number;
  /** The code in words; '' for Ok. */
  readonly why: string;
  readonly newer: boolean;
  /** Where the envelope is; '' where nothing is newer. */
  readonly envelopeUrl: string;
  /** Of what is published; 0: it is not known. */
  readonly sequence: number;
  /** Seconds to the next question. */
  readonly wait: number;
}

const STATEMENT = 'latest.statement';
const STATEMENT_MAX = 4096;

/** The body, or why there is none to use. */
const bodyOf = async (answer: Answer): Promise<string> => {
  const bytes = await bodyRead(answer, LATEST_MAX);
  if (bytes !== undefined) return Buffer.from(bytes).toString('utf8');
  throw new HttpError(`longer than ${LATEST_MAX} bytes`, Err.SourceMalformed, true);
};

/** One question. Never throws for what the server does. */
export const latestAsk = async (options: LatestOptions): Promise<LatestAnswer> => {
  try {
    return await ask(options);
  } catch (thrown) {
    const { code, message: why, retryAfter } = httpErrorOf(thrown);
    pollFailed(options.poll);
    return {
      code,
      why,
      newer: false,
      envelopeUrl: '',
      sequence: 0,
      wait: pollWait(options.poll, retryAfter),
    };
  }
};

/** Fetches the signed statement, and has it judged. Throws HttpError. */
const prove = async (
  options: LatestOptions,
  latest: Latest,
  base: Place,
  open: (place: Place) => RangeReader,
): Promise<void> => {
  if (options.onStatement === undefined) return;
  const at = placeNew();
  const named = latest.statement === '' ? STATEMENT : latest.statement;
  const resolved = uriResolve(at, base, options.statement ?? named);
  if (resolved < 0) throw new HttpError('names its signed statement by no URI', resolved, true);
  const bytes = await readWhole(open(at), STATEMENT_MAX);
  const code = bytes === undefined ? Err.SourceMalformed : await options.onStatement(bytes, latest);
  if (code < 0) throw new HttpError('its signed statement is not taken', code, true);
};

const envelopeOf = (latest: Latest, base: Place): string => {
  const at = placeNew();
  const code = uriResolve(at, base, latest.envelope);
  if (code < 0) throw new HttpError(`names an envelope at "${latest.envelope}"`, code, true);
  return uriText(at);
};

const ask = async (options: LatestOptions): Promise<LatestAnswer> => {
  const { poll } = options;
  const { client, place, policy } = clientOpen(options.latestUrl, options);
  try {
    const follower = new Follower(client, place, policy, options);
    const conditional: Record<string, string> = poll.tag === '' ? {} : { 'if-none-match': poll.tag };
    const answer = await follower.get(conditional, 0, Infinity);
    const { kind } = follower.verdict;
    const done = (sequence: number, envelopeUrl: string): LatestAnswer => {
      const newer = envelopeUrl !== '';
      // While the release is not installed, the question has to be answered in full again.
      const tag = newer ? '' : answer.header('etag') || (kind === Kind.Same ? poll.tag : '');
      pollAnswered(poll, tag, answer.header('cache-control'), answer.header('age'));
      return { code: 0, why: '', newer, envelopeUrl, sequence, wait: pollWait(poll, 0) };
    };
    if (kind === Kind.Same && poll.tag !== '') {
      answer.leave();
      return done(0, '');
    }
    if (kind !== Kind.Whole) throw new HttpError(`HTTP ${answer.status}, unasked`, Err.SourceMalformed, true);
    const latest = latestNew();
    const code = latestRead(latest, await bodyOf(answer));
    if (code < 0) throw new HttpError('not a statement of the latest release', code, true);
    await prove(options, latest, follower.place, (at) => new RangeReader(client, at, policy, options));
    return done(
      latest.sequence,
      latest.sequence > options.sequence ? envelopeOf(latest, follower.place) : '',
    );
  } finally {
    client.close();
  }
};
