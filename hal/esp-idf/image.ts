/**
 * An ESP-IDF application image in a slot, judged as the bootloader judges it before it runs one.
 *
 *   0        24                                              n              16 k     16 k + 32
 *   +--------+---------+--------+-----+---------+--------+---+----+----------+--------+
 *   | header | segment | data   | ... | segment | data   | pad    | checksum | digest |
 *   |  24    |  8      | length |     |  8      | length | 0..15  |  1       | 32     |
 *   +--------+---------+--------+-----+---------+--------+---+----+----------+--------+
 *
 *   header    0 magic E9   1 segments u8   4 entry u32   12 chip u16   23 digest appended u8   (the rest is of no account here)
 *   segment   0 address u32   4 length u32, a multiple of 4
 *   checksum  EF exclusive-or all bytes of data; padded so that it ends on a multiple of 16
 *   digest    SHA-256 over all before it, where the header says that it is there
 *
 * The data of the first segment begins with the app description, 256 bytes:
 *   0 magic ABCD5432 u32   4 security version u32   16 version 32   48 project 32   144 SHA-256 of the ELF file 32   180 page size u8
 *
 * Not judged: revisions of chip and eFuse, addresses against the bootloader's own memory, signatures of secure boot.
 * What runs already was built for the same board, and a manifest says for which.
 */
import type { Hash } from '../ports.ts';
import { readU16, readU32 } from '../../agent/bytes.ts';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { flashRead } from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';
import { chipMaps } from './chips.ts';
import type { Chip } from './chips.ts';

const HEADER = 24;
const SEGMENT = 8;
const MAGIC = 0xe9;
const SEGMENTS_MAX = 16;
/** Neither a slot nor a segment may be larger: what the cache of the smaller chips can reach. */
const LENGTH_MAX = 0x1000000;
const CHECKSUM_SEED = 0xef;
const DIGEST = 32;
const BLOCK = 16;
const PAGE = 0x10000;
/** Of a page, in bits: 8 to 256 KiB. */
const PAGE_BITS_MIN = 13;
const PAGE_BITS_MAX = 18;

const DESCRIPTION = 256;
const DESCRIPTION_MAGIC = 0xabcd5432;
const SECURITY_VERSION_AT = 4;
const VERSION_AT = 16;
const PROJECT_AT = 48;
const ELF_AT = 144;
const PAGE_AT = 180;
const TEXT = 32;

/** Read at once; a multiple of 4, and room for an app description. */
const PIECE = 1024;

export interface ImageInfo {
  /** Bytes of the image, digest included. */
  size: number;
  /** Whether a digest is appended, and so was compared. */
  digested: boolean;
  /** Whether there is an app description. Without one the fields below are empty. */
  described: boolean;
  securityVersion: number;
  version: string;
  project: string;
  readonly elf: Uint8Array;
}

export function imageInfoNew(): ImageInfo {
  return {
    size: 0,
    digested: false,
    described: false,
    securityVersion: 0,
    version: '',
    project: '',
    elf: new Uint8Array(DIGEST),
  };
}

interface Reader {
  readonly flash: Flash;
  readonly hash: Hash;
  readonly chip: Chip;
  readonly bytes: Uint8Array;
  readonly into: ImageInfo;
  at: number;
  checksum: number;
}

/** Printable ASCII up to the first zero: what else stands there is no text that a log should carry. */
function textAt(bytes: Uint8Array, at: number): string {
  let text = '';
  for (let i = 0; i < TEXT && bytes[at + i] !== 0; i++) {
    const code = bytes[at + i]!;
    text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '?';
  }
  return text;
}

/** Takes the app description at the start of `bytes`, if it is one. */
function describe(bytes: Uint8Array, into: ImageInfo): void {
  into.described = readU32(bytes, 0) === DESCRIPTION_MAGIC;
  into.securityVersion = into.described ? readU32(bytes, SECURITY_VERSION_AT) : 0;
  into.version = into.described ? textAt(bytes, VERSION_AT) : '';
  into.project = into.described ? textAt(bytes, PROJECT_AT) : '';
  for (let i = 0; i < DIGEST; i++) into.elf[i] = into.described ? bytes[ELF_AT + i]! : 0;
}

