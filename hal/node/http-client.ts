/**
 * Requests over node:http and node:https, with bounds on all that a server can send before the body: the size of the headers,
 * their number, answers before the answer, and the time that all of them may take. The body is read when there is use for
 * it. One connection, kept for the next request.
 */
import { Agent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import * as Err from '../../agent/err.ts';
import { authorityOf } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import { guardLiteral, guardLookup } from './http-address.ts';
import type { AddressGuard } from './http-address.ts';
import { HttpError, httpErrorOf } from './http-error.ts';

export interface ClientLimits {
  /** Milliseconds without an answer, or without a byte of its body. */
  readonly timeout: number;
  /** Certificates of authorities, PEM, in place of those that Node comes with. */
  readonly ca?: string | readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Which addresses may be connected to. Default: any. */
  readonly addresses?: AddressGuard | undefined;
}

export interface Answer {
  readonly status: number;
  /** '' where it is not there. */
  header(name: string): string;
  /** Some bytes; undefined: that was all. */
  read(): Promise<Uint8Array | undefined>;
  /** Enough was read. The connection is kept where nothing more can come on it, and else closed. */
  leave(): void;
}

/** All of its body, at most `most` bytes; undefined: it is longer, and left. Throws HttpError. */
export const bodyRead = async (answer: Answer, most: number): Promise<Uint8Array | undefined> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let bytes = await answer.read(); bytes !== undefined; bytes = await answer.read()) {
    length += bytes.length;
    if (!(length <= most)) {
      answer.leave();
      return undefined;
    }
    parts.push(bytes);
  }
  return new Uint8Array(Buffer.concat(parts));
};

/** Bytes of status line and headers of an answer. */
const HEADERS_MAX = 16 << 10;
/** Answers 1xx before the answer. */
const BEFORE_MAX = 8;

/** Rejects, and ends `request`, when `work` takes longer. */
const timed = async <T>(request: ClientRequest, milliseconds: number, work: Promise<T>): Promise<T> => {
  let silent: HttpError | undefined;
  const timer = setTimeout(() => {
    silent = new HttpError('the server fell silent', Err.SourceLost, false);
    request.destroy(silent);
  }, milliseconds);
  // A body that is cut off so may end without an error, or with one that says only that it was aborted.
  try {
    const value = await work;
    if (silent === undefined) return value;
    throw silent;
  } catch (error) {
    throw silent ?? httpErrorOf(error);
  } finally {
    clearTimeout(timer);
  }
};

const answered = (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    let before = 0;
    request.on('information', () => {
      if (++before <= BEFORE_MAX) return;
      request.destroy(new HttpError(`more than ${BEFORE_MAX} answers 1xx`, Err.SourceMalformed, true));
    });
    // Listened to for good: an error after the answer is one of the body's.
    request.on('error', reject);
    request.on('response', resolve);
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      reject(new HttpError('answers 101', Err.SourceMalformed, true));
    });
  });

const answerOf = (request: ClientRequest, response: IncomingMessage, timeout: number): Answer => {
  const chunks = response.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
  let ended = false;
  response.once('end', () => (ended = true));
  const header = (name: string): string => {
    const value = response.headers[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    status: response.statusCode ?? 0,
    header,
    async read() {
      const { done, value } = await timed(request, timeout, chunks.next());
      if (done !== true) return value;
      if (!response.complete) throw new HttpError('the connection ended early', Err.SourceLost, false);
      return undefined;
    },
    leave() {
      // Without a length, or with one that was not reached, more may come, and for ever.
      if (ended || (response.complete && header('content-length') !== '')) response.resume();
      else request.destroy();
    },
  };
};

export class HttpClient {
  readonly #limits: ClientLimits;
  readonly #open: Agent;
  readonly #secure: SecureAgent;

  constructor(limits: ClientLimits) {
    this.#limits = limits;
    this.#open = new Agent({ keepAlive: true, maxSockets: 1 });
    const ca = limits.ca === undefined ? {} : { ca: limits.ca as string | string[] };
    this.#secure = new SecureAgent({ keepAlive: true, maxSockets: 1, ...ca });
  }

  close(): void {
    this.#open.destroy();
    this.#secure.destroy();
  }

  /** Throws HttpError. */
  async get(place: Place, headers: Readonly<Record<string, string>>): Promise<Answer> {
    return await this.#ask('GET', place, headers, undefined);
  }

  /** A request with a body, whose type `headers` name: to be one that may come twice. Throws HttpError. */
  async send(
    method: 'POST' | 'PUT',
    place: Place,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
  ): Promise<Answer> {
    return await this.#ask(method, place, { ...headers, 'content-length': String(body.length) }, body);
  }

  async #ask(
    method: string,
    place: Place,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array | undefined,
  ): Promise<Answer> {
    for (;;) {
      const { signal, timeout, addresses } = this.#limits;
      const host = place.host.startsWith('[') ? place.host.slice(1, -1) : place.host;
      if (addresses) guardLiteral(addresses, host);
      const secure = place.scheme === 'https';
      const request = (secure ? httpsRequest : httpRequest)({
        method,
        host,
        port: place.port,
        path: place.path,
        headers: { host: authorityOf(place), ...headers },
        agent: secure ? this.#secure : this.#open,
        maxHeaderSize: HEADERS_MAX,
        ...(signal === undefined ? {} : { signal }),
        ...(addresses === undefined ? {} : { lookup: guardLookup(addresses) }),
      });
      const work = answered(request);
      request.end(body);
      try {
        return answerOf(request, await timed(request, timeout, work), timeout);
      } catch (error) {
        // The kept connection was closed by the server before this request: no answer was lost.
        const closed = request.reusedSocket && /\((ECONNRESET|EPIPE)\)/.test((error as HttpError).message);
        if (!closed || signal?.aborted === true) throw error;
      }
    }
  }
}
