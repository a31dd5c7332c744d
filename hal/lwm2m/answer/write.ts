/**
 * Write, Create and Delete. All that a payload says is looked at before any of it is done: a write that is refused changes
 * nothing, but where an object refuses a value that is of the right type.
 */
import { Code } from '../../coap/numbers.ts';
import { formatKnown, formatOfOne } from '../format/content-format.ts';
import type { Path } from '../format/path.ts';
import {
  payloadAgain,
  payloadBegin,
  payloadNext,
  payloadReaderNew,
  UNNUMBERED,
} from '../format/payload-reader.ts';
import type { PayloadReader } from '../format/payload-reader.ts';
import { valueAs } from '../format/convert.ts';
import { idValid, Kind } from '../format/value.ts';
import { Access, bootstrapOnly, instanceOf, objectOf, rowOf } from '../model/object.ts';
import type { Lwm2mObject, ResourceRow } from '../model/object.ts';
import { ABSENT, Operation } from './asked.ts';
import type { Asked } from './asked.ts';

/** More records than this in one write are no write of a server that manages a device. */
const RECORDS_MAX = 128;

export interface Writing {
  readonly objects: readonly Lwm2mObject[];
  readonly reader: PayloadReader;
  /** A bootstrap server: may write what others may not, and makes the instances that it writes to. */
  bootstrap: boolean;
  /** What was written. */
  written: (object: number, instance: number, resource: number) => void;
  /** Instance that a Create made. */
  created: number;
}

export function writingNew(objects: readonly Lwm2mObject[]): Writing {
  return { objects: objects, reader: payloadReaderNew(), bootstrap: false, written: () => {}, created: 0 };
}

/** The code to answer with. */
export function writePath(
  writing: Writing,
  asked: Asked,
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  const path = asked.path;
  const object = objectOf(writing.objects, path.ids[0]!);
  if (object === undefined || path.length === 0) return Code.NotFound;
  // Some servers leave the option out for what is text.
  const format = asked.format === ABSENT ? 0 : asked.format;
  if (!formatKnown(format)) return Code.UnsupportedContentFormat;
  const create = asked.operation === Operation.Create;
  const makes = object.create !== undefined && (writing.bootstrap || !bootstrapOnly(object));
  if (create && !makes) return Code.MethodNotAllowed;
  if (!create && path.length < 2 && !writing.bootstrap) return Code.MethodNotAllowed;
  if (path.length >= 2 && !instanceOf(object, path.ids[1]!) && !writing.bootstrap) return Code.NotFound;
  if (path.length < 3) {
    if (formatOfOne(format)) return asked.format === ABSENT ? Code.BadRequest : Code.UnsupportedContentFormat;
  } else {
    const row = rowOf(object, path.ids[2]!);
    if (row === undefined) return Code.NotFound;
    if (!writable(writing, row)) return Code.MethodNotAllowed;
    if (formatOfOne(format) && row.multiple && path.length === 3) return Code.UnsupportedContentFormat;
  }
  return writeAll(writing, object, asked, format, bytes, from, to);
}

function writable(writing: Writing, row: ResourceRow): boolean {
  return writing.bootstrap ? row.type !== Kind.None : (row.access & Access.Write) !== 0;
}

function writeAll(
  writing: Writing,
  object: Lwm2mObject,
  asked: Asked,
  format: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  const reader = writing.reader;
  const create = asked.operation === Operation.Create;
  // Base64 is decoded where it lies, and one record needs no look ahead.
  if (!formatOfOne(format)) {
    if (!payloadBegin(reader, format, asked.path, bytes, from, to)) return Code.BadRequest;
    const code = checkAll(writing, object, create);
    if (code !== 0) return code;
  }
  if (!payloadBegin(reader, format, asked.path, bytes, from, to)) return Code.BadRequest;
  const replaces = asked.operation === Operation.Write && asked.path.length === 2 && writing.bootstrap;
  if (replaces && object.reset && instanceOf(object, asked.path.ids[1]!)) object.reset(asked.path.ids[1]!);
  if (create || writing.bootstrap) {
    const code = create ? createInstance(writing, object) : bootstrapInstance(object, asked.path);
    if (code !== 0) return code;
  }
  const code = applyAll(writing, object);
  if (code !== 0) return code;
  return create ? Code.Created : Code.Changed;
}

function checkAll(writing: Writing, object: Lwm2mObject, create: boolean): number {
  const reader = writing.reader;
  let records = 0;
  for (let found = payloadNext(reader); found !== 0; found = payloadNext(reader)) {
    records += 1;
    if (found < 0 || !(records <= RECORDS_MAX)) return Code.BadRequest;
    const code = checkRecord(writing, object, create);
    if (code !== 0) return code;
  }
  return 0;
}

