/**
 * What is under way: a message of ours that waits for its acknowledgement or its answer (RFC 7252 section 4).
 *
 *            ┌────────── time-out, while retransmissions are left ─────────┐
 *   begin ─► Unacknowledged ── empty ACK ─► Acknowledged ── patience over ─┴─► CoapTimeout
 *                │  └── reset ─► CoapReset       │
 *                └────────── response ───────────┴─► answered ──(observe)─► Observed ─► each notification
 *
 * A message that asks for no confirmation begins as Acknowledged. A message keeps its bytes to be sent again, so each
 * exchange has a buffer of its own.
 */
import { bytesCopy, bytesEqual } from '../../agent/bytes.ts';
import type { Binding, Peer, Request, Response } from './contract.ts';
import {
  EXCHANGE_LIFETIME,
  estimateMissed,
  estimateNext,
  estimateOvertaken,
  estimateSample,
  estimateTimeout,
} from './estimate.ts';
import { TOKEN_MAX } from './message.ts';
import { writerNew } from './writer.ts';
import type { Writer } from './writer.ts';

export const State = { Free: 0, Unacknowledged: 1, Acknowledged: 2, Observed: 3 } as const;

/** Room for what protection has to keep of a request. */
const BINDING = 32;
/** Freshness of a notification (RFC 7641 3.4). */
const SEQUENCE_HALF = 1 << 23;
const SEQUENCE_AGE = 128000;

export interface Exchange {
  readonly index: number;
  /** Counts its uses, so that the handle of an earlier one does not fit. */
  use: number;
  state: number;
  /** The message as it went out. */
  readonly writer: Writer;
  peer: Peer | null;
  /** One of the two is there. */
  request: Request | null;
  response: Response | null;
  id: number;
  readonly token: Uint8Array;
  tokenLength: number;
  readonly binding: Binding;
  /** Rises with each message that begins. */
  order: number;
  /** When it began, was last sent, and is looked at again. */
  begun: number;
  sent: number;
  due: number;
  timeout: number;
  transmissions: number;
  /** A later message was answered already: it was sent again before its time-out. */
  overtaken: boolean;
  /** Of the freshest notification: its number, -1 before the first; and when it came. */
  sequence: number;
  sequenceAt: number;
}

export function bindingNew(): Binding {
  return { bytes: new Uint8Array(BINDING), length: 0 };
}

export function exchangeNew(index: number, size: number): Exchange {
  return {
    index: index,
    use: 0,
    state: State.Free,
    writer: writerNew(new Uint8Array(size)),
    peer: null,
    request: null,
    response: null,
    id: 0,
    token: new Uint8Array(TOKEN_MAX),
    tokenLength: 0,
    binding: bindingNew(),
    order: 0,
    begun: 0,
    sent: 0,
    due: Infinity,
    timeout: 0,
    transmissions: 0,
    overtaken: false,
    sequence: -1,
    sequenceAt: 0,
  };
}

export function exchangeFree(exchange: Exchange): void {
  exchange.state = State.Free;
  exchange.use += 1;
  exchange.peer = null;
  exchange.request = null;
  exchange.response = null;
  exchange.due = Infinity;
}

export function exchangeName(exchange: Exchange, id: number, token: Uint8Array, tokenLength: number): void {
  exchange.id = id;
  exchange.tokenLength = tokenLength;
  bytesCopy(token, 0, exchange.token, 0, tokenLength);
}

/** The message is about to be sent for the first time; `random` is in 0..1. */
export function exchangeBegin(
  exchange: Exchange,
  peer: Peer,
  confirmable: boolean,
  random: number,
  now: number,
): void {
  const estimate = peer.estimate;
  exchange.peer = peer;
  exchange.state = confirmable ? State.Unacknowledged : State.Acknowledged;
  exchange.timeout = confirmable ? estimateTimeout(estimate, random) : estimate.timing.patience;
  exchange.begun = now;
  exchange.sent = now;
  exchange.due = now + exchange.timeout;
  exchange.transmissions = 1;
  exchange.overtaken = false;
  exchange.sequence = -1;
}

/** Its time is over. True: send it again. False: it is at its end. */
export function exchangeDue(exchange: Exchange, now: number): boolean {
  const estimate = exchange.peer!.estimate;
  if (exchange.state !== State.Unacknowledged) return false;
  // What was overtaken is sent again early; its time-out has not been tried yet.
  const early = exchange.overtaken && exchange.transmissions === 1;
  if (!early) estimateMissed(estimate, exchange.sent);
  if (exchange.transmissions > estimate.timing.retransmits) return false;
  if (!(now - exchange.begun < EXCHANGE_LIFETIME)) return false;
  if (!early) exchange.timeout = estimateNext(estimate, exchange.timeout);
  exchange.transmissions += 1;
  exchange.sent = now;
  exchange.due = now + exchange.timeout;
  return true;
}

/** An acknowledgement came, with an answer in it or without; what it says of the round trip is taken. */
export function exchangeAcknowledged(exchange: Exchange, now: number): void {
  if (exchange.state !== State.Unacknowledged) return;
  const estimate = exchange.peer!.estimate;
  if (exchange.transmissions === 1) estimateSample(estimate, now - exchange.sent, now);
  exchange.state = State.Acknowledged;
  // Later ones change nothing: who acknowledges for ever is waited for no longer than who does it once.
  const patience = estimate.timing.patience;
  const end = exchange.begun + EXCHANGE_LIFETIME;
  exchange.due = now + patience < end ? now + patience : end;
}

/** A message to the same peer that began as number `order` was answered: this one, sent before, is probably lost. */
export function exchangeOvertaken(exchange: Exchange, peer: Peer, order: number): void {
  if (exchange.state !== State.Unacknowledged || exchange.peer !== peer) return;
  if (exchange.overtaken || exchange.transmissions > 1 || !(exchange.order < order)) return;
  const due = exchange.sent + estimateOvertaken(peer.estimate);
  if (!(due < exchange.due)) return;
  exchange.due = due;
  exchange.overtaken = true;
}

export function exchangeHasToken(exchange: Exchange, token: Uint8Array, tokenLength: number): boolean {
  return exchange.tokenLength === tokenLength && bytesEqual(exchange.token, 0, token, 0, tokenLength);
}

/** Whether a notification of that number is fresher than the last (RFC 7641 3.4), which it then is. */
export function exchangeFresh(exchange: Exchange, sequence: number, now: number): boolean {
  const last = exchange.sequence;
  const fresh =
    last < 0 ||
    (last < sequence && sequence - last < SEQUENCE_HALF) ||
    (last > sequence && last - sequence > SEQUENCE_HALF) ||
    now > exchange.sequenceAt + SEQUENCE_AGE;
  if (fresh) {
    exchange.sequence = sequence;
    exchange.sequenceAt = now;
  }
  return fresh;
}
