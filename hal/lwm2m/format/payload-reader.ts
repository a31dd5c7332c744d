/**
 * What a server writes, as records of path and value, whatever format it came in. TLV is flattened: what nests there
 * comes as paths. A record without value stands for an empty instance, or an empty multiple resource.
 */
import { cborCursorNew, cborPlace, cborValue } from './cbor.ts';
import type { CborCursor } from './cbor.ts';
import { ContentFormat } from './content-format.ts';
import { pathCopy, pathNew, pathWithin } from './path.ts';
import type { Path } from './path.ts';
import { senmlBegin, senmlNext, senmlReaderNew } from './senml.ts';
import type { SenmlReader } from './senml.ts';
import { Tlv, tlvCursorNew, tlvNext, tlvPlace } from './tlv.ts';
import type { TlvCursor } from './tlv.ts';
import { Kind, idValid, valueBytes, valueNew } from './value.ts';
import type { Value } from './value.ts';

/** An object instance, a multiple resource in it, an instance of that. */
const NESTING = 3;

export interface PayloadReader {
  /** Of the record it stands on. */
  readonly path: Path;
  readonly value: Value;
  format: number;
  /** What the request was addressed to: a record outside of it is malformed. */
  readonly base: Path;
  readonly cbor: CborCursor;
  readonly senml: SenmlReader;
  /** The items around the one at hand, the innermost last. */
  readonly nest: TlvCursor[];
  depth: number;
  /** Formats of one value: not read yet. */
  single: boolean;
  /** What it reads: bytes[from..to-1]. */
  bytes: Uint8Array;
  from: number;
  to: number;
}

export function payloadReaderNew(): PayloadReader {
  const cbor = cborCursorNew();
  const nest: TlvCursor[] = [];
  for (let i = 0; i < NESTING; i += 1) nest.push(tlvCursorNew());
  return {
    path: pathNew(),
    value: valueNew(),
    format: 0,
    base: pathNew(),
    cbor: cbor,
    senml: senmlReaderNew(cbor),
    nest: nest,
    depth: 0,
    single: false,
    bytes: new Uint8Array(0),
    from: 0,
    to: 0,
  };
}

/** Stands before the first record. False: the format is not known, or not for such a path, or malformed at once. */
export function payloadBegin(
  reader: PayloadReader,
  format: number,
  base: Path,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  reader.format = format;
  reader.bytes = bytes;
  reader.from = from;
  reader.to = to;
  pathCopy(base, reader.base);
  return payloadAgain(reader);
}

/** Stands before the first record again. */
export function payloadAgain(reader: PayloadReader): boolean {
  reader.depth = 0;
  reader.single = true;
  cborPlace(reader.cbor, reader.bytes, reader.from, reader.to);
  tlvPlace(reader.nest[0]!, reader.bytes, reader.from, reader.to);
  if (reader.format === ContentFormat.SenmlCbor) return senmlBegin(reader.senml);
  if (reader.format !== ContentFormat.Tlv) {
    valueBytes(reader.value, Kind.Text, reader.bytes, reader.from, reader.to);
  }
  return true;
}

/** 1: stands on a record; 0: there is none; -1: malformed. */
export function payloadNext(reader: PayloadReader): number {
  if (reader.format === ContentFormat.Tlv) return tlvRecord(reader);
  if (reader.format === ContentFormat.SenmlCbor) {
    const found = senmlNext(reader.senml, reader.path, reader.value);
    return found === 1 && !pathWithin(reader.path, reader.base) ? -1 : found;
  }
  if (!reader.single) return 0;
  reader.single = false;
  pathCopy(reader.base, reader.path);
  if (reader.format === ContentFormat.Opaque) reader.value.kind = Kind.Opaque;
  if (reader.format !== ContentFormat.Cbor) return 1;
  return cborValue(reader.cbor, reader.value) && reader.cbor.at === reader.cbor.end ? 1 : -1;
}

function tlvRecord(reader: PayloadReader): number {
  for (;;) {
    const cursor = reader.nest[reader.depth]!;
    const found = tlvNext(cursor);
    if (found < 0) return -1;
    if (found === 0) {
      if (reader.depth === 0) return 0;
      reader.depth -= 1;
      continue;
    }
    if (!placePath(reader, cursor)) return -1;
    const leaf = cursor.kind === Tlv.Resource || cursor.kind === Tlv.ResourceInstance;
    if (leaf || cursor.from === cursor.to) {
      valueBytes(reader.value, leaf ? Kind.Raw : Kind.None, cursor.bytes, cursor.from, cursor.to);
      return 1;
    }
    reader.depth += 1;
    tlvPlace(reader.nest[reader.depth]!, cursor.bytes, cursor.from, cursor.to);
  }
}

/** Where an item belongs: the instance is the one that it lies in, or the one that the request names. */
function placePath(reader: PayloadReader, cursor: TlvCursor): boolean {
  const path = reader.path;
  const base = reader.base;
  if (!idValid(cursor.id)) return false;
  if (cursor.kind === Tlv.ObjectInstance) return place(reader, cursor, 0, 1);
  if (cursor.kind === Tlv.ResourceInstance) {
    // In a multiple resource, or bare where the request names that resource.
    if (reader.depth > 0)
      return reader.nest[reader.depth - 1]!.kind === Tlv.Multiple && place(reader, cursor, -1, 3);
    return base.length >= 3 && place(reader, cursor, 0, 3);
  }
  if (reader.depth > 1 || (reader.depth === 1 && reader.nest[0]!.kind !== Tlv.ObjectInstance)) return false;
  // Create: resources without an instance around them are for an instance that the device numbers.
  if (reader.depth === 0 && base.length === 1) path.ids[1] = UNNUMBERED;
  else if (reader.depth === 0) path.ids[1] = base.ids[1]!;
  path.ids[0] = base.ids[0]!;
  path.ids[2] = cursor.id;
  path.length = 3;
  return base.length < 3 || base.ids[2] === cursor.id;
}

/** The id of an instance that a Create leaves to the device. */
export const UNNUMBERED = 65535;

function place(reader: PayloadReader, cursor: TlvCursor, depth: number, at: number): boolean {
  const path = reader.path;
  const base = reader.base;
  if (depth === 0 && reader.depth !== 0) return false;
  if (depth === 0) for (let i = 0; i < at; i += 1) path.ids[i] = base.ids[i]!;
  path.ids[at] = cursor.id;
  path.length = at + 1;
  return base.length <= at || base.ids[at] === cursor.id;
}
