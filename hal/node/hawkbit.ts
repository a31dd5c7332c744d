/** Requests to a hawkBit server, or one that speaks its DDI: of a device, or of a gateway for many. */
import * as Err from '../../agent/err.ts';
import { linkPlace, TEXT_MAX } from '../hawkbit/index.ts';
import type { DdiMethod } from '../hawkbit/index.ts';
import { dateRead, retryAfterRead } from '../http/date.ts';
import { credentialsBelong, HTTP_SCHEMES, originAdmit } from '../http/origin.ts';
import type { OriginPolicy } from '../http/origin.ts';
import { placeNew, uriRead, uriText } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import { bodyRead, HttpClient } from './http-client.ts';
import type { Answer } from './http-client.ts';
import { HttpError } from './http-error.ts';

/** Of a device its own, or the tenant's, with which its holder speaks for every device. */
export type TokenKind = 'target' | 'gateway';

export interface DdiOptions {
  /** `http(s)://HOST[:PORT]/TENANT/controller/v1/ID`. Its origin is the only one that is shown the token. */
  readonly url: string | URL;
  readonly token: string;
  readonly kind: TokenKind;
  /** Places beside it that a link may lead to, without the token: `[scheme://]host[:port]`. */
  readonly hosts?: readonly string[];
  /** Certificates of authorities, PEM, in place of those that Node comes with. */
  readonly ca?: string | readonly string[];
  /** Milliseconds without an answer, or a byte of it; all of one may take four times as long. Default 30,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Shared by the links of many devices; whoever made it closes it, and its limits hold. */
  readonly client?: HttpClient;
}

export interface DdiAnswer {
  readonly status: number;
  /** '' where there is no body, and of an answer that is none of 2xx. */
  readonly text: string;
  /** Seconds that the server asks to wait; 0: it does not. */
  readonly retryAfter: number;
  /** By the server's clock, seconds since 1970; -1: not said. Nobody vouches for it. */
  readonly date: number;
}

const TIMEOUT = 30_000;
/** All of an answer may take so many times as long as the server may be silent. */
const TIMES = 4;
const SCHEME = { target: 'TargetToken', gateway: 'GatewayToken' } as const;
/** RFC 9110 section 5.5: what may stand in a field, and no blank. */
const TOKEN = /^[!-~]{1,512}$/;

/** Who gives a byte now and then is not silent, and would keep a device awake for as long as he likes. */
const bodyOf = async (answer: Answer, patience: number): Promise<Uint8Array | undefined> => {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    answer.leave();
  }, patience);
  try {
    return await bodyRead(answer, TEXT_MAX);
  } catch (error) {
    throw late ? new HttpError('sends its answer too slowly', Err.SourceSlow, false) : error;
  } finally {
    clearTimeout(timer);
  }
};

const textOf = async (answer: Answer, patience: number): Promise<string> => {
  const bytes = await bodyOf(answer, patience);
  if (bytes !== undefined) return Buffer.from(bytes).toString('utf8');
  throw new HttpError(`answers with more than ${TEXT_MAX} bytes`, Err.SourceMalformed, true);
};

export class DdiLink {
  /** The controller's own place. */
  readonly place: Place = placeNew();
  readonly policy: OriginPolicy;
  /** The field Authorization, for fetches from the same origin. */
  readonly authorization: string;
  readonly #client: HttpClient;
  readonly #owns: boolean;
  readonly #patience: number;
  requests = 0;

  /** Throws HttpError where the address or the token cannot be. */
  constructor(options: DdiOptions) {
    const { url, token, kind, hosts = [], ca, timeout = TIMEOUT, signal } = options;
    const code = uriRead(this.place, String(url));
    if (code < 0) throw new HttpError(`${url}: no URL of http or https`, code, true);
    if (!TOKEN.test(token)) throw new HttpError('the token is none', Err.BadArgument, true);
    this.policy = { trusted: this.place, allowed: hosts, schemes: HTTP_SCHEMES };
    const admitted = originAdmit(this.policy, this.place);
    if (admitted < 0) throw new HttpError(`${url}: not over http or https`, admitted, true);
    this.authorization = `${SCHEME[kind]} ${token}`;
    this.#patience = TIMES * timeout;
    this.#owns = options.client === undefined;
    this.#client = options.client ?? new HttpClient({ timeout, ca, signal });
  }

  /** Where a link of an answer leads. Throws HttpError where it may not. */
  follow(href: string): Place {
    const place = placeNew();
    const code = linkPlace(place, this.place, href, this.policy);
    if (code < 0) {
      const why = 'not the configured host, and not among the hosts allowed';
      throw new HttpError(`leads to "${href.slice(0, 200)}": ${why}`, code, true);
    }
    return place;
  }

  /** One request, and its answer whatever its status; redirects are not followed. Throws HttpError where there is none. */
  async ask(method: DdiMethod, place: Place, json = ''): Promise<DdiAnswer> {
    const code = originAdmit(this.policy, place);
    if (code < 0) throw new HttpError(`${uriText(place)} is not allowed`, code, true);
    const headers = {
      accept: 'application/json, application/hal+json',
      'accept-encoding': 'identity',
      ...(credentialsBelong(this.policy, place) ? { authorization: this.authorization } : {}),
    };
    this.requests++;
    const typed = { ...headers, 'content-type': 'application/json' };
    const answer =
      method === 'GET'
        ? await this.#client.get(place, headers)
        : await this.#client.send(method, place, typed, Buffer.from(json));
    const date = answer.header('date');
    const good = answer.status >= 200 && answer.status <= 299;
    const text = good ? await textOf(answer, this.#patience) : '';
    if (!good) answer.leave();
    return {
      status: answer.status,
      text,
      retryAfter: retryAfterRead(answer.header('retry-after'), date),
      date: dateRead(date),
    };
  }

  close(): void {
    if (this.#owns) this.#client.close();
  }
}
