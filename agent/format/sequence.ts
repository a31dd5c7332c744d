/**
 * The command sequences of a manifest, run by a bounded interpreter that does nothing but take notes. docs/SPEC.md
 * section 1.1, SUIT draft-37 section 8.4.
 */
import { bytesEqual } from '../bytes.ts';
import * as Err from '../err.ts';
import type { Cursor } from './cbor.ts';
import { cborEnter, cborFail, cborInt, cborLeave, cborSkip, cborTake } from './cbor.ts';
import type { Envelope } from './envelope.ts';
import { fetch } from './fetch.ts';
import type { Manifest, Target } from './manifest.ts';
import { parameterIs, parameterNumber, parametersTake, valueOf, valueSet } from './parameter.ts';
import {
  UNSIGNED,
  ARRAY,
  SIMPLE,
  DIGEST_LENGTH,
  VENDOR,
  CLASS,
  DIGEST,
  EXPIRY,
  SLOT,
  SOFT_FAILURE,
  DEVICE,
  INVOKE,
  PAYLOAD_FETCH,
  INSTALL,
  SET_COMPONENT,
  ABORT,
  TRY_EACH,
  OVERRIDE,
  FETCH,
  INVOKE_NOW,
  RUN_SEQUENCE,
  DEPTH_MAX,
  BASE,
  BASE_ASKED,
  BASE_IS,
  BASE_KNOWN,
  BASE_NONE,
  BASE_NOT_ASKED,
  BASE_UNKNOWN,
  CBOR_TRUE,
  CBOR_NULL,
} from './labels.ts';

export interface Run {
  readonly into: Manifest;
  readonly envelope: Envelope;
  readonly target: Target;
  readonly cursor: Cursor;
  section: number;
  depth: number;
  /** Commands are held against the profile but do not count: what is not run must be right in form, too. */
  dry: boolean;
  vendor: boolean;
  classId: boolean;
  fetched: boolean;
  matched: boolean;
  /** The image that runs is the one that the parameter names; or it names none, and a patch needs none. */
  based: boolean;
  baseless: boolean;
}

/** Returns 0 when the condition holds, else the code of its failure. */
function condition(run: Run, command: number): number {
  const into = run.into;
  const target = run.target;
  if (command === VENDOR) {
    run.vendor = parameterIs(run, VENDOR, target.vendor);
    return run.vendor ? 0 : Err.WrongVendor;
  }
  if (command === CLASS) {
    run.classId = parameterIs(run, CLASS, target.classId);
    return run.classId ? 0 : Err.WrongClass;
  }
  if (command === DEVICE) return parameterIs(run, DEVICE, target.device) ? 0 : Err.WrongDevice;
  if (command === SLOT) return parameterNumber(run, SLOT, -1) === target.slot ? 0 : Err.Condition;
  if (command === BASE_IS) return baseIs(run);
  if (command === EXPIRY) {
    const expiry = parameterNumber(run, EXPIRY, -1);
    if (expiry < 0) return Err.Condition;
    if (!(into.expiry >= 0 && into.expiry < expiry)) into.expiry = expiry;
    return target.now >= expiry ? Err.Expired : 0;
  }
  // Image match. What the slot held before the fetch is no match; the caller holds the digest against flash.
  if (command === ABORT || !run.fetched || !parameterIs(run, DIGEST, into.imageDigest)) return Err.Condition;
  run.matched = true;
  return 0;
}

function digestIsNone(bytes: Uint8Array, at: number): boolean {
  let some = 0;
  for (let i = 0; i < DIGEST_LENGTH; i += 1) some |= bytes[at + i]!;
  return some === 0;
}

/** Whether the running image is the base; asks for it where nobody knows yet. Zeros name none. */
function baseIs(run: Run): number {
  const target = run.target;
  const at = valueOf(run, BASE);
  if (at < 0) return Err.Condition;
  const base = target.base ?? BASE_NOT_ASKED;
  run.baseless = digestIsNone(run.cursor.bytes, at);
  if (run.baseless) {
    run.based = base !== BASE_NONE;
    return run.based ? 0 : Err.WrongBase;
  }
  const known = base === BASE_KNOWN && target.baseDigest;
  if (base === BASE_UNKNOWN) target.base = BASE_ASKED;
  run.based =
    base === BASE_NOT_ASKED || (!!known && bytesEqual(known, 0, run.cursor.bytes, at, DIGEST_LENGTH));
  return run.based ? 0 : Err.WrongBase;
}

