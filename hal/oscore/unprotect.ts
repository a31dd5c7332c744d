/**
 * From a protected message to the one inside (RFC 8613 sections 8.2 and 8.4). The datagram is deciphered where it lies,
 * the message is written anew. Outer options that should be inside, and the outer code, count for nothing.
 *
 * Outer block-wise transfer (4.1.3.4.2), with which a proxy would cut a protected message up, is not there: a message
 * with an outer block option is refused.
 *
 * Written in the device dialect, like agent/.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { Binding } from '../coap/contract.ts';
import { bodyRead, optionFind, optionFirst, optionNext } from '../coap/message.ts';
import type { Message } from '../coap/message.ts';
import { codeIsRequest, codeIsResponse, Option } from '../coap/numbers.ts';
import { writeHeader, writeOption, writePayload, writeUint } from '../coap/writer.ts';
import type { Writer } from '../coap/writer.ts';
import {
  bindingClear,
  bindingHighest,
  bindingNotifications,
  bindingObserves,
  bindingPiv,
  bindingStart,
  bindingTake,
} from './binding.ts';
import { associatedMake, nonceMake } from './context.ts';
import type { Context } from './context.ts';
import { echoIs } from './echo.ts';
import { optionValueRead } from './option-value.ts';
import { optionClass, OUTER } from './options.ts';
import { contextFind, contextOf, kidIs, TAG_SIZE } from './oscore.ts';
import type { Oscore } from './oscore.ts';
import { replayFresh, replayFrom, replayMark } from './replay.ts';
import { sequenceReserve } from './sequence.ts';

/** Steps 1 and 2: the option's value. `Ok`, `ProtectionMissing` or `ProtectionMalformed`. */
const headRead = (s: Oscore, message: Message): number => {
  const blocks = optionFind(s.outer, message, Option.Block2) || optionFind(s.outer, message, Option.Block1);
  if (!optionFind(s.outer, message, Option.Oscore)) return Err.ProtectionMissing;
  // Without a payload there is no tag.
  if (blocks || message.payload === message.end) return Err.ProtectionMalformed;
  return optionValueRead(s.option, message.bytes, s.outer.from, s.outer.to);
};

/** Deciphers with the nonce that is there. `Ok`, or `ProtectionTag`. */
const decipher = (s: Oscore, context: Context, associated: number, message: Message): number => {
  const opened = s.aead.open(
    context.recipientKey,
    s.nonce,
    s.associated,
    associated,
    message.bytes,
    message.payload,
    message.end,
  );
  return opened ? Ok : Err.ProtectionTag;
};

/** Section 5.3: code, options and payload of what was deciphered, into `inside`. `Ok`, or `ProtectionMalformed`. */
const insideRead = (s: Oscore, message: Message): number => {
  const end = message.end - TAG_SIZE;
  if (!(message.payload < end)) return Err.ProtectionMalformed;
  s.inside.code = message.bytes[message.payload] as number;
  if (bodyRead(s.inside, message.bytes, message.payload + 1, end) < 0) return Err.ProtectionMalformed;
  return optionFind(s.inner, s.inside, Option.Oscore) ? Err.ProtectionMalformed : Ok;
};

/** The next outer option that counts. */
const outerNext = (s: Oscore, there: boolean): boolean => {
  while (there && ((optionClass(s.outer.number) & OUTER) === 0 || isReplaced(s.outer.number)))
    there = optionNext(s.outer);
  return there;
};

function isReplaced(number: number): boolean {
  return number === Option.Oscore || number === Option.Observe;
}

/** Steps 6 and 7: outer options of class U and the inner ones in order; of a notification `observe` is its number. */
const plainWrite = (s: Oscore, message: Message, observe: number, into: Writer): number => {
  const inside = s.inside;
  writeHeader(into, message.type, inside.code, message.id, message.token, message.tokenLength);
  let outer = outerNext(s, optionFirst(s.outer, message));
  let inner = optionFirst(s.inner, inside);
  while (outer || inner) {
    if (outer && !(inner && s.inner.number <= s.outer.number)) {
      writeOption(into, s.outer.number, s.outer.bytes, s.outer.from, s.outer.to);
      outer = outerNext(s, optionNext(s.outer));
      continue;
    }
    if (s.inner.number === Option.Observe && observe >= 0) writeUint(into, Option.Observe, observe);
    else writeOption(into, s.inner.number, s.inner.bytes, s.inner.from, s.inner.to);
    inner = optionNext(s.inner);
  }
  writePayload(into, inside.bytes, inside.payload, inside.end);
  return into.overflow ? Err.CoapTooLong : Ok;
};

