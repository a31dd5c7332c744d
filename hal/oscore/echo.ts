/**
 * The Echo option with which a request shows that it was made in this power cycle (RFC 9175 section 2, RFC 8613 appendix
 * B.1.2). Its value is the first sender sequence number of the power cycle, which no other has: it need not be secret, as
 * it goes under protection, and takes no source of random numbers.
 *
 * Written in the device dialect, like agent/.
 */
import type { OptionCursor } from '../coap/message.ts';
import { pivPut } from './context.ts';
import type { Context } from './context.ts';

/** RFC 9175 section 2.2.1: 4 to 40 bytes. */
export const ECHO_SIZE = 8;

export function echoPut(context: Context, into: Uint8Array): void {
  into.fill(0, 0, ECHO_SIZE);
  pivPut(into, ECHO_SIZE, context.sequence.first);
}

/** Whether the option that the cursor stands on has that value. */
export function echoIs(context: Context, cursor: OptionCursor): boolean {
  if (cursor.to - cursor.from !== ECHO_SIZE) return false;
  let rest = context.sequence.first;
  for (let at = cursor.to - 1; at >= cursor.from; at--) {
    if (cursor.bytes[at] !== rest % 256) return false;
    rest = (rest - (rest % 256)) / 256;
  }
  return true;
}
