/** Asks for small files that change in their place: by their tag, so that where nothing changed nothing is sent. */
import * as Err from '../../agent/err.ts';
import { Kind } from '../../hal/http/answer.ts';
import type { Place } from '../../hal/http/uri.ts';
import { HttpClient } from '../../hal/node/http-client.ts';
import { HttpError } from '../../hal/node/http-error.ts';
import { Follower } from '../../hal/node/http-follow.ts';
import type { FetchRules } from './fetcher.ts';
import { placeOf } from './origins.ts';

export interface AskedFile {
  /** Undefined: it is what the tag was given for. Nobody vouches for it. */
  readonly bytes: Uint8Array | undefined;
  /** '' where the server gives none. */
  readonly tag: string;
  readonly cacheControl: string;
  readonly age: string;
  /** Where it was found in the end: what it names is relative to this. */
  readonly place: Place;
}

const TIMEOUT = 30_000;

export class Asker {
  readonly #rules: Pick<FetchRules, 'origins' | 'addresses' | 'ca'>;
  readonly #stop = new AbortController();
  /** Sent so far, redirects with them. */
  requests = 0;

  constructor(rules: Pick<FetchRules, 'origins' | 'addresses' | 'ca'>) {
    this.#rules = rules;
  }

  /** `tag`: of what is there already; '' asks for all of it. `authorization`: for that origin alone. Throws HttpError. */
  async ask(url: string, tag: string, most: number, authorization?: string): Promise<AskedFile> {
    const { origins, addresses, ca } = this.#rules;
    const place = placeOf(url, origins);
    const { signal } = this.#stop;
    const client = new HttpClient({ timeout: TIMEOUT, ca, signal, addresses });
    const policy = { trusted: place, allowed: origins, schemes: ['http', 'https'] };
    const follower = new Follower(
      client,
      place,
      policy,
      authorization === undefined ? {} : { authorization },
    );
    try {
      const answer = await follower.get(tag === '' ? {} : { 'if-none-match': tag }, 0, Infinity);
      const { kind } = follower.verdict;
      const same = kind === Kind.Same && tag !== '';
      if (!same && kind !== Kind.Whole)
        throw new HttpError(`${url}: HTTP ${answer.status}, unasked`, Err.SourceMalformed, true);
      const bytes = same ? undefined : await wholeOf(answer, url, most);
      answer.leave();
      const [cacheControl, age] = [answer.header('cache-control'), answer.header('age')];
      const given = answer.header('etag');
      return { bytes, tag: same && given === '' ? tag : given, cacheControl, age, place: follower.place };
    } finally {
      this.requests += follower.requests;
      client.close();
    }
  }

  /** What is asked for now fails. */
  close(): void {
    this.#stop.abort();
  }
}

const wholeOf = async (
  answer: { read(): Promise<Uint8Array | undefined> },
  url: string,
  most: number,
): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let bytes = await answer.read(); bytes !== undefined; bytes = await answer.read()) {
    parts.push(bytes);
    length += bytes.length;
    if (!(length <= most))
      throw new HttpError(`${url}: longer than ${most} bytes`, Err.SourceMalformed, true);
  }
  return Buffer.concat(parts);
};
