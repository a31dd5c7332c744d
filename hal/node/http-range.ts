/**
 * Reads one resource over HTTP from any offset, and goes on by Range where a connection broke. The server is not
 * trusted: what it says is checked against what was asked, waits and retries are bounded, and a body is cut off where
 * enough has come.
 */

export type Fetch = typeof fetch;

export interface HttpLimits {
  /** Attempts in a row that may fail before it gives up. Default 5. */
  readonly retries?: number;
  /** Milliseconds before the first retry; doubles from one to the next, up to 30 seconds. Default 500. */
  readonly backOff?: number;
  /** Milliseconds without a byte after which a connection counts as lost. Default 30,000. */
  readonly timeout?: number;
  /** Most bytes that one server that ignores Range may make us read and throw away. Default 64 MiB. */
  readonly discard?: number;
  readonly fetch?: Fetch;
  /** Waits; given by tests that do not want to. */
  readonly pause?: (milliseconds: number) => Promise<void>;
  /** Hosts (`name:port` as in a URL) beside the envelope's that a redirect or a manifest may name. */
  readonly hosts?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Why a resource could not be read. `fatal`: another try would not help. */
export class HttpError extends Error {
  readonly fatal: boolean;
  /** Seconds that the server asked us to wait. */
  readonly retryAfter: number;
  constructor(message: string, fatal: boolean, retryAfter = 0) {
    super(message);
    this.name = 'HttpError';
    this.fatal = fatal;
    this.retryAfter = retryAfter;
  }
}

const Nothing: Uint8Array = new Uint8Array(0);
const RangeNotSatisfiable = 416;
const LONGEST_WAIT = 30_000;
const REDIRECTS = 5;
/** A retry counts as progress, and the count starts anew, when this much came since the last. */
const PROGRESS = 4096;

interface Open {
  readonly body: ReadableStreamDefaultReader<Uint8Array>;
  readonly abort: AbortController;
  /** Offset in the resource of the next byte of the body. */
  offset: number;
  /** Where the body ends; Infinity when only its end can tell. */
  end: number;
  /** Where the resource ends; Infinity when the server did not say. */
  total: number;
  rest: Uint8Array;
}

export class RangeReader {
  #url: URL;
  readonly #limits: HttpLimits;
  readonly #allowed: ReadonlySet<string>;
  readonly #secure: boolean;
  #open: Open | undefined;
  #failures = 0;
  #progress = 0;
  /** Bytes that came over the air, also those thrown away. */
  received = 0;
  requests = 0;

  /** `trusted` is the URL whose host, and whose https, hold for this one too. */
  constructor(url: URL, trusted: URL, limits: HttpLimits) {
    this.#limits = limits;
    this.#allowed = new Set([trusted.host, ...(limits.hosts ?? [])]);
    this.#secure = trusted.protocol === 'https:';
    this.#url = this.#admit(url);
  }

  /** Bytes from `offset` on, at least one and at most `length`; none at the end of the resource. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    for (;;) {
      try {
        return await this.#take(offset, length);
      } catch (error) {
        await this.close();
        if (this.#limits.signal?.aborted === true) throw new HttpError('stopped by the caller', true);
        if (error instanceof HttpError && error.fatal) throw error;
        await this.#wait(error);
      }
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    open.abort.abort();
    await open.body.cancel().catch(() => undefined);
  }

  async #wait(error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    this.#failures = this.#progress >= PROGRESS ? 1 : this.#failures + 1;
    this.#progress = 0;
    if (this.#failures > (this.#limits.retries ?? 5)) {
      throw new HttpError(`${this.#url.href}: gave up after ${this.#failures} attempts: ${message}`, true);
    }
    const asked = error instanceof HttpError ? error.retryAfter * 1000 : 0;
    const doubled = (this.#limits.backOff ?? 500) * 2 ** (this.#failures - 1);
    const pause = this.#limits.pause ?? ((time) => new Promise((resolve) => setTimeout(resolve, time)));
    await pause(Math.min(Math.max(asked, doubled), LONGEST_WAIT));
  }

  async #take(offset: number, length: number): Promise<Uint8Array> {
    const { total } = this.#open ?? { total: Infinity };
    if (offset >= total) return Nothing;
    if (this.#open === undefined || this.#open.offset !== offset || this.#open.end <= offset) {
      await this.close();
      this.#open = await this.#request(offset, length);
    }
    const open = this.#open;
    if (open === undefined) return Nothing;
    while (open.rest.length === 0) {
      const next = await this.#next(open);
      if (next === undefined) {
        if (open.end !== Infinity) throw new HttpError('the connection ended early', false);
        open.total = offset;
        return Nothing;
      }
      open.rest = next;
    }
    const bytes = open.rest.subarray(0, Math.min(length, open.end - offset));
    open.rest = open.rest.subarray(bytes.length);
    open.offset += bytes.length;
    this.#progress += bytes.length;
    return bytes;
  }

  async #next(open: Open): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#timed(open.abort, open.body.read());
    if (done) return undefined;
    this.received += value.length;
    return value;
  }

  /** Aborts `work` when it takes longer than the time-out. */
  async #timed<T>(abort: AbortController, work: Promise<T>): Promise<T> {
    const timer = setTimeout(
      () => abort.abort(new HttpError('the server fell silent', false)),
      this.#limits.timeout ?? 30_000,
    );
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Nothing when the resource ends at or before `offset`. */
  async #request(offset: number, length: number): Promise<Open | undefined> {
    const abort = new AbortController();
    const range = `bytes=${offset}-${offset + length - 1}`;
    try {
      const response = await this.#follow(range, abort);
      if (response.status === RangeNotSatisfiable || response.body === null) {
        abort.abort();
        return undefined;
      }
      const partial = response.status === 206;
      const place = partial
        ? placeOf(response.headers.get('content-range'), offset, length)
        : { end: Infinity, total: Infinity };
      const open: Open = { body: response.body.getReader(), abort, offset, rest: Nothing, ...place };
      return partial || (await this.#discard(open, offset)) ? open : undefined;
    } catch (error) {
      abort.abort();
      throw error;
    }
  }

