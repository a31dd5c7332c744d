/**
 * Who observes what of ours (RFC 7641 section 4). A notification under way is not overtaken by the next: that one waits,
 * and has the state of when it goes out. An observer that does not acknowledge, or resets, is taken from the list.
 */
import { bytesCopy, bytesEqual } from '../../agent/bytes.ts';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { Binding, Endpoint, Incoming, Peer, Response } from './contract.ts';
import { bindingNew } from './exchange.ts';
import { optionFind, optionUint, TOKEN_MAX } from './message.ts';
import type { Message } from './message.ts';
import { Code, Option } from './numbers.ts';
import type { Writer } from './writer.ts';

const SEQUENCE_MASK = 0xffffff;

export interface Observer {
  /** Null: this place is free. */
  peer: Peer | null;
  readonly token: Uint8Array;
  tokenLength: number;
  readonly binding: Binding;
  /** What is observed, as its owner calls it. */
  resource: string;
  /** Content-Format that was asked for; -1: any. */
  accept: number;
  /** Of the last notification. */
  sequence: number;
  id: number;
  handle: number;
  /** One is under way; the state has changed since. */
  busy: boolean;
  pending: boolean;
}

export interface Observers {
  readonly endpoint: Endpoint;
  readonly content: Notifications;
  readonly list: Observer[];
}

/** What the observers are told, which is their owner's business. */
export interface Notifications {
  /** Writes a notification of `observer`: options but Observe, and payload; in order, Observe being 6. */
  write(w: Writer, observer: Observer): void;
  /** It is taken from the list, as it did not acknowledge (`CoapTimeout`) or did not want it (`CoapReset`). */
  lost(observer: Observer, code: number): void;
}

export const Asked = { Nothing: -1, Begin: 0, End: 1 } as const;

export function observersNew(endpoint: Endpoint, content: Notifications, count: number): Observers {
  const list: Observer[] = [];
  for (let i = 0; i < count; i += 1) {
    list.push({
      peer: null,
      token: new Uint8Array(TOKEN_MAX),
      tokenLength: 0,
      binding: bindingNew(),
      resource: '',
      accept: -1,
      sequence: 0,
      id: -1,
      handle: -1,
      busy: false,
      pending: false,
    });
  }
  return { endpoint: endpoint, content: content, list: list };
}

/** What a GET asks of observation: Asked. */
export function observeAsked(message: Message): number {
  if (!optionFind(message.cursor, message, Option.Observe)) return Asked.Nothing;
  const value = optionUint(message.cursor, 3);
  return value === 0 ? Asked.Begin : value === 1 ? Asked.End : Asked.Nothing;
}

/** Enters who asks, in the place it had or a free one. Null: no room, and the answer goes without Observe. */
export function observersAdd(observers: Observers, incoming: Incoming, resource: string): Observer | null {
  const message = incoming.message;
  const accept = optionFind(message.cursor, message, Option.Accept) ? optionUint(message.cursor, 2) : -1;
  let place = observerFind(observers, incoming.peer, message.token, message.tokenLength);
  // The same peer asks for the same under another token: it has forgotten the first (RFC 7641 4.1).
  for (const one of observers.list) {
    if (place === null && one.peer === incoming.peer && one.resource === resource && one.accept === accept)
      place = one;
  }
  for (const one of observers.list) if (place === null && one.peer === null) place = one;
  if (place === null) return null;
  if (place.peer !== null) observerEnd(observers, place);
  place.peer = incoming.peer;
  place.tokenLength = message.tokenLength;
  bytesCopy(message.token, 0, place.token, 0, message.tokenLength);
  place.binding.length = incoming.binding.length;
  bytesCopy(incoming.binding.bytes, 0, place.binding.bytes, 0, incoming.binding.length);
  place.resource = resource;
  place.accept = accept;
  return place;
}

/** Takes from the list who asked for that. */
export function observersRemove(observers: Observers, incoming: Incoming): void {
  const message = incoming.message;
  const one = observerFind(observers, incoming.peer, message.token, message.tokenLength);
  if (one !== null) observerEnd(observers, one);
}

/** To be called by the endpoint's reset(). */
export function observersReset(observers: Observers, peer: Peer, id: number): void {
  for (const one of observers.list) {
    if (one.peer !== peer || one.id !== id) continue;
    observerEnd(observers, one);
    observers.content.lost(one, Err.CoapReset);
  }
}

export function observerEnd(observers: Observers, observer: Observer): void {
  if (observer.busy) observers.endpoint.cancel(observer.handle);
  observer.peer = null;
  observer.busy = false;
  observer.pending = false;
  observer.id = -1;
}

/** The number of the next notification, or of the answer that an observation begins with. */
export function observerNext(observer: Observer): number {
  observer.sequence = (observer.sequence + 1) & SEQUENCE_MASK;
  return observer.sequence;
}

/** Tells an observer. `Ok` too where it waits for the one under way; else a code of the endpoint: try again. */
export function observerNotify(
  observers: Observers,
  observer: Observer,
  confirmable: boolean,
  now: number,
): number {
  if (observer.peer === null) return Ok;
  if (observer.busy) {
    observer.pending = true;
    return Ok;
  }
  observerNext(observer);
  observer.busy = true;
  const response: Response = {
    peer: observer.peer,
    code: Code.Content,
    confirmable: confirmable,
    token: observer.token,
    tokenLength: observer.tokenLength,
    binding: observer.binding.length > 0 ? observer.binding : null,
    id: -1,
    write: (w) => observers.content.write(w, observer),
    settled: (code, at) => observerSettled(observers, observer, confirmable, code, at),
  };
  observer.handle = observers.endpoint.respond(response, now);
  observer.id = response.id;
  if (observer.handle < 0) observer.busy = false;
  return observer.handle < 0 ? observer.handle : Ok;
}

function observerSettled(
  observers: Observers,
  observer: Observer,
  confirmable: boolean,
  code: number,
  now: number,
): void {
  observer.busy = false;
  if (code < 0) {
    observerEnd(observers, observer);
    observers.content.lost(observer, code);
  } else if (observer.pending) {
    observer.pending = false;
    observerNotify(observers, observer, confirmable, now);
  }
}

function observerFind(
  observers: Observers,
  peer: Peer,
  token: Uint8Array,
  tokenLength: number,
): Observer | null {
  for (const one of observers.list) {
    if (
      one.peer === peer &&
      one.tokenLength === tokenLength &&
      bytesEqual(one.token, 0, token, 0, tokenLength)
    )
      return one;
  }
  return null;
}
