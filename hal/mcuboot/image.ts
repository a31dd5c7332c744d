/**
 * MCUboot's image, as it lies in a slot (mcu-tools/mcuboot, boot/bootutil/include/bootutil/image.h). Little endian.
 *
 *   0             headerSize                headerSize + imageSize
 *   | header ... | image                   | protected TLVs, if any | TLVs
 *   |<----------------- what SHA-256 and signature are over ------->|
 *
 *   header   0 magic 0x96f3b83d   4 load address u32   8 header size u16   10 size of the protected TLVs u16
 *            12 image size u32    16 flags u32   20 major u8   21 minor u8   22 revision u16   24 build u32   28 zero
 *   TLVs     0 magic u16 (protected 0x6908, else 0x6907)   2 size u16, these four bytes included
 *            then each: 0 type u16   2 length u16   4 value
 *
 * Stricter than MCUboot in this: a header has at least 32 bytes, and there are at most 64 TLVs.
 */
import { Ok } from '../../agent/codes.ts';
import { readU16, readU32 } from '../../agent/bytes.ts';
import * as Err from '../../agent/err.ts';
import { flashRead } from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';

export const IMAGE_MAGIC = 0x96f3b83d;
export const TLV_MAGIC = 0x6907;
export const TLV_PROTECTED_MAGIC = 0x6908;
export const HEADER_LENGTH = 32;
/** Of a TLV area, and of each TLV in it. */
export const TLV_HEAD = 4;
/** imgtool writes a handful; each costs a read of the flash. */
const TLVS_MAX = 64;

export const Tlv = {
  KeyHash: 0x01,
  Sha256: 0x10,
  Sha384: 0x11,
  Sha512: 0x12,
  EcdsaSignature: 0x22,
  Ed25519: 0x24,
  SignedPure: 0x25,
  SecurityCounter: 0x50,
} as const;

export const ImageFlag = {
  EncryptedAes128: 0x4,
  EncryptedAes256: 0x8,
  NonBootable: 0x10,
  RamLoad: 0x20,
  CompressedLzma1: 0x200,
  CompressedLzma2: 0x400,
  CompressedArmThumb: 0x800,
} as const;

/** Any of these, and the bytes in the slot are not the program as it runs from the slot. */
const OTHER_KINDS = 0xe3c;

export interface McubootImage {
  headerSize: number;
  protectedSize: number;
  imageSize: number;
  flags: number;
  loadAddress: number;
  major: number;
  minor: number;
  revision: number;
  build: number;
  /** Bytes in the TLV area that is not protected. */
  tlvSize: number;
  /** Bytes from the header's first to the last TLV's last. */
  length: number;
}

export function imageNew(): McubootImage {
  return {
    headerSize: 0,
    protectedSize: 0,
    imageSize: 0,
    flags: 0,
    loadAddress: 0,
    major: 0,
    minor: 0,
    revision: 0,
    build: 0,
    tlvSize: 0,
    length: 0,
  };
}

/** Header and version; `bytes` are the first 32 of the slot. No length in it is believed yet. */
export function headerRead(bytes: Uint8Array, into: McubootImage): boolean {
  into.loadAddress = readU32(bytes, 4);
  into.headerSize = readU16(bytes, 8);
  into.protectedSize = readU16(bytes, 10);
  into.imageSize = readU32(bytes, 12);
  into.flags = readU32(bytes, 16);
  into.major = bytes[20]!;
  into.minor = bytes[21]!;
  into.revision = readU16(bytes, 22);
  into.build = readU32(bytes, 24);
  return readU32(bytes, 0) === IMAGE_MAGIC;
}

/** The size that a TLV area with this magic says of itself; a code where there is none. */
function areaSize(flash: Flash, at: number, magic: number, scratch: Uint8Array): number {
  if (!(at + TLV_HEAD <= flash.size)) return Err.ImageMalformed;
  const code = flashRead(flash, at, scratch, 0, TLV_HEAD);
  if (code < 0) return code;
  if (!(readU16(scratch, 0) === magic && readU16(scratch, 2) >= TLV_HEAD)) return Err.ImageMalformed;
  return readU16(scratch, 2);
}

/** Reads header and TLV sizes of the image at the start of `flash`. `scratch` has at least 32 bytes. */
export function imageRead(flash: Flash, into: McubootImage, scratch: Uint8Array): number {
  if (!(flash.size >= HEADER_LENGTH)) return Err.ImageMissing;
  const code = flashRead(flash, 0, scratch, 0, HEADER_LENGTH);
  if (code < 0) return code;
  if (!headerRead(scratch, into)) return Err.ImageMissing;
  const tlvAt = into.headerSize + into.imageSize;
  if (!(into.headerSize >= HEADER_LENGTH && tlvAt <= flash.size)) return Err.ImageMalformed;
  if ((into.flags & OTHER_KINDS) !== 0) return Err.ImageKind;
  if (into.protectedSize > 0) {
    const size = areaSize(flash, tlvAt, TLV_PROTECTED_MAGIC, scratch);
    if (size < 0) return size;
    if (size !== into.protectedSize) return Err.ImageMalformed;
  }
  const size = areaSize(flash, tlvAt + into.protectedSize, TLV_MAGIC, scratch);
  if (size < 0) return size;
  into.tlvSize = size;
  into.length = tlvAt + into.protectedSize + size;
  return into.length <= flash.size ? Ok : Err.ImageMalformed;
}

/** Where SHA-256 and signature end. */
export function imageSigned(image: McubootImage): number {
  return image.headerSize + image.imageSize + image.protectedSize;
}

/** One TLV, and where the next begins. */
export interface TlvCursor {
  next: number;
  count: number;
  type: number;
  /** Of the value. */
  at: number;
  length: number;
}

export function tlvNew(): TlvCursor {
  return { next: 0, count: 0, type: 0, at: 0, length: 0 };
}

/** Before the first TLV of an image that {@link imageRead} took. */
export function tlvBegin(image: McubootImage, cursor: TlvCursor): void {
  cursor.next = image.headerSize + image.imageSize + TLV_HEAD;
  cursor.count = 0;
}

/** Goes to the next TLV, the protected ones first. 1: `cursor` has it. 0: there is none. Below 0: a code. */
export function tlvNext(flash: Flash, image: McubootImage, cursor: TlvCursor, scratch: Uint8Array): number {
  const border = imageSigned(image);
  if (image.protectedSize > 0 && cursor.next === border) cursor.next = border + TLV_HEAD;
  const end = cursor.next < border ? border : image.length;
  if (cursor.next === end) return 0;
  if (!(cursor.next + TLV_HEAD <= end && cursor.count < TLVS_MAX)) return Err.ImageMalformed;
  const code = flashRead(flash, cursor.next, scratch, 0, TLV_HEAD);
  if (code < 0) return code;
  cursor.count++;
  cursor.type = readU16(scratch, 0);
  cursor.length = readU16(scratch, 2);
  cursor.at = cursor.next + TLV_HEAD;
  cursor.next = cursor.at + cursor.length;
  return cursor.next <= end ? 1 : Err.ImageMalformed;
}

/** Reads the value of the TLV at `cursor`, which must be exactly `length` bytes. */
export function tlvValue(flash: Flash, cursor: TlvCursor, into: Uint8Array, length: number): number {
  if (!(cursor.length === length && length <= into.length)) return Err.ImageMalformed;
  return flashRead(flash, cursor.at, into, 0, length);
}
