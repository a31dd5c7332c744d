/**
 * ESP-IDF's esp_ota_select_entry_t and the choice between two of them, after bootloader_common.c and
 * bootloader_common_loader.c of the commit that bootloader.ts names. Written from those sources and not from
 * hal/esp-idf/, so that the two can disagree.
 */
import { crc32 } from 'node:zlib';

export const ImageState = {
  New: 0,
  PendingVerify: 1,
  Valid: 2,
  Invalid: 3,
  Aborted: 4,
} as const;

export interface SelectEntry {
  readonly sequence: number;
  readonly label: Uint8Array;
  readonly state: number;
  readonly crc: number;
}

export const SELECT_ENTRY_LENGTH = 32;
export const SEQUENCE_BLANK = 0xffffffff;

/** Upstream's ROM routine with UINT32_MAX as its start value. */
export const selectCrc = (sequence: number): number => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(sequence);
  return crc32(bytes, 0xffffffff);
};

export const decodeSelect = (bytes: Uint8Array): SelectEntry => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, SELECT_ENTRY_LENGTH);
  return {
    sequence: buffer.readUInt32LE(0),
    label: Uint8Array.from(buffer.subarray(4, 24)),
    state: buffer.readUInt32LE(24),
    crc: buffer.readUInt32LE(28),
  };
};

export const encodeSelect = (entry: SelectEntry): Uint8Array => {
  const buffer = Buffer.alloc(SELECT_ENTRY_LENGTH);
  buffer.writeUInt32LE(entry.sequence, 0);
  buffer.set(entry.label, 4);
  buffer.writeUInt32LE(entry.state, 24);
  buffer.writeUInt32LE(entry.crc, 28);
  return buffer;
};

export const selectInvalid = ({ sequence, state }: SelectEntry): boolean =>
  sequence === SEQUENCE_BLANK || state === ImageState.Invalid || state === ImageState.Aborted;

/** Without a look at the state: what counts as initial content. */
export const selectInitial = ({ sequence, crc }: SelectEntry): boolean =>
  sequence === SEQUENCE_BLANK || crc !== selectCrc(sequence);

export const selectValid = (entry: SelectEntry): boolean =>
  !selectInvalid(entry) && entry.crc === selectCrc(entry.sequence);

/** 0, 1 or -1. */
export const activeSelect = (one: SelectEntry, two: SelectEntry): number => {
  const valid = [selectValid(one), selectValid(two)];
  if (valid[0]! && valid[1]!) return Math.max(one.sequence, two.sequence) === one.sequence ? 0 : 1;
  return valid.indexOf(true);
};
