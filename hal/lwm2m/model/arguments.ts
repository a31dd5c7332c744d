/**
 * Arguments of an Execute (LwM2M 1.1 core 6.3.5): a digit, or a digit and a value in quotes, several with commas between.
 *
 *   0  ·  2='10.3'  ·  7,0='https://example.com',5
 */
import { ARGUMENT_MAX } from './object.ts';

const COMMA = 0x2c;
const EQUALS = 0x3d;
const QUOTE = 0x27;
const ZERO = 0x30;

/** Whether bytes[from..to-1] are arguments; none at all is well. */
export function argumentsValid(bytes: Uint8Array, from: number, to: number): boolean {
  if (!(to - from <= ARGUMENT_MAX)) return false;
  if (from === to) return true;
  let at = from;
  for (;;) {
    const digit = bytes[at]! - ZERO;
    if (!(at < to && digit >= 0 && digit <= 9)) return false;
    at += 1;
    if (at < to && bytes[at] === EQUALS) {
      at = quotedEnd(bytes, at + 1, to);
      if (at < 0) return false;
    }
    if (at === to) return true;
    if (bytes[at] !== COMMA) return false;
    at += 1;
  }
}

/** Behind the closing quote; -1 where there is none. */
function quotedEnd(bytes: Uint8Array, from: number, to: number): number {
  if (!(from < to && bytes[from] === QUOTE)) return -1;
  for (let at = from + 1; at < to; at += 1) if (bytes[at] === QUOTE) return at + 1;
  return -1;
}
