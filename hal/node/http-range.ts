/**
 * Reads one resource over HTTP from any offset, and goes on by Range where a connection broke. The server is not trusted:
 * what it says is held against what was asked, waits, attempts and what is thrown away are bounded, and a body is left
 * where enough has come. How it judges is in hal/http, which the devices' drivers share.
 */
import * as Err from '../../agent/err.ts';
import { Kind } from '../http/answer.ts';
import type { OriginPolicy } from '../http/origin.ts';
import { RATE, rateHolds, rateNew, rateReset } from '../http/rate.ts';
import { AskedForLonger, GiveUp, RETRY, retryNew, retryNext, retryProgress } from '../http/retry.ts';
import type { Place } from '../http/uri.ts';
import { rateFloorOf, retryLimitsOf } from '../links/defaults.ts';
import type { Answer, HttpClient } from './http-client.ts';
import { HttpError, httpErrorOf } from './http-error.ts';
import { Follower } from './http-follow.ts';
import type { HttpLimits } from './http-limits.ts';

const Nothing: Uint8Array = new Uint8Array(0);

interface Open {
  readonly answer: Answer;
  /** Offset in the resource of the next byte of the body. */
  offset: number;
  /** Where the body ends; Infinity when only its end can tell. */
  end: number;
  rest: Uint8Array;
}

/** What a server says a resource is; two answers that differ are of two resources. */
interface Likeness {
  readonly tag: string;
  readonly total: number;
}

export class RangeReader {
  readonly #follower: Follower;
  readonly #limits: HttpLimits;
  readonly #retry;
  readonly #rate;
  #open: Open | undefined;
  #likeness: Likeness | undefined;
  #discarded = 0;
  /** Where the resource ends; Infinity when the server did not say. */
  #total = Infinity;
  /** Bytes that came over the air, also those thrown away. */
  received = 0;
  /** The resource was replaced since its first answer. What came is still to be proven, and may be right. */
  changed = false;

  constructor(client: HttpClient, place: Place, policy: OriginPolicy, limits: HttpLimits) {
    this.#follower = new Follower(client, place, policy, limits);
    this.#limits = limits;
    const { link, retries, backOff, random = Math.random } = limits;
    const retry = link === undefined ? RETRY : retryLimitsOf(link);
    const { attempts, first } = retry;
    this.#retry = retryNew({ ...retry, attempts: retries ?? attempts, first: backOff ?? first }, random);
    this.#rate = rateNew(limits.rate ?? (link === undefined ? RATE : rateFloorOf(link)));
  }

  get requests(): number {
    return this.#follower.requests;
  }

  /** Bytes of the resource; Infinity while the server has not said. */
  get total(): number {
    return this.#total;
  }

  /** Bytes from `offset` on, at least one and at most `length`; none at the end of the resource. Throws HttpError. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    for (;;) {
      try {
        return await this.#take(offset, length);
      } catch (thrown) {
        this.close();
        const error = httpErrorOf(thrown);
        if (this.#limits.signal?.aborted === true) {
          throw new HttpError('stopped by the caller', Err.Cancelled, true);
        }
        await this.#wait(error);
      }
    }
  }

  close(): void {
    this.#open?.answer.leave();
    this.#open = undefined;
  }

  async #wait(error: HttpError): Promise<void> {
    const told = (why: string): HttpError =>
      new HttpError(`${this.#follower.url}: ${why}`, error.code, true, error.retryAfter);
    if (error.fatal) throw told(error.message);
    const wait = retryNext(this.#retry, error.retryAfter * 1000);
    if (wait === GiveUp) throw told(`gave up after ${this.#retry.failures} attempts: ${error.message}`);
    if (wait === AskedForLonger) throw told(`${error.message}; asks for ${error.retryAfter} s`);
    const pause = this.#limits.pause ?? ((time) => new Promise((resolve) => setTimeout(resolve, time)));
    await pause(wait);
  }

  async #take(offset: number, length: number): Promise<Uint8Array> {
    if (offset >= this.#total) return Nothing;
    if (!this.#reaches(offset)) {
      this.close();
      this.#open = await this.#request(offset, length);
    }
    const open = this.#open;
    if (open === undefined || !(await this.#skip(open, offset))) return Nothing;
    while (open.rest.length === 0) {
      const next = await this.#next(open);
      if (next === undefined) {
        if (open.end !== Infinity) throw new HttpError('the connection ended early', Err.SourceLost, false);
        this.#total = offset;
        return Nothing;
      }
      open.rest = next;
    }
    const bytes = open.rest.subarray(0, Math.min(length, open.end - offset));
    open.rest = open.rest.subarray(bytes.length);
    open.offset += bytes.length;
    retryProgress(this.#retry, bytes.length);
    return bytes;
  }

  /** The answer that is open has that byte, or, of one without Range, will have it. */
  #reaches(offset: number): boolean {
    const open = this.#open;
    if (open === undefined || open.end <= offset) return false;
    return open.offset === offset || (open.end === Infinity && open.offset < offset);
  }

  async #next(open: Open): Promise<Uint8Array | undefined> {
    const began = performance.now();
    const bytes = await open.answer.read();
    const length = bytes?.length ?? 0;
    this.received += length;
    if (bytes !== undefined && !rateHolds(this.#rate, performance.now() - began, length)) {
      const { bytes: least, window } = this.#rate.floor;
      throw new HttpError(`fewer than ${least} bytes in ${window / 1000} s`, Err.SourceSlow, false);
    }
    return bytes;
  }

  /** The server sends the whole resource: reads up to `offset` and forgets it. False: it ends before. */
  async #skip(open: Open, offset: number): Promise<boolean> {
    while (open.offset < offset) {
      if (open.rest.length === 0) open.rest = (await this.#next(open)) ?? Nothing;
      if (open.rest.length === 0) return false;
      const count = Math.min(open.rest.length, offset - open.offset);
      this.#discarded += count;
      if (this.#discarded > (this.#limits.discard ?? 64 << 20)) {
        throw new HttpError('ignores Range', Err.SourceMalformed, true);
      }
      open.rest = open.rest.subarray(count);
      open.offset += count;
    }
    return true;
  }

  /** Nothing when the resource ends at or before `offset`. */
  async #request(offset: number, length: number): Promise<Open | undefined> {
    rateReset(this.#rate);
    const to = offset + length;
    const answer = await this.#follower.get({ range: `bytes=${offset}-${to - 1}` }, offset, to);
    const { kind, range } = this.#follower.verdict;
    if (kind === Kind.End) {
      answer.leave();
      return undefined;
    }
    if (kind === Kind.Same) throw new HttpError('HTTP 304, unasked', Err.SourceMalformed, true);
    const part = kind === Kind.Part;
    if (part) this.#total = Math.min(this.#total, range.total);
    this.#compare(answer, part ? range.total : Infinity);
    return { answer, offset: part ? offset : 0, end: part ? range.last + 1 : Infinity, rest: Nothing };
  }

  /**
   * If-Range would have the server send all of it where only a tag differs, and the machines behind one name may give
   * one file two tags; the digests tell what came. So a difference is only noted, and named when a digest fails.
   */
  #compare(answer: Answer, total: number): void {
    const tag = answer.header('etag') || answer.header('last-modified');
    const before = this.#likeness;
    this.#likeness ??= { tag, total };
    if (before === undefined) return;
    if (before.tag !== tag || (before.total !== total && before.total !== Infinity && total !== Infinity)) {
      this.changed = true;
    }
  }
}
