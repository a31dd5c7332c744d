/** Bytes of a payload as they are written. What does not fit is noted, not written: a caller looks once, at the end. */

export interface Output {
  readonly bytes: Uint8Array;
  length: number;
  overflow: boolean;
}

/** Digits of 2^53 and a sign. */
const DIGITS_MAX = 17;

export function outputNew(capacity: number): Output {
  return { bytes: new Uint8Array(capacity), length: 0, overflow: false };
}

export function outputReset(out: Output): void {
  out.length = 0;
  out.overflow = false;
}

export function outputByte(out: Output, byte: number): void {
  if (out.length < out.bytes.length) {
    out.bytes[out.length] = byte;
    out.length += 1;
  } else out.overflow = true;
}

export function outputBytes(out: Output, bytes: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i += 1) outputByte(out, bytes[i]!);
}

/** Text of ASCII. */
export function outputText(out: Output, text: string): void {
  for (let i = 0; i < text.length; i += 1) outputByte(out, text.charCodeAt(i));
}

export function outputNumber(out: Output, value: number): void {
  const text = '' + value;
  if (text.length <= DIGITS_MAX + 8) outputText(out, text);
  else out.overflow = true;
}

/** The low `count` bytes of a number up to 2^53, big-endian; two's complement where it is negative. */
export function outputBig(out: Output, value: number, count: number): void {
  let scale = 1;
  for (let i = 1; i < count; i += 1) scale *= 256;
  for (let i = 0; i < count; i += 1) {
    const digits = Math.floor(value / scale);
    outputByte(out, ((digits % 256) + 256) % 256);
    scale /= 256;
  }
}

/**
 * Makes room before what was written from `at` on, so that a head whose length was not known can be put there. Returns
 * false where it does not fit.
 */
export function outputOpenGap(out: Output, at: number, size: number): boolean {
  if (out.overflow || !(out.length + size <= out.bytes.length)) {
    out.overflow = true;
    return false;
  }
  for (let i = out.length - 1; i >= at; i -= 1) out.bytes[i + size] = out.bytes[i]!;
  out.length += size;
  return true;
}

/** Bytes of a text, for objects to keep: ASCII as it is, all else as UTF-8. */
export function textBytes(text: string): Uint8Array {
  const out = outputNew(text.length * 3);
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const next = text.charCodeAt(i + 1);
    if (unit < 0x80) outputByte(out, unit);
    else if (unit < 0x800) {
      outputByte(out, 0xc0 | (unit >> 6));
      outputByte(out, 0x80 | (unit & 63));
    } else if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
      const point = 0x10000 + ((unit & 0x3ff) << 10) + (next & 0x3ff);
      outputByte(out, 0xf0 | (point >> 18));
      outputByte(out, 0x80 | ((point >> 12) & 63));
      outputByte(out, 0x80 | ((point >> 6) & 63));
      outputByte(out, 0x80 | (point & 63));
      i += 1;
    } else {
      outputByte(out, 0xe0 | (unit >> 12));
      outputByte(out, 0x80 | ((unit >> 6) & 63));
      outputByte(out, 0x80 | (unit & 63));
    }
  }
  return out.bytes.subarray(0, out.length);
}
