/**
 * Fetches one update over HTTP: the envelope, then the ranges of the payload that the agent asks for. What comes cannot
 * be left on the socket (2v29: `read` gives it and keeps it), so that no more is asked for at a time than there is room
 * for: ASK bytes. Works from a timer, a little each time; between two steps the interpreter does other things.
 *
 * Nothing the server says is believed but its bytes, and those the agent proves; the rest is held against what was asked.
 * A server that ignores Range sends the whole each time: the bytes before and after are thrown away. A redirect is not
 * followed.
 *
 * Written in the device dialect, like agent/.
 */
import type { Agent } from '../../agent/agent.ts';
import { Busy, Done, More, Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { answerJudge, Kind, verdictNew } from '../http/answer.ts';
import { rateHolds, rateNew, rateReset } from '../http/rate.ts';
import type { Rate } from '../http/rate.ts';
import { ATTEMPTS, FIRST_WAIT, LONGEST_WAIT, retryNew, retryNext, retryProgress } from '../http/retry.ts';
import type { Retry, RetryLimits } from '../http/retry.ts';
import { decimalRead, pathResolve } from '../http/uri.ts';
import type { NativeHttp, NativeHttpResponse, NativeUrl } from './natives.ts';

/** Bytes asked for at a time. */
const ASK = 512;
const NAME_MAX = 128;
/** Milliseconds for all of them. */
const PATIENCE = 30000;
const PAUSE = 20;
/** Bytes that a server without Range may make us throw away, for one request. */
const DISCARD = 1048576;

const Step = { Ask: 0, Wait: 1, Take: 2, Poll: 3 } as const;

export interface HttpUpdateOptions {
  readonly agent: Agent;
  /** the module `http`. */
  readonly http: NativeHttp;
  /** Of the envelope. The payload is looked for on the same host, under the path in the manifest. */
  readonly url: string;
  /** `url.parse`. */
  readonly parse: (url: string) => NativeUrl;
  readonly later: (step: () => void, milliseconds: number) => unknown;
  /** Ok: staged, and may be activated; or the agent's code; or what is wrong with the server (agent/err.ts, -190..). */
  readonly done: (code: number) => void;
  /** In [0, 1). Default Math.random. */
  readonly random?: () => number;
}

interface Course {
  readonly options: HttpUpdateOptions;
  readonly range: { offset: number; length: number };
  step: number;
  /** The envelope has been taken. */
  payload: boolean;
  /** Of the resource that is being read. */
  path: string;
  /** The request under way; an answer to an older one is not listened to. */
  request: number;
  closed: boolean;
  /** Why the request failed, if it did; milliseconds that the server asked to wait, -1: another would fail too. */
  code: number;
  after: number;
  /** Bytes yet to be thrown away; bytes that were asked for. */
  skip: number;
  asked: number;
  /** What has come, one character a byte; then the same as bytes, and how many of them the agent has. */
  text: string;
  piece: Uint8Array | undefined;
  used: number;
  /** Bytes of the envelope, while it is fetched. */
  taken: number;
  readonly rate: Rate;
  readonly retry: Retry;
  /** Milliseconds to the next step. */
  pause: number;
}

/** On the host of the envelope; whatever else the manifest names is not gone to. */
function payloadPath(course: Course): string {
  const uri = new Uint8Array(NAME_MAX);
  const length = course.options.agent.uri(uri);
  let name = '';
  for (let i = 0; i < length; i++) name += String.fromCharCode(uri[i]!);
  return pathResolve(course.path, name);
}

function fail(course: Course): number {
  const wait = course.after < 0 ? -1 : retryNext(course.retry, course.after);
  course.step = Step.Ask;
  if (wait < 0) return course.code;
  course.pause = wait;
  return Ok;
}

function received(course: Course, text: string): void {
  const skip = Math.min(course.skip, text.length);
  course.skip -= skip;
  course.text += text.substr(skip, course.asked - course.text.length);
}

function receivedOf(course: Course, request: number): (text: string) => void {
  return (text) => {
    if (request === course.request) received(course, text);
  };
}

function lostOf(course: Course, request: number): () => void {
  return () => {
    if (request === course.request) course.closed = true;
  };
}

/** A header, whichever way the server writes its name; the engine keeps them as they came. */
function field(response: NativeHttpResponse, name: string): string {
  const headers = response.headers;
  for (const key of Object.keys(headers)) if (key.toLowerCase() === name) return headers[key]!;
  return '';
}

function judge(course: Course, response: NativeHttpResponse): number {
  const verdict = verdictNew();
  const from = course.range.offset;
  const head = {
    status: parseInt(response.statusCode, 10),
    contentRange: field(response, 'content-range'),
    contentEncoding: field(response, 'content-encoding'),
    contentLength: field(response, 'content-length'),
  };
  answerJudge(verdict, head, from, from + course.asked);
  const kind = verdict.kind;
  const body = verdict.code === Ok && (kind === Kind.Part || (kind === Kind.Whole && from <= DISCARD));
  if (body) return kind === Kind.Whole ? from : 0;
  const asked = decimalRead(field(response, 'retry-after'));
  course.after = kind !== Kind.Later ? -1 : asked > 0 ? asked * 1000 : 0;
  course.code =
    verdict.code !== Ok ? verdict.code : kind === Kind.Moved ? Err.OriginRefused : Err.SourceMalformed;
  return -1;
}

function answered(course: Course, request: number, response: NativeHttpResponse): void {
  if (request !== course.request) return;
  const skip = judge(course, response);
  if (skip < 0) {
    course.closed = true;
    return;
  }
  course.skip = skip;
  response.on('data', receivedOf(course, request));
  response.on('close', lostOf(course, request));
}

/** What is to be asked for next is in `range`. 1: nothing more. */
function need(course: Course): number {
  const range = course.range;
  if (!course.payload) {
    range.offset = course.taken;
    range.length = ASK;
    return Ok;
  }
  const code = course.options.agent.wanted(range);
  if (code === Busy) course.step = Step.Poll;
  return code === Done ? 1 : code < 0 ? code : Ok;
}

function ask(course: Course): number {
  const range = course.range;
  const code = need(course);
  if (code !== Ok || course.step !== Step.Ask) return code;
  course.request++;
  course.closed = false;
  course.code = Err.SourceLost;
  course.after = 0;
  rateReset(course.rate);
  course.skip = 0;
  course.text = '';
  course.asked = Math.min(range.length, ASK);
  send(course, course.request);
  course.step = Step.Wait;
  return Ok;
}

function requestOf(course: Course, headers: { Range: string }): Parameters<NativeHttp['request']>[0] {
  const place = course.options.parse(course.options.url);
  return { host: place.host, port: place.port, method: 'GET', path: course.path, headers: headers };
}

/** By itself, as the listeners hold all that the function that made them knows. */
function send(course: Course, request: number): void {
  const from = course.range.offset;
  const options = requestOf(course, { Range: `bytes=${from}-${from + course.asked - 1}` });
  const call = course.options.http.request(options, answeredOf(course, request));
  call.on('error', lostOf(course, request));
  call.end();
}

function answeredOf(course: Course, request: number): (response: NativeHttpResponse) => void {
  return (response) => answered(course, request, response);
}

function wait(course: Course): number {
  const have = course.text.length;
  if (have < course.asked && !course.closed) {
    if (rateHolds(course.rate, PAUSE, 0)) return Ok;
    if (have > 0) course.code = Err.SourceSlow;
  }
  course.request++;
  // Less than was asked for is taken, and counts as a failure all the same where the server is slow.
  if (have === 0 || course.code === Err.SourceSlow) {
    const code = fail(course);
    if (code !== Ok || have === 0) return code;
  }
  const piece = new Uint8Array(have);
  for (let i = 0; i < have; i++) piece[i] = course.text.charCodeAt(i);
  course.text = '';
  course.piece = piece;
  course.used = 0;
  retryProgress(course.retry, have);
  course.step = Step.Take;
  return Ok;
}

function take(course: Course): number {
  const agent = course.options.agent;
  const piece = course.piece!;
  const took = agent.push(piece, course.used, piece.length);
  if (took < 0) return took;
  course.used += took;
  course.taken += took;
  const code = agent.poll();
  if (code < 0) return code;
  // Neither takes more nor has anything to do: it has all of what it wanted.
  const full = took === 0 && code !== More;
  if (course.used < piece.length && !full) return Ok;
  course.piece = undefined;
  course.step = course.payload || full || piece.length < course.asked ? Step.Poll : Step.Ask;
  return Ok;
}

function poll(course: Course): number {
  const code = course.options.agent.poll();
  if (code < 0 || code === More) return code < 0 ? code : Ok;
  if (!course.payload) {
    course.payload = true;
    const range = course.range;
    // An image inside the envelope needs no payload.
    if (course.options.agent.wanted(range) !== Done) course.path = payloadPath(course);
    if (course.path === '') return Err.OriginRefused;
  }
  course.step = Step.Ask;
  return Ok;
}

const STEPS = [ask, wait, take, poll];

function go(course: Course): void {
  const code = STEPS[course.step]!(course);
  if (code === Ok) {
    const pause = course.pause;
    course.pause = 0;
    course.options.later(() => go(course), pause > 0 ? pause : course.step === Step.Poll ? 0 : PAUSE);
    return;
  }
  course.request++;
  course.options.done(code < 0 ? code : Ok);
}

/** An answer is short: one that comes whole is progress. */
const retryLimits = (): RetryLimits => ({
  attempts: ATTEMPTS,
  first: FIRST_WAIT,
  longest: LONGEST_WAIT,
  progress: ASK,
});

/** Starts; `done` is told the end. */
export function httpUpdate(options: HttpUpdateOptions): void {
  const code = options.agent.offerBegin();
  if (code < 0) {
    options.done(code);
    return;
  }
  go({
    options: options,
    range: { offset: 0, length: 0 },
    step: Step.Ask,
    payload: false,
    path: options.parse(options.url).path,
    request: 0,
    closed: false,
    skip: 0,
    asked: 0,
    text: '',
    taken: 0,
    piece: undefined,
    used: 0,
    code: Ok,
    after: 0,
    rate: rateNew({ bytes: ASK, window: PATIENCE }),
    retry: retryNew(retryLimits(), options.random ?? Math.random),
    pause: 0,
  });
}