function checkRecord(writing: Writing, object: Lwm2mObject, create: boolean): number {
  const path = writing.reader.path;
  const value = writing.reader.value;
  if (path.ids[0] !== object.id || path.length < 2) return Code.BadRequest;
  const instance = path.ids[1]!;
  if (create && instance !== UNNUMBERED && instanceOf(object, instance)) return Code.BadRequest;
  if (!create && !writing.bootstrap && !instanceOf(object, instance)) return Code.NotFound;
  if (path.length === 2) return 0;
  const row = rowOf(object, path.ids[2]!);
  // A bootstrap server may know resources that this client does not: they are passed over (1.1 core 6.1.7.5).
  if (row === undefined) return writing.bootstrap ? 0 : Code.NotFound;
  if (!create && !writable(writing, row)) return Code.MethodNotAllowed;
  if (row.multiple !== (path.length === 4) && value.kind !== Kind.None) return Code.BadRequest;
  return value.kind === Kind.None || valueAs(value, row.type) ? 0 : Code.BadRequest;
}

/** Goes over the records and writes them; 0, or the first code. */
function applyAll(writing: Writing, object: Lwm2mObject): number {
  const reader = writing.reader;
  for (let found = payloadNext(reader); found !== 0; found = payloadNext(reader)) {
    if (found < 0) return Code.BadRequest;
    const path = reader.path;
    const value = reader.value;
    const row = path.length >= 3 ? rowOf(object, path.ids[2]!) : undefined;
    if (row === undefined || value.kind === Kind.None) continue;
    if (!valueAs(value, row.type)) return Code.BadRequest;
    const instance = path.ids[1] === UNNUMBERED ? writing.created : path.ids[1]!;
    if (writing.bootstrap) {
      const code = bootstrapInstance(object, path);
      if (code !== 0) return code;
    }
    const code = object.write(instance, row.id, path.length === 4 ? path.ids[3]! : 0, value);
    if (code !== 0) return code;
    writing.written(object.id, instance, row.id);
  }
  return 0;
}

/** A bootstrap server writes to instances that are not there yet. */
function bootstrapInstance(object: Lwm2mObject, path: Path): number {
  const instance = path.ids[1]!;
  if (path.length < 2 || instanceOf(object, instance)) return 0;
  if (!idValid(instance) || object.create === undefined) return Code.NotFound;
  const code = object.create(instance);
  if (code === 0) object.instances.push(instance);
  return code;
}

/** The instance that the first record names, or the lowest that is free; the reader stands before the records again. */
function createInstance(writing: Writing, object: Lwm2mObject): number {
  const reader = writing.reader;
  const found = payloadNext(reader);
  if (found < 0) return Code.BadRequest;
  let instance = found > 0 ? reader.path.ids[1]! : UNNUMBERED;
  if (instance === UNNUMBERED) {
    instance = 0;
    while (instanceOf(object, instance)) instance += 1;
  }
  const code = object.create ? object.create(instance) : Code.MethodNotAllowed;
  if (code !== 0) return code;
  object.instances.push(instance);
  writing.created = instance;
  return payloadAgain(reader) ? 0 : Code.BadRequest;
}

/** The code to answer with. In bootstrap whole objects, and all of them, may go. */
export function deletePath(writing: Writing, path: Path): number {
  if (path.length !== 2 && !(writing.bootstrap && path.length < 2)) return Code.MethodNotAllowed;
  for (const object of writing.objects) {
    if (path.length > 0 && object.id !== path.ids[0]) continue;
    if (path.length === 2 && !instanceOf(object, path.ids[1]!)) return Code.NotFound;
    const removes = object.remove !== undefined && (writing.bootstrap || !bootstrapOnly(object));
    if (!removes && path.length === 2) return Code.MethodNotAllowed;
    const code = removes ? removeFrom(object, path.length === 2 ? path.ids[1]! : -1) : 0;
    if (path.length > 0) return code === 0 ? Code.Deleted : code;
  }
  return path.length === 0 ? Code.Deleted : Code.NotFound;
}

/** One instance, or with -1 all that may go; 0, or the code of the one. */
function removeFrom(object: Lwm2mObject, instance: number): number {
  let code = 0;
  for (let i = object.instances.length - 1; i >= 0; i -= 1) {
    const id = object.instances[i]!;
    if (instance >= 0 && id !== instance) continue;
    const removed = object.remove ? object.remove(id) : Code.MethodNotAllowed;
    if (removed === 0) object.instances.splice(i, 1);
    else if (instance >= 0) code = removed;
  }
  return code;
}
