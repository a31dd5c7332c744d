/** An endpoint's requests, and the responses that come to them (RFC 7252 section 5, RFC 7641 section 3). */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { Binding, Peer, Request, Response } from './contract.ts';
import {
  acknowledge,
  exchangeOf,
  exchangeSend,
  exchangeTake,
  handleOf,
  idNext,
  tokenNext,
  transmitEmpty,
} from './desk.ts';
import type { Desk } from './desk.ts';
import { exchangeFree, exchangeFresh, exchangeHasToken, exchangeName, State } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { messageRead, optionFind, optionUint, optionUnknown } from './message.ts';
import type { Message } from './message.ts';
import { codeIsSuccess, Option, Type } from './numbers.ts';
import { seenAdd, seenFind } from './seen.ts';
import { writeHeader } from './writer.ts';
import type { Writer } from './writer.ts';

/** Critical options that a response may carry; Oscore is opened before, or not understood. */
const UNDERSTOOD: readonly number[] = [Option.Block2, Option.Block1];
/** What protection adds to a message at most: its option, and a tag. */
const PROTECTED = 48;
/** Of the Observe option, 24 bits. */
const SEQUENCE_BYTES = 3;

/** Sends a request. A handle, or a code. */
export function requestBegin(d: Desk, request: Request, now: number): number {
  const token = request.tokenLength > 0 ? request.token : d.token;
  const length = request.tokenLength > 0 ? request.tokenLength : tokenNext(d);
  const type = request.confirmable ? Type.Confirmable : Type.NonConfirmable;
  const id = idNext(d);
  const exchange = exchangeWrite(d, request, request.peer, type, request.method, id, token, length, null);
  if (typeof exchange === 'number') return exchange;
  exchange.request = request;
  exchangeSend(d, exchange, request.peer, request.confirmable, now);
  return handleOf(d, exchange);
}

/**
 * Writes a message into the smallest free buffer that takes it. `binding` null: it is a request, and the exchange's
 * own binding is filled.
 */
export function exchangeWrite(
  d: Desk,
  content: Request | Response,
  peer: Peer,
  type: number,
  code: number,
  id: number,
  token: Uint8Array,
  length: number,
  binding: Binding | null,
): Exchange | number {
  const protection = d.options.protection;
  const covered = protection !== undefined && protection.covers(peer);
  let least = 0;
  if (covered) {
    messageWrite(d.draft, content, type, code, id, token, length);
    if (d.draft.overflow) return Err.CoapTooLong;
    least = d.draft.length + PROTECTED;
  }
  let exchange = exchangeTake(d, least);
  // Where nothing at all is free it is not the length that is in the way.
  if (exchange === null) return exchangeTake(d, 0) === null ? Err.CoapBusy : Err.CoapTooLong;
  if (covered) {
    messageRead(d.drafted, d.draft.bytes, 0, d.draft.length);
    const sealed = protection.seal(exchange.writer, d.drafted, binding ?? exchange.binding, peer);
    if (sealed < 0) return sealed;
  } else {
    messageWrite(exchange.writer, content, type, code, id, token, length);
    while (exchange.writer.overflow) {
      exchange = exchangeTake(d, exchange.writer.bytes.length + 1);
      if (exchange === null) return Err.CoapTooLong;
      messageWrite(exchange.writer, content, type, code, id, token, length);
    }
  }
  if (exchange.writer.overflow) return Err.CoapTooLong;
  exchangeName(exchange, id, token, length);
  return exchange;
}

function messageWrite(
  w: Writer,
  content: Request | Response,
  type: number,
  code: number,
  id: number,
  token: Uint8Array,
  length: number,
): void {
  writeHeader(w, type, code, id, token, length);
  content.write(w);
}

/** A response stands in d.message. `Ok`, or why it was dropped. */
export function responseTake(d: Desk, peer: Peer, now: number): number {
  const message = d.message;
  const separate = message.type !== Type.Acknowledgement;
  if (separate && seenFind(d.seen, peer, message.id, now) !== null) {
    // Our acknowledgement was lost.
    d.counts.repeats += 1;
    if (message.type === Type.Confirmable) transmitEmpty(d, peer, Type.Acknowledgement, message.id);
    return Ok;
  }
  const exchange = separate ? exchangeByToken(d, peer) : exchangeOf(d, peer, message.id);
  if (
    exchange === null ||
    exchange.request === null ||
    !exchangeHasToken(exchange, message.token, message.tokenLength)
  )
    return stray(d, peer, separate);
  const opened = responseOpen(d, exchange, peer);
  if (opened === Err.ProtectionMissing) refuse(exchange, now);
  if (opened < 0) return opened;
  if (separate) {
    seenAdd(d.seen, peer, message.id, true, now);
    if (message.type === Type.Confirmable) transmitEmpty(d, peer, Type.Acknowledgement, message.id);
  } else {
    acknowledge(d, exchange, now);
  }
  responseDeliver(exchange, opened === Opened.Inside ? d.plain : message, now);
  return Ok;
}

/**
 * An answer in the open, where a protected one was asked for: as a rule the peer says that it could not unprotect. Who sends
 * it is not known, but whoever can can send a reset as well; so it is told at once. It ends no observation.
 */
function refuse(exchange: Exchange, now: number): void {
  if (exchange.state === State.Observed) return;
  const request = exchange.request!;
  exchangeFree(exchange);
  request.failed(Err.ProtectionMissing, now);
}

const Opened = { AsItCame: 0, Inside: 1 } as const;

function responseOpen(d: Desk, exchange: Exchange, peer: Peer): number {
  const protection = d.options.protection;
  if (protection === undefined || !protection.covers(peer)) return Opened.AsItCame;
  const code = protection.open(d.opened, d.message, exchange.binding, peer);
  if (code < 0) {
    d.counts.malformed += 1;
    return code;
  }
  const read = messageRead(d.plain, d.opened.bytes, 0, d.opened.length);
  return read < 0 ? read : Opened.Inside;
}

function responseDeliver(exchange: Exchange, message: Message, now: number): void {
  const request = exchange.request!;
  const cursor = message.cursor;
  if (optionUnknown(cursor, message, UNDERSTOOD) !== 0) {
    exchangeFree(exchange);
    request.failed(Err.CoapOption, now);
    return;
  }
  const observed =
    request.observe && codeIsSuccess(message.code) && optionFind(cursor, message, Option.Observe);
  if (observed) {
    const sequence = optionUint(cursor, SEQUENCE_BYTES);
    if (!exchangeFresh(exchange, sequence < 0 ? 0 : sequence, now)) return;
    exchange.state = State.Observed;
    exchange.due = Infinity;
  } else {
    exchangeFree(exchange);
  }
  request.answered(message, now);
}

function exchangeByToken(d: Desk, peer: Peer): Exchange | null {
  const message = d.message;
  for (const exchange of d.exchanges) {
    const waits = exchange.state !== State.Free && exchange.peer === peer && exchange.request !== null;
    if (waits && exchangeHasToken(exchange, message.token, message.tokenLength)) return exchange;
  }
  return null;
}

/**
 * An answer that nobody waits for. A reset says so where it must (RFC 7252 4.2), and to an observation that was given
 * up here, so that it ends there as well (RFC 7641 3.6). An acknowledgement is never answered.
 */
function stray(d: Desk, peer: Peer, separate: boolean): number {
  const message = d.message;
  d.counts.strays += 1;
  const confirmable = message.type === Type.Confirmable;
  if (confirmable || (separate && optionFind(message.cursor, message, Option.Observe)))
    transmitEmpty(d, peer, Type.Reset, message.id);
  return Ok;
}
