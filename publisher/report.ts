/** Authenticated reports of devices: docs/SPEC.md section 13.2. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { hexOf, sameBytes } from './bytes.ts';
import { cborDecode } from './cbor.ts';
import { coseMessageRead, Mac0Tag, proofInput, Sign1Tag } from './cose-message.ts';
import type { CoseMessage } from './cose-message.ts';
import { Exit, PublishError } from './errors.ts';
import { signatureHolds } from './keys.ts';
import { reportAlgorithms } from './report-key.ts';
import type { ReportKey } from './report-key.ts';

const Version = 1;
const DigestAlgorithm = -16;
const ES256 = -7;
const ShortMac = 4;

/** Elements of a SUIT report (draft-ietf-suit-report), of its result, and the private ones. */
const Field = {
  Nonce: 2,
  Records: 3,
  Result: 4,
  Code: 5,
  Reason: 7,
  Reference: 99,
  Version: -257,
  Device: -258,
  Counter: -259,
  Lwm2m: -260,
  Running: -261,
  Event: -262,
  Source: -263,
} as const;

const runningFields = ['sequence', 'securityVersion', 'floor', 'accepted', 'trial'] as const;
const eventFields = ['event', 'code', 'detail', 'cause', 'slot', 'attempts', 'boots', 'from', 'to'] as const;

export type RunningView = Readonly<Record<(typeof runningFields)[number], number>> & {
  readonly digest: Uint8Array;
};
export type EventView = Readonly<Record<(typeof eventFields)[number], number>> & { readonly check: string };

export interface ReportView {
  readonly message: CoseMessage;
  readonly device: Uint8Array;
  /** Rises from report to report. */
  readonly counter: number;
  readonly nonce: Uint8Array | undefined;
  /** What the result is about. */
  readonly manifestDigest: Uint8Array;
  /** 0, or a code of agent/err.ts; then with the reason of a SUIT report. */
  readonly code: number;
  readonly suitReason: number;
  readonly lwm2mResult: number;
  readonly running: RunningView;
  readonly event: EventView;
  /** What the device says of its source: 0 fresh, or a code; undefined: it was not asked. */
  readonly source: number | undefined;
}

type Fail = (field: string) => PublishError;

const whole = (value: unknown, field: string, fail: Fail): number => {
  if (Number.isSafeInteger(value)) return value as number;
  throw fail(field);
};

const natural = (value: unknown, field: string, fail: Fail): number => {
  const number = whole(value, field, fail);
  if (number < 0) throw fail(field);
  return number;
};

const string = (value: unknown, field: string, least: number, most: number, fail: Fail): Uint8Array => {
  if (value instanceof Uint8Array && value.length >= least && value.length <= most) return value;
  throw fail(field);
};

const items = (value: unknown, count: number, field: string, fail: Fail): unknown[] => {
  if (Array.isArray(value) && value.length === count) return value;
  throw fail(field);
};

const runningOf = (value: unknown, fail: Fail): RunningView => {
  const all = items(value, runningFields.length + 1, 'running', fail);
  const numbers = runningFields.map((name, at) => [name, natural(all[at], name, fail)]);
  return {
    ...(Object.fromEntries(numbers) as Record<(typeof runningFields)[number], number>),
    digest: string(all.at(-1), 'running', 32, 32, fail),
  };
};

const eventOf = (value: unknown, fail: Fail): EventView => {
  const all = items(value, eventFields.length + 1, 'event', fail);
  const numbers = eventFields.map((name, at) => [name, whole(all[at], name, fail)]);
  const check = all.at(-1);
  if (typeof check !== 'string' || check.length > 16) throw fail('check');
  return { ...(Object.fromEntries(numbers) as Record<(typeof eventFields)[number], number>), check };
};

const resultOf = (value: unknown, fail: Fail): Pick<ReportView, 'code' | 'suitReason'> => {
  if (value === true) return { code: 0, suitReason: 0 };
  if (!(value instanceof Map)) throw fail('result');
  const code = whole(value.get(Field.Code), 'result code', fail);
  if (code >= 0) throw fail('result code');
  return { code, suitReason: natural(value.get(Field.Reason), 'result reason', fail) };
};

