/**
 * Fetches files into the store: each once, however many ask, and from where it was, also in another process. Nothing
 * that a server says is believed; what came is held against its digest before it counts.
 */
import * as Err from '../../agent/err.ts';
import type { AddressGuard } from '../../hal/node/http-address.ts';
import { HttpClient } from '../../hal/node/http-client.ts';
import { HttpError } from '../../hal/node/http-error.ts';
import type { HttpLimits } from '../../hal/node/http-limits.ts';
import { RangeReader } from '../../hal/node/http-range.ts';
import { readWhole } from '../../hal/node/http.ts';
import type { Artefact, Download, Wanted } from '../contract.ts';
import { contentOf } from '../store/store.ts';
import type { Part, Store } from '../store/store.ts';
import { releaseError, releaseErrorOf } from './error.ts';
import { placeOf } from './origins.ts';
import { anotherThan, digitsOf, keyOf } from './wanted.ts';

export interface FetchRules {
  /** `scheme://host[:port]` each: where files may come from. */
  readonly origins: readonly string[];
  readonly addresses: AddressGuard;
  readonly ca?: string | undefined;
  /** Waits, attempts, rate. */
  readonly limits?: Pick<HttpLimits, 'retries' | 'backOff' | 'timeout' | 'rate'> | undefined;
}

/** What else a file is held against, where its name does not bind it to the manifest. */
export interface Proof {
  /** Two proofs of one key are the same. */
  readonly key: string;
  /** Why the bytes are not what is wanted; undefined: they are. Throws nothing. */
  trouble(content: Uint8Array): string | undefined;
}

const TIMEOUT = 30_000;

interface Running {
  readonly work: Promise<Artefact>;
  download: Download;
}

/** Settles early when `signal` says so; the reader then finds it aborted. */
const pauseUntil = (signal: AbortSignal) => (milliseconds: number) =>
  new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });

export class Fetcher {
  readonly #store: Store;
  readonly #rules: FetchRules;
  readonly #running = new Map<string, Running>();
  readonly #stop = new AbortController();

  constructor(store: Store, rules: FetchRules) {
    this.#store = store;
    this.#rules = rules;
  }

