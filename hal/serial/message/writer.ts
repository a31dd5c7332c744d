/** Writes the body of an answer: CBOR of definite length, shortest heads. What does not fit is noted, not written. */
export interface BodyWriter {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  overflow: boolean;
}

const Major = { Unsigned: 0, Negative: 1, Bytes: 2, Text: 3, Array: 4, Map: 5 } as const;

const FALSE = 0xf4;

export function bodyWriterNew(bytes: Uint8Array, end: number): BodyWriter {
  return { bytes: bytes, at: 0, end: end, overflow: false };
}

export function bodyBegin(writer: BodyWriter, at: number): void {
  writer.at = at;
  writer.overflow = false;
}

function byteWrite(writer: BodyWriter, byte: number): void {
  if (writer.at < writer.end) writer.bytes[writer.at++] = byte;
  else writer.overflow = true;
}

function headWrite(writer: BodyWriter, major: number, value: number): void {
  const more = value < 24 ? 0 : value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffffffff ? 4 : 8;
  const info = more === 0 ? value : more === 1 ? 24 : more === 2 ? 25 : more === 4 ? 26 : 27;
  byteWrite(writer, (major << 5) | info);
  for (let i = more - 1; i >= 0; i--) byteWrite(writer, (value / powerOf256(i)) & 0xff);
}

/** Above 2^31 a shift is no division any more, and `& 0xff` of a quotient above 2^32 still gives its low byte. */
function powerOf256(exponent: number): number {
  let power = 1;
  for (let i = 0; i < exponent; i++) power *= 256;
  return power;
}

export function writeMap(writer: BodyWriter, pairs: number): void {
  headWrite(writer, Major.Map, pairs);
}

export function writeArray(writer: BodyWriter, items: number): void {
  headWrite(writer, Major.Array, items);
}

/** A whole number, also one below zero. */
export function writeNumber(writer: BodyWriter, value: number): void {
  if (value >= 0) headWrite(writer, Major.Unsigned, value);
  else headWrite(writer, Major.Negative, -1 - value);
}

export function writeBoolean(writer: BodyWriter, value: boolean): void {
  byteWrite(writer, value ? FALSE + 1 : FALSE);
}

/** Text of ASCII only: keys, digits and the like. */
export function writeText(writer: BodyWriter, text: string): void {
  headWrite(writer, Major.Text, text.length);
  for (let i = 0; i < text.length; i++) byteWrite(writer, text.charCodeAt(i));
}

/** Bytes from..to-1 of `source`; they may stand in the writer's own buffer, further on. */
export function writeBytes(writer: BodyWriter, source: Uint8Array, from: number, to: number): void {
  headWrite(writer, Major.Bytes, to - from);
  for (let i = from; i < to; i++) byteWrite(writer, source[i]!);
}

/** The same as text; whether it is UTF-8 is the caller's to know. */
export function writeTextBytes(writer: BodyWriter, source: Uint8Array, from: number, to: number): void {
  headWrite(writer, Major.Text, to - from);
  for (let i = from; i < to; i++) byteWrite(writer, source[i]!);
}

/** A key with a number. */
export function writeKeyNumber(writer: BodyWriter, key: string, value: number): void {
  writeText(writer, key);
  writeNumber(writer, value);
}