/** Reads the next `length` bytes, which count for the digest. Past the end of the slot there is no image. */
function take(reader: Reader, length: number): number {
  if (!(reader.at + length <= reader.flash.size)) return Err.ImageRefused;
  const code = flashRead(reader.flash, reader.at, reader.bytes, 0, length);
  if (code < 0) return code;
  reader.hash.update(reader.bytes, 0, length);
  reader.at += length;
  return Ok;
}

/** The header: how many segments follow, or a code. */
function takeHeader(reader: Reader): number {
  const code = take(reader, HEADER);
  if (code < 0) return code;
  const bytes = reader.bytes;
  const segments = bytes[1]!;
  if (bytes[0] !== MAGIC || readU16(bytes, 12) !== reader.chip.id) return Err.ImageRefused;
  if (!(segments >= 1 && segments <= SEGMENTS_MAX)) return Err.ImageRefused;
  reader.into.digested = bytes[23] !== 0;
  return segments;
}

/** The page size that the first segment's description asks for; else the usual one. */
function pageOf(reader: Reader): number {
  const bits = reader.bytes[PAGE_AT]!;
  if (!reader.chip.pages || !(bits >= PAGE_BITS_MIN && bits <= PAGE_BITS_MAX)) return PAGE;
  return 1 << bits;
}

/** One segment. Returns the page size, which the first one sets, or a code. */
function takeSegment(reader: Reader, first: boolean, pageSize: number): number {
  let code = take(reader, SEGMENT);
  if (code < 0) return code;
  const address = readU32(reader.bytes, 0);
  const length = readU32(reader.bytes, 4);
  if (!(length < LENGTH_MAX && length % 4 === 0)) return Err.ImageRefused;
  if (first && !(length >= DESCRIPTION)) return Err.ImageRefused;
  const start = reader.at;
  let page = pageSize;
  for (let done = 0; done < length;) {
    const count = Math.min(PIECE, length - done);
    code = take(reader, count);
    if (code < 0) return code;
    if (first && done === 0) {
      describe(reader.bytes, reader.into);
      if (reader.chip.pages && !reader.into.described) return Err.ImageRefused;
      page = pageOf(reader);
    }
    for (let i = 0; i < count; i++) reader.checksum ^= reader.bytes[i]!;
    done += count;
  }
  // Slots begin on a page, so a place in the slot is the same place of a page as in flash.
  return chipMaps(reader.chip, address) && start % page !== address % page ? Err.ImageRefused : page;
}

/** Padding and checksum, and the digest where there is one. */
function takeEnd(reader: Reader): number {
  const pad = BLOCK - (reader.at % BLOCK);
  let code = take(reader, pad);
  if (code < 0) return code;
  if (reader.bytes[pad - 1] !== reader.checksum) return Err.ImageRefused;
  const digest = new Uint8Array(DIGEST);
  reader.hash.finish(digest);
  if (reader.into.digested) {
    if (!(reader.at + DIGEST <= reader.flash.size)) return Err.ImageRefused;
    code = flashRead(reader.flash, reader.at, reader.bytes, 0, DIGEST);
    if (code < 0) return code;
    for (let i = 0; i < DIGEST; i++) if (reader.bytes[i] !== digest[i]) return Err.ImageRefused;
    reader.at += DIGEST;
  }
  reader.into.size = reader.at;
  return Ok;
}

/**
 * Whether the bootloader of `chip` would run the image at the start of a slot: Ok, ImageRefused, or what the flash
 * says. `into` is of use only after Ok.
 */
export function imageVerify(flash: Flash, hash: Hash, chip: Chip, into: ImageInfo): number {
  if (!(flash.size <= LENGTH_MAX)) return Err.ImageRefused;
  const reader: Reader = {
    flash: flash,
    hash: hash,
    chip: chip,
    bytes: new Uint8Array(PIECE),
    into: into,
    at: 0,
    checksum: CHECKSUM_SEED,
  };
  hash.begin();
  const segments = takeHeader(reader);
  if (segments < 0) return segments;
  let page = PAGE;
  for (let i = 0; i < segments; i++) {
    page = takeSegment(reader, i === 0, page);
    if (page < 0) return page;
  }
  return takeEnd(reader);
}
