/**
 * What a gateway answers a check-in with, as it comes: docs/SPEC.md section 14.2.
 *
 *   { 0: version, 1: time, 2: wake, 3: path, 4: download, 5: update, 6: cancel, 7: statement }
 *
 * Whoever gives orders is not believed: what they can bring about is bounded in decide.ts.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import {
  cborHead,
  cborInt,
  cborOrder,
  cborSkip,
  cborString,
  cborTake,
  cursorOpen,
} from '../../agent/format/cbor.ts';
import type { Cursor } from '../../agent/format/cbor.ts';
import { FALSE, MAP, SIMPLE, TEXT } from '../../agent/format/labels.ts';
import {
  CANCEL,
  CHECK_IN_VERSION,
  DOWNLOAD,
  ORDERS_MAX,
  PATH,
  PATH_MAX,
  Permission,
  STATEMENT,
  TIME,
  UPDATE,
  VERSION,
  WAKE,
} from './numbers.ts';

/** As they were read. */
export interface OrdersRead {
  /** Seconds since 1970; 0: it does not say. */
  time: number;
  /** Seconds to the next check-in; 0: it does not say. */
  wake: number;
  /** Of the envelope, relative to the gateway's root; '': nothing to fetch. */
  path: string;
  /** numbers.ts `Permission`. */
  download: number;
  update: number;
  cancel: boolean;
  /** Of the signed statement of the latest sequence; '': there is none. */
  statement: string;
}

export function ordersNew(): OrdersRead {
  return {
    time: 0,
    wake: 0,
    path: '',
    download: Permission.Skip,
    update: Permission.Skip,
    cancel: false,
    statement: '',
  };
}

const SLASH = 0x2f;
const DOT = 0x2e;

const named = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) ||
  code === 0x5f ||
  code === 0x2d ||
  code === DOT;

/** Segments of named characters, none of them dots alone; '' where it is no such path. */
const pathRead = (cursor: Cursor): string => {
  const length = cborString(cursor, TEXT);
  if (!(length >= 1 && length <= PATH_MAX)) return '';
  let text = '';
  let names = 0;
  for (let i = cursor.from; i < cursor.at; i++) {
    const code = cursor.bytes[i]!;
    if (code !== SLASH && !named(code)) return '';
    if (code === SLASH && names === 0) return '';
    if (code === SLASH) names = 0;
    else if (code !== DOT) names += 1;
    text += String.fromCharCode(code);
  }
  return names === 0 ? '' : text;
};

const permissionRead = (cursor: Cursor): number => {
  const value = cborInt(cursor);
  return value >= Permission.Skip && value <= Permission.Forced ? value : -1;
};

/** Reads the value of `key`. False where it is not one. A key of a later version is passed over. */
const valueRead = (into: OrdersRead, cursor: Cursor, key: number): boolean => {
  if (key === VERSION) return cborInt(cursor) === CHECK_IN_VERSION;
  if (key === TIME) return (into.time = cborInt(cursor)) >= 0;
  if (key === WAKE) return (into.wake = cborInt(cursor)) >= 0;
  if (key === PATH) return (into.path = pathRead(cursor)) !== '';
  if (key === DOWNLOAD) return (into.download = permissionRead(cursor)) >= 0;
  if (key === UPDATE) return (into.update = permissionRead(cursor)) >= 0;
  if (key === STATEMENT) return (into.statement = pathRead(cursor)) !== '';
  if (key === CANCEL) {
    if (cborHead(cursor) !== SIMPLE || !(cursor.value <= FALSE + 1)) return false;
    into.cancel = cursor.value === FALSE + 1;
    return true;
  }
  cborSkip(cursor);
  return true;
};

/** Reads bytes[from..to-1], a whole answer. Ok, or SourceMalformed: nothing of it is to be acted on then. */
export function ordersRead(into: OrdersRead, bytes: Uint8Array, from: number, to: number): number {
  const empty = ordersNew();
  into.time = empty.time;
  into.wake = empty.wake;
  into.path = empty.path;
  into.download = empty.download;
  into.update = empty.update;
  into.cancel = empty.cancel;
  into.statement = empty.statement;
  if (!(to - from <= ORDERS_MAX)) return Err.SourceMalformed;
  const cursor = cursorOpen(bytes, from, to, Err.SourceMalformed);
  const pairs = cborTake(cursor, MAP);
  let last = -1;
  // A byte at least for each key: a count beyond that ends in a head that is not there.
  for (let i = 0; i < pairs; i++) {
    const at = cursor.at;
    const key = cborInt(cursor);
    cborOrder(cursor, last, at);
    last = at;
    // The version stands first, and whoever does not say it is of another.
    const first = i > 0 || key === VERSION;
    if (cursor.error < 0 || !first || !valueRead(into, cursor, key)) return Err.SourceMalformed;
  }
  return cursor.error === 0 && pairs >= 1 && cursor.at === to ? Ok : Err.SourceMalformed;
}
