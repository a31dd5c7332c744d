/**
 * Observations of a server (RFC 7641, LwM2M 1.1 core 6.4): who observes what, and when a notification is due. A change is
 * told to `observeChanged` by the object; the attributes decide whether and when it goes out.
 */
import { bytesCopy, bytesEqual } from '../../../agent/bytes.ts';
import { Ok } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import type { Binding, Endpoint, Incoming, Peer, Response } from '../../coap/contract.ts';
import { Code, Option } from '../../coap/numbers.ts';
import { writePayload, writeUint } from '../../coap/writer.ts';
import type { Writer } from '../../coap/writer.ts';
import { pathCopy, pathEqual, pathNew, pathWithin } from '../format/path.ts';
import type { Path } from '../format/path.ts';
import { Kind, valueNew } from '../format/value.ts';
import { Attribute, attributeOf, UNSET } from '../model/attributes.ts';
import type { Attributes } from '../model/attributes.ts';
import { objectOf } from '../model/object.ts';
import { readPath } from './read.ts';
import type { Reading } from './read.ts';

const SECOND = 1000;
const TOKEN_MAX = 8;
const BINDING_MAX = 32;
const SEQUENCE_MAX = 0xffffff;

interface Observation {
  used: boolean;
  readonly path: Path;
  accept: number;
  sequence: number;
  /** When the last notification went out; what the value was then, where it is a number. */
  at: number;
  number: number;
  changed: boolean;
  /** A notification is under way. */
  flying: boolean;
  readonly token: Uint8Array;
  readonly binding: Binding;
  readonly response: NotificationResponse;
}

interface NotificationResponse {
  peer: Peer;
  code: number;
  confirmable: boolean;
  readonly token: Uint8Array;
  tokenLength: number;
  binding: Binding | null;
  id: number;
  write(w: Writer): void;
  settled(code: number, now: number): void;
}

export interface Observing {
  readonly list: Observation[];
  readonly attributes: Attributes;
  readonly reading: Reading;
  endpoint: Endpoint | undefined;
  /** Default periods, seconds, of the server's account; -1: none. */
  periodMin: number;
  periodMax: number;
  /** A notification was not acknowledged: the server may have forgotten us. */
  lost: (now: number) => void;
}

export function observingNew(capacity: number, attributes: Attributes, reading: Reading): Observing {
  const observing: Observing = {
    list: [],
    attributes: attributes,
    reading: reading,
    endpoint: undefined,
    periodMin: -1,
    periodMax: -1,
    lost: () => {},
  };
  for (let i = 0; i < capacity; i += 1) observing.list.push(observationNew(observing));
  return observing;
}

function observationNew(observing: Observing): Observation {
  const token = new Uint8Array(TOKEN_MAX);
  const binding: Binding = { bytes: new Uint8Array(BINDING_MAX), length: 0 };
  const observation: Observation = {
    used: false,
    path: pathNew(),
    accept: 0,
    sequence: 0,
    at: 0,
    number: UNSET,
    changed: false,
    flying: false,
    token: token,
    binding: binding,
    response: {
      // Replaced when it is first used.
      peer: undefined as unknown as Peer,
      code: Code.Content,
      confirmable: true,
      token: token,
      tokenLength: 0,
      binding: binding,
      id: 0,
      write: (w) => notificationWrite(observing, observation, w),
      settled: (code, now) => notificationSettled(observing, observation, code, now),
    },
  };
  return observation;
}

/** Begins to observe a path that was just read: the number of the answer, or -1 where there is no room. */
export function observeBegin(observing: Observing, incoming: Incoming, path: Path, accept: number): number {
  const message = incoming.message;
  const observation = observationFor(observing, incoming, path);
  if (observation === undefined) return -1;
  observation.used = true;
  observation.flying = false;
  observation.changed = false;
  pathCopy(path, observation.path);
  observation.accept = accept;
  observation.at = incoming.now;
  observation.number = numberAt(observing, path);
  observation.response.peer = incoming.peer;
  observation.response.tokenLength = message.tokenLength;
  bytesCopy(message.token, 0, observation.token, 0, message.tokenLength);
  observation.binding.length = incoming.binding.length;
  bytesCopy(incoming.binding.bytes, 0, observation.binding.bytes, 0, incoming.binding.length);
  return observation.sequence;
}

/** Of the same token, or of the same path: a server that observes again has forgotten the first time. */
function observationFor(observing: Observing, incoming: Incoming, path: Path): Observation | undefined {
  const byToken = observationOf(observing, incoming);
  if (byToken) return byToken;
  for (const one of observing.list) {
    if (one.used && one.response.peer === incoming.peer && pathEqual(one.path, path)) return one;
  }
  for (const one of observing.list) if (!one.used) return one;
  return undefined;
}

