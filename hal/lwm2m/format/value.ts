/**
 * One value of a resource: what an object gives to be read, and what a payload says is to be written. A payload's value
 * is first of the kind its format tells; format/convert.ts makes it of the type that the resource has.
 */
/** Types of resources (LwM2M 1.1 core, appendix C), and, from `Raw` on, kinds that a format leaves open. */
export const Kind = {
  None: 0,
  String: 1,
  Integer: 2,
  Float: 3,
  Boolean: 4,
  Opaque: 5,
  Time: 6, // seconds since 1970
  ObjectLink: 7,
  Unsigned: 8,
  Raw: 9, // of TLV: bytes whose meaning only the type tells
  Text: 10, // of text/plain
  Number: 11, // of SenML and CBOR
} as const;

export interface Value {
  kind: number;
  /** Integer, Float, Time, Boolean (0 or 1); the object of an ObjectLink. */
  number: number;
  /** The instance of an ObjectLink. */
  instance: number;
  /** String, Opaque, Raw and Text: bytes[from..to-1]. */
  bytes: Uint8Array;
  from: number;
  to: number;
}

const ID_MAX = 65535;

export function valueNew(): Value {
  return { kind: Kind.None, number: 0, instance: 0, bytes: new Uint8Array(0), from: 0, to: 0 };
}

export function valueNumber(into: Value, kind: number, number: number): void {
  into.kind = kind;
  into.number = number;
}

export function valueBytes(into: Value, kind: number, bytes: Uint8Array, from: number, to: number): void {
  into.kind = kind;
  into.bytes = bytes;
  into.from = from;
  into.to = to;
}

export function idValid(id: number): boolean {
  return id >= 0 && id < ID_MAX;
}
