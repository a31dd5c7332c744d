/** Base64 (RFC 4648 section 4), which text/plain has for opaque values. */
import { outputByte } from './output.ts';
import type { Output } from './output.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;

/** A decoder that is given a character at a time; so a long value can be decoded as it comes. */
export interface Base64 {
  /** Bits that are no whole byte yet, and how many. */
  held: number;
  bits: number;
  characters: number;
  pads: number;
}

export function base64New(): Base64 {
  return { held: 0, bits: 0, characters: 0, pads: 0 };
}

/** The next byte, -1: none yet, -2: not base64. */
export function base64Push(state: Base64, character: number): number {
  state.characters += 1;
  if (character === PAD) {
    state.pads += 1;
    return state.pads <= 2 && state.characters % 4 !== 1 && state.characters % 4 !== 2 ? -1 : -2;
  }
  const value = sextet(character);
  if (value < 0 || state.pads > 0) return -2;
  state.held = ((state.held << 6) | value) & 0xffff;
  state.bits += 6;
  if (state.bits < 8) return -1;
  state.bits -= 8;
  return (state.held >> state.bits) & 0xff;
}

/** Whether it may end here: after whole groups of four, with the bits behind the last byte unset. */
export function base64Whole(state: Base64): boolean {
  return state.characters % 4 === 0 && (state.held & ((1 << state.bits) - 1)) === 0;
}

function sextet(c: number): number {
  if (c >= 65 && c <= 90) return c - 65;
  if (c >= 97 && c <= 122) return c - 71;
  if (c >= 48 && c <= 57) return c + 4;
  return c === 43 ? 62 : c === 47 ? 63 : -1;
}

/** Decodes bytes[from..to-1] over themselves: the number of bytes, or -1. */
export function base64Decode(bytes: Uint8Array, from: number, to: number): number {
  const state = base64New();
  let at = from;
  for (let i = from; i < to; i += 1) {
    const byte = base64Push(state, bytes[i]!);
    if (byte === -2) return -1;
    if (byte >= 0) {
      bytes[at] = byte;
      at += 1;
    }
  }
  return base64Whole(state) ? at - from : -1;
}

export function base64Write(out: Output, bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at += 3) {
    const left = to - at;
    const group =
      (bytes[at]! << 16) | ((left > 1 ? bytes[at + 1]! : 0) << 8) | (left > 2 ? bytes[at + 2]! : 0);
    outputByte(out, ALPHABET.charCodeAt(group >> 18));
    outputByte(out, ALPHABET.charCodeAt((group >> 12) & 63));
    outputByte(out, left > 1 ? ALPHABET.charCodeAt((group >> 6) & 63) : PAD);
    outputByte(out, left > 2 ? ALPHABET.charCodeAt(group & 63) : PAD);
  }
}
