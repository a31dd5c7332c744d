/**
 * What an authenticated manifest says for this device: its command sequences, run by a bounded interpreter that does
 * nothing but take notes. docs/SPEC.md section 1.1, SUIT draft-37 section 8.4.
 */
import type { Hash } from '../../hal/ports.ts';
import { bytesCopy, bytesEqual } from '../bytes.ts';
import { Err } from '../codes.ts';
import type { Cursor } from './cbor.ts';
import {
  Major,
  Simple,
  cborEnter,
  cborFail,
  cborInt,
  cborLeave,
  cborOrder,
  cborSkip,
  cborString,
  cborTake,
  cursorOpen,
} from './cbor.ts';
import { DIGEST_LENGTH, digestTake } from './cose.ts';
import type { Envelope } from './envelope.ts';

/** The device a manifest is held against. */
export interface Target {
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly device?: Uint8Array | undefined;
  /** The SUIT component identifier of the image, in CBOR. */
  readonly component: Uint8Array;
  /** The slot the image is for, 0 or 1. */
  readonly slot: number;
  /** Seconds since 1970; -1 where no clock is trusted, and expiry is not evaluated. */
  readonly now: number;
}

/** Nothing in it refers to the caller's bytes but the offsets into `envelope.bytes`. */
export interface Manifest {
  sequence: number;
  securityVersion: number;
  /** -1: not said. */
  minimumSecurityVersion: number;
  imageSize: number;
  imageDigest: Uint8Array;
  /** 0 plain, 1 framed. */
  format: number;
  /** Of a framed payload, else zeros. */
  indexRoot: Uint8Array;
  payloadSize: number;
  uriFrom: number;
  uriTo: number;
  /** The payload inside the envelope; 0 and 0 when there is none. */
  integratedFrom: number;
  integratedTo: number;
  manifestDigest: Uint8Array;
  /** Seconds since 1970; -1: never. */
  expiry: number;
  /** Smaller is more urgent; -1: not said. */
  priority: number;
}

const Key = {
  Version: 1,
  Sequence: 2,
  Common: 3,
  Validate: 7,
  Invoke: 9,
  Fetch: 16,
  Install: 20,
  Text: 23,
} as const;
/** The elements the profile takes. */
const KEYS: readonly number[] = [1, 2, 3, 4, 5, 7, 9, 16, 20, 23, 24];
const COMPONENTS = 2;
const SHARED = 4;

const Command = {
  Vendor: 1,
  Class: 2,
  ImageMatch: 3,
  UseBefore: 4,
  Slot: 5,
  SetComponent: 12,
  Abort: 14,
  TryEach: 15,
  Override: 20,
  Fetch: 21,
  Invoke: 23,
  Device: 24,
  RunSequence: 32,
} as const;
/** A section is the first; there is no recursion beyond it that the input could drive. */
const DEPTH_MAX = 4;

/** Places of the parameters: their labels, and from 28 on the private ones, -257 and below. */
const Place = {
  Vendor: 1,
  Class: 2,
  Digest: 3,
  Expiry: 4,
  Slot: 5,
  StrictOrder: 12,
  SoftFailure: 13,
  Size: 14,
  Uri: 21,
  Invoke: 23,
  Device: 24,
  Priority: 27,
  Format: 28,
  Root: 29,
  PayloadSize: 30,
  Security: 31,
  Minimum: 32,
} as const;
const PLACES = 33;
const PRIVATE_FIRST = -257;
const ID_LENGTH = 16;
/** From ID_LENGTH on, a kind is the length of a byte string. */
const Kind = { None: 0, Number: 1, Digest: 2, Text: 3, Flag: 4, Invoke: 5 } as const;
/** By place, what kind of parameter it takes. */
const KINDS: readonly number[] = [
  0, 16, 16, 2, 1, 1, 0, 0, 0, 0, 0, 0, 4, 4, 1, 0, 0, 0, 0, 0, 0, 3, 0, 5, 16, 0, 0, 1, 1, 32, 1, 1, 1,
];
const IMAGE_MAX = 0x7fffffff;
const U32_MAX = 0xffffffff;

