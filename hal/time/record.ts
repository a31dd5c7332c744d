/**
 * The highest trusted time ever seen, over resets: docs/SPEC.md section 11.
 *
 *   "FXC1" | highest u53 | crc32 u32
 */
import { crc32, readU32, readU53, writeU32, writeU53 } from '../../agent/bytes.ts';
import type { Keep } from '../ports.ts';
import { TIME_MAX } from './source.ts';

const MAGIC: readonly number[] = [0x46, 0x58, 0x43, 0x31];
const HIGHEST_AT: number = MAGIC.length;
const CRC_AT: number = HIGHEST_AT + 8;
/** Bytes. */
export const TIME_RECORD: number = CRC_AT + 4;

/** Seconds since 1970; 0: nothing is kept, or it is lost. */
export function highestLoad(keep: Keep, bytes: Uint8Array): number {
  try {
    if (!(keep.load(bytes) >= TIME_RECORD)) return 0;
  } catch (_) {
    return 0;
  }
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC[i]) return 0;
  if (readU32(bytes, CRC_AT) !== crc32(bytes, 0, CRC_AT)) return 0;
  const highest = readU53(bytes, HIGHEST_AT);
  return highest >= 0 && highest <= TIME_MAX ? highest : 0;
}

/** Whether it could be kept. */
export function highestSave(keep: Keep, bytes: Uint8Array, highest: number): boolean {
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC[i]!;
  writeU53(bytes, HIGHEST_AT, highest);
  writeU32(bytes, CRC_AT, crc32(bytes, 0, CRC_AT));
  try {
    keep.save(bytes);
    return true;
  } catch (_) {
    return false;
  }
}
