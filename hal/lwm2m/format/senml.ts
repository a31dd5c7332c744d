/**
 * SenML in CBOR, content format 112 (RFC 8428 section 6, LwM2M 1.1 core 7.4.5): an array of records, each a map.
 *
 *   { -2: "/5/0/", 0: "3", 2: 1 }     base name, name, value
 *
 * Base name and name together are a path. The base name holds from its record on. Base value and base sum are not for
 * resources and are refused; a time is passed over.
 */
import {
  cborHead,
  cborOf,
  cborHeadWrite,
  cborIntegerWrite,
  cborIsBreak,
  cborSkip,
  cborTextWrite,
  cborValueOf,
  cborValueWrite,
  INDEFINITE,
  Major,
} from './cbor.ts';
import type { CborCursor } from './cbor.ts';
import { outputByte, outputBytes, outputNew, outputOpenGap, outputReset } from './output.ts';
import type { Output } from './output.ts';
import { pathRead, pathWrite } from './path.ts';
import type { Path } from './path.ts';
import { Kind } from './value.ts';
import type { Value } from './value.ts';

/** Labels of a record. The link of LwM2M is a text. */
export const Label = {
  BaseName: -2,
  BaseSum: -6,
  BaseValue: -5,
  Name: 0,
  Value: 2,
  Text: 3,
  Boolean: 4,
  Data: 8,
} as const;
const LINK = 'vlo';
/** Longest path, "/65534/65534/65534/65534". */
const NAME_MAX = 24;
const RECORDS_MAX = 0xffff;

export interface SenmlReader {
  readonly cursor: CborCursor;
  /** Records that are left; `INDEFINITE` where only a break tells. */
  left: number;
  /** The base name: bytes[baseFrom..baseTo-1]. */
  baseFrom: number;
  baseTo: number;
  nameFrom: number;
  nameTo: number;
  readonly name: Output;
}

export function senmlReaderNew(cursor: CborCursor): SenmlReader {
  return {
    cursor: cursor,
    left: 0,
    baseFrom: 0,
    baseTo: 0,
    nameFrom: 0,
    nameTo: 0,
    name: outputNew(NAME_MAX),
  };
}

/** Reads the head of the array. The cursor stands before it. */
export function senmlBegin(reader: SenmlReader): boolean {
  const cursor = reader.cursor;
  if (!cborOf(cursor, Major.Array)) return false;
  reader.left = cursor.argument;
  reader.baseFrom = 0;
  reader.baseTo = 0;
  return true;
}

/** 1: a record, with its path and value; 0: the end; -1: malformed. A record without a value is of kind None. */
export function senmlNext(reader: SenmlReader, path: Path, value: Value): number {
  const cursor = reader.cursor;
  const ended = reader.left === INDEFINITE ? cborIsBreak(cursor) : reader.left === 0;
  if (ended) return cursor.at === cursor.end ? 0 : -1;
  if (reader.left > 0) reader.left -= 1;
  reader.nameFrom = 0;
  reader.nameTo = 0;
  value.kind = Kind.None;
  if (!cborOf(cursor, Major.Map)) return -1;
  const open = cursor.argument === INDEFINITE;
  let fields = open ? cursor.end : cursor.argument;
  while (fields > 0 && !(open && cborIsBreak(cursor))) {
    if (!fieldRead(reader, value)) return -1;
    fields -= 1;
  }
  return nameRead(reader, path) ? 1 : -1;
}

function fieldRead(reader: SenmlReader, value: Value): boolean {
  const cursor = reader.cursor;
  if (!cborHead(cursor)) return false;
  if (cursor.major === Major.Text) return textField(reader, value);
  if (cursor.major !== Major.Unsigned && cursor.major !== Major.Negative) return false;
  const label = cursor.major === Major.Unsigned ? cursor.argument : -1 - cursor.argument;
  if (label === Label.BaseName || label === Label.Name) return nameField(reader, label);
  const kind = valueKind(label);
  if (kind === Kind.None) return label !== Label.BaseValue && label !== Label.BaseSum && cborSkip(cursor, 0);
  // One value a record.
  return value.kind === Kind.None && cborValueOf(cursor, value, kind);
}

