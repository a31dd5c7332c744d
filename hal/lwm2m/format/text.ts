/** Values as text/plain says them (LwM2M 1.1 core 7.4.1): numbers in decimal, booleans 0 and 1, links "object:instance". */
import type { Value } from './value.ts';
import { Kind } from './value.ts';

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const EXACT_MAX = 9007199254740991;
/** Longer than any number that is exact; what is longer is not looked at. */
const NUMBER_MAX = 32;

/** Reads digits of bytes[from..to-1]; -1 where there is anything else, or more than 2^53-1. */
export function digitsRead(bytes: Uint8Array, from: number, to: number): number {
  if (!(to > from && to - from <= NUMBER_MAX)) return -1;
  let number = 0;
  for (let i = from; i < to; i += 1) {
    const digit = bytes[i]! - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number <= EXACT_MAX ? number : -1;
}

/** False where the text is no whole number; else it is in `number`. */
export function textInteger(value: Value): boolean {
  const negative = value.bytes[value.from] === MINUS && value.to > value.from;
  const number = digitsRead(value.bytes, value.from + (negative ? 1 : 0), value.to);
  if (number < 0) return false;
  value.number = negative ? 0 - number : number;
  return true;
}

export function textFloat(value: Value): boolean {
  if (!(value.to > value.from && value.to - value.from <= NUMBER_MAX)) return false;
  let text = '';
  for (let i = value.from; i < value.to; i += 1) {
    const c = value.bytes[i]!;
    const known =
      (c >= ZERO && c <= ZERO + 9) || c === MINUS || c === POINT || c === 0x2b || (c | 32) === 0x65;
    if (!known) return false;
    text += String.fromCharCode(c);
  }
  const number = +text;
  if (!(number - number === 0)) return false;
  value.number = number;
  value.kind = Kind.Float;
  return true;
}

export function textObjectLink(value: Value): boolean {
  let colon = value.from;
  while (colon < value.to && value.bytes[colon] !== COLON) colon += 1;
  const object = digitsRead(value.bytes, value.from, colon);
  const instance = digitsRead(value.bytes, colon + 1, value.to);
  if (!(object >= 0 && object <= 65535 && instance >= 0 && instance <= 65535)) return false;
  value.number = object;
  value.instance = instance;
  value.kind = Kind.ObjectLink;
  return true;
}
