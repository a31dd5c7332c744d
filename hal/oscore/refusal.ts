/**
 * What a request is answered with that could not be unprotected (RFC 8613 sections 7.4 and 8.2, appendix B.1.2).
 *
 * What goes out unprotected is shorter than what came in: nobody can have more sent to somebody else than he sends.
 *
 * Written in the device dialect, like agent/.
 */
import * as Err from '../../agent/err.ts';
import type { Binding } from '../coap/contract.ts';
import { messageNew, messageRead } from '../coap/message.ts';
import type { Message } from '../coap/message.ts';
import { Code, Option, Type } from '../coap/numbers.ts';
import { writeHeader, writeOption, writerNew, writerReset, writeUint } from '../coap/writer.ts';
import type { Writer } from '../coap/writer.ts';
import { bindingClear, bindingPiv } from './binding.ts';
import { ECHO_SIZE, echoPut } from './echo.ts';
import { contextOf } from './oscore.ts';
import type { Oscore } from './oscore.ts';
import { responseProtect } from './protect.ts';
import { replayMark } from './replay.ts';

/** Codes that are answered with, by what was wrong. What is not here is not answered. */
const REFUSALS: readonly (readonly [number, number])[] = [
  [Err.ProtectionMissing, Code.Unauthorized],
  [Err.ProtectionMalformed, Code.BadOption],
  [Err.ProtectionContext, Code.Unauthorized],
  [Err.ProtectionReplay, Code.Unauthorized],
  [Err.ProtectionTag, Code.BadRequest],
  [Err.SequenceSpent, Code.ServiceUnavailable],
];

const refusalCode = (error: number): number => {
  for (const row of REFUSALS) if (row[0] === error) return row[1];
  return Code.Empty;
};

/** 4.01 with Echo, protected under a number of our own: the request's nonce may have protected another answer before. */
const challengeWrite = (s: Oscore, b: Binding, request: Message, into: Writer, type: number): void => {
  const context = contextOf(s, b);
  if (context === undefined) return;
  replayMark(context.answered, bindingPiv(b));
  const echo = new Uint8Array(ECHO_SIZE);
  echoPut(context, echo);
  const plain = writerNew(new Uint8Array(4 + request.tokenLength + 3 + ECHO_SIZE));
  writeHeader(plain, type, Code.Unauthorized, request.id, request.token, request.tokenLength);
  writeOption(plain, Option.Echo, echo, 0, ECHO_SIZE);
  const message = messageNew();
  messageRead(message, plain.bytes, 0, plain.length);
  if (responseProtect(s, b, message, into) < 0) writerReset(into);
};

/**
 * Writes the answer to a request that requestUnprotect refused with `error`; nothing where there is none. The Max-Age of 0
 * keeps proxies from storing it. Forgets the binding.
 */
export function refusalWrite(s: Oscore, b: Binding, request: Message, error: number, into: Writer): void {
  writerReset(into);
  const code = refusalCode(error);
  const answered = request.type === Type.Confirmable || request.type === Type.NonConfirmable;
  if (!answered || code === Code.Empty) return;
  const type = request.type === Type.Confirmable ? Type.Acknowledgement : Type.NonConfirmable;
  if (contextOf(s, b) !== undefined) {
    if (error === Err.ProtectionReplay) challengeWrite(s, b, request, into, type);
    bindingClear(b);
    return;
  }
  writeHeader(into, type, code, request.id, request.token, request.tokenLength);
  writeUint(into, Option.MaxAge, 0);
  // A request without options and payload may be shorter than this.
  if (into.overflow || !(into.length <= request.end)) writerReset(into);
}
