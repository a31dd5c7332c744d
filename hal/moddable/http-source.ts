/**
 * One resource over the SDK's HTTP client, from any offset, and on by Range where a connection broke. The server is not
 * trusted: what it says is held against what was asked, waits and attempts are bounded, and a body is left where enough
 * of it has come. A body is read when there is use for it; until then it stays in the socket, which stops the server.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { answerJudge, Kind, verdictNew } from '../http/answer.ts';
import type { Verdict } from '../http/answer.ts';
import { REDIRECTS } from '../http/origin.ts';
import { rateHolds, rateNew, rateReset } from '../http/rate.ts';
import type { Rate, RateFloor } from '../http/rate.ts';
import { retryNew, retryNext, retryProgress } from '../http/retry.ts';
import type { Retry, RetryLimits } from '../http/retry.ts';
import { decimalRead } from '../http/uri.ts';
import type { SdkHttpClient, SdkHttpRequest, SdkTimer } from './sdk.ts';

export interface SourceLimits {
  readonly retry: RetryLimits;
  /** In [0, 1). */
  readonly random: () => number;
  readonly rate: RateFloor;
  /** Milliseconds without a byte after which a connection counts as lost. */
  readonly timeout: number;
  /** Most bytes that a server that ignores Range may make us throw away, for one request. */
  readonly discard: number;
}

export interface Source {
  readonly limits: SourceLimits;
  readonly timer: SdkTimer;
  readonly connect: (onError: (error: unknown) => void) => SdkHttpClient;
  /** Told when there may be something to do: bytes, the end, or trouble. */
  readonly wake: () => void;
  /** The path that a redirect leads to, from that path; '': the client does not go there. */
  readonly lead: (location: string, from: string) => string;
  path: string;
  /** The next byte to come, and where enough has come; Infinity: where the server ends. */
  offset: number;
  end: number;
  /** Bytes that can be read now. */
  readable: number;
  /** All from the offset that was asked for to `end` came. */
  complete: boolean;
  /** Why no more can be had; empty while all is well. */
  trouble: string;
  /** The same as a code. */
  code: number;
  /** @internal */
  client: SdkHttpClient | undefined;
  request: SdkHttpRequest | undefined;
  /** What comes from an older attempt is not listened to. */
  attempt: number;
  readonly retry: Retry;
  readonly rate: Rate;
  readonly verdict: Verdict;
  /** Bytes since the clock last ticked. */
  got: number;
  hops: number;
  /** Bytes of the body that lie before `offset`. */
  skip: number;
  partial: boolean;
  /** Half time-outs since something came. */
  quiet: number;
  waiting: unknown;
  clock: unknown;
}

/** What the client is to keep of the headers. */
const HEADERS: readonly string[] = [
  'content-range',
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'location',
  'retry-after',
];

function disconnect(s: Source): void {
  s.attempt++;
  const client = s.client;
  s.client = undefined;
  s.request = undefined;
  s.readable = 0;
  if (client) client.close();
}

function fail(s: Source, code: number, why: string): void {
  disconnect(s);
  s.code = code;
  s.trouble = why;
  s.wake();
}

/** `asked`: milliseconds that the server wants us to wait, or 0. */
function retry(s: Source, code: number, why: string, asked: number): void {
  disconnect(s);
  const wait = retryNext(s.retry, asked);
  if (wait < 0) {
    fail(s, code, why + ', ' + s.retry.failures + ' times');
    return;
  }
  s.waiting = s.timer.set(() => {
    s.waiting = undefined;
    sourceOpen(s);
  }, wait);
}

function lost(s: Source, why: string): void {
  retry(s, Err.SourceLost, why, 0);
}

function move(s: Source, location: string): void {
  const path = s.lead(location, s.path);
  s.hops++;
  if (path === '') fail(s, Err.OriginRefused, 'leads to ' + location.substring(0, 60));
  else if (s.hops > REDIRECTS) fail(s, Err.SourceMalformed, 'leads on without an end');
  else {
    // What the body of this answer says, nobody asked.
    disconnect(s);
    s.path = path;
    sourceOpen(s);
  }
}

function onHeaders(s: Source, status: number, headers: ReadonlyMap<string, string>): void {
  const verdict = s.verdict;
  const field = (name: string): string => headers.get(name) ?? '';
  const head = {
    status: status,
    contentRange: field('content-range'),
    contentEncoding: field('content-encoding'),
    contentLength: field('content-length'),
  };
  answerJudge(verdict, head, s.offset, s.end);
  const kind = verdict.kind;
  s.partial = kind === Kind.Part;
  s.skip = kind === Kind.Whole ? s.offset : 0;
  if (kind === Kind.Moved) move(s, field('location'));
  // After the last chunk the client may throw where nobody catches it.
  else if (field('transfer-encoding') !== '') fail(s, Err.SourceMalformed, 'answers in chunks');
  else if (kind === Kind.End && s.end === Infinity && s.offset > 0) {
    // The last attempt got all, and did not live to be told so.
    disconnect(s);
    s.complete = true;
    s.wake();
  } else if (kind === Kind.Later) {
    const asked = decimalRead(field('retry-after'));
    retry(s, verdict.code, verdict.why, asked > 0 ? asked * 1000 : 0);
  } else if (verdict.code !== Ok) fail(s, verdict.code, verdict.why);
  else if (kind === Kind.End || kind === Kind.Same) fail(s, Err.SourceMalformed, 'HTTP ' + status);
  else if (s.skip > s.limits.discard) fail(s, Err.SourceMalformed, 'ignores Range');
}

