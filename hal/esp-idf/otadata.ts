/**
 * The records by which the bootloader of ESP-IDF chooses between ota_0 and ota_1: its partition `otadata`, two sectors
 * of 4 KiB with one record each. Read as that bootloader reads them, and written as esp_ota_ops.c writes them.
 *
 *   0          4                      24         28       32
 *   | sequence | label, all 0xFF      | state    | crc32  |
 *   |          |                      |          | over 0..3 only
 *
 * - The image of a record is ota_((sequence - 1) modulo 2). Of two good records the higher sequence counts.
 * - A record is good when its crc is, its sequence is not 0xFFFFFFFF, and its state neither Invalid nor Aborted.
 * - The crc does not cover the state: a state that a cut left torn is believed.
 *
 * Sources: ESP-IDF at 102122904ade (2026-07), components/bootloader_support/src/bootloader_common_loader.c and bootloader_utility.c,
 * components/app_update/esp_ota_ops.c.
 */
import { readU32, writeU32 } from '../../agent/bytes.ts';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { flashCompare, flashErase, flashProgram, flashRead } from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';

export const SECTOR = 4096;
export const RECORDS = 2;
export const RECORD_LENGTH = 32;
const SEQUENCE_AT = 0;
const LABEL_AT = SEQUENCE_AT + 4;
const STATE_AT = LABEL_AT + 20;
const CRC_AT = STATE_AT + 4;

/** The sequence of a record that was never written. */
const NONE = 0xffffffff;

/** esp_flash_partitions.h, esp_ota_img_states_t. */
export const OtaState = {
  New: 0, // to be started for the first time
  Pending: 1, // started, not confirmed; seen again at the next start it becomes Aborted
  Valid: 2, // confirmed
  Invalid: 3, // given up by the image itself
  Aborted: 4, // not confirmed in time
  Undefined: 0xffffffff, // of a bootloader without rollback: started for ever
} as const;

export interface Otadata {
  readonly flash: Flash;
  readonly bytes: Uint8Array;
  readonly scratch: Uint8Array;
  /** By sector. */
  readonly sequence: number[];
  readonly state: number[];
  readonly good: boolean[];
}

/** Throws RangeError for a partition that cannot be one. */
export function otadataOpen(flash: Flash): Otadata {
  if (!(flash.sectorLength > 0 && SECTOR % flash.sectorLength === 0 && flash.size >= RECORDS * SECTOR)) {
    throw new RangeError(
      `otadata: ${flash.size} bytes in sectors of ${flash.sectorLength}: must be two sectors of ${SECTOR}`,
    );
  }
  return {
    flash: flash,
    bytes: new Uint8Array(RECORD_LENGTH),
    scratch: new Uint8Array(RECORD_LENGTH),
    sequence: [NONE, NONE],
    state: [OtaState.Undefined, OtaState.Undefined],
    good: [false, false],
  };
}

/** CRC-32 of the four bytes of a sequence, as the ROM's crc32_le(0xFFFFFFFF, ...) has it: it starts from 0. */
export function sequenceCrc(sequence: number): number {
  let crc = sequence;
  for (let bit = 0; bit < 32; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return ~crc >>> 0;
}

/** Writes a record to the start of `into`. */
export function recordWrite(into: Uint8Array, sequence: number, state: number): void {
  into.fill(0xff, 0, RECORD_LENGTH);
  writeU32(into, SEQUENCE_AT, sequence);
  writeU32(into, STATE_AT, state);
  writeU32(into, CRC_AT, sequenceCrc(sequence));
}

/** Reads both records. */
export function otadataRead(otadata: Otadata): number {
  for (let i = 0; i < RECORDS; i++) {
    const bytes = otadata.bytes;
    const code = flashRead(otadata.flash, i * SECTOR, bytes, 0, RECORD_LENGTH);
    // What cannot be read is as bad as what reads wrong: the other record counts.
    if (code < 0) bytes.fill(0xff);
    const sequence = readU32(bytes, SEQUENCE_AT);
    const state = readU32(bytes, STATE_AT);
    otadata.sequence[i] = sequence;
    otadata.state[i] = state;
    otadata.good[i] =
      sequence !== NONE &&
      state !== OtaState.Invalid &&
      state !== OtaState.Aborted &&
      readU32(bytes, CRC_AT) === sequenceCrc(sequence);
  }
  return Ok;
}

/** The record that counts, or -1: none is good, and the bootloader takes the factory image or ota_0. */
export function otadataActive(otadata: Otadata): number {
  const good = otadata.good;
  if (good[0] && good[1]) return otadata.sequence[0]! >= otadata.sequence[1]! ? 0 : 1;
  return good[0] ? 0 : good[1] ? 1 : -1;
}

/** The slot that a record starts. */
export function otadataSlot(otadata: Otadata, record: number): number {
  return (otadata.sequence[record]! - 1) % RECORDS;
}

/** The lowest sequence that starts `slot` and is not below `sequence`. */
export function sequenceFor(slot: number, sequence: number): number {
  return sequence % RECORDS === (slot + 1) % RECORDS ? sequence : sequence + 1;
}

/** Reads bytes from..to-1 of a record back, and compares them with the one written. */
function compare(otadata: Otadata, record: number, from: number, to: number): number {
  const at = record * SECTOR + from;
  return flashCompare(otadata.flash, at, otadata.bytes, from, to - from, otadata.scratch);
}

/** Erases the sector of a record. */
export function otadataErase(otadata: Otadata, record: number): number {
  const sectors = SECTOR / otadata.flash.sectorLength;
  for (let i = 0; i < sectors; i++) {
    const code = flashErase(otadata.flash, record * sectors + i);
    if (code < 0) return code;
  }
  return Ok;
}

/**
 * Erases the sector of a record and writes it. If power dies here: the record is gone, or is there, or its state is
 * torn; the other record is as it was.
 */
export function otadataWrite(otadata: Otadata, record: number, sequence: number, state: number): number {
  const flash = otadata.flash;
  const bytes = otadata.bytes;
  const at = record * SECTOR;
  if (!(sequence >= 1 && sequence < NONE)) return Err.BadArgument;
  recordWrite(bytes, sequence, state);
  // Where a unit is no longer than the crc, that comes last: a record that was cut before it is none.
  const first = flash.unit <= RECORD_LENGTH - CRC_AT ? CRC_AT : RECORD_LENGTH;
  let code = otadataErase(otadata, record);
  if (code === Ok) code = flashProgram(flash, at, bytes, 0, first);
  if (code === Ok && first < RECORD_LENGTH)
    code = flashProgram(flash, at + first, bytes, first, RECORD_LENGTH);
  // The label is nobody's: a unit of it that went bad does no harm.
  if (code === Ok) code = compare(otadata, record, SEQUENCE_AT, LABEL_AT);
  if (code === Ok) code = compare(otadata, record, STATE_AT, RECORD_LENGTH);
  return code < 0 ? code : otadataRead(otadata);
}
