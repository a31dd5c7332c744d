/**
 * What must outlive a reset or a deep sleep while an update waits: docs/SPEC.md section 11.
 *
 *   "FXW1" | flags u8 | postponed u8 | wakes u16 | postponed: wakes u16 | scheduled: wakes u16 | vetoed: wakes u16
 *   | postponed: until u32, waited u32 | scheduled: until u32, waited u32 | vetoed: waited u32 | sequence u53 | digest 16
 *   | moment u8 | code u8 | reason u8 | zero u8
 *   | idle wakes u16 | waited u32 | idle u32 | last u32 | crc32 u32
 *
 * The fields of the last two lines but the crc may change at each ask: those of the third are worth a write of their own a
 * few times in a boot, those of the fourth now and then.
 */
import { crc32, readU16, readU32, readU53, writeU16, writeU32, writeU53 } from '../bytes.ts';
import { Ok } from '../codes.ts';
import * as Err from '../err.ts';
import { REFUSED_DIGEST } from '../format/layout.ts';

/** Bytes of a manifest digest that are kept: as many as of one that was refused. */
export const SEEN_DIGEST: number = REFUSED_DIGEST;

export const Flag = {
  Seen: 1, // a manifest has been asked about, and none was activated since
  Waiting: 2, // it was held back: time and wakes count
  Notified: 4,
  Accepted: 8, // the owner's yes to this digest
  Held: 16, // postponed or scheduled
} as const;

/** Something is held until a time, and at most until so much has been waited. All zero: nothing is. */
export interface Hold {
  /** Seconds since 1970; 0: not by time. */
  until: number;
  /** Of `Wait.waited` and `Wait.wakes`, when it ends at the latest. */
  waited: number;
  wakes: number;
}

export interface Wait {
  flags: number;
  /** Times. */
  postponed: number;
  /** `Moment` at which it was asked last, and why it waits: the code, negated. */
  moment: number;
  code: number;
  reason: number;
  /** Waited since the first was held back: wakes, and seconds as far as they could be told. */
  wakes: number;
  waited: number;
  /** The same since the last ask; not yet part of the above. */
  idleWakes: number;
  idle: number;
  /** Trusted time up to which it is counted, or 0: `Elapsed.last`. */
  last: number;
  readonly postpone: Hold;
  readonly schedule: Hold;
  /** From the first veto on. */
  readonly veto: Hold;
  sequence: number;
  readonly digest: Uint8Array;
}

const MAGIC: readonly number[] = [0x46, 0x58, 0x57, 0x31];
export const FLAGS_AT: number = MAGIC.length;
const POSTPONED_AT: number = FLAGS_AT + 1;
const WAKES_AT: number = POSTPONED_AT + 1;
const POSTPONE_WAKES_AT: number = WAKES_AT + 2;
const SCHEDULE_WAKES_AT: number = POSTPONE_WAKES_AT + 2;
const VETO_WAKES_AT: number = SCHEDULE_WAKES_AT + 2;
const POSTPONE_AT: number = VETO_WAKES_AT + 2;
const SCHEDULE_AT: number = POSTPONE_AT + 8;
const VETO_AT: number = SCHEDULE_AT + 8;
const SEQUENCE_AT: number = VETO_AT + 4;
const DIGEST_AT: number = SEQUENCE_AT + 8;
/** From here on: why it waits. */
export const WHY_AT: number = DIGEST_AT + SEEN_DIGEST;
const CODE_AT: number = WHY_AT + 1;
const REASON_AT: number = CODE_AT + 1;
/** From here on: what changes all the time. */
export const OFTEN_AT: number = REASON_AT + 2;
const WAITED_AT: number = OFTEN_AT + 2;
const IDLE_AT: number = WAITED_AT + 4;
const LAST_AT: number = IDLE_AT + 4;
const CRC_AT: number = LAST_AT + 4;
/** Bytes. */
export const WAIT_LENGTH: number = CRC_AT + 4;

const U16_MAX = 0xffff;
const U32_MAX = 0xffffffff;

export function waitNew(): Wait {
  return {
    flags: 0,
    postponed: 0,
    moment: 0,
    code: 0,
    reason: 0,
    wakes: 0,
    waited: 0,
    idleWakes: 0,
    idle: 0,
    last: 0,
    postpone: { until: 0, waited: 0, wakes: 0 },
    schedule: { until: 0, waited: 0, wakes: 0 },
    veto: { until: 0, waited: 0, wakes: 0 },
    sequence: 0,
    digest: new Uint8Array(SEEN_DIGEST),
  };
}

function holdClear(hold: Hold): void {
  hold.until = 0;
  hold.waited = 0;
  hold.wakes = 0;
}

