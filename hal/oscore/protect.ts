/**
 * From a message to a protected one (RFC 8613 sections 8.1 and 8.3). Nothing of the plain message is changed.
 *
 *   | header, outer code | token | outer options, OSCORE among them | 0xff | code | inner options | 0xff | payload | tag |
 *                                                                          <------------ enciphered ------------>
 *
 * Written in the device dialect, like agent/.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { Binding } from '../coap/contract.ts';
import { optionFind, optionFirst, optionNext, optionUint } from '../coap/message.ts';
import type { Message } from '../coap/message.ts';
import { Code, Option } from '../coap/numbers.ts';
import { writeByte, writeHeader, writeOption, writePayload } from '../coap/writer.ts';
import type { Writer } from '../coap/writer.ts';
import { bindingPiv, bindingStart } from './binding.ts';
import { associatedMake, nonceMake } from './context.ts';
import type { Context } from './context.ts';
import { optionValueWrite } from './option-value.ts';
import { INNER, optionClass, OUTER } from './options.ts';
import { contextOf, TAG_SIZE } from './oscore.ts';
import type { Oscore } from './oscore.ts';
import { replayFresh, replayMark } from './replay.ts';
import { sequenceTake } from './sequence.ts';

const MARKER = 0xff;
/** As optionValueWrite takes it; no code is -1 here. */
const NO_PIV = -1;

/** The outer options, and the OSCORE option of `length` bytes at its place among them. */
const outerWrite = (s: Oscore, message: Message, into: Writer, length: number): number => {
  let placed = false;
  for (let there = optionFirst(s.outer, message); there; there = optionNext(s.outer)) {
    const number = s.outer.number;
    // Section 4.1.3.7: not twice. And a Proxy-Uri would have to be taken apart, so that its path is not read (4.1.3.3).
    if (number === Option.Oscore || number === Option.ProxyUri) return Err.BadArgument;
    if (!placed && number > Option.Oscore) {
      writeOption(into, Option.Oscore, s.optionBytes, 0, length);
      placed = true;
    }
    if ((optionClass(number) & OUTER) !== 0)
      writeOption(into, number, s.outer.bytes, s.outer.from, s.outer.to);
  }
  if (!placed) writeOption(into, Option.Oscore, s.optionBytes, 0, length);
  return Ok;
};

const innerWrite = (s: Oscore, message: Message, into: Writer, isRequest: boolean): void => {
  writeByte(into, message.code);
  into.option = 0;
  into.payload = false;
  for (let there = optionFirst(s.inner, message); there; there = optionNext(s.inner)) {
    const number = s.inner.number;
    if ((optionClass(number) & INNER) === 0) continue;
    // Section 4.1.3.5.2: in a notification the value is the partial IV's, and stands outside only.
    const to = number === Option.Observe && !isRequest ? s.inner.from : s.inner.to;
    writeOption(into, number, s.inner.bytes, s.inner.from, to);
  }
  writePayload(into, message.bytes, message.payload, message.end);
};

/** With the nonce and the associated data that are there already, and an option value of `length` bytes. */
const messageWrite = (
  s: Oscore,
  context: Context,
  associated: number,
  message: Message,
  into: Writer,
  outerCode: number,
  length: number,
  isRequest: boolean,
): number => {
  writeHeader(into, message.type, outerCode, message.id, message.token, message.tokenLength);
  const outer = outerWrite(s, message, into, length);
  if (outer < 0) return outer;
  writeByte(into, MARKER);
  const from = into.length;
  innerWrite(s, message, into, isRequest);
  if (into.overflow || !(into.length + TAG_SIZE <= into.bytes.length)) return Err.CoapTooLong;
  s.aead.seal(context.senderKey, s.nonce, s.associated, associated, into.bytes, from, into.length);
  into.length += TAG_SIZE;
  return Ok;
};

/**
 * Protects a request of ours under the context of that index, into an empty writer; `b` is what its answers are unprotected
 * with. `Ok`; `SequenceSpent`; `BadArgument`: it has an OSCORE option or a Proxy-Uri; `CoapTooLong`: no room. A number is
 * spent on what fails, too.
 */
export function requestProtect(s: Oscore, index: number, b: Binding, message: Message, into: Writer): number {
  const context = s.contexts[index] as Context;
  const piv = sequenceTake(context.sequence);
  if (piv < 0) return piv;
  const observed = optionFind(s.outer, message, Option.Observe);
  // 0 registers, 1 takes back: what answers that is no notification (RFC 7641 section 2).
  bindingStart(b, index, piv, observed && optionUint(s.outer, 3) === 0);
  const associated = associatedMake(s.associated, context.senderId, piv);
  nonceMake(s.nonce, context.commonIv, context.senderId, piv);
  const length = optionValueWrite(s.optionBytes, piv, context.senderId, context.idContext);
  const outerCode = observed ? Code.Fetch : Code.Post;
  return messageWrite(s, context, associated, message, into, outerCode, length, true);
}

/** Partial IV of an answer: -1 where it takes the request's nonce, which then is there; `SequenceSpent`. */
const answerNonce = (s: Oscore, context: Context, request: number): number => {
  if (replayFresh(context.answered, request)) {
    // Before anything is written: a nonce that may have been used is not used again, whatever comes of this.
    replayMark(context.answered, request);
    nonceMake(s.nonce, context.commonIv, context.recipientId, request);
    return NO_PIV;
  }
  const piv = sequenceTake(context.sequence);
  if (piv >= 0) nonceMake(s.nonce, context.commonIv, context.senderId, piv);
  return piv;
};

/**
 * Protects an answer of ours to the request of `b`. The first takes the request's nonce, so that it needs no number; each
 * later one, a notification or whatever it is, a number of its own. Returns as requestProtect does; `BadState`: there is
 * no request.
 */
export function responseProtect(s: Oscore, b: Binding, message: Message, into: Writer): number {
  const context = contextOf(s, b);
  if (context === undefined) return Err.BadState;
  const request = bindingPiv(b);
  const piv = answerNonce(s, context, request);
  if (piv < 0 && piv !== NO_PIV) return piv;
  const associated = associatedMake(s.associated, context.recipientId, request);
  const length = optionValueWrite(s.optionBytes, piv, undefined, undefined);
  const outerCode = optionFind(s.outer, message, Option.Observe) ? Code.Content : Code.Changed;
  return messageWrite(s, context, associated, message, into, outerCode, length, false);
}