function observationOf(observing: Observing, incoming: Incoming): Observation | undefined {
  const message = incoming.message;
  for (const one of observing.list) {
    const same =
      one.used && one.response.peer === incoming.peer && one.response.tokenLength === message.tokenLength;
    if (same && bytesEqual(one.token, 0, message.token, 0, message.tokenLength)) return one;
  }
  return undefined;
}

/** The server ends an observation, by its token or by a reset of a notification. */
export function observeEnd(observing: Observing, incoming: Incoming): void {
  const one = observationOf(observing, incoming);
  if (one) one.used = false;
}

export function observeReset(observing: Observing, peer: Peer, id: number): void {
  for (const one of observing.list)
    if (one.used && one.response.peer === peer && one.response.id === id) one.used = false;
}

/** With the registration all observations end. */
export function observeClear(observing: Observing): void {
  for (const one of observing.list) one.used = false;
}

/** A resource has another value now. */
export function observeChanged(observing: Observing, path: Path): void {
  for (const one of observing.list) {
    if (one.used && (pathWithin(path, one.path) || pathWithin(one.path, path))) one.changed = true;
  }
}

/** Whether anything that was to be told is still to be told or acknowledged. */
export function observePending(observing: Observing): boolean {
  for (const one of observing.list) if (one.used && (one.flying || one.changed)) return true;
  return false;
}

/** Sends what is due. When to call again. */
export function observePoll(observing: Observing, now: number): number {
  let next = Infinity;
  for (const one of observing.list) {
    if (!one.used || one.flying) continue;
    const due = dueAt(observing, one);
    if (due <= now) notify(observing, one, now);
    else if (due < next) next = due;
  }
  return next;
}

function period(observing: Observing, one: Observation, attribute: number, other: number): number {
  const own = attributeOf(observing.attributes, one.path, attribute);
  return own === UNSET ? other : own;
}

function dueAt(observing: Observing, one: Observation): number {
  const least = period(observing, one, Attribute.PeriodMin, observing.periodMin);
  const most = period(observing, one, Attribute.PeriodMax, observing.periodMax);
  // A longest period below the shortest does not count (5.1.2).
  const latest = most > 0 && most >= least ? one.at + most * SECOND : Infinity;
  if (!one.changed) return latest;
  if (!crossed(observing, one)) {
    one.changed = false;
    return latest;
  }
  return Math.min(latest, one.at + Math.max(0, least) * SECOND);
}

/** Whether the change is one that gt, lt or st asks for; any of them does, and without them any change. */
function crossed(observing: Observing, one: Observation): boolean {
  const greater = attributeOf(observing.attributes, one.path, Attribute.Greater);
  const less = attributeOf(observing.attributes, one.path, Attribute.Less);
  const step = attributeOf(observing.attributes, one.path, Attribute.Step);
  if (greater === UNSET && less === UNSET && step === UNSET) return true;
  const before = one.number;
  const after = numberAt(observing, one.path);
  if (before === UNSET || after === UNSET) return true;
  if (greater !== UNSET && before > greater !== after > greater) return true;
  if (less !== UNSET && before < less !== after < less) return true;
  return step !== UNSET && Math.abs(after - before) >= step;
}

function numberAt(observing: Observing, path: Path): number {
  const object = objectOf(observing.reading.objects, path.ids[0]!);
  const value = valueNew();
  if (object === undefined || path.length !== 3 || object.read(path.ids[1]!, path.ids[2]!, 0, value) !== 0)
    return UNSET;
  const text = value.kind === Kind.String || value.kind === Kind.Opaque || value.kind === Kind.ObjectLink;
  return text ? UNSET : value.number;
}

function notify(observing: Observing, one: Observation, now: number): void {
  const endpoint = observing.endpoint;
  if (endpoint === undefined) return;
  const code = readPath(observing.reading, one.path, one.accept);
  one.response.code = code;
  one.sequence = (one.sequence + 1) & SEQUENCE_MAX;
  one.flying = true;
  const handle = endpoint.respond(one.response as Response, now);
  if (handle < 0) {
    // No buffer is free: at the next poll.
    one.flying = false;
    return;
  }
  one.at = now;
  one.changed = false;
  one.number = numberAt(observing, one.path);
  // What is not there any more is said once, and ends the observation (RFC 7641 section 4.2).
  if (code !== Code.Content) one.used = false;
}

function notificationWrite(observing: Observing, one: Observation, w: Writer): void {
  if (one.response.code !== Code.Content) return;
  const reading = observing.reading;
  writeUint(w, Option.Observe, one.sequence);
  writeUint(w, Option.ContentFormat, reading.format);
  writePayload(w, reading.writer.out.bytes, 0, reading.writer.out.length);
}

function notificationSettled(observing: Observing, one: Observation, code: number, now: number): void {
  one.flying = false;
  if (code === Ok) return;
  if (code === Err.CoapReset) one.used = false;
  else {
    one.changed = true;
    observing.lost(now);
  }
}