/**
 * Marks what was deciphered as received, also where it is malformed inside, `inside` being a code. Appendix B.1.2: after a
 * reset the window is not known, and a request has to show that it was made since.
 */
const freshProve = (s: Oscore, context: Context, piv: number, inside: number): number => {
  // That requests were taken must be seen after any reset: a number lasts before the first one is.
  const reserved = sequenceReserve(context.sequence);
  if (reserved < 0) return reserved;
  if (context.window.valid) {
    replayMark(context.window, piv);
    return inside;
  }
  if (inside < 0) return inside;
  if (!optionFind(s.inner, s.inside, Option.Echo) || !echoIs(context, s.inner)) return Err.ProtectionReplay;
  replayFrom(context.window, piv);
  return Ok;
};

/**
 * Unprotects a request to us, into an empty writer; `b` is what its answers are protected with. `message.bytes` are
 * changed. `Ok`, or `ProtectionMissing`, `ProtectionMalformed`, `ProtectionContext`, `ProtectionReplay`, `ProtectionTag`,
 * `SequenceSpent`, `CoapTooLong`; refusalWrite (refusal.ts) says what is answered then. Of a request that has not shown to
 * be fresh, `ProtectionReplay`, `b` is there, for that answer alone.
 */
export function requestUnprotect(s: Oscore, b: Binding, message: Message, into: Writer): number {
  bindingClear(b);
  const head = headRead(s, message);
  if (head < 0) return head;
  const piv = s.option.piv;
  if (piv < 0 || !s.option.hasKid) return Err.ProtectionMalformed;
  const index = contextFind(s, message.bytes);
  if (index < 0) return Err.ProtectionContext;
  const context = s.contexts[index] as Context;
  if (context.window.valid && !replayFresh(context.window, piv)) return Err.ProtectionReplay;
  nonceMake(s.nonce, context.commonIv, context.recipientId, piv);
  const associated = associatedMake(s.associated, context.recipientId, piv);
  const opened = decipher(s, context, associated, message);
  if (opened < 0) return opened;
  const inside = insideRead(s, message);
  const fresh = freshProve(s, context, piv, inside);
  if (fresh < 0 && fresh !== Err.ProtectionReplay) return fresh;
  bindingStart(b, index, piv, false);
  if (fresh < 0) return fresh;
  return codeIsRequest(s.inside.code) ? plainWrite(s, message, -1, into) : Err.ProtectionMalformed;
}

/** Section 7.4.1 and 8.4.2: in order, and each once. `Ok`, or a code. */
const notificationTake = (b: Binding, piv: number): number => {
  if (!bindingObserves(b)) return Err.ProtectionMalformed;
  // One without a partial IV is the first, or it is none.
  const late = piv < 0 ? bindingNotifications(b) > 0 : piv <= bindingHighest(b);
  if (late) return Err.ProtectionReplay;
  bindingTake(b, piv);
  return Ok;
};

/**
 * Unprotects an answer to the request of `b`. `message.bytes` are changed. Its Observe option counts the notifications, in
 * the order they are taken in: older ones are refused. `Ok`, or `ProtectionMissing`: it is not protected, so that nothing
 * tells who sent it; `ProtectionMalformed`, `ProtectionContext`, `ProtectionReplay`, `ProtectionTag`: to be dropped, the
 * request goes on (section 8.4 step 8); `CoapTooLong`; `BadState`: there is no request.
 */
export function responseUnprotect(s: Oscore, b: Binding, message: Message, into: Writer): number {
  const context = contextOf(s, b);
  if (context === undefined) return Err.BadState;
  const head = headRead(s, message);
  if (head < 0) return head;
  const piv = s.option.piv;
  if (s.option.hasKid && !kidIs(s, context, message.bytes)) return Err.ProtectionContext;
  const request = bindingPiv(b);
  if (piv < 0) nonceMake(s.nonce, context.commonIv, context.senderId, request);
  else nonceMake(s.nonce, context.commonIv, context.recipientId, piv);
  const associated = associatedMake(s.associated, context.senderId, request);
  const opened = decipher(s, context, associated, message);
  if (opened < 0) return opened;
  const inside = insideRead(s, message);
  if (inside < 0) return inside;
  if (!codeIsResponse(s.inside.code)) return Err.ProtectionMalformed;
  if (!optionFind(s.inner, s.inside, Option.Observe)) return plainWrite(s, message, -1, into);
  const taken = notificationTake(b, piv);
  return taken < 0 ? taken : plainWrite(s, message, bindingNotifications(b), into);
}
