/**
 * What the device reports of itself, proven to be its own: docs/SPEC.md section 13.2. A SUIT report (draft-ietf-suit-report)
 * with private elements, in a COSE_Sign1 or COSE_Mac0 (RFC 9052 sections 4.2 and 6.2).
 *
 *   18([ << {1: alg, 4: key id} >>, {}, << report >>, signature ])        17([ the same, and tag ])
 */
import type { Report, Status } from '../../agent/report.ts';
import { Event, Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { SHA_256 } from '../../agent/format/labels.ts';
import { lwm2mResult, suitReason } from '../result.ts';
import {
  bodyBegin,
  bodyWriterNew,
  writeArray,
  writeBoolean,
  writeBytes,
  writeMap,
  writeNumber,
  writeText,
  writeTextBytes,
} from '../serial/message/writer.ts';
import type { BodyWriter } from '../serial/message/writer.ts';
import { isMac, KEY_ID_MAX, proofSize, SIGNATURE_SIZE } from './algorithms.ts';
import type { Identity } from './port.ts';

export const REPORT_VERSION: number = 1;
/** Bytes of a report as it is sent. */
export const REPORT_MAX: number = 512;
const BODY_MAX = 352;
export const NONCE_MIN: number = 8;
export const NONCE_MAX: number = 64;
const DEVICE_MAX = 32;
const DIGEST_LENGTH = 32;
/** A map with an algorithm and a key id. */
const HEADER_MAX: number = 6 + KEY_ID_MAX;

/** Elements of a SUIT report, and of its result. */
const NONCE = 2;
const RECORDS = 3;
const RESULT = 4;
const RESULT_CODE = 5;
const RESULT_REASON = 7;
const REFERENCE = 99;
/** The private ones. */
const VERSION = -257;
const DEVICE = -258;
const COUNTER = -259;
const LWM2M = -260;
const RUNNING = -261;
const EVENT = -262;
const SOURCE = -263;

const ALGORITHM = 1;
const KEY_ID = 4;
const SIGN1_TAG = 0xd2;
const MAC0_TAG = 0xd1;
const ARRAY_OF_FOUR = 0x84;
/** 5/0/5: an update came to its good end; there was none. */
const LWM2M_SUCCESS = 1;
const LWM2M_INITIAL = 0;

/** Gives out numbers that only rise: hal/identity/ledger.ts is one. Below 0, a code. */
export interface ReportCounter {
  next(): number;
}

export interface ReporterOptions {
  readonly identity: Identity;
  /** -19, -9: a signature. 5, 4: an authentication code. */
  readonly algorithm: number;
  readonly keyId: Uint8Array;
  /** What the server knows the device by: 1 to 32 bytes. */
  readonly device: Uint8Array;
  readonly counter: ReportCounter;
}

/** What is reported. */
export interface ReportFacts {
  readonly status: Status;
  readonly report: Report;
  /** What the server asked with, 8 to 64 bytes: it proves that the report is not an old one. */
  readonly nonce?: Uint8Array | undefined;
  /** What Freeze.judge said of the source, where it was asked. */
  readonly source?: number | undefined;
}

/** Functions of one object: to be called as its methods. */
export interface Reporter {
  /**
   * Writes the report, with the counter's next number, to the start of `into`, REPORT_MAX bytes of room. Its length, or
   * BadArgument, LedgerFailed, KeyMissing, IdentityFailed; PortFailed where the counter threw.
   */
  write(into: Uint8Array, facts: ReportFacts): number;
}

interface ReporterState extends Reporter {
  readonly options: ReporterOptions;
  readonly body: Uint8Array;
  /** What is signed. */
  readonly signed: Uint8Array;
  readonly proof: Uint8Array;
}

/** What the report's result is about: the session that failed last, or what last happened, or what runs. */
interface Subject {
  readonly code: number;
  readonly result: number;
  readonly digest: Uint8Array;
}

function subjectOf(facts: ReportFacts): Subject {
  const status = facts.status;
  const report = facts.report;
  if (status.phase === Phase.Failed)
    return { code: status.code, result: lwm2mResult(status.code), digest: status.offeredDigest };
  if (report.event === Event.None) return { code: 0, result: LWM2M_INITIAL, digest: status.digest };
  const good = report.event === Event.Confirmed ? LWM2M_SUCCESS : LWM2M_INITIAL;
  const result = report.code < 0 ? lwm2mResult(report.code) : good;
  return { code: report.code, result: result, digest: report.digest };
}

function resultWrite(writer: BodyWriter, code: number): void {
  writeNumber(writer, RESULT);
  if (code >= 0) return writeBoolean(writer, true);
  writeMap(writer, 2);
  writeNumber(writer, RESULT_CODE);
  writeNumber(writer, code);
  writeNumber(writer, RESULT_REASON);
  writeNumber(writer, suitReason(code));
}

function runningWrite(writer: BodyWriter, status: Status): void {
  writeNumber(writer, RUNNING);
  writeArray(writer, 6);
  writeNumber(writer, status.sequence);
  writeNumber(writer, status.securityVersion);
  writeNumber(writer, status.floor);
  writeNumber(writer, status.accepted);
  writeNumber(writer, status.trial);
  writeBytes(writer, status.digest, 0, DIGEST_LENGTH);
}

function eventWrite(writer: BodyWriter, report: Report): void {
  let length = 0;
  while (length < report.check.length && report.check[length]! !== 0) length++;
  writeNumber(writer, EVENT);
  writeArray(writer, 10);
  writeNumber(writer, report.event);
  writeNumber(writer, report.code);
  writeNumber(writer, report.detail);
  writeNumber(writer, report.cause);
  writeNumber(writer, report.slot);
  writeNumber(writer, report.attempts);
  writeNumber(writer, report.boots);
  writeNumber(writer, report.from);
  writeNumber(writer, report.to);
  writeTextBytes(writer, report.check, 0, length);
}

/** Keys in the order of RFC 8949 section 4.2.1. Returns the length; 0: no room. */
function bodyWrite(reporter: ReporterState, facts: ReportFacts, number: number): number {
  const writer = bodyWriterNew(reporter.body, reporter.body.length);
  const subject = subjectOf(facts);
  const nonce = facts.nonce;
  const device = reporter.options.device;
  writeMap(writer, 9 + (nonce ? 1 : 0) + (facts.source === undefined ? 0 : 1));
  if (nonce) {
    writeNumber(writer, NONCE);
    writeBytes(writer, nonce, 0, nonce.length);
  }
  writeNumber(writer, RECORDS);
  writeArray(writer, 0);
  resultWrite(writer, subject.code);
  writeNumber(writer, REFERENCE);
  writeArray(writer, 2);
  writeText(writer, '');
  writeArray(writer, 2);
  writeNumber(writer, SHA_256);
  writeBytes(writer, subject.digest, 0, DIGEST_LENGTH);
  writeNumber(writer, VERSION);
  writeNumber(writer, REPORT_VERSION);
  writeNumber(writer, DEVICE);
  writeBytes(writer, device, 0, device.length);
  writeNumber(writer, COUNTER);
  writeNumber(writer, number);
  writeNumber(writer, LWM2M);
  writeNumber(writer, subject.result);
  runningWrite(writer, facts.status);
  eventWrite(writer, facts.report);
  if (facts.source !== undefined) {
    writeNumber(writer, SOURCE);
    writeNumber(writer, facts.source);
  }
  return writer.overflow ? 0 : writer.at;
}

/** The protected header as a byte string, from the writer's place on. */
function protectedWrite(writer: BodyWriter, options: ReporterOptions): void {
  const inner = bodyWriterNew(new Uint8Array(HEADER_MAX), HEADER_MAX);
  writeMap(inner, 2);
  writeNumber(inner, ALGORITHM);
  writeNumber(inner, options.algorithm);
  writeNumber(inner, KEY_ID);
  writeBytes(inner, options.keyId, 0, options.keyId.length);
  writeBytes(writer, inner.bytes, 0, inner.at);
}

/** Writes what is proven, around the body of `length` bytes, and the proof. Its length, or a code. */
function prove(reporter: ReporterState, signed: BodyWriter, length: number): number {
  const options = reporter.options;
  const identity = options.identity;
  const mac = isMac(options.algorithm);
  writeArray(signed, 4);
  writeText(signed, mac ? 'MAC0' : 'Signature1');
  protectedWrite(signed, options);
  writeBytes(signed, reporter.body, 0, 0);
  writeBytes(signed, reporter.body, 0, length);
  if (signed.overflow) return Err.BadArgument;
  const message = reporter.signed.subarray(0, signed.at);
  const size = mac
    ? identity.mac(options.algorithm, options.keyId, message, reporter.proof)
    : identity.sign(options.algorithm, options.keyId, message, reporter.proof);
  if (size < 0) return size;
  return size === proofSize(options.algorithm) ? size : Err.IdentityFailed;
}

/** Proves the body of `length` bytes, and writes the message around it. */
function messageWrite(reporter: ReporterState, into: Uint8Array, length: number): number {
  const signed = bodyWriterNew(reporter.signed, reporter.signed.length);
  const size = prove(reporter, signed, length);
  if (size < 0) return size;
  const writer = bodyWriterNew(into, into.length);
  into[0] = isMac(reporter.options.algorithm) ? MAC0_TAG : SIGN1_TAG;
  into[1] = ARRAY_OF_FOUR;
  bodyBegin(writer, 2);
  protectedWrite(writer, reporter.options);
  writeMap(writer, 0);
  writeBytes(writer, reporter.body, 0, length);
  writeBytes(writer, reporter.proof, 0, size);
  return writer.overflow ? Err.BadArgument : writer.at;
}

function write(this: ReporterState, into: Uint8Array, facts: ReportFacts): number {
  const nonce = facts.nonce;
  if (nonce && !(nonce.length >= NONCE_MIN && nonce.length <= NONCE_MAX)) return Err.BadArgument;
  if (!(into.length >= REPORT_MAX)) return Err.BadArgument;
  try {
    // Before anything is proven under it: a number that a failure then wastes is skipped.
    const number = this.options.counter.next();
    if (number < 0) return number;
    const length = bodyWrite(this, facts, number);
    return length === 0 ? Err.BadArgument : messageWrite(this, into, length);
  } catch (_) {
    return Err.PortFailed;
  }
}

/** Throws where a person wired it wrongly. */
export function openReporter(options: ReporterOptions): Reporter {
  if (proofSize(options.algorithm) === 0) throw new RangeError(`reports: algorithm ${options.algorithm}`);
  if (!(options.keyId.length >= 1 && options.keyId.length <= KEY_ID_MAX))
    throw new RangeError(`reports: the key id is not of 1 to ${KEY_ID_MAX} bytes`);
  if (!(options.device.length >= 1 && options.device.length <= DEVICE_MAX))
    throw new RangeError(`reports: the device's id is not of 1 to ${DEVICE_MAX} bytes`);
  const reporter: ReporterState = {
    options: options,
    body: new Uint8Array(BODY_MAX),
    signed: new Uint8Array(REPORT_MAX),
    proof: new Uint8Array(SIGNATURE_SIZE),
    write: write,
  };
  return reporter;
}
