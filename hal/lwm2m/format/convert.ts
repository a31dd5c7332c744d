/** A value as a payload tells it, made a value of the type that the resource has. */
import { base64Decode } from './base64.ts';
import { textFloat, textInteger, textObjectLink } from './text.ts';
import { Kind, valueBytes } from './value.ts';
import type { Value } from './value.ts';

/** Makes it of that type, in place. False: it is none. Base64 is decoded over itself. */
export function valueAs(value: Value, type: number): boolean {
  if (value.kind === type) return true;
  if (value.kind === Kind.Raw) return fromRaw(value, type);
  if (value.kind === Kind.Text) return fromText(value, type);
  if (value.kind === Kind.Number) return fromNumber(value, type);
  // SenML and CBOR have no object link of their own everywhere: a text serves.
  return value.kind === Kind.String && type === Kind.ObjectLink && textObjectLink(value);
}

function fromNumber(value: Value, type: number): boolean {
  const whole = value.number === Math.floor(value.number);
  const integer =
    type === Kind.Integer || type === Kind.Time || (type === Kind.Unsigned && value.number >= 0);
  if (type !== Kind.Float && !(whole && integer)) return false;
  value.kind = type;
  return true;
}

function fromText(value: Value, type: number): boolean {
  if (type === Kind.String) value.kind = type;
  else if (type === Kind.Opaque) {
    const length = base64Decode(value.bytes, value.from, value.to);
    if (length < 0) return false;
    valueBytes(value, type, value.bytes, value.from, value.from + length);
  } else if (type === Kind.Float) return textFloat(value);
  else if (type === Kind.ObjectLink) return textObjectLink(value);
  else if (!textInteger(value)) return false;
  else if (type === Kind.Boolean && !(value.number === 0 || value.number === 1)) return false;
  else if (type === Kind.Unsigned && !(value.number >= 0)) return false;
  value.kind = type;
  return true;
}

function fromRaw(value: Value, type: number): boolean {
  const length = value.to - value.from;
  if (type === Kind.Float) return rawFloat(value, length);
  if (type === Kind.ObjectLink) {
    if (length !== 4) return false;
    value.number = value.bytes[value.from]! * 256 + value.bytes[value.from + 1]!;
    value.instance = value.bytes[value.from + 2]! * 256 + value.bytes[value.from + 3]!;
  } else if (type !== Kind.String && type !== Kind.Opaque) {
    if (!rawInteger(value, length, type === Kind.Unsigned)) return false;
    if (type === Kind.Boolean && !(length === 1 && (value.number === 0 || value.number === 1))) return false;
  }
  value.kind = type;
  return true;
}

function rawInteger(value: Value, length: number, unsigned: boolean): boolean {
  if (!(length === 1 || length === 2 || length === 4 || length === 8)) return false;
  const first = value.bytes[value.from]!;
  let number = first >= 128 && !unsigned ? first - 256 : first;
  for (let i = value.from + 1; i < value.to; i += 1) number = number * 256 + value.bytes[i]!;
  // Beyond 2^53 a number is not exact: refused, not rounded.
  if (!(number <= 9007199254740991 && number >= -9007199254740991)) return false;
  value.number = number;
  return true;
}

function rawFloat(value: Value, length: number): boolean {
  if (!(length === 4 || length === 8)) return false;
  const view = new DataView(value.bytes.buffer, value.bytes.byteOffset + value.from, length);
  value.number = length === 4 ? view.getFloat32(0) : view.getFloat64(0);
  value.kind = Kind.Float;
  return true;
}
