/**
 * The messages that came of late, by peer and message id, so that a repeated one is not acted on again (RFC 7252 4.5);
 * what was answered is kept with them while it is short. The oldest makes room.
 */
import { bytesCopy } from '../../agent/bytes.ts';
import type { Peer } from './contract.ts';
import { EXCHANGE_LIFETIME } from './estimate.ts';

export interface SeenMessage {
  peer: Peer | null;
  id: number;
  at: number;
  /** The answer, or 0 bytes of it where there was none or it was too long. */
  readonly answer: Uint8Array;
  length: number;
  /** Acting on it again does no harm. */
  safe: boolean;
}

export interface Seen {
  readonly messages: SeenMessage[];
  next: number;
}

export function seenNew(count: number, size: number): Seen {
  const messages: SeenMessage[] = [];
  for (let i = 0; i < count; i += 1)
    messages.push({ peer: null, id: 0, at: 0, answer: new Uint8Array(size), length: 0, safe: false });
  return { messages: messages, next: 0 };
}

export function seenFind(seen: Seen, peer: Peer, id: number, now: number): SeenMessage | null {
  for (const message of seen.messages) {
    if (message.peer === peer && message.id === id && now - message.at < EXCHANGE_LIFETIME) return message;
  }
  return null;
}

export function seenAdd(seen: Seen, peer: Peer, id: number, safe: boolean, now: number): SeenMessage {
  const message = seen.messages[seen.next]!;
  seen.next = (seen.next + 1) % seen.messages.length;
  message.peer = peer;
  message.id = id;
  message.at = now;
  message.length = 0;
  message.safe = safe;
  return message;
}

export function seenAnswer(message: SeenMessage, bytes: Uint8Array, length: number): void {
  message.length = length <= message.answer.length ? length : 0;
  bytesCopy(bytes, 0, message.answer, 0, message.length);
}
