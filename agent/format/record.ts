/**
 * One record of the boot journal: docs/SPEC.md section 4.
 *
 *   type u8 | zero u8 | payload length u16 | sequence u32 | payload | crc32 u32
 */
import { crc32, readU16, readU32, writeU16, writeU32 } from '../bytes.ts';
import {
  CRC_LENGTH,
  LENGTH_AT,
  PAYLOAD_AT,
  PAYLOAD_MAX,
  RECORD_MIN,
  SEQUENCE_AT,
  TYPE_AT,
  ZERO_AT,
} from './layout.ts';

export { PAYLOAD_AT, PAYLOAD_MAX, RECORD_MAX, RECORD_MIN } from './layout.ts';

export const RecordType = { State: 0xa1, Seal: 0xa2, Name: 0xa3 } as const;

/** Bytes of a record with this payload. */
export function recordLength(payload: number): number {
  return PAYLOAD_AT + payload + CRC_LENGTH;
}

/** Finishes the record whose payload stands at PAYLOAD_AT. Returns its length. */
export function recordClose(bytes: Uint8Array, type: number, sequence: number, payload: number): number {
  bytes[TYPE_AT] = type;
  bytes[ZERO_AT] = 0;
  writeU16(bytes, LENGTH_AT, payload);
  writeU32(bytes, SEQUENCE_AT, sequence);
  const crcAt = PAYLOAD_AT + payload;
  writeU32(bytes, crcAt, crc32(bytes, 0, crcAt));
  return crcAt + CRC_LENGTH;
}

/** Whether the byte at `at` may be the first of a record. */
export function recordStarts(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at + TYPE_AT]!;
  return type >= RecordType.State && type <= RecordType.Name;
}

/** Whether a record may start at `at`: cheap, before the crc is worth computing. */
export function recordLikely(bytes: Uint8Array, at: number): boolean {
  return recordStarts(bytes, at) && bytes[at + ZERO_AT] === 0;
}

/** The length of the record in `bytes[at..have-1]`, or 0 when there is none. */
export function recordCheck(bytes: Uint8Array, at: number, have: number): number {
  if (!(at + RECORD_MIN <= have) || !recordLikely(bytes, at)) return 0;
  const payload = readU16(bytes, at + LENGTH_AT);
  if (!(payload <= PAYLOAD_MAX && at + recordLength(payload) <= have)) return 0;
  const crcAt = at + PAYLOAD_AT + payload;
  return readU32(bytes, crcAt) === crc32(bytes, at, crcAt) ? crcAt + CRC_LENGTH - at : 0;
}

export function recordType(bytes: Uint8Array, at: number): number {
  return bytes[at + TYPE_AT]!;
}

export function recordPayload(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at + LENGTH_AT);
}

export function recordSequence(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + SEQUENCE_AT);
}
