/** One small POST and its small answer, with bounds on both and on the time that they may take. */
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { authorityOf } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import { httpErrorOf } from './http-error.ts';

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Most bytes of an answer. */
  readonly most: number;
  /** Milliseconds for all of it. */
  readonly timeout: number;
  readonly ca?: string | readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Posted {
  /** Ok: answered, whatever the status; or a code. */
  readonly code: number;
  readonly status: number;
  readonly bytes: Uint8Array;
}

const HEADERS_MAX = 16 << 10;
const NOTHING = new Uint8Array(0);

const bodyOf = async (request: ClientRequest, response: IncomingMessage, most: number): Promise<Posted> => {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (!(length <= most)) {
      request.destroy();
      return { code: Err.SourceMalformed, status: response.statusCode ?? 0, bytes: NOTHING };
    }
    parts.push(part);
  }
  return { code: Ok, status: response.statusCode ?? 0, bytes: new Uint8Array(Buffer.concat(parts)) };
};

/** Does not throw for what a server or a link does: that comes as code. No redirect is followed. */
export const httpPost = (place: Place, body: Uint8Array, options: PostOptions): Promise<Posted> =>
  new Promise((resolve) => {
    const failed = (error: unknown): void => {
      clearTimeout(timer);
      resolve({ code: httpErrorOf(error).code, status: 0, bytes: NOTHING });
    };
    const request = (place.scheme === 'https' ? httpsRequest : httpRequest)({
      method: 'POST',
      host: place.host.startsWith('[') ? place.host.slice(1, -1) : place.host,
      port: place.port,
      path: place.path,
      headers: { host: authorityOf(place), 'content-length': body.length, ...options.headers },
      agent: false,
      maxHeaderSize: HEADERS_MAX,
      ...(options.ca === undefined ? {} : { ca: options.ca as string | string[] }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const timer = setTimeout(() => {
      request.destroy();
      resolve({ code: Err.SourceLost, status: 0, bytes: NOTHING });
    }, options.timeout);
    request.on('error', failed);
    request.on('response', (response) => {
      bodyOf(request, response, options.most).then((posted) => {
        clearTimeout(timer);
        resolve(posted);
      }, failed);
    });
    request.end(body);
  });
