/**
 * Echo (RFC 9175 section 2): a server sends a value that cannot be guessed, and who sends it back has asked of late, and
 * from the address that he gave. A client keeps what it was given, and sends it with its next requests.
 */
import { bytesCopy, bytesEqual } from '../../agent/bytes.ts';
import type { Incoming, Peer, Reply } from './contract.ts';
import { optionFind } from './message.ts';
import type { Message } from './message.ts';
import { Code, Option } from './numbers.ts';
import { writeOption } from './writer.ts';
import type { Writer } from './writer.ts';

/** Longest value (RFC 9175 2.2.1), and how long the ones of this server are. */
const ECHO_MAX = 40;
const VALUE = 8;

/** A client's: what it was given last. */
export interface Echo {
  readonly bytes: Uint8Array;
  length: number;
}

export function echoNew(): Echo {
  return { bytes: new Uint8Array(ECHO_MAX), length: 0 };
}

/** Keeps the value of an answer. True: the answer is a 4.01 that asks for the request again, with it. */
export function echoKeep(echo: Echo, message: Message): boolean {
  const cursor = message.cursor;
  if (!optionFind(cursor, message, Option.Echo)) return false;
  const length = cursor.to - cursor.from;
  if (!(length > 0 && length <= ECHO_MAX)) return false;
  const same = echo.length === length && bytesEqual(echo.bytes, 0, cursor.bytes, cursor.from, length);
  echo.length = length;
  bytesCopy(cursor.bytes, cursor.from, echo.bytes, 0, length);
  // Asked again for the value that it was just given, there is no end to it.
  return message.code === Code.Unauthorized && !same;
}

export function writeEcho(w: Writer, echo: Echo): void {
  if (echo.length > 0) writeOption(w, Option.Echo, echo.bytes, 0, echo.length);
}

interface Given {
  peer: Peer | null;
  at: number;
  readonly value: Uint8Array;
}

/** A server's: what it gave, to a few peers. */
export interface EchoGuard {
  readonly random: () => number;
  /** Milliseconds for which a value counts as fresh. */
  readonly fresh: number;
  readonly given: Given[];
  next: number;
}

export function echoGuardNew(random: () => number, fresh: number, peers: number): EchoGuard {
  const given: Given[] = [];
  for (let i = 0; i < peers; i += 1) given.push({ peer: null, at: 0, value: new Uint8Array(VALUE) });
  return { random: random, fresh: fresh, given: given, next: 0 };
}

/** Whether the request carries the value that its sender was given of late. Else the answer is 4.01 with a new one. */
export function echoFresh(guard: EchoGuard, incoming: Incoming, reply: Reply): boolean {
  const message = incoming.message;
  const cursor = message.cursor;
  const carried = optionFind(cursor, message, Option.Echo) && cursor.to - cursor.from === VALUE;
  let place: Given | null = null;
  for (const one of guard.given) {
    if (one.peer !== incoming.peer) continue;
    place = one;
    if (
      carried &&
      incoming.now - one.at <= guard.fresh &&
      bytesEqual(one.value, 0, cursor.bytes, cursor.from, VALUE)
    )
      return true;
  }
  if (place === null) {
    place = guard.given[guard.next]!;
    guard.next = (guard.next + 1) % guard.given.length;
  }
  place.peer = incoming.peer;
  place.at = incoming.now;
  for (let i = 0; i < VALUE; i += 1) place.value[i] = Math.floor(guard.random() * 256);
  reply.code = Code.Unauthorized;
  writeOption(reply.writer, Option.Echo, place.value, 0, VALUE);
  return false;
}