interface Run {
  readonly into: Manifest;
  readonly envelope: Envelope;
  readonly target: Target;
  readonly cursor: Cursor;
  /** Parameters by place: a number, or the offset of a string's content; -1 when not set. */
  readonly value: number[];
  uriTo: number;
  section: number;
  depth: number;
  /** Commands are read and held against the profile, but do not count: a branch not taken must be well-formed too. */
  dry: boolean;
  soft: boolean;
  vendor: boolean;
  classId: boolean;
  fetched: boolean;
  matched: boolean;
}

export function manifestNew(): Manifest {
  return {
    sequence: 0,
    securityVersion: 0,
    minimumSecurityVersion: -1,
    imageSize: 0,
    imageDigest: new Uint8Array(DIGEST_LENGTH),
    format: 0,
    indexRoot: new Uint8Array(DIGEST_LENGTH),
    payloadSize: 0,
    uriFrom: 0,
    uriTo: 0,
    integratedFrom: 0,
    integratedTo: 0,
    manifestDigest: new Uint8Array(DIGEST_LENGTH),
    expiry: -1,
    priority: -1,
  };
}

/** Reads the parameter at `place`. Returns its number or the offset of its content, or -1. */
function parameterTake(run: Run, place: number): number {
  const cursor = run.cursor;
  const kind = KINDS[place];
  if (kind === Kind.Number) return cborTake(cursor, Major.Unsigned);
  if (kind === Kind.Flag) {
    const flag = cborTake(cursor, Major.Simple);
    // Unordered processing is not offered, and softness belongs to a sequence inside a directive.
    if (place === Place.StrictOrder ? flag !== Simple.True : run.depth < 2 || flag > Simple.True) return -1;
    return flag - Simple.False;
  }
  if (kind === Kind.Digest) {
    const end = cborEnter(cursor);
    digestTake(cursor);
    cborLeave(cursor, end);
  } else if (kind === Kind.Text) cborString(cursor, Major.Text);
  else if (kind === Kind.Invoke && run.section === Key.Invoke) cborString(cursor, Major.Bytes);
  else if (!(kind! >= ID_LENGTH) || cborString(cursor, Major.Bytes) !== kind) return -1;
  return cursor.from;
}

function override(run: Run): void {
  const cursor = run.cursor;
  let last = -1;
  cursor.shape = Err.Parameter;
  for (let left = cborTake(cursor, Major.Map); left > 0 && cursor.error === 0; left -= 1) {
    const at = cursor.at;
    const label = cborInt(cursor);
    cborOrder(cursor, last, at);
    last = at;
    const place = label < 0 ? Place.Format + PRIVATE_FIRST - label : label;
    if (label < 0 && label > PRIVATE_FIRST) cborFail(cursor, Err.Parameter);
    const value = parameterTake(run, place);
    if (value < 0) cborFail(cursor, Err.Parameter);
    if (run.dry) continue;
    run.value[place] = value;
    if (place === Place.Uri) run.uriTo = cursor.at;
    if (place === Place.SoftFailure) run.soft = value === 1;
  }
  cursor.shape = Err.Manifest;
}

function matches(run: Run, place: number, expected: Uint8Array | undefined, length: number): boolean {
  const at = run.value[place]!;
  return (
    at >= 0 &&
    !!expected &&
    expected.length === length &&
    bytesEqual(run.cursor.bytes, at, expected, 0, length)
  );
}

/** Returns 0 when the condition holds, else the code of its failure. */
function condition(run: Run, command: number): number {
  const target = run.target;
  if (command === Command.Vendor) {
    if (!matches(run, Place.Vendor, target.vendor, ID_LENGTH)) return Err.WrongVendor;
    run.vendor = true;
  } else if (command === Command.Class) {
    if (!matches(run, Place.Class, target.classId, ID_LENGTH)) return Err.WrongClass;
    run.classId = true;
  } else if (command === Command.Device) {
    if (!matches(run, Place.Device, target.device, ID_LENGTH)) return Err.WrongDevice;
  } else if (command === Command.Slot) {
    if (run.value[Place.Slot] !== target.slot) return Err.Condition;
  } else if (command === Command.UseBefore) {
    const expiry = run.value[Place.Expiry]!;
    if (expiry < 0) return Err.Condition;
    if (!(run.into.expiry >= 0 && run.into.expiry < expiry)) run.into.expiry = expiry;
    if (target.now >= expiry) return Err.Expired;
  } else if (command === Command.ImageMatch) {
    // What the slot held before the fetch is no match. The digest itself is held against flash by the caller.
    if (!run.fetched || !matches(run, Place.Digest, run.into.imageDigest, DIGEST_LENGTH))
      return Err.Condition;
    run.matched = true;
  } else return Err.Condition;
  return 0;
}

