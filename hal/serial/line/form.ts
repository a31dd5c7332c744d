/**
 * What a packet looks like on a serial line (Zephyr's "SMP over console"; docs/SPEC.md section 6.1): the packet is a
 * length of two bytes, the message, its checksum; in base64, cut into lines.
 */

/** Before the first line of a packet. */
export const START_1 = 0x06;
export const START_2 = 0x09;
/** Before each further line. */
export const GO_ON_1 = 0x04;
export const GO_ON_2 = 0x14;
export const NEW_LINE = 0x0a;
/** Some terminals put it before the new line. */
export const RETURN = 0x0d;
export const PAD = 0x3d;

/** Most bytes of a line that is sent: two marks, base64, new line. */
export const LINE_MAX = 127;
/** Base64 characters in a line that is full. */
export const LINE_CHARS = 124;
export const LENGTH_BYTES = 2;
export const CRC_BYTES = 2;

/** The value of a base64 character, or -1. */
export function base64Value(char: number): number {
  if (char >= 0x41 && char <= 0x5a) return char - 0x41;
  if (char >= 0x61 && char <= 0x7a) return char - 0x61 + 26;
  if (char >= 0x30 && char <= 0x39) return char - 0x30 + 52;
  if (char === 0x2b) return 62;
  return char === 0x2f ? 63 : -1;
}

/** The base64 character of a value of six bits. */
export function base64Char(value: number): number {
  if (value < 26) return 0x41 + value;
  if (value < 52) return 0x61 + value - 26;
  if (value < 62) return 0x30 + value - 52;
  return value === 62 ? 0x2b : 0x2f;
}
