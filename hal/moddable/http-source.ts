/**
 * One resource over the SDK's HTTP client, from any offset, and on by Range where a connection broke. The server is not
 * trusted: what it says is held against what was asked, waits and attempts are bounded, and a body is left where enough
 * of it has come. A body is read when there is use for it; until then it stays in the socket, which stops the server.
 */
import type { SdkHttpClient, SdkHttpRequest, SdkTimer } from './sdk.ts';

export interface SourceLimits {
  /** Attempts in a row that may fail. */
  readonly retries: number;
  /** Milliseconds before the first retry; doubles from one to the next, up to LONGEST_WAIT. */
  readonly backOff: number;
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
  /** @internal */
  client: SdkHttpClient | undefined;
  request: SdkHttpRequest | undefined;
  /** What comes from an older attempt is not listened to. */
  attempt: number;
  failures: number;
  progress: number;
  /** Bytes of the body that lie before `offset`. */
  skip: number;
  partial: boolean;
  /** Half time-outs since something came. */
  quiet: number;
  waiting: unknown;
  clock: unknown;
}

const LONGEST_WAIT = 30000;
/** A retry counts as progress, and the count starts anew, when this much came since the last. */
const PROGRESS = 4096;
const HEADERS: readonly string[] = ['content-range', 'content-encoding', 'transfer-encoding'];

const Status = { Whole: 200, Partial: 206, NotSatisfiable: 416 } as const;

function disconnect(s: Source): void {
  s.attempt++;
  const client = s.client;
  s.client = undefined;
  s.request = undefined;
  s.readable = 0;
  if (client) client.close();
}

function fail(s: Source, why: string): void {
  disconnect(s);
  s.trouble = why;
  s.wake();
}

/** A decimal number of at most 15 digits at the start of `text`; -1: none. */
function decimal(text: string): number {
  if (!(text.length >= 1 && text.length <= 15)) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** RFC 9110 section 14.4: whether the range given begins where it was asked for, and ends no later. */
function rangeRight(s: Source, header: string): boolean {
  const dash = header.indexOf('-');
  const slash = header.indexOf('/');
  if (header.substring(0, 6) !== 'bytes ' || dash < 0 || slash < dash) return false;
  const first = decimal(header.substring(6, dash));
  const last = decimal(header.substring(dash + 1, slash));
  return first === s.offset && last >= first && last < s.end;
}

/** What is wrong with an answer: nothing, or why. `final`: another try would not help. */
function judge(
  s: Source,
  status: number,
  headers: ReadonlyMap<string, string>,
): { why: string; final: boolean } {
  const encoding = headers.get('content-encoding') ?? 'identity';
  // After the last chunk the client may throw where nobody catches it.
  if (headers.get('transfer-encoding') !== undefined) return { why: 'answers in chunks', final: true };
  if (encoding !== 'identity') return { why: 'answers in ' + encoding, final: true };
  s.partial = status === Status.Partial;
  s.skip = status === Status.Whole ? s.offset : 0;
  if (status === Status.Partial) {
    const range = headers.get('content-range') ?? '';
    return { why: rangeRight(s, range) ? '' : 'gave the range "' + range + '"', final: true };
  }
  if (status === Status.Whole) return { why: s.skip <= s.limits.discard ? '' : 'ignores Range', final: true };
  const passing = status >= 500 || status === 408 || status === 425 || status === 429;
  return { why: 'HTTP ' + status, final: !passing };
}

function retry(s: Source, why: string): void {
  disconnect(s);
  s.failures = s.progress >= PROGRESS ? 1 : s.failures + 1;
  s.progress = 0;
  if (s.failures > s.limits.retries) {
    fail(s, why + ', ' + s.failures + ' times');
    return;
  }
  let wait = s.limits.backOff;
  for (let i = 1; i < s.failures && wait < LONGEST_WAIT; i++) wait *= 2;
  if (wait > LONGEST_WAIT) wait = LONGEST_WAIT;
  s.waiting = s.timer.set(() => {
    s.waiting = undefined;
    sourceOpen(s);
  }, wait);
}

function onHeaders(s: Source, status: number, headers: ReadonlyMap<string, string>): void {
  if (status === Status.NotSatisfiable && s.end === Infinity && s.offset > 0) {
    // The last attempt got all, and did not live to be told so.
    disconnect(s);
    s.complete = true;
    s.wake();
    return;
  }
  const verdict = judge(s, status, headers);
  if (verdict.why === '') return;
  if (verdict.final) fail(s, verdict.why);
  else retry(s, verdict.why);
}

function onDone(s: Source, error: unknown): void {
  s.request = undefined;
  s.readable = 0;
  if (error) retry(s, 'the connection was lost');
  else if (s.end !== Infinity && s.offset < s.end && !s.partial) fail(s, 'the resource ends too early');
  else if (s.end !== Infinity && s.offset < s.end) retry(s, 'the answer ended too early');
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
    fail(s, String(error));
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
    retry(s, String(error));
  }
}

/** Asks for the bytes of `path` from `offset` to `end`-1. */
export function sourceAsk(s: Source, path: string, offset: number, end: number): void {
  s.path = path;
  s.offset = offset;
  s.end = end;
  s.readable = 0;
  s.complete = false;
  s.failures = 0;
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
  if (s.skip > 0) {
    s.skip -= count;
    return 0;
  }
  s.offset += count;
  s.progress += count;
  if (s.offset === s.end && !s.partial) {
    // The server goes on with what was not asked for.
    disconnect(s);
    s.complete = true;
  }
  return count;
}

/** Called each half time-out. While nobody reads, nothing can come, and the silence is our own. */
function tick(s: Source): void {
  if (!s.request || s.readable > 0) return;
  s.quiet++;
  if (s.quiet > 2) retry(s, 'the server fell silent');
}

export function sourceNew(
  limits: SourceLimits,
  timer: SdkTimer,
  connect: (onError: (error: unknown) => void) => SdkHttpClient,
  wake: () => void,
): Source {
  const s: Source = {
    limits: limits,
    timer: timer,
    connect: connect,
    wake: wake,
    path: '',
    offset: 0,
    end: 0,
    readable: 0,
    complete: true,
    trouble: '',
    client: undefined,
    request: undefined,
    attempt: 0,
    failures: 0,
    progress: 0,
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
