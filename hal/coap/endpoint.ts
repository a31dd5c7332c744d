/**
 * An endpoint of CoAP (RFC 7252), client and server on one socket. Read contract.ts first.
 *
 *   receive ─► messageRead ─┬─ empty ───► exchange: acknowledged, reset        (this file)
 *                           ├─ response ► exchange by peer, id and token       (client.ts)
 *                           └─ request ─► seen? ─► open ─► serve ─► seal ─►    (server.ts)
 *
 * Whatever a datagram holds, at most one short one goes out for it, and the answer of serve(). All is allocated in
 * openEndpoint().
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { requestBegin, responseTake } from './client.ts';
import type { Endpoint, EndpointOptions, Peer, Request, Response } from './contract.ts';
import { exchangeDue, exchangeFree, State } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { messageRead } from './message.ts';
import { Code, codeIsRequest, codeIsResponse, Type } from './numbers.ts';
import { requestTake, respondBegin } from './server.ts';
import { acknowledge, desk, exchangeOf, handleOf, transmit, transmitEmpty } from './desk.ts';
import type { Desk } from './desk.ts';

/** Throws RangeError where it is wired wrongly. */
export function openEndpoint(options: EndpointOptions): Endpoint {
  if (!(options.outgoing.length > 0)) throw new RangeError('an endpoint needs one buffer at least');
  const state = desk(options);
  return {
    receive: (peer, bytes, from, to, now) => receive(state, peer, bytes, from, to, now),
    tick: (now) => tick(state, now),
    request: (request: Request, now: number) => requestBegin(state, request, now),
    respond: (response: Response, now: number) => respondBegin(state, response, now),
    cancel: (handle) => cancel(state, handle),
    counts: state.counts,
  };
}

function receive(d: Desk, peer: Peer, bytes: Uint8Array, from: number, to: number, now: number): number {
  const message = d.message;
  d.counts.received += 1;
  const code = messageRead(message, bytes, from, to);
  if (code < 0) return malformed(d, peer, code);
  if (message.code === Code.Empty) return emptyTake(d, peer, now);
  if (codeIsResponse(message.code) && message.type !== Type.Reset) return responseTake(d, peer, now);
  if (codeIsRequest(message.code) && message.type < Type.Acknowledgement) return requestTake(d, peer, now);
  return malformed(d, peer, Err.CoapMalformed);
}

/** A confirmable one is refused (RFC 7252 4.2); of another version `id` is -1, and it is passed over. */
function malformed(d: Desk, peer: Peer, code: number): number {
  d.counts.malformed += 1;
  if (d.message.id >= 0 && d.message.type === Type.Confirmable)
    transmitEmpty(d, peer, Type.Reset, d.message.id);
  return code;
}

function emptyTake(d: Desk, peer: Peer, now: number): number {
  const message = d.message;
  // A ping: "are you there" is answered with a reset (RFC 7252 4.3).
  if (message.type === Type.Confirmable) transmitEmpty(d, peer, Type.Reset, message.id);
  if (message.type < Type.Acknowledgement) return Ok;
  const exchange = exchangeOf(d, peer, message.id);
  if (message.type === Type.Reset) return resetTake(d, peer, exchange, now);
  if (exchange === null || exchange.state !== State.Unacknowledged) {
    d.counts.strays += 1;
    return Ok;
  }
  acknowledge(d, exchange, now);
  const response = exchange.response;
  if (response !== null) {
    exchangeFree(exchange);
    response.settled(Ok, now);
  }
  return Ok;
}

function resetTake(d: Desk, peer: Peer, exchange: Exchange | null, now: number): number {
  if (exchange !== null) exchangeFail(exchange, Err.CoapReset, now);
  else if (d.options.reset) d.options.reset(peer, d.message.id, now);
  else d.counts.strays += 1;
  return Ok;
}

function exchangeFail(exchange: Exchange, code: number, now: number): void {
  const request = exchange.request;
  const response = exchange.response;
  exchangeFree(exchange);
  if (request !== null) request.failed(code, now);
  if (response !== null) response.settled(code, now);
}

function tick(d: Desk, now: number): number {
  let next = Infinity;
  for (const exchange of d.exchanges) {
    if (exchange.due <= now) {
      if (exchangeDue(exchange, now)) {
        d.counts.retransmitted += 1;
        transmit(d, exchange.peer!, exchange.writer);
      } else {
        d.counts.timeouts += 1;
        exchangeFail(exchange, Err.CoapTimeout, now);
      }
    }
  }
  // In a round of its own: what failed may have begun anew, in a place that was passed already.
  for (const exchange of d.exchanges) if (exchange.due < next) next = exchange.due;
  return next;
}

function cancel(d: Desk, handle: number): void {
  for (const exchange of d.exchanges) {
    if (exchange.state !== State.Free && handleOf(d, exchange) === handle) exchangeFree(exchange);
  }
}