/** Finds the integrated payload that the URI names. Returns 0 or a code. */
function integrated(run: Run): number {
  const into = run.into;
  const bytes = run.cursor.bytes;
  const payloads = run.envelope.payloads;
  const length = into.uriTo - into.uriFrom;
  for (let i = 0; i < payloads.length; i += 4) {
    if (
      payloads[i + 1]! - payloads[i]! !== length ||
      !bytesEqual(bytes, payloads[i]!, bytes, into.uriFrom, length)
    )
      continue;
    into.integratedFrom = payloads[i + 2]!;
    into.integratedTo = payloads[i + 3]!;
    const size = into.integratedTo - into.integratedFrom;
    if (size < into.payloadSize) return Err.PayloadTooShort;
    return size > into.payloadSize ? Err.PayloadTooLong : 0;
  }
  return Err.NothingToInstall;
}

/** Notes what is installed: the parameters in force now. Returns 0 or a code. */
function fetch(run: Run): number {
  const into = run.into;
  const value = run.value;
  const bytes = run.cursor.bytes;
  if (!run.vendor || !run.classId) return Err.CheckMissing;
  const size = value[Place.Size]!;
  const digest = value[Place.Digest]!;
  const uri = value[Place.Uri]!;
  if (size < 0 || digest < 0 || uri < 0 || run.uriTo === uri) return Err.NothingToInstall;
  if (!(size >= 1 && size <= IMAGE_MAX)) return Err.Parameter;
  const format = value[Place.Format]!;
  const root = value[Place.Root]!;
  const payload = value[Place.PayloadSize]!;
  if (format >= 0 && format !== 1) return Err.Format;
  // A framed payload needs both; with a plain one they would say something that nobody checks.
  if (format === 1 ? root < 0 || !(payload >= 1 && payload <= U32_MAX) : root >= 0 || payload >= 0)
    return Err.Parameter;
  const security = value[Place.Security]! < 0 ? 0 : value[Place.Security]!;
  if (!(security <= U32_MAX && value[Place.Minimum]! <= security)) return Err.Parameter;
  into.imageSize = size;
  bytesCopy(bytes, digest, into.imageDigest, 0, DIGEST_LENGTH);
  into.format = format === 1 ? 1 : 0;
  if (format === 1) bytesCopy(bytes, root, into.indexRoot, 0, DIGEST_LENGTH);
  into.payloadSize = format === 1 ? payload : size;
  into.securityVersion = security;
  into.minimumSecurityVersion = value[Place.Minimum]!;
  into.priority = value[Place.Priority]!;
  into.uriFrom = uri;
  into.uriTo = run.uriTo;
  run.fetched = true;
  return bytes[uri] === 0x23 ? integrated(run) : 0;
}

function tryEach(run: Run): number {
  const cursor = run.cursor;
  const soft = run.soft;
  const dry = run.dry;
  let result: number = Err.Condition;
  let left = cborTake(cursor, Major.Array);
  if (left === 0) cborFail(cursor, Err.Manifest);
  for (; left > 0 && cursor.error === 0; left -= 1) {
    if (left === 1 && cursor.bytes[cursor.at] === 0xf6) {
      cborTake(cursor, Major.Simple);
      if (!run.dry) result = 0;
      continue;
    }
    run.soft = true;
    const decided = run.dry;
    const code = sequence(run);
    if (decided) continue;
    result = code;
    run.dry = code === 0 || !run.soft;
  }
  run.soft = soft;
  run.dry = dry;
  return dry ? 0 : result;
}

function runSequence(run: Run): number {
  const soft = run.soft;
  run.soft = false;
  const code = sequence(run);
  const passed = run.soft;
  run.soft = soft;
  return passed ? 0 : code;
}

