/** The check-in as the gateway reads and answers it: docs/SPEC.md section 14. */
import { DEVICE_ID } from '../config/devices.ts';
import { cborInt, cborOrder, cborSkip, cborString, cborTake, cursorOpen } from '../../agent/format/cbor.ts';
import type { Cursor } from '../../agent/format/cbor.ts';
import { ARRAY, BYTES, MAP, TEXT } from '../../agent/format/labels.ts';
import * as Err from '../../agent/err.ts';
import * as Key from '../../hal/check-in/numbers.ts';
import {
  bodyWriterNew,
  writeBoolean,
  writeMap,
  writeNumber,
  writeText,
} from '../../hal/serial/message/writer.ts';
import type { Claims, Orders, Permission } from '../contract.ts';

export interface CheckIn {
  readonly report: Uint8Array | undefined;
  readonly claims: Omit<Claims, 'link' | 'authenticated'>;
}

const PERMISSION: Readonly<Record<Permission, number>> = { skip: 0, attempt: 1, forced: 2 };

export const isDeviceId = (id: string): boolean => DEVICE_ID.test(id);

const bytesRead = (cursor: Cursor, least: number, most: number): Uint8Array => {
  const length = cborString(cursor, BYTES);
  if (!(length >= least && length <= most)) cursor.error ||= Err.SourceMalformed;
  return cursor.bytes.slice(cursor.from, cursor.at);
};

const hexRead = (cursor: Cursor, least: number, most: number): string =>
  Buffer.from(bytesRead(cursor, least, most)).toString('hex');

const numberRead = (cursor: Cursor, most: number): number => {
  const value = cborInt(cursor);
  if (!(value >= 0 && value <= most)) cursor.error ||= Err.SourceMalformed;
  return value;
};

const profileRead = (cursor: Cursor): string => {
  const length = cborString(cursor, TEXT);
  const text = Buffer.from(cursor.bytes.subarray(cursor.from, cursor.at)).toString('latin1');
  if (!(length <= Key.PROFILE_MAX && /^[\x20-\x7e]+$/.test(text))) cursor.error ||= Err.SourceMalformed;
  return text;
};

const anchorsRead = (cursor: Cursor): readonly string[] => {
  const count = cborTake(cursor, ARRAY);
  if (!(count <= Key.ANCHORS_MAX)) cursor.error ||= Err.SourceMalformed;
  const anchors: string[] = [];
  while (anchors.length < count && cursor.error === 0) anchors.push(hexRead(cursor, 1, Key.KEY_ID_MAX));
  return anchors;
};

/** Undefined: it is none. Keys that are not known here are passed over. */
export const readCheckIn = (bytes: Uint8Array): CheckIn | undefined => {
  if (!(bytes.length <= Key.CHECK_IN_MAX)) return undefined;
  const cursor = cursorOpen(bytes, 0, bytes.length, Err.SourceMalformed);
  const pairs = cborTake(cursor, MAP);
  const claims: { -readonly [K in keyof CheckIn['claims']]: CheckIn['claims'][K] } = {};
  let report: Uint8Array | undefined;
  let last = -1;
  for (let i = 0; i < pairs && cursor.error === 0; i++) {
    const at = cursor.at;
    const key = cborInt(cursor);
    cborOrder(cursor, last, at);
    last = at;
    if (cursor.error !== 0 || (i === 0) !== (key === Key.VERSION)) return undefined;
    if (key === Key.VERSION && cborInt(cursor) !== Key.CHECK_IN_VERSION) return undefined;
    else if (key === Key.REPORT) report = bytesRead(cursor, 1, Key.REPORT_MOST);
    else if (key === Key.BATTERY) claims.battery = numberRead(cursor, Key.BATTERY_MAX);
    else if (key === Key.PROFILE) claims.profile = profileRead(cursor);
    else if (key === Key.ANCHORS) claims.anchors = anchorsRead(cursor);
    else if (key === Key.SLEEPS) claims.sleeps = numberRead(cursor, Key.SLEEPS_MAX);
    else if (key === Key.STAGED) claims.staged = hexRead(cursor, Key.DIGEST_LENGTH, Key.DIGEST_LENGTH);
    else if (key !== Key.VERSION) cborSkip(cursor);
  }
  return cursor.error === 0 && pairs >= 1 && cursor.at === bytes.length ? { report, claims } : undefined;
};

/** Throws where they do not fit: no path of a release is so long. */
export const writeOrders = (orders: Orders): Uint8Array => {
  const { time, wake, path, download, update, cancel, statement } = orders;
  const bytes = new Uint8Array(Key.ORDERS_MAX);
  const writer = bodyWriterNew(bytes, bytes.length);
  const pairs: readonly (readonly [number, number | string | boolean | undefined])[] = [
    [Key.VERSION, Key.CHECK_IN_VERSION],
    [Key.TIME, time],
    [Key.WAKE, Math.ceil(wake)],
    [Key.PATH, path],
    [Key.DOWNLOAD, PERMISSION[download]],
    [Key.UPDATE, PERMISSION[update]],
    [Key.CANCEL, cancel || undefined],
    [Key.STATEMENT, statement],
  ];
  const there = pairs.filter(([, value]) => value !== undefined);
  writeMap(writer, there.length);
  for (const [key, value] of there) {
    writeNumber(writer, key);
    if (typeof value === 'number') writeNumber(writer, value);
    else if (typeof value === 'string') writeText(writer, value);
    else writeBoolean(writer, value === true);
  }
  if (writer.overflow) throw new RangeError('orders of more than 256 bytes');
  return bytes.slice(0, writer.at);
};
