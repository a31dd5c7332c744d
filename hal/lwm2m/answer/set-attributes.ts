/** Write-Attributes: reads them out of the queries of a request (LwM2M 1.1 core 6.3.4). */
import { Code, Option } from '../../coap/numbers.ts';
import { optionFirst, optionNext } from '../../coap/message.ts';
import type { Message } from '../../coap/message.ts';
import { textFloat } from '../format/text.ts';
import { Kind, valueBytes, valueNew } from '../format/value.ts';
import {
  Attribute,
  attributeCount,
  attributeNumber,
  attributesAt,
  attributesSet,
  attributesSound,
  UNSET,
} from '../model/attributes.ts';
import type { Attributes } from '../model/attributes.ts';
import { instanceOf, objectOf, rowOf } from '../model/object.ts';
import type { Lwm2mObject } from '../model/object.ts';
import type { Asked } from './asked.ts';

const EQUALS = 0x3d;
/** Longer than any name of an attribute. */
const NAME_MAX = 8;

/** The code to answer with. */
export function attributesWriteAt(
  attributes: Attributes,
  objects: readonly Lwm2mObject[],
  asked: Asked,
  message: Message,
): number {
  const path = asked.path;
  const object = objectOf(objects, path.ids[0]!);
  if (object === undefined || path.length > 3) return Code.NotFound;
  if (path.length >= 2 && !instanceOf(object, path.ids[1]!)) return Code.NotFound;
  const row = path.length === 3 ? rowOf(object, path.ids[2]!) : undefined;
  if (path.length === 3 && row === undefined) return Code.NotFound;
  const numeric =
    row !== undefined &&
    (row.type === Kind.Integer ||
      row.type === Kind.Float ||
      row.type === Kind.Unsigned ||
      row.type === Kind.Time);
  const old = attributesAt(attributes, path);
  const values: number[] = [];
  for (let i = 0; i < attributeCount(); i += 1) values.push(old ? old.values[i]! : UNSET);
  let given = 0;
  let there = optionFirst(asked.cursor, message);
  while (there) {
    const cursor = asked.cursor;
    if (cursor.number === Option.UriQuery) {
      const number = queryRead(values, cursor.bytes, cursor.from, cursor.to);
      if (number < 0 || (number >= Attribute.Greater && !numeric)) return Code.BadRequest;
      given |= 1 << number;
    }
    there = optionNext(cursor);
  }
  if (!attributesSound(values)) return Code.BadRequest;
  return attributesSet(attributes, path, values, given) ? Code.Changed : Code.RequestEntityTooLarge;
}

/** `name=number` sets it, `name` or `name=` takes it back. Its number, or -1. */
function queryRead(values: number[], bytes: Uint8Array, from: number, to: number): number {
  let name = '';
  let at = from;
  while (at < to && bytes[at] !== EQUALS && name.length < NAME_MAX) {
    name += String.fromCharCode(bytes[at]!);
    at += 1;
  }
  const number = attributeNumber(name);
  if (number < 0 || (at < to && bytes[at] !== EQUALS)) return -1;
  values[number] = UNSET;
  if (at + 1 >= to) return number;
  const value = valueNew();
  valueBytes(value, Kind.Text, bytes, at + 1, to);
  if (!textFloat(value)) return -1;
  values[number] = value.number;
  return number;
}