/** Runs the alternatives until one holds. A failure passes on to the next while the failed one was soft. */
function tryEach(run: Run): number {
  const cursor = run.cursor;
  const soft = valueOf(run, SOFT_FAILURE);
  const dry = run.dry;
  let result: number = Err.Condition;
  let left = cborTake(cursor, ARRAY);
  if (left === 0) cborFail(cursor, cursor.shape);
  for (; left > 0 && cursor.error === 0; left -= 1) {
    let code = 0;
    valueSet(run, SOFT_FAILURE, 1);
    if (left === 1 && cursor.bytes[cursor.at] === CBOR_NULL) cborTake(cursor, SIMPLE);
    else code = sequence(run, run.section, cursor.at);
    if (run.dry) continue;
    result = code;
    // Decided: the rest is only looked at.
    run.dry = code === 0 || valueOf(run, SOFT_FAILURE) !== 1;
  }
  valueSet(run, SOFT_FAILURE, soft);
  run.dry = dry;
  return dry ? 0 : result;
}

/** Runs a sequence whose failure is none, if it was soft when it failed. */
function runSequence(run: Run): number {
  const soft = valueOf(run, SOFT_FAILURE);
  valueSet(run, SOFT_FAILURE, 0);
  const code = sequence(run, run.section, run.cursor.at);
  const passed = valueOf(run, SOFT_FAILURE) === 1;
  valueSet(run, SOFT_FAILURE, soft);
  return passed ? 0 : code;
}

/** Of one component, index 0 and `true` mean the same. */
function componentTake(cursor: Cursor): void {
  const first = cursor.bytes[cursor.at];
  cborSkip(cursor);
  if (first !== 0 && first !== CBOR_TRUE) cborFail(cursor, Err.Component);
}

/** Reads a command's argument and does the command: any but OVERRIDE. Returns 0, or the code of the condition that failed. */
function perform(run: Run, command: number): number {
  const cursor = run.cursor;
  const section = run.section;
  if (command === TRY_EACH) return tryEach(run);
  if (command === RUN_SEQUENCE) return runSequence(run);
  if (command === SET_COMPONENT) {
    componentTake(cursor);
    return 0;
  }
  const fetches = command === FETCH && (section === PAYLOAD_FETCH || section === INSTALL);
  const checks =
    (command >= VENDOR && command <= SLOT) || command === ABORT || command === DEVICE || command === BASE_IS;
  if (!fetches && !checks && !(command === INVOKE_NOW && section === INVOKE)) cborFail(cursor, Err.Command);
  cborTake(cursor, UNSIGNED);
  if (run.dry || cursor.error !== 0) return 0;
  if (checks) return condition(run, command);
  const code = fetch(run);
  if (code < 0) cborFail(cursor, code);
  return 0;
}

/**
 * Runs the sequence in the byte string at `at`; 0: there is none. Returns 0, or the code of the condition that ended it;
 * what is wrong in form is the cursor's error. Flat on purpose: below it lie the deepest calls of a boot.
 */
export function sequence(run: Run, section: number, at: number): number {
  const cursor = run.cursor;
  const dry = run.dry;
  let failed = 0;
  if (at === 0 || cursor.error !== 0) return 0;
  cursor.at = at;
  run.section = section;
  const end = cborEnter(cursor);
  run.depth += 1;
  if (run.depth > DEPTH_MAX) cborFail(cursor, cursor.shape);
  for (let left = cborTake(cursor, ARRAY); left > 0 && cursor.error === 0; left -= 2) {
    if (left === 1) cborFail(cursor, cursor.shape);
    const command = cborInt(cursor);
    if (command === OVERRIDE) parametersTake(run);
    else failed = perform(run, command) || failed;
    if (failed !== 0) run.dry = true;
  }
  run.depth -= 1;
  run.dry = dry;
  cborLeave(cursor, end);
  // What is in no directive ends the manifest.
  if (run.depth === 0 && failed < 0) cborFail(cursor, failed);
  return failed;
}
