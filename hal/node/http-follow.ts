/** One request, led on where the server says so and the policy allows it. */
import * as Err from '../../agent/err.ts';
import { answerJudge, Kind, verdictNew } from '../http/answer.ts';
import type { Verdict } from '../http/answer.ts';
import { dateRead, retryAfterRead } from '../http/date.ts';
import { credentialsBelong, originAdmit, REDIRECTS } from '../http/origin.ts';
import type { OriginPolicy } from '../http/origin.ts';
import { placeNew, uriResolve, uriText } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import type { Answer, HttpClient } from './http-client.ts';
import { HttpError } from './http-error.ts';
import type { HttpLimits } from './http-limits.ts';

export class Follower {
  readonly #client: HttpClient;
  readonly #policy: OriginPolicy;
  readonly #limits: HttpLimits;
  #place: Place;
  /** Of the last answer. */
  readonly verdict: Verdict = verdictNew();
  requests = 0;

  /** Throws HttpError where the policy does not allow the place. */
  constructor(client: HttpClient, place: Place, policy: OriginPolicy, limits: HttpLimits) {
    this.#client = client;
    this.#policy = policy;
    this.#limits = limits;
    this.#place = place;
    this.#admit(place, uriText(place));
  }

  get place(): Place {
    return this.#place;
  }

  get url(): string {
    return uriText(this.#place);
  }

  /** The answer to a request for the bytes `from` to `to`-1, judged: one with a body to use, or without. Throws HttpError. */
  async get(headers: Readonly<Record<string, string>>, from: number, to: number): Promise<Answer> {
    for (let hops = 0; hops <= REDIRECTS; hops++) {
      this.requests++;
      const { authorization } = this.#limits;
      const credentials = authorization !== undefined && credentialsBelong(this.#policy, this.#place);
      const answer = await this.#client.get(this.#place, {
        ...headers,
        'accept-encoding': 'identity',
        ...(credentials ? { authorization } : {}),
      });
      const now = dateRead(answer.header('date'));
      if (now >= 0) this.#limits.onDate?.(now, this.#place);
      this.#judge(answer, from, to);
      if (this.verdict.kind !== Kind.Moved) return answer;
      answer.leave();
      this.#move(answer.header('location'));
    }
    throw new HttpError(`more than ${REDIRECTS} redirects`, Err.SourceMalformed, true);
  }

  #judge(answer: Answer, from: number, to: number): void {
    const { verdict } = this;
    const head = {
      status: answer.status,
      contentRange: answer.header('content-range'),
      contentEncoding: answer.header('content-encoding'),
      contentLength: answer.header('content-length'),
    };
    answerJudge(verdict, head, from, to);
    if (verdict.code === 0) return;
    answer.leave();
    const later = verdict.kind === Kind.Later;
    const asked = later ? retryAfterRead(answer.header('retry-after'), answer.header('date')) : 0;
    throw new HttpError(verdict.why, verdict.code, !later, asked);
  }

  #move(location: string): void {
    const place = placeNew();
    const code = uriResolve(place, this.#place, location);
    const shown = location.slice(0, 200);
    if (code < 0) {
      const why = code === Err.SchemeRefused ? 'not over http or https' : 'no URI';
      throw new HttpError(`leads to "${shown}": ${why}`, code, true);
    }
    this.#admit(place, `leads to ${uriText(place)}`);
    this.#place = place;
  }

  #admit(place: Place, what: string): void {
    const code = originAdmit(this.#policy, place);
    if (code === Err.OriginRefused) {
      throw new HttpError(`${what}: not the configured host, and not among the hosts allowed`, code, true);
    }
    if (code < 0) {
      const secure = this.#policy.trusted.scheme === 'https';
      throw new HttpError(`${what}: not over ${secure ? 'https' : 'http or https'}`, code, true);
    }
  }
}