/** Reads a command's argument and does the command. Returns 0, or the code of the condition that failed. */
function perform(run: Run, command: number): number {
  const cursor = run.cursor;
  if (command === Command.TryEach) return tryEach(run);
  if (command === Command.RunSequence) return runSequence(run);
  if (command === Command.Override) override(run);
  else if (command === Command.SetComponent) {
    const any = cborTakeIndex(cursor);
    if (!any) cborFail(cursor, Err.Component);
  } else if (command === Command.Fetch && (run.section === Key.Fetch || run.section === Key.Install)) {
    cborTake(cursor, Major.Unsigned);
    if (!run.dry && cursor.error === 0) {
      const code = run.fetched ? Err.Command : fetch(run);
      if (code < 0) cborFail(cursor, code);
    }
  } else if (command === Command.Invoke && run.section === Key.Invoke) cborTake(cursor, Major.Unsigned);
  else if (
    (command >= Command.Vendor && command <= Command.Slot) ||
    command === Command.Abort ||
    command === Command.Device
  ) {
    cborTake(cursor, Major.Unsigned);
    if (!run.dry && cursor.error === 0) return condition(run, command);
  } else cborFail(cursor, Err.Command);
  return 0;
}

/** Of one component, index 0 and `true` mean the same. */
function cborTakeIndex(cursor: Cursor): boolean {
  const first = cursor.bytes[cursor.at];
  cborSkip(cursor);
  return first === 0 || first === 0xf5;
}

/** Runs the sequence in the byte string at the cursor. Returns 0, or the code of the condition that ended it. */
function sequence(run: Run): number {
  const cursor = run.cursor;
  const dry = run.dry;
  let failed = 0;
  const end = cborEnter(cursor);
  run.depth += 1;
  if (run.depth > DEPTH_MAX) cborFail(cursor, Err.Manifest);
  for (let left = cborTake(cursor, Major.Array); left > 0 && cursor.error === 0; left -= 2) {
    if (left === 1) cborFail(cursor, Err.Manifest);
    const code = perform(run, cborInt(cursor));
    if (code === 0) continue;
    failed = code;
    run.dry = true;
  }
  run.depth -= 1;
  run.dry = dry;
  cborLeave(cursor, end);
  return failed;
}

/** Runs the sequence at `at` as section `key`, if there is one. Returns 0 or a code. */
function section(run: Run, key: number, at: number): number {
  const cursor = run.cursor;
  if (at === 0 || cursor.error !== 0) return cursor.error;
  cursor.at = at;
  cursor.end = run.envelope.to;
  run.section = key;
  const code = sequence(run);
  if (code < 0) cborFail(cursor, code);
  return cursor.error;
}

/** The map of elements: notes in `at` where each value starts; 0 when it is missing. */
function elements(run: Run, at: number[]): void {
  const cursor = run.cursor;
  const end = cborEnter(cursor);
  let last = -1;
  for (let left = cborTake(cursor, Major.Map); left > 0 && cursor.error === 0; left -= 1) {
    const start = cursor.at;
    const key = cborInt(cursor);
    cborOrder(cursor, last, start);
    last = start;
    if (KEYS.indexOf(key) < 0) cborFail(cursor, Err.ManifestKey);
    at[key] = cursor.at;
    if (key === Key.Version) {
      if (cborTake(cursor, Major.Unsigned) !== 1) cborFail(cursor, Err.ManifestVersion);
    } else if (key === Key.Sequence) run.into.sequence = cborTake(cursor, Major.Unsigned);
    else cborSkip(cursor);
  }
  cborLeave(cursor, end);
  if (!(at[Key.Version]! > 0 && at[Key.Sequence]! > 0 && at[Key.Common]! > 0)) cborFail(cursor, Err.Manifest);
}

/** The common element: one component, and it is ours. Returns where the shared sequence is, 0 when missing. */
function common(run: Run, at: number): number {
  const cursor = run.cursor;
  const component = run.target.component;
  let shared = 0;
  let last = -1;
  let ours = false;
  cursor.at = at;
  const end = cborEnter(cursor);
  for (let left = cborTake(cursor, Major.Map); left > 0 && cursor.error === 0; left -= 1) {
    const start = cursor.at;
    const key = cborInt(cursor);
    cborOrder(cursor, last, start);
    last = start;
    let from = cursor.at;
    if (key === COMPONENTS) {
      const single = cborTake(cursor, Major.Array) === 1;
      from = cursor.at;
      if (single) cborSkip(cursor);
      ours =
        single &&
        cursor.at - from === component.length &&
        bytesEqual(cursor.bytes, from, component, 0, component.length);
      if (!ours) cborFail(cursor, Err.Component);
    } else if (key === SHARED) {
      shared = from;
      cborSkip(cursor);
    } else cborFail(cursor, Err.ManifestKey);
  }
  cborLeave(cursor, end);
  if (!ours) cborFail(cursor, Err.Component);
  return shared;
}

