/**
 * The driver's loop: what to fetch, what to push, when to poll. It does no input or output of its own; it asks for
 * bytes, so that one loop serves a file in memory, HTTP, and whatever else can answer "bytes from here on".
 */
import { Busy, Done, Idle, Ok } from '../agent/codes.ts';
import * as Err from '../agent/err.ts';

/** As much of the agent as a driver holds. */
export interface Receiver {
  offerBegin(whole?: boolean): number;
  push(bytes: Uint8Array, from: number, to: number): number;
  poll(): number;
  wanted(range: { offset: number; length: number }): number;
}

/** What a driver asks of its source: bytes of the payload from `offset` on, at most `length`, at least one. */
export interface Need {
  readonly offset: number;
  readonly length: number;
}

export interface Delivery {
  /** `Ok`, or the agent's code. */
  readonly code: number;
  /** Bytes the agent took, envelope and payload. */
  readonly bytesSent: number;
  /** Ranges of the payload that were asked for. */
  readonly rounds: number;
}

export interface DriveOptions {
  /** Most bytes given to one push. Default 1024. */
  readonly chunk?: number;
  /** What is asked for comes from the whole image's payload: the agent takes no patch. Default false. */
  readonly whole?: boolean;
  /** Called after each push and poll. False stops the driver with `Err.Cancelled`: the board is gone. */
  readonly alive?: (bytesSent: number) => boolean;
}

/** Polls without an end would be a fault of the agent; a 16 MiB slot takes about 12,000. */
const POLLS = 1 << 20;

interface Course {
  readonly agent: Receiver;
  readonly chunk: number;
  readonly alive: (bytesSent: number) => boolean;
  bytesSent: number;
  rounds: number;
}

const courseOpen = (agent: Receiver, options: DriveOptions): Course => ({
  agent,
  chunk: options.chunk ?? 1024,
  alive: options.alive ?? (() => true),
  bytesSent: 0,
  rounds: 0,
});

const delivery = (course: Course, code: number): Delivery => ({
  code,
  bytesSent: course.bytesSent,
  rounds: course.rounds,
});

/** Polls until the agent has nothing to do: `Ok`, or its code. */
const settle = (course: Course): number => {
  for (let polls = 0; polls < POLLS; polls++) {
    const code = course.agent.poll();
    if (!course.alive(course.bytesSent)) return Err.Cancelled;
    if (code < 0) return code;
    if (code === Idle) return Ok;
  }
  return Err.BadState;
};

/** Pushes all of `bytes`, polling where the agent takes less. */
const pushAll = (course: Course, bytes: Uint8Array): number => {
  let from = 0;
  let stalled = false;
  let polls = 0;
  while (from < bytes.length) {
    const taken = course.agent.push(bytes, from, Math.min(bytes.length, from + course.chunk));
    if (!course.alive(course.bytesSent + Math.max(taken, 0))) return Err.Cancelled;
    if (taken < 0) return taken;
    from += taken;
    course.bytesSent += taken;
    // An idle agent that takes nothing twice in a row never will.
    if (taken === 0 && stalled) return Err.PayloadTooLong;
    stalled = false;
    polls = taken === 0 ? polls + 1 : 0;
    if (polls > POLLS) return Err.BadState;
    const code = course.agent.poll();
    if (!course.alive(course.bytesSent)) return Err.Cancelled;
    if (code < 0) return code;
    if (taken === 0 && code === Idle) stalled = true;
  }
  return Ok;
};

/** One update by ranges: yields what it needs, is sent the bytes (fewer than asked for is well; none ends it). */
export function* driveByRange(
  agent: Receiver,
  envelope: Uint8Array,
  options: DriveOptions = {},
): Generator<Need, Delivery, Uint8Array> {
  const course = courseOpen(agent, options);
  let code = agent.offerBegin(options.whole);
  if (code < 0) return delivery(course, code);
  code = pushAll(course, envelope);
  const range = { offset: 0, length: 0 };
  let busy = 0;
  while (code >= 0) {
    code = settle(course);
    if (code < 0) break;
    code = agent.wanted(range);
    if (!course.alive(course.bytesSent)) return delivery(course, Err.Cancelled);
    if (code < 0 || code === Done) break;
    // Idle and busy at once, over and over, would be a fault of the agent.
    if (code === Busy && ++busy > POLLS) return delivery(course, Err.BadState);
    if (code === Busy) continue;
    course.rounds++;
    code = yield* pushRange(course, range);
  }
  if (code >= 0) code = settle(course);
  return delivery(course, code);
}

function* pushRange(course: Course, range: Need): Generator<Need, number, Uint8Array> {
  let offset = range.offset;
  const end = range.offset + range.length;
  while (offset < end) {
    const bytes = yield { offset, length: end - offset };
    if (!(bytes.length > 0)) return Err.PayloadTooShort;
    const code = pushAll(course, bytes.length <= end - offset ? bytes : bytes.subarray(0, end - offset));
    if (code < 0) return code;
    offset += bytes.length;
  }
  return Ok;
}

/** One update as a stream, envelope first, payload from its first byte to the source's last. */
export function* driveByStream(
  agent: Receiver,
  envelope: Uint8Array,
  options: DriveOptions = {},
): Generator<Need, Delivery, Uint8Array> {
  const course = courseOpen(agent, options);
  let code = agent.offerBegin(options.whole);
  if (code < 0) return delivery(course, code);
  code = pushAll(course, envelope);
  if (code >= 0) code = settle(course);
  let offset = 0;
  course.rounds = 1;
  while (code >= 0) {
    const bytes = yield { offset, length: course.chunk };
    if (bytes.length === 0) break;
    offset += bytes.length;
    code = pushAll(course, bytes);
  }
  if (code >= 0) code = settle(course);
  return delivery(course, code);
}

/** Runs a course to its end over a source that answers at once. */
export const driveNow = (
  course: Generator<Need, Delivery, Uint8Array>,
  source: (offset: number, length: number) => Uint8Array,
): Delivery => {
  let step = course.next();
  while (step.done !== true) step = course.next(source(step.value.offset, step.value.length));
  return step.value;
};
