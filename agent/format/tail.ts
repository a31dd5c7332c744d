/**
 * The tail of a slot: docs/SPEC.md section 3. It grows down from the end, so that a bootloader finds it from the slot
 * alone, and every offset follows from the one above it.
 *
 *   ... free | index | envelope | footer | end
 */
import { crc32, readU32, writeU32 } from '../bytes.ts';
import { Ok } from '../codes.ts';
import * as Err from '../err.ts';
import { ENVELOPE_MAX } from './labels.ts';
import {
  FOOTER_CRC_AT,
  FOOTER_ENVELOPE_AT,
  FOOTER_IMAGE_AT,
  FOOTER_INDEX_AT,
  FOOTER_LENGTH,
  FOOTER_MAGIC,
  FOOTER_MAGIC_AT,
  FOOTER_ZERO_AT,
} from './layout.ts';

export { FOOTER_LENGTH };

export interface Tail {
  imageSize: number;
  indexLength: number;
  envelopeLength: number;
  indexAt: number;
  envelopeAt: number;
  footerAt: number;
}

export function tailNew(): Tail {
  return { imageSize: 0, indexLength: 0, envelopeLength: 0, indexAt: 0, envelopeAt: 0, footerAt: 0 };
}

/** Sets the offsets from the lengths. ImageTooLarge when image and tail do not both fit. */
export function tailPlace(tail: Tail, slotSize: number, unit: number): number {
  tail.footerAt = slotSize - Math.ceil(FOOTER_LENGTH / unit) * unit;
  tail.envelopeAt = tail.footerAt - Math.ceil(tail.envelopeLength / unit) * unit;
  tail.indexAt = tail.envelopeAt - Math.ceil(tail.indexLength / unit) * unit;
  const imageEnd = Math.ceil(tail.imageSize / unit) * unit;
  return imageEnd <= tail.indexAt ? Ok : Err.ImageTooLarge;
}

export function footerWrite(tail: Tail, into: Uint8Array): void {
  writeU32(into, FOOTER_MAGIC_AT, FOOTER_MAGIC);
  writeU32(into, FOOTER_ENVELOPE_AT, tail.envelopeLength);
  writeU32(into, FOOTER_INDEX_AT, tail.indexLength);
  writeU32(into, FOOTER_IMAGE_AT, tail.imageSize);
  into.fill(0, FOOTER_ZERO_AT, FOOTER_CRC_AT);
  writeU32(into, FOOTER_CRC_AT, crc32(into, 0, FOOTER_CRC_AT));
}

/** Reads a footer and places the tail. The lengths come from flash: every one is capped. */
export function footerRead(tail: Tail, bytes: Uint8Array, slotSize: number, unit: number): number {
  if (readU32(bytes, FOOTER_MAGIC_AT) !== FOOTER_MAGIC) return Err.TailMissing;
  if (readU32(bytes, FOOTER_CRC_AT) !== crc32(bytes, 0, FOOTER_CRC_AT)) return Err.TailMalformed;
  tail.envelopeLength = readU32(bytes, FOOTER_ENVELOPE_AT);
  tail.indexLength = readU32(bytes, FOOTER_INDEX_AT);
  tail.imageSize = readU32(bytes, FOOTER_IMAGE_AT);
  if (!(tail.envelopeLength > 0 && tail.envelopeLength <= ENVELOPE_MAX)) return Err.TailMalformed;
  if (!(tail.indexLength <= slotSize && tail.imageSize <= slotSize)) return Err.TailMalformed;
  return tailPlace(tail, slotSize, unit) < 0 ? Err.TailMalformed : Ok;
}
