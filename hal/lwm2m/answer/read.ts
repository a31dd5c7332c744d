/** Read: the values below a path, in a format that the server accepts; also what a notification carries. */
import { Code } from '../../coap/numbers.ts';
import { ContentFormat, formatKnown, formatOfOne } from '../format/content-format.ts';
import { pathCopy, pathNew } from '../format/path.ts';
import type { Path } from '../format/path.ts';
import {
  payloadClose,
  payloadInstance,
  payloadMark,
  payloadMultiple,
  payloadOpen,
  payloadValue,
} from '../format/payload-writer.ts';
import type { PayloadWriter } from '../format/payload-writer.ts';
import { Kind, valueNew } from '../format/value.ts';
import type { Value } from '../format/value.ts';
import { Access, instanceOf, objectOf, rowOf } from '../model/object.ts';
import type { Lwm2mObject, ResourceRow } from '../model/object.ts';
import { ABSENT } from './asked.ts';

/** More instances of one resource than any object here has. */
const MULTIPLE_MAX = 256;

export interface Reading {
  readonly objects: readonly Lwm2mObject[];
  readonly writer: PayloadWriter;
  readonly value: Value;
  /** Where it is. */
  readonly path: Path;
  /** The format that was chosen. */
  format: number;
  /** All of it, what no server may read included: for who keeps the accounts. */
  all: boolean;
}

export function readingNew(objects: readonly Lwm2mObject[], writer: PayloadWriter): Reading {
  return { objects: objects, writer: writer, value: valueNew(), path: pathNew(), format: 0, all: false };
}

/** Writes what stands at a path. Code.Content, or why not. */
export function readPath(reading: Reading, path: Path, accept: number): number {
  if (path.length === 0) return Code.MethodNotAllowed;
  const object = objectOf(reading.objects, path.ids[0]!);
  if (object === undefined) return Code.NotFound;
  const row = path.length >= 3 ? rowOf(object, path.ids[2]!) : undefined;
  if (path.length >= 2 && !instanceOf(object, path.ids[1]!)) return Code.NotFound;
  if (path.length >= 3) {
    if (row === undefined || (path.length === 4 && !row.multiple)) return Code.NotFound;
    if (!readable(reading, row)) return Code.MethodNotAllowed;
  }
  const format = formatFor(path, row, accept);
  if (format < 0) return Code.NotAcceptable;
  reading.format = format;
  payloadOpen(reading.writer, format, path);
  const code = place(reading, object, path, row);
  if (code !== 0) return code;
  return payloadClose(reading.writer) ? Code.Content : Code.RequestEntityTooLarge;
}

function readable(reading: Reading, row: ResourceRow): boolean {
  return reading.all ? row.type !== Kind.None : (row.access & Access.Read) !== 0;
}

/** What the server accepts, or the plainest that can tell it; below 0: nothing it accepts. */
function formatFor(path: Path, row: ResourceRow | undefined, accept: number): number {
  const one = row !== undefined && (!row.multiple || path.length === 4);
  if (accept === ABSENT) {
    if (!one) return ContentFormat.Tlv;
    return row.type === Kind.Opaque ? ContentFormat.Opaque : ContentFormat.Text;
  }
  if (!formatKnown(accept) || (formatOfOne(accept) && !one)) return -1;
  return accept === ContentFormat.Opaque && !(row && row.type === Kind.Opaque) ? -1 : accept;
}

function place(reading: Reading, object: Lwm2mObject, path: Path, row: ResourceRow | undefined): number {
  pathCopy(path, reading.path);
  if (row)
    return path.length === 4
      ? readInstance(reading, object, row, path)
      : readResource(reading, object, path.ids[1]!, row);
  if (path.length === 2) {
    readInstanceOf(reading, object, path.ids[1]!);
    return 0;
  }
  for (const instance of object.instances) {
    const mark = payloadMark(reading.writer);
    readInstanceOf(reading, object, instance);
    payloadInstance(reading.writer, mark, instance);
  }
  return 0;
}

function readInstanceOf(reading: Reading, object: Lwm2mObject, instance: number): void {
  for (const row of object.rows) if (readable(reading, row)) readResource(reading, object, instance, row);
}

/** A resource, and of a multiple one all its instances. */
function readResource(reading: Reading, object: Lwm2mObject, instance: number, row: ResourceRow): number {
  const path = reading.path;
  path.ids[0] = object.id;
  path.ids[1] = instance;
  path.ids[2] = row.id;
  path.length = 3;
  const value = reading.value;
  if (!row.multiple) {
    const code = object.read(instance, row.id, 0, value);
    if (code === 0) payloadValue(reading.writer, path, value);
    return code;
  }
  const mark = payloadMark(reading.writer);
  path.length = 4;
  let count = 0;
  while (count < MULTIPLE_MAX && object.read(instance, row.id, count, value) === 0) {
    path.ids[3] = object.instanceId ? object.instanceId(instance, row.id, count) : count;
    payloadValue(reading.writer, path, value);
    count += 1;
  }
  if (count > 0) payloadMultiple(reading.writer, mark, row.id);
  return count > 0 ? 0 : Code.NotFound;
}

function readInstance(reading: Reading, object: Lwm2mObject, row: ResourceRow, path: Path): number {
  for (let index = 0; index < MULTIPLE_MAX; index += 1) {
    if (object.read(path.ids[1]!, row.id, index, reading.value) !== 0) return Code.NotFound;
    const id = object.instanceId ? object.instanceId(path.ids[1]!, row.id, index) : index;
    if (id === path.ids[3]) {
      payloadValue(reading.writer, path, reading.value);
      return 0;
    }
  }
  return Code.NotFound;
}