/**
 * Where the severable element at `at` really is: here, or, when here is but its digest, severed at from..to of the
 * envelope; -1: missing. An element in the envelope that no digest binds is not authentic.
 */
function severable(run: Run, at: number, from: number, to: number, hash: Hash): number {
  const cursor = run.cursor;
  if (at === 0 || cursor.bytes[at]! >> 5 !== Major.Array) {
    if (from > 0) cborFail(cursor, Err.Severed);
    return at;
  }
  cursor.at = at;
  digestTake(cursor);
  if (cursor.error !== 0 || from === 0) return -1;
  hash.begin();
  hash.update(cursor.bytes, from, to);
  // Not in use yet: whoever fetches fills it, or it is cleared.
  hash.finish(run.into.indexRoot);
  if (!bytesEqual(cursor.bytes, cursor.from, run.into.indexRoot, 0, DIGEST_LENGTH))
    cborFail(cursor, Err.Severed);
  run.into.indexRoot.fill(0);
  return from;
}

function clear(into: Manifest): void {
  into.sequence = into.securityVersion = into.imageSize = into.format = into.payloadSize = 0;
  into.uriFrom = into.uriTo = into.integratedFrom = into.integratedTo = 0;
  into.minimumSecurityVersion = into.expiry = into.priority = -1;
  into.imageDigest.fill(0);
  into.indexRoot.fill(0);
}

function interpret(run: Run, hash: Hash): void {
  const cursor = run.cursor;
  const envelope = run.envelope;
  const at: number[] = [];
  for (let key = 0; key <= 24; key += 1) at.push(0);
  elements(run, at);
  if (cursor.error !== 0) return;
  const shared = common(run, at[Key.Common]!);
  cursor.end = envelope.to;
  const fetching = severable(run, at[Key.Fetch]!, envelope.fetchFrom, envelope.fetchTo, hash);
  const install = severable(run, at[Key.Install]!, envelope.installFrom, envelope.installTo, hash);
  severable(run, at[Key.Text]!, envelope.textFrom, envelope.textTo, hash);
  if (fetching < 0 || install < 0) cborFail(cursor, Err.Severed);
  if (envelope.foreign) cborFail(cursor, Err.ManifestKey);
  // The shared sequence comes before each section.
  section(run, SHARED, shared);
  section(run, Key.Fetch, fetching);
  if (fetching > 0) section(run, SHARED, shared);
  section(run, Key.Install, install);
  if (!run.fetched) cborFail(cursor, Err.NothingToInstall);
  section(run, SHARED, shared);
  section(run, Key.Validate, at[Key.Validate]!);
  if (!run.matched) cborFail(cursor, Err.CheckMissing);
  run.dry = true;
  section(run, Key.Invoke, at[Key.Invoke]!);
}

/**
 * Interprets the manifest of `envelope`, which must have been authenticated. Returns 0 or a code; after a code `into`
 * means nothing.
 */
export function manifestRead(into: Manifest, envelope: Envelope, target: Target, hash: Hash): number {
  const value: number[] = [];
  for (let place = 0; place < PLACES; place += 1) value.push(-1);
  clear(into);
  bytesCopy(envelope.manifestDigest, 0, into.manifestDigest, 0, DIGEST_LENGTH);
  const run: Run = {
    into,
    envelope,
    target,
    cursor: cursorOpen(envelope.bytes, envelope.manifestFrom, envelope.manifestTo, Err.Manifest),
    value,
    uriTo: 0,
    section: 0,
    depth: 0,
    dry: false,
    soft: false,
    vendor: false,
    classId: false,
    fetched: false,
    matched: false,
  };
  interpret(run, hash);
  return run.cursor.error;
}
