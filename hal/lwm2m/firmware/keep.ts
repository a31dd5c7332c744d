/**
 * What object 5 keeps over a reset, in a few bytes that the board stores: the rest the agent's own report tells.
 *
 *   | magic "LF" 2 | version 1 | state 1 | result 1 | severity 1 | defer 4 | changed 8 | digest 32 | uri length 1 | uri | crc 4 |
 *
 * Little-endian. `digest` is that of the manifest whose update was begun. A record that is not whole counts as none.
 */
import { bytesCopy, crc32, readU32, readU53, writeU32, writeU53 } from '../../../agent/bytes.ts';
import { URI_MAX } from '../model/accounts.ts';
import { State } from './machine.ts';

const MAGIC = [0x4c, 0x46, 1];
const STATE_AT = 3;
const RESULT_AT = STATE_AT + 1;
const SEVERITY_AT = RESULT_AT + 1;
const DEFER_AT = SEVERITY_AT + 1;
const CHANGED_AT = DEFER_AT + 4;
const DIGEST_AT = CHANGED_AT + 8;
const DIGEST = 32;
const LENGTH_AT = DIGEST_AT + DIGEST;
const URI_AT = LENGTH_AT + 1;
const CRC = 4;

/** Longest record. */
export const KEEP_MAX: number = URI_AT + URI_MAX + CRC;

export interface Kept {
  state: number;
  result: number;
  severity: number;
  /** Maximum defer period, seconds; 2^32-1: not set. */
  defer: number;
  /** Seconds since 1970; 0: not known. */
  changed: number;
  readonly digest: Uint8Array;
  readonly uri: Uint8Array;
  uriLength: number;
}

export const DEFER_UNSET = 0xffffffff;
export const Severity = { Critical: 0, Mandatory: 1, Optional: 2 } as const;

export function keptNew(): Kept {
  return {
    state: State.Idle,
    result: 0,
    severity: Severity.Mandatory,
    defer: DEFER_UNSET,
    changed: 0,
    digest: new Uint8Array(DIGEST),
    uri: new Uint8Array(URI_MAX),
    uriLength: 0,
  };
}

/** Writes the record; its length. */
export function keepWrite(kept: Kept, into: Uint8Array): number {
  for (let i = 0; i < STATE_AT; i += 1) into[i] = MAGIC[i]!;
  into[STATE_AT] = kept.state;
  into[RESULT_AT] = kept.result;
  into[SEVERITY_AT] = kept.severity;
  writeU32(into, DEFER_AT, kept.defer);
  writeU53(into, CHANGED_AT, kept.changed);
  bytesCopy(kept.digest, 0, into, DIGEST_AT, DIGEST);
  into[LENGTH_AT] = kept.uriLength;
  bytesCopy(kept.uri, 0, into, URI_AT, kept.uriLength);
  const end = URI_AT + kept.uriLength;
  writeU32(into, end, crc32(into, 0, end));
  return end + CRC;
}

/** Reads bytes[0..length-1]. False, and `kept` as it was, where that is no record. */
export function keepRead(kept: Kept, bytes: Uint8Array, length: number): boolean {
  if (!(length >= URI_AT + CRC && length <= bytes.length)) return false;
  for (let i = 0; i < STATE_AT; i += 1) if (bytes[i] !== MAGIC[i]) return false;
  const end = URI_AT + bytes[LENGTH_AT]!;
  if (end + CRC !== length || readU32(bytes, end) !== crc32(bytes, 0, end)) return false;
  const changed = readU53(bytes, CHANGED_AT);
  if (!(bytes[STATE_AT]! <= State.Updating && bytes[SEVERITY_AT]! <= Severity.Optional && changed >= 0))
    return false;
  kept.state = bytes[STATE_AT]!;
  kept.result = bytes[RESULT_AT]!;
  kept.severity = bytes[SEVERITY_AT]!;
  kept.defer = readU32(bytes, DEFER_AT);
  kept.changed = changed;
  bytesCopy(bytes, DIGEST_AT, kept.digest, 0, DIGEST);
  kept.uriLength = bytes[LENGTH_AT]!;
  bytesCopy(bytes, URI_AT, kept.uri, 0, kept.uriLength);
  return true;
}
