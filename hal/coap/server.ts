/** An endpoint's answers: to requests as they come, and later (RFC 7252 sections 4.5 and 5.2). */
import { Ok } from '../../agent/codes.ts';
import { exchangeWrite } from './client.ts';
import type { Peer, Response } from './contract.ts';
import { exchangeSend, handleOf, idNext, transmit, transmitEmpty } from './desk.ts';
import type { Desk } from './desk.ts';
import { exchangeFree } from './exchange.ts';
import { messageRead } from './message.ts';
import { Code, Type } from './numbers.ts';
import { seenAdd, seenAnswer, seenFind } from './seen.ts';
import type { SeenMessage } from './seen.ts';
import { writeHeader } from './writer.ts';
import type { Writer } from './writer.ts';

/** A request stands in d.message. */
export function requestTake(d: Desk, peer: Peer, now: number): number {
  const message = d.message;
  const confirmable = message.type === Type.Confirmable;
  if (!d.options.serve) {
    d.counts.strays += 1;
    if (confirmable) transmitEmpty(d, peer, Type.Reset, message.id);
    return Ok;
  }
  let seen = seenFind(d.seen, peer, message.id, now);
  if (seen !== null) {
    d.counts.repeats += 1;
    if (seen.length > 0) {
      d.counts.transmitted += 1;
      d.options.transmit(peer, seen.answer, seen.length);
    } else if (seen === d.sealedFor) transmit(d, peer, d.sealed);
    // An answer that was too long to keep is made again where that does no harm.
    if (seen.length > 0 || !seen.safe) return Ok;
  } else {
    const safe = message.code === Code.Get || message.code === Code.Fetch;
    seen = seenAdd(d.seen, peer, message.id, safe, now);
    if (seen === d.sealedFor) d.sealedFor = null;
  }
  return requestOpen(d, peer, seen, now);
}

function requestOpen(d: Desk, peer: Peer, seen: SeenMessage, now: number): number {
  const protection = d.options.protection;
  const covered = protection !== undefined && protection.covers(peer);
  const incoming = d.incoming;
  incoming.binding.length = 0;
  // What is protected cannot be opened twice; the last answer stands in its buffer still.
  if (covered) seen.safe = false;
  const source = d.message;
  let code = Ok as number;
  if (covered) {
    d.opened.length = 0;
    code = protection.open(d.opened, source, incoming.binding, peer);
    if (code >= 0) code = messageRead(d.plain, d.opened.bytes, 0, d.opened.length);
    else if (d.opened.length > 0) answerSend(d, peer, d.opened, seen);
  } else {
    // The two differ under protection only: what is served is read in one place.
    code = messageRead(d.plain, source.bytes, source.from, source.end);
  }
  if (code < 0) return code;
  incoming.peer = peer;
  incoming.now = now;
  requestServe(d, peer, covered, seen);
  return Ok;
}

function requestServe(d: Desk, peer: Peer, covered: boolean, seen: SeenMessage): void {
  const message = d.incoming.message;
  const reply = d.reply;
  const confirmable = message.type === Type.Confirmable;
  const type = confirmable ? Type.Acknowledgement : Type.NonConfirmable;
  const id = confirmable ? message.id : idNext(d);
  writeHeader(reply.writer, type, Code.Empty, id, message.token, message.tokenLength);
  reply.code = Code.NotImplemented;
  reply.held = false;
  d.options.serve!(d.incoming, reply);
  if (reply.code === Code.Empty) {
    if (!confirmable || reply.held) return;
    writeHeader(d.empty, Type.Acknowledgement, Code.Empty, id, message.token, 0);
    answerSend(d, peer, d.empty, seen);
    return;
  }
  if (reply.writer.overflow) {
    writeHeader(reply.writer, type, Code.Empty, id, message.token, message.tokenLength);
    reply.code = Code.InternalServerError;
  }
  reply.writer.bytes[1] = reply.code;
  if (!covered) {
    answerSend(d, peer, reply.writer, seen);
    return;
  }
  messageRead(d.drafted, reply.writer.bytes, 0, reply.writer.length);
  d.sealedFor = null;
  if (d.options.protection!.seal(d.sealed, d.drafted, d.incoming.binding, peer) < 0) return;
  d.sealedFor = seen;
  answerSend(d, peer, d.sealed, seen);
}

function answerSend(d: Desk, peer: Peer, writer: Writer, seen: SeenMessage): void {
  seenAnswer(seen, writer.bytes, writer.length);
  transmit(d, peer, writer);
}

/** Sends a response by itself: one that was put off, or a notification. A handle, or a code. */
export function respondBegin(d: Desk, response: Response, now: number): number {
  const acknowledged = response.acknowledges ?? -1;
  const alone = acknowledged < 0;
  const confirmable = alone && response.confirmable;
  const own = confirmable ? Type.Confirmable : Type.NonConfirmable;
  const type = alone ? own : Type.Acknowledgement;
  const id = alone ? idNext(d) : acknowledged;
  const exchange = exchangeWrite(
    d,
    response,
    response.peer,
    type,
    response.code,
    id,
    response.token,
    response.tokenLength,
    response.binding,
  );
  if (typeof exchange === 'number') return exchange;
  response.id = id;
  exchange.response = response;
  const handle = handleOf(d, exchange);
  const seen = alone ? null : seenFind(d.seen, response.peer, id, now);
  if (seen !== null) seenAnswer(seen, exchange.writer.bytes, exchange.writer.length);
  exchangeSend(d, exchange, response.peer, confirmable, now);
  if (!confirmable) {
    // Nothing comes back for it but a reset, which goes to reset().
    exchangeFree(exchange);
    response.settled(Ok, now);
  }
  return handle;
}