/** Holds from now on, until `until` (0: not by time), for so many seconds and wakes at most. */
export function holdSet(hold: Hold, wait: Wait, until: number, seconds: number, wakes: number): void {
  hold.until = until;
  hold.waited = Math.min(wait.waited + wait.idle + seconds, U32_MAX);
  hold.wakes = Math.min(wait.wakes + wait.idleWakes + wakes, U16_MAX);
}

/** Nothing waits. */
export function waitClear(wait: Wait): void {
  wait.flags = 0;
  wait.postponed = 0;
  wait.moment = 0;
  wait.code = 0;
  wait.reason = 0;
  wait.wakes = 0;
  wait.waited = 0;
  wait.idleWakes = 0;
  wait.idle = 0;
  wait.last = 0;
  holdClear(wait.postpone);
  holdClear(wait.schedule);
  holdClear(wait.veto);
  wait.sequence = 0;
  wait.digest.fill(0);
}

/** What is counted stops at the end of its field. */
function put16(bytes: Uint8Array, at: number, value: number): void {
  writeU16(bytes, at, Math.min(value, U16_MAX));
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  writeU32(bytes, at, Math.min(value, U32_MAX));
}

/** Writes the record to the start of `into`, WAIT_LENGTH bytes. */
export function waitWrite(wait: Wait, into: Uint8Array): void {
  into.fill(0, 0, WAIT_LENGTH);
  for (let i = 0; i < MAGIC.length; i++) into[i] = MAGIC[i]!;
  into[FLAGS_AT] = wait.flags;
  into[POSTPONED_AT] = Math.min(wait.postponed, 0xff);
  into[WHY_AT] = wait.moment;
  into[CODE_AT] = wait.code;
  into[REASON_AT] = wait.reason;
  put16(into, WAKES_AT, wait.wakes);
  put16(into, POSTPONE_WAKES_AT, wait.postpone.wakes);
  put16(into, SCHEDULE_WAKES_AT, wait.schedule.wakes);
  put16(into, VETO_WAKES_AT, wait.veto.wakes);
  put32(into, POSTPONE_AT, wait.postpone.until);
  put32(into, POSTPONE_AT + 4, wait.postpone.waited);
  put32(into, SCHEDULE_AT, wait.schedule.until);
  put32(into, SCHEDULE_AT + 4, wait.schedule.waited);
  put32(into, VETO_AT, wait.veto.waited);
  writeU53(into, SEQUENCE_AT, wait.sequence);
  into.set(wait.digest, DIGEST_AT);
  put16(into, OFTEN_AT, wait.idleWakes);
  put32(into, WAITED_AT, wait.waited);
  put32(into, IDLE_AT, wait.idle);
  put32(into, LAST_AT, wait.last);
  writeU32(into, CRC_AT, crc32(into, 0, CRC_AT));
}

/** Ok, or RecordLost: not a record, and `into` says that nothing waits. */
export function waitRead(bytes: Uint8Array, into: Wait): number {
  waitClear(into);
  if (!(bytes.length >= WAIT_LENGTH)) return Err.RecordLost;
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) return Err.RecordLost;
  if (readU32(bytes, CRC_AT) !== crc32(bytes, 0, CRC_AT)) return Err.RecordLost;
  into.flags = bytes[FLAGS_AT]!;
  into.postponed = bytes[POSTPONED_AT]!;
  into.moment = bytes[WHY_AT]!;
  into.code = bytes[CODE_AT]!;
  into.reason = bytes[REASON_AT]!;
  into.wakes = readU16(bytes, WAKES_AT);
  into.postpone.wakes = readU16(bytes, POSTPONE_WAKES_AT);
  into.schedule.wakes = readU16(bytes, SCHEDULE_WAKES_AT);
  into.veto.wakes = readU16(bytes, VETO_WAKES_AT);
  into.postpone.until = readU32(bytes, POSTPONE_AT);
  into.postpone.waited = readU32(bytes, POSTPONE_AT + 4);
  into.schedule.until = readU32(bytes, SCHEDULE_AT);
  into.schedule.waited = readU32(bytes, SCHEDULE_AT + 4);
  into.veto.waited = readU32(bytes, VETO_AT);
  into.sequence = readU53(bytes, SEQUENCE_AT);
  into.digest.set(bytes.subarray(DIGEST_AT, DIGEST_AT + SEEN_DIGEST));
  into.idleWakes = readU16(bytes, OFTEN_AT);
  into.waited = readU32(bytes, WAITED_AT);
  into.idle = readU32(bytes, IDLE_AT);
  into.last = readU32(bytes, LAST_AT);
  return Ok;
}