const referenceOf = (value: unknown, fail: Fail): Uint8Array => {
  const [, digest] = items(value, 2, 'reference', fail);
  const [algorithm, bytes] = items(digest, 2, 'reference', fail);
  if (algorithm !== DigestAlgorithm) throw fail('reference');
  return string(bytes, 'reference', 32, 32, fail);
};

/** Reads one, and proves nothing. */
export const reportRead = (bytes: Uint8Array, file?: string): ReportView => {
  const message = coseMessageRead(bytes, 'report', file);
  const fail: Fail = (field) =>
    new PublishError('not a report of version 1', {
      file,
      field,
      remedy: 'Give what a device sent, as it is',
    });
  const fields = cborDecode(message.payload, 'report', file);
  if (!(fields instanceof Map) || fields.get(Field.Version) !== Version) throw fail('version');
  items(fields.get(Field.Records), 0, 'records', fail);
  const [nonce, source] = [fields.get(Field.Nonce), fields.get(Field.Source)];
  return {
    message,
    device: string(fields.get(Field.Device), 'device', 1, 32, fail),
    counter: natural(fields.get(Field.Counter), 'counter', fail),
    nonce: nonce === undefined ? undefined : string(nonce, 'nonce', 8, 64, fail),
    manifestDigest: referenceOf(fields.get(Field.Reference), fail),
    ...resultOf(fields.get(Field.Result), fail),
    lwm2mResult: natural(fields.get(Field.Lwm2m), 'LwM2M result', fail),
    running: runningOf(fields.get(Field.Running), fail),
    event: eventOf(fields.get(Field.Event), fail),
    source: source === undefined ? undefined : whole(source, 'source', fail),
  };
};

const macHolds = (message: CoseMessage, secret: Uint8Array): boolean => {
  const full = createHmac('sha256', secret).update(proofInput(message)).digest();
  const tag = message.algorithm === ShortMac ? full.subarray(0, 8) : full;
  return tag.length === message.proof.length && timingSafeEqual(tag, message.proof);
};

/** The key fixes the algorithm, never the report. -7 says of P-256 what -9 does. */
const proofHolds = (message: CoseMessage, { algorithm, key }: ReportKey): boolean => {
  const named = message.algorithm === ES256 ? reportAlgorithms.esp256 : message.algorithm;
  if (named !== reportAlgorithms[algorithm]) return false;
  if (algorithm !== 'ed25519' && algorithm !== 'esp256')
    return message.tag === Mac0Tag && macHolds(message, key);
  const known = { algorithm, key, keyId: new Uint8Array(0) };
  return message.tag === Sign1Tag && signatureHolds(known, proofInput(message), message.proof);
};

export interface ReportExpected {
  /** The device that the key is of. */
  readonly device?: Uint8Array | undefined;
  /** The highest counter of it so far: one that is not above was replayed. */
  readonly after?: number | undefined;
  /** What the server asked with. */
  readonly nonce?: Uint8Array | undefined;
}

/** The report, if it is the device's own and a new one; throws PublishError, exit 1, where it is not. */
export const reportVerify = (
  bytes: Uint8Array,
  key: ReportKey,
  expected: ReportExpected = {},
  file?: string,
): ReportView => {
  const refuse = (what: string, field: string, remedy: string): PublishError =>
    new PublishError(what, { file, field, remedy, exit: Exit.Refused });
  const message = coseMessageRead(bytes, 'report', file);
  // Before anything in it is used.
  if (!proofHolds(message, key))
    throw refuse('not proven by this key', 'proof', 'Take nothing of it; compare key and algorithm');
  if (key.keyId && !(message.keyId && sameBytes(message.keyId, key.keyId)))
    throw refuse('names another key', 'key id', 'Give the key of this device');
  const report = reportRead(bytes, file);
  const { device, after, nonce } = expected;
  if (device && !sameBytes(report.device, device))
    throw refuse(`of device ${hexOf(report.device)}`, 'device', 'Give the key of this device');
  if (after !== undefined && !(report.counter > after))
    throw refuse(
      `${report.counter} is not above ${after}: replayed`,
      'counter',
      'Ask the device again, with a nonce',
    );
  if (nonce && !(report.nonce && sameBytes(report.nonce, nonce)))
    throw refuse('does not answer the nonce', 'nonce', 'It may be an old one; ask again');
  return report;
};