  downloads(): readonly Download[] {
    return [...this.#running.values()].map(({ download }) => download);
  }

  /** What is in the store already; undefined: it is to be fetched. */
  there(wanted: Wanted): Artefact | undefined {
    const digits = wanted.sha256 ?? digitsOf(wanted.name);
    const found = digits === undefined ? undefined : this.#store.findNamed(digits);
    return found && anotherThan(wanted, found) === undefined ? found : undefined;
  }

  /** Throws ReleaseError. */
  async fetch(wanted: Wanted, proof?: Proof): Promise<Artefact> {
    const there = this.there(wanted);
    const why = there && proof?.trouble(contentOf(this.#store, there));
    if (why !== undefined) throw another(wanted, why, false);
    if (there) return there;
    const key = keyOf(wanted, proof?.key);
    const { work } = this.#running.get(key) ?? this.#start(key, wanted, proof);
    return work;
  }

  /** A small file, whole and not kept: nothing of it is proven. Throws ReleaseError. */
  async small(wanted: Wanted, cap: number): Promise<Uint8Array> {
    let client: HttpClient | undefined;
    try {
      const opened = this.#opened(wanted, cap);
      client = opened.client;
      const bytes = await readWhole(opened.reader, cap);
      if (bytes) return bytes;
      throw releaseError(
        Err.EnvelopeTooLong,
        `${wanted.url}: longer than ${cap} bytes, which no device takes`,
      );
    } catch (error) {
      throw releaseErrorOf(error);
    } finally {
      client?.close();
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([...this.#running.values()].map(({ work }) => work));
  }

  #start(key: string, wanted: Wanted, proof: Proof | undefined): Running {
    const told = (received: number, size: number | undefined): void => {
      running.download = { name: wanted.name, received, size };
    };
    const work = this.#download(key, wanted, proof, told)
      .catch((error: unknown) => {
        throw releaseErrorOf(error);
      })
      .finally(() => this.#running.delete(key));
    const running: Running = { work, download: { name: wanted.name, received: 0, size: wanted.size } };
    this.#running.set(key, running);
    return running;
  }

  async #download(
    key: string,
    wanted: Wanted,
    proof: Proof | undefined,
    told: (received: number, size: number | undefined) => void,
  ): Promise<Artefact> {
    // Before anything is asked: what cannot be kept is not fetched.
    if (wanted.size !== undefined && !(wanted.size <= wanted.sizeMax)) throw tooLong(wanted, wanted.size);
    const part = await this.#store.part(key);
    try {
      const resumed = part.length > 0;
      const why = await this.#attempt(wanted, part, proof, told);
      // Its start may be of a file that was replaced, or what a power cut left.
      const again = why !== undefined && resumed;
      if (again) part.restart();
      const still = again ? await this.#attempt(wanted, part, proof, told) : why;
      if (still === undefined) return part.keep();
      part.drop();
      throw still;
    } finally {
      part.close();
    }
  }

  /** Fetches what is missing; undefined, or what is wrong with what then is there. */
  async #attempt(
    wanted: Wanted,
    part: Part,
    proof: Proof | undefined,
    told: (received: number, size: number | undefined) => void,
  ): Promise<Error | undefined> {
    const most = wanted.size ?? wanted.sizeMax;
    const { reader, client } = this.#opened(wanted, most);
    try {
      while (part.length <= most && part.length !== wanted.size) {
        // Where it is known how long the file is, what the server has behind it is not asked for.
        const known = wanted.size ?? (Number.isFinite(reader.total) ? reader.total : undefined);
        if (known !== undefined && known > most) return tooLong(wanted, known);
        told(part.length, known);
        this.#store.room(Math.max(0, (known ?? 0) - part.length));
        // Where nobody said how long it is: one more than there may be, so that a longer file shows.
        const spare = wanted.size === undefined ? 1 : 0;
        const bytes = await reader.read(part.length, most + spare - part.length);
        if (bytes.length === 0) break;
        if (part.length + bytes.length > most) return tooLong(wanted, part.length + bytes.length);
        part.append(bytes);
      }
      return this.#judge(wanted, part, proof, reader.changed);
    } finally {
      reader.close();
      client.close();
    }
  }

  #judge(wanted: Wanted, part: Part, proof: Proof | undefined, changed: boolean): Error | undefined {
    const came = { digest: part.digest, size: part.length };
    const why = anotherThan(wanted, came) ?? proof?.trouble(part.content());
    return why === undefined ? undefined : another(wanted, why, changed);
  }

  #opened(wanted: Wanted, most: number): { readonly reader: RangeReader; readonly client: HttpClient } {
    const { origins, addresses, ca, limits } = this.#rules;
    const { signal } = this.#stop;
    if (signal.aborted) throw new HttpError('stopped by the caller', Err.Cancelled, true);
    const place = placeOf(wanted.url, origins);
    const client = new HttpClient({ timeout: limits?.timeout ?? TIMEOUT, ca, signal, addresses });
    const { authorization } = wanted;
    const policy = { trusted: place, allowed: origins, schemes: ['http', 'https'] };
    const reader = new RangeReader(client, place, policy, {
      ...limits,
      ...(authorization === undefined ? {} : { authorization }),
      signal,
      discard: most + 1,
      pause: pauseUntil(signal),
    });
    return { reader, client };
  }
}

const another = (wanted: Wanted, why: string, changed: boolean): Error => {
  const remedy = changed
    ? 'it was replaced during the transfer; it is tried again'
    : 'publish the release again, and look at what stands between the server and the gateway';
  return releaseError(
    changed ? Err.SourceChanged : Err.SourceMalformed,
    `${wanted.url}: not the file ${wanted.name} that is wanted: ${why}; ${remedy}`,
  );
};

const tooLong = (wanted: Wanted, length: number): Error => {
  const most = Math.min(wanted.size ?? Infinity, wanted.sizeMax);
  return releaseError(
    Err.PayloadTooLong,
    `${wanted.url}: ${wanted.name} has ${length} bytes or more, and ${most} are the most`,
  );
};
