/** The parameters of a manifest: what each must look like, and their values in force. docs/SPEC.md section 1.1. */
import { bytesEqual } from '../bytes.ts';
import * as Err from '../err.ts';
import type { Cursor } from './cbor.ts';
import { cborEnter, cborFail, cborInt, cborLeave, cborOrder, cborString, cborTake } from './cbor.ts';
import { digestTake } from './cose.ts';
import type { Run } from './sequence.ts';
import {
  UNSIGNED,
  BYTES,
  TEXT,
  MAP,
  SIMPLE,
  FALSE,
  TRUE,
  DIGEST_LENGTH,
  DIGEST,
  STRICT_ORDER,
  SOFT_FAILURE,
  URI,
  FORMAT,
  INVOKE,
  URI_END,
  ENCRYPTION,
  ENCRYPTION_END,
  ID_LENGTH,
  PRIVATE_FIRST,
  KIND_NUMBER,
  KIND_DIGEST,
  KIND_TEXT,
  KIND_FLAG,
  KIND_ARGUMENT,
  KIND_STRUCTURE,
  PLACE_VALUES,
} from './labels.ts';

/** What each place takes: `KIND_NUMBER` and so on. */
const KINDS: readonly number[] = [
  0, 16, 16, 2, 1, 1, 0, 0, 0, 0, 0, 0, 4, 4, 1, 0, 0, 0, 0, 6, 0, 3, 0, 5, 16, 0, 0, 1, 1, 32, 1, 1, 1, 1,
  32, 1, 1,
];

/** What `parametersTake` noted for `place`; -1: it is not set. SOFT_FAILURE is the innermost sequence's. */
export function valueOf(run: Run, place: number): number {
  return run.envelope.places[PLACE_VALUES + place]!;
}

export function valueSet(run: Run, place: number, value: number): void {
  run.envelope.places[PLACE_VALUES + place] = value;
}

/** The number of the parameter at `place`, whose head `parametersTake` has read once; `unset`: it is not set. */
export function parameterNumber(run: Run, place: number, unset: number): number {
  const bytes = run.envelope.bytes;
  let at = run.envelope.places[PLACE_VALUES + place]!;
  if (at < 0) return unset;
  const info = bytes[at]! & 31;
  if (info < 24) return info;
  let value = 0;
  for (let left = 1 << (info - 24); left > 0; left -= 1) value = value * 256 + bytes[(at += 1)]!;
  return value;
}

/**
 * Reads a value for `place`, of a kind but KIND_DIGEST. Returns where it is: the head of a number, the content of a string;
 * or a flag; or -1.
 */
function valueTake(run: Run, place: number): number {
  const cursor = run.cursor;
  const kind = KINDS[place] ?? 0;
  if (kind === KIND_NUMBER) {
    const at = cursor.at;
    return cborTake(cursor, UNSIGNED) < 0 ? -1 : at;
  }
  if (kind === KIND_FLAG) {
    const flag = cborTake(cursor, SIMPLE);
    // Unordered processing is not offered.
    return flag > TRUE || (flag === FALSE && place === STRICT_ORDER) ? -1 : flag - FALSE;
  }
  if (kind === KIND_TEXT) cborString(cursor, TEXT);
  else if (kind === KIND_STRUCTURE || (kind === KIND_ARGUMENT && run.section === INVOKE))
    cborString(cursor, BYTES);
  else if (!(kind >= ID_LENGTH) || cborString(cursor, BYTES) !== kind) return -1;
  return cursor.from;
}

/** Reads the label of a parameter, whose predecessor starts at `last`. Returns its place; -1: none of the profile. */
function placeTake(cursor: Cursor, last: number): number {
  const at = cursor.at;
  const label = cborInt(cursor);
  cborOrder(cursor, last, at);
  if (label <= PRIVATE_FIRST) return FORMAT + PRIVATE_FIRST - label;
  return label < FORMAT ? label : -1;
}

/** Notes a value that was read just now. Soft failure may be set inside a directive alone. */
function valueNote(run: Run, place: number, value: number): void {
  const cursor = run.cursor;
  if (value < 0 || (place === SOFT_FAILURE && run.depth < 2)) cborFail(cursor, Err.Parameter);
  if (run.dry || cursor.error !== 0) return;
  valueSet(run, place, value);
  if (place === URI) valueSet(run, URI_END, cursor.at);
  if (place === ENCRYPTION) valueSet(run, ENCRYPTION_END, cursor.at);
}

/** Reads a map of parameters into the values in force, by place. In a dry run it only looks at them. */
export function parametersTake(run: Run): void {
  const cursor = run.cursor;
  const shape = cursor.shape;
  let last = -1;
  cursor.shape = Err.Parameter;
  for (let left = cborTake(cursor, MAP); left > 0 && cursor.error === 0; left -= 1) {
    const at = cursor.at;
    const place = placeTake(cursor, last);
    last = at;
    let value: number;
    if (KINDS[place] === KIND_DIGEST) {
      // A SUIT_Digest in a byte string. The deepest calls of a boot: they begin here.
      const end = cborEnter(cursor);
      digestTake(cursor);
      cborLeave(cursor, end);
      value = cursor.from;
    } else value = valueTake(run, place);
    valueNote(run, place, value);
  }
  cursor.shape = shape;
}

/** Whether the string at `place` is set, and equals `expected`, which is `length` long. */
export function parameterIs(run: Run, place: number, expected: Uint8Array | undefined): boolean {
  const at = valueOf(run, place);
  const length = place === DIGEST ? DIGEST_LENGTH : ID_LENGTH;
  const same = expected && expected.length === length;
  return at >= 0 && !!same && bytesEqual(run.cursor.bytes, at, expected, 0, length);
}