function valueKind(label: number): number {
  if (label === Label.Value) return Kind.Number;
  if (label === Label.Text) return Kind.String;
  if (label === Label.Boolean) return Kind.Boolean;
  return label === Label.Data ? Kind.Opaque : Kind.None;
}

function textField(reader: SenmlReader, value: Value): boolean {
  const cursor = reader.cursor;
  const from = cursor.at;
  const length = cursor.argument;
  if (!(length > 0 && length <= cursor.end - from)) return false;
  cursor.at += length;
  let link = length === LINK.length;
  for (let i = 0; link && i < length; i += 1) link = cursor.bytes[from + i] === LINK.charCodeAt(i);
  if (link) return value.kind === Kind.None && cborValueOf(cursor, value, Kind.String);
  // A label that ends in an underscore must be understood (RFC 8428 section 4.4).
  return cursor.bytes[from + length - 1] !== 0x5f && cborSkip(cursor, 0);
}

function nameField(reader: SenmlReader, label: number): boolean {
  const cursor = reader.cursor;
  if (!cborOf(cursor, Major.Text)) return false;
  const from = cursor.at;
  const length = cursor.argument;
  if (!(length <= NAME_MAX && length <= cursor.end - from)) return false;
  cursor.at += length;
  if (label === Label.BaseName) {
    reader.baseFrom = from;
    reader.baseTo = from + length;
  } else {
    reader.nameFrom = from;
    reader.nameTo = from + length;
  }
  return true;
}

/** The two are put together before they are read: a base may end within a number. */
function nameRead(reader: SenmlReader, path: Path): boolean {
  const name = reader.name;
  const bytes = reader.cursor.bytes;
  outputReset(name);
  outputBytes(name, bytes, reader.baseFrom, reader.baseTo);
  outputBytes(name, bytes, reader.nameFrom, reader.nameTo);
  path.length = 0;
  return !name.overflow && pathRead(path, name.bytes, 0, name.length);
}

/** One record: the first of an array has the base name, the path that was asked for; the others are told below it. */
export function senmlRecord(out: Output, base: Path, first: boolean, path: Path, value: Value): void {
  const named = path.length > base.length;
  cborHeadWrite(out, Major.Map, 1 + (first ? 1 : 0) + (named ? 1 : 0));
  if (first) {
    cborIntegerWrite(out, Label.BaseName);
    nameWrite(out, base, 0, false, named);
  }
  if (named) {
    cborIntegerWrite(out, Label.Name);
    nameWrite(out, path, base.length, true, false);
  }
  if (value.kind === Kind.ObjectLink) cborTextWrite(out, LINK);
  else cborIntegerWrite(out, labelOf(value.kind));
  cborValueWrite(out, value);
}

function labelOf(kind: number): number {
  if (kind === Kind.String) return Label.Text;
  if (kind === Kind.Opaque) return Label.Data;
  return kind === Kind.Boolean ? Label.Boolean : Label.Value;
}

function nameWrite(out: Output, path: Path, from: number, bare: boolean, slash: boolean): void {
  const at = out.length;
  pathWrite(out, path, from, bare);
  if (slash) outputByte(out, 0x2f);
  const length = out.length - at;
  if (!outputOpenGap(out, at, length < 24 ? 1 : 2)) return;
  const end = out.length;
  out.length = at;
  cborHeadWrite(out, Major.Text, length);
  out.length = end;
}

/** Puts the head of the array before the records written from `at` on. */
export function senmlEnd(out: Output, at: number, records: number): void {
  if (!(records <= RECORDS_MAX) || !outputOpenGap(out, at, records < 24 ? 1 : records < 0x100 ? 2 : 3))
    return;
  const end = out.length;
  out.length = at;
  cborHeadWrite(out, Major.Array, records);
  out.length = end;
}