function onDone(s: Source, error: unknown): void {
  s.request = undefined;
  s.readable = 0;
  if (error) lost(s, 'the connection was lost');
  else if (s.end !== Infinity && s.offset < s.end && !s.partial)
    fail(s, Err.PayloadTooShort, 'the resource ends too early');
  else if (s.end !== Infinity && s.offset < s.end) lost(s, 'the answer ended too early');
  else {
    s.complete = true;
    s.wake();
  }
}

/** The callbacks are the client's to call: what they throw would end the machine. */
function guarded(s: Source, attempt: number, run: () => void): void {
  if (attempt !== s.attempt) return;
  s.quiet = 0;
  try {
    run();
  } catch (error) {
    fail(s, Err.PortFailed, String(error));
  }
}

/** A connection that is lost while nothing is asked for is made anew when there is something. */
function connect(s: Source): void {
  let client: SdkHttpClient | undefined = undefined;
  client = s.connect(() => {
    if (client !== undefined && client !== s.client) return;
    guarded(s, s.attempt, () => {
      if (s.request) onDone(s, true);
      else disconnect(s);
    });
  });
  s.client = client;
}

function sourceOpen(s: Source): void {
  s.quiet = 0;
  rateReset(s.rate);
  s.attempt++;
  const attempt = s.attempt;
  const last = s.end === Infinity ? '' : String(s.end - 1);
  // The client asks for a Map. This is XS, which has it.
  // oxlint-disable-next-line device/dialect
  const headers = new Map([['accept-encoding', 'identity']]);
  if (s.offset > 0 || s.end !== Infinity) headers.set('range', 'bytes=' + s.offset + '-' + last);
  try {
    if (!s.client) connect(s);
    s.request = (s.client as SdkHttpClient).request({
      path: s.path,
      headers: headers,
      headersMask: HEADERS,
      onHeaders: (status, answered) => guarded(s, attempt, () => onHeaders(s, status, answered)),
      onReadable: (count) =>
        guarded(s, attempt, () => {
          s.readable = count;
          s.wake();
        }),
      onDone: (error) => guarded(s, attempt, () => onDone(s, error)),
    });
  } catch (error) {
    lost(s, String(error));
  }
}

/** Asks for the bytes of `path` from `offset` to `end`-1. */
export function sourceAsk(s: Source, path: string, offset: number, end: number): void {
  s.path = path;
  s.offset = offset;
  s.end = end;
  s.readable = 0;
  s.complete = false;
  s.retry.failures = 0;
  s.hops = 0;
  sourceOpen(s);
}

/** Takes up to `into.length` bytes of what can be read; how many of them are wanted bytes, from `into`'s first on. */
export function sourceTake(s: Source, into: Uint8Array): number {
  const request = s.request;
  if (!request || !(s.readable > 0)) return 0;
  const left = s.skip > 0 ? s.skip : s.end - s.offset;
  let count = s.readable < into.length ? s.readable : into.length;
  if (count > left) count = left;
  if (count > 0) request.read(into.subarray(0, count));
  s.readable -= count;
  s.got += count;
  if (s.skip > 0) {
    s.skip -= count;
    return 0;
  }
  s.offset += count;
  retryProgress(s.retry, count);
  if (s.offset === s.end && !s.partial) {
    // The server goes on with what was not asked for.
    disconnect(s);
    s.complete = true;
  }
  return count;
}

/** Called each half time-out. While nobody reads, nothing can come, and the time is our own. */
function tick(s: Source): void {
  const got = s.got;
  s.got = 0;
  if (!s.request || s.readable > 0) return;
  s.quiet++;
  if (s.quiet > 2) lost(s, 'the server fell silent');
  else if (!rateHolds(s.rate, s.limits.timeout / 2, got))
    retry(s, Err.SourceSlow, 'the server is too slow', 0);
}

export function sourceNew(
  limits: SourceLimits,
  timer: SdkTimer,
  connect: (onError: (error: unknown) => void) => SdkHttpClient,
  wake: () => void,
  lead: (location: string, from: string) => string,
): Source {
  const s: Source = {
    limits: limits,
    timer: timer,
    connect: connect,
    wake: wake,
    lead: lead,
    path: '',
    offset: 0,
    end: 0,
    readable: 0,
    complete: true,
    trouble: '',
    code: Ok,
    client: undefined,
    request: undefined,
    attempt: 0,
    retry: retryNew(limits.retry, limits.random),
    rate: rateNew(limits.rate),
    verdict: verdictNew(),
    got: 0,
    hops: 0,
    skip: 0,
    partial: false,
    quiet: 0,
    waiting: undefined,
    clock: undefined,
  };
  s.clock = timer.repeat(() => tick(s), limits.timeout / 2);
  return s;
}

export function sourceClose(s: Source): void {
  disconnect(s);
  s.timer.clear(s.clock);
  if (s.waiting !== undefined) s.timer.clear(s.waiting);
  s.waiting = undefined;
}
