/**
 * Fetches one update over HTTP: the envelope, then the ranges of the payload that the agent asks for. What comes cannot
 * be left on the socket (2v29: `read` gives it and keeps it), so that no more is asked for at a time than there is room
 * for: ASK bytes. Works from a timer, a little each time; between two steps the interpreter does other things.
 *
 * Nothing the server says is believed but its bytes, and those the agent proves. A server that ignores Range sends the
 * whole each time: the bytes before and after are thrown away.
 *
 * Written in the device dialect, like agent/.
 */
import type { Agent } from '../../agent/agent.ts';
import { Busy, Done, More, Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { NativeHttp, NativeHttpResponse, NativeUrl } from './natives.ts';

/** Bytes asked for at a time. */
const ASK = 512;
const NAME_MAX = 128;
/** Steps without a byte: with the pause below, half a minute. */
const PATIENCE = 1500;
const PAUSE = 20;
const TRIES = 5;

const Step = { Ask: 0, Wait: 1, Take: 2, Poll: 3 } as const;

export interface HttpUpdateOptions {
  readonly agent: Agent;
  /** the module `http`. */
  readonly http: NativeHttp;
  /** Of the envelope. The payload is looked for beside it, under the name in the manifest. */
  readonly url: string;
  /** `url.parse`. */
  readonly parse: (url: string) => NativeUrl;
  readonly later: (step: () => void, milliseconds: number) => unknown;
  /** Ok: staged, and may be activated; or the agent's code; or PortFailed: the server does not give it. */
  readonly done: (code: number) => void;
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
  /** Bytes yet to be thrown away; bytes that were asked for. */
  skip: number;
  asked: number;
  /** What has come: room for what was asked for, how much of it is there, and how much of that the agent has. */
  piece: Uint8Array | undefined;
  have: number;
  used: number;
  /** Bytes of the envelope, while it is fetched. */
  taken: number;
  quiet: number;
  tries: number;
}

/** A name beside the envelope; whatever else the manifest names is not gone to. */
function payloadPath(course: Course): string {
  const uri = new Uint8Array(NAME_MAX);
  const length = course.options.agent.uri(uri);
  let name = '';
  for (let i = 0; i < length; i++) name += String.fromCharCode(uri[i]!);
  if (!(length > 0) || name.indexOf('/') >= 0) return '';
  return course.path.substr(0, course.path.lastIndexOf('/') + 1) + name;
}

function fail(course: Course): number {
  course.tries++;
  course.step = Step.Ask;
  return course.tries < TRIES ? Ok : Err.PortFailed;
}

function received(course: Course, text: string): void {
  course.quiet = 0;
  const piece = course.piece;
  const skip = Math.min(course.skip, text.length);
  course.skip -= skip;
  if (!piece) return;
  for (let i = skip; i < text.length && course.have < piece.length; i++)
    piece[course.have++] = text.charCodeAt(i);
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

function answered(course: Course, request: number, response: NativeHttpResponse): void {
  if (request !== course.request) return;
  const status = parseInt(response.statusCode, 10);
  if (!(status === 200 || status === 206)) {
    course.closed = true;
    return;
  }
  if (status === 200) course.skip = course.range.offset;
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
  course.quiet = 0;
  course.skip = 0;
  course.have = 0;
  course.asked = Math.min(range.length, ASK);
  course.piece = new Uint8Array(course.asked);
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
  const have = course.have;
  course.quiet++;
  if (have < course.asked && !course.closed && course.quiet < PATIENCE) return Ok;
  course.request++;
  if (have === 0) return fail(course);
  course.used = 0;
  course.tries = 0;
  course.step = Step.Take;
  return Ok;
}

function take(course: Course): number {
  const agent = course.options.agent;
  const piece = course.piece!;
  const took = agent.push(piece, course.used, course.have);
  if (took < 0) return took;
  course.used += took;
  course.taken += took;
  const code = agent.poll();
  if (code < 0) return code;
  // Neither takes more nor has anything to do: it has all of what it wanted.
  const full = took === 0 && code !== More;
  if (course.used < course.have && !full) return Ok;
  course.piece = undefined;
  course.step = course.payload || full || course.have < course.asked ? Step.Poll : Step.Ask;
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
    if (course.path === '') return Err.PortFailed;
  }
  course.step = Step.Ask;
  return Ok;
}

const STEPS = [ask, wait, take, poll];

function go(course: Course): void {
  const code = STEPS[course.step]!(course);
  if (code === Ok) {
    course.options.later(() => go(course), course.step === Step.Poll ? 0 : PAUSE);
    return;
  }
  course.request++;
  course.options.done(code < 0 ? code : Ok);
}

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
    taken: 0,
    piece: undefined,
    have: 0,
    used: 0,
    quiet: 0,
    tries: 0,
  });
}
