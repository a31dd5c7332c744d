/** One small request and its small answer, with bounds on both and on the time that they may take. */
import { request as httpRequest } from 'node:http';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { authorityOf } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import { httpErrorOf } from './http-error.ts';

export interface ExchangeOptions {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** Most bytes of an answer. */
  readonly most: number;
  /** Milliseconds for all of it. */
  readonly timeout: number;
  readonly ca?: string | readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of Node, of the place's scheme: keeps connections. Default: one for this exchange. */
  readonly agent?: Agent | undefined;
}

export interface Exchanged {
  /** Ok: answered, whatever the status; or a code, and why in words. */
  readonly code: number;
  readonly why: string;
  readonly status: number;
  readonly bytes: Uint8Array;
  /** '' where it is not there. */
  header(name: string): string;
}

const HEADERS_MAX = 16 << 10;
const NOTHING = new Uint8Array(0);

const none = (code: number, why: string): Exchanged => ({
  code,
  why,
  status: 0,
  bytes: NOTHING,
  header: () => '',
});

const bodyOf = async (
  request: ClientRequest,
  response: IncomingMessage,
  most: number,
): Promise<Exchanged> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (!(length <= most)) {
      request.destroy();
      return none(Err.SourceMalformed, `answers with more than ${most} bytes`);
    }
    parts.push(part);
  }
  return {
    code: Ok,
    why: '',
    status: response.statusCode ?? 0,
    bytes: new Uint8Array(Buffer.concat(parts)),
    header: (name) => {
      const value = response.headers[name];
      return typeof value === 'string' ? value : '';
    },
  };
};

/** Does not throw for what a server or a link does: that comes as code. No redirect is followed. */
export const httpExchange = (place: Place, options: ExchangeOptions): Promise<Exchanged> =>
  new Promise((resolve) => {
    const { body, ca, signal } = options;
    const done = (exchanged: Exchanged): void => {
      clearTimeout(timer);
      resolve(exchanged);
    };
    const failed = (thrown: unknown): void => {
      const error = httpErrorOf(thrown);
      done(none(error.code, error.message));
    };
    const request = (place.scheme === 'https' ? httpsRequest : httpRequest)({
      method: options.method,
      host: place.host.startsWith('[') ? place.host.slice(1, -1) : place.host,
      port: place.port,
      path: place.path,
      headers: {
        host: authorityOf(place),
        ...(body === undefined ? {} : { 'content-length': body.length }),
        ...options.headers,
      },
      agent: options.agent ?? false,
      maxHeaderSize: HEADERS_MAX,
      ...(ca === undefined ? {} : { ca: ca as string | string[] }),
      ...(signal === undefined ? {} : { signal }),
    });
    const timer = setTimeout(() => {
      request.destroy();
      resolve(none(Err.SourceLost, 'the server fell silent'));
    }, options.timeout);
    request.on('error', failed);
    request.on('response', (response) => void bodyOf(request, response, options.most).then(done, failed));
    request.end(body);
  });
