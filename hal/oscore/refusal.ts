/**
 * What a request is answered with that could not be unprotected (RFC 8613 sections 7.4, 8.2, appendix B.1.2).
 *
 * What is not protected is never longer than what came: nobody can be made to send more than he got to somebody else.
 *
 * Written in the device dialect, like agent/.
 */
import * as Err from '../../agent/err.ts';
import { messageNew } from '../coap/message.ts';
import type { Message } from '../coap/message.ts';
import { bodyRead } from '../coap/message.ts';
import { Code, Option, Type } from '../coap/numbers.ts';
import { writeHeader, writeOption, writerNew, writeUint } from '../coap/writer.ts';
import type { Writer } from '../coap/writer.ts';
import { ECHO_SIZE, echoPut } from './echo.ts';
import type { Binding, Oscore } from './oscore.ts';
import { responseProtect } from './protect.ts';

/** Codes of the outside, by what was wrong. What is not in it is not answered. */
const REFUSALS: readonly (readonly [number, number])[] = [
  [Err.ProtectionMissing, Code.Unauthorized],
  [Err.ProtectionMalformed, Code.BadOption],
  [Err.ProtectionContext, Code.Unauthorized],
  [Err.ProtectionReplay, Code.Unauthorized],
  [Err.ProtectionTag, Code.BadRequest],
  [Err.SequenceSpent, Code.ServiceUnavailable],
];
