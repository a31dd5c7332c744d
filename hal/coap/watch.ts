/**
 * An observation that is kept up (RFC 7641 section 3.3.1): when what was notified last has grown older than its Max-Age, the
 * server may have forgotten, and is asked anew under the same token. So is one that did not answer, later and later.
 */
import { Ok } from '../../agent/codes.ts';
import type { Endpoint, Peer, Request } from './contract.ts';
import { optionFind, optionUint, TOKEN_MAX } from './message.ts';
import type { Message } from './message.ts';
import { Code, codeIsSuccess, Option } from './numbers.ts';
import { writeUint } from './writer.ts';
import type { Writer } from './writer.ts';

/** Where it is not said (RFC 7252 5.10.5); seconds. */
const MAX_AGE = 60;
/** Longer than a day nobody is believed to be alive without a word. */
const MAX_AGE_MOST = 86400;
/** Between them, at random, so that clients do not all come back at once (RFC 7641 3.3.1). Milliseconds. */
const SLACK_LEAST = 5000;
const SLACK_MORE = 10000;
const PAUSE_FIRST = 5000;
const PAUSE_MOST = 3600000;

export interface WatchOptions {
  readonly endpoint: Endpoint;
  readonly peer: Peer;
  /** Of 1 to 8 bytes, at random; its own for as long as it lasts. */
  readonly token: Uint8Array;
  random(): number;
  /** Writes the options that name the resource; none below Observe, which is 6, nor above Accept. */
  name(w: Writer): void;
  /** A fresh state, by a notification or an answer; or a refusal, which is asked again later. */
  notified(message: Message, now: number): void;
}

export interface Watch extends Request {
  readonly options: WatchOptions;
  handle: number;
  /** When it is asked anew. */
  due: number;
  pause: number;
  /** Times that it was asked. */
  asked: number;
}

export function watchNew(options: WatchOptions): Watch {
  if (!(options.token.length > 0 && options.token.length <= TOKEN_MAX))
    throw new RangeError('a token of 1 to 8 bytes');
  return {
    options: options,
    handle: -1,
    due: -Infinity,
    pause: PAUSE_FIRST,
    asked: 0,
    peer: options.peer,
    method: Code.Get,
    confirmable: true,
    observe: true,
    token: options.token,
    tokenLength: options.token.length,
    write: watchWrite,
    answered: watchAnswered,
    failed: watchFailed,
  };
}

/** Begins it, and keeps it up. To be called after tick() of the endpoint. Returns when to call again. */
export function watchTick(watch: Watch, now: number): number {
  if (now < watch.due) return watch.due;
  const endpoint = watch.options.endpoint;
  // What comes late under that token then belongs to the new request.
  endpoint.cancel(watch.handle);
  // While it is under way the endpoint tells how it ends.
  watch.due = Infinity;
  watch.asked += 1;
  watch.handle = endpoint.request(watch, now);
  if (watch.handle < Ok) later(watch, now);
  return watch.due;
}

/** Ends it: the next notification is reset. */
export function watchStop(watch: Watch): void {
  watch.options.endpoint.cancel(watch.handle);
  watch.due = Infinity;
}

function watchWrite(this: Request, w: Writer): void {
  writeUint(w, Option.Observe, 0);
  (this as Watch).options.name(w);
}

function watchAnswered(this: Request, message: Message, now: number): void {
  const watch = this as Watch;
  const cursor = message.cursor;
  if (codeIsSuccess(message.code)) {
    const said = optionFind(cursor, message, Option.MaxAge) ? optionUint(cursor, 4) : MAX_AGE;
    const age = said >= 0 && said <= MAX_AGE_MOST ? said : MAX_AGE_MOST;
    watch.pause = PAUSE_FIRST;
    watch.due = now + age * 1000 + SLACK_LEAST + watch.options.random() * SLACK_MORE;
  } else {
    later(watch, now);
  }
  watch.options.notified(message, now);
}

function watchFailed(this: Request, _code: number, now: number): void {
  later(this as Watch, now);
}

function later(watch: Watch, now: number): void {
  watch.due = now + watch.pause * (1 + watch.options.random());
  if (watch.pause < PAUSE_MOST) watch.pause *= 2;
}