  async #follow(range: string, abort: AbortController): Promise<Response> {
    const get = this.#limits.fetch ?? fetch;
    const outer = this.#limits.signal;
    const signal = outer === undefined ? abort.signal : AbortSignal.any([abort.signal, outer]);
    for (let hops = 0; hops <= REDIRECTS; hops++) {
      this.requests++;
      const headers = { range, 'accept-encoding': 'identity' };
      const answer = get(this.#url, { headers, redirect: 'manual', signal });
      const response = await this.#timed(abort, answer);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || location === null) {
        checkStatus(response, this.#url);
        return response;
      }
      await response.body?.cancel();
      this.#url = this.#admit(new URL(location, this.#url));
    }
    throw new HttpError(`more than ${REDIRECTS} redirects`, true);
  }

  #admit(url: URL): URL {
    if (!this.#allowed.has(url.host)) {
      throw new HttpError(`${url.href}: not the host of the envelope, and not among the hosts allowed`, true);
    }
    if (url.protocol !== 'https:' && (this.#secure || url.protocol !== 'http:')) {
      throw new HttpError(`${url.href}: not over ${this.#secure ? 'https' : 'http or https'}`, true);
    }
    return url;
  }

  /** The server sent the whole resource: read up to `offset` and forget it. False: it ends before. */
  async #discard(open: Open, offset: number): Promise<boolean> {
    if (offset > (this.#limits.discard ?? 64 << 20)) throw new HttpError('the server ignores Range', true);
    let position = 0;
    while (position < offset) {
      const bytes = await this.#next(open);
      if (bytes === undefined) return false;
      if (position + bytes.length > offset) open.rest = bytes.subarray(offset - position);
      position += bytes.length;
    }
    return true;
  }
}

const checkStatus = (response: Response, url: URL): void => {
  const { status } = response;
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  if (status === RangeNotSatisfiable) return;
  if (status === 200 || status === 206) {
    if (encoding === 'identity') return;
    throw new HttpError(`${url.href}: answers in ${encoding}, of which no range can be taken`, true);
  }
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  const passing = status >= 500 || status === 408 || status === 425 || status === 429;
  throw new HttpError(`${url.href}: HTTP ${status}`, !passing, seconds > 0 ? seconds : 0);
};

/** RFC 9110 section 14.4. A 206 for another range than asked would put bytes in the wrong place. */
const placeOf = (header: string | null, offset: number, length: number): { end: number; total: number } => {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header ?? '');
  const first = Number(match?.[1] ?? NaN);
  const last = Number(match?.[2] ?? NaN);
  const total = match?.[3] === '*' ? Infinity : Number(match?.[3] ?? NaN);
  if (!(first === offset && last >= first && last < offset + length && last < total)) {
    throw new HttpError(`asked for ${length} bytes from ${offset} on, was given "${header ?? ''}"`, true);
  }
  return { end: last + 1, total };
};
