/**
 * The block index: docs/SPEC.md section 2. What proves a block before it is used.
 *
 *   header 32 | page digests 32 each | entries 18 each, 227 to a page
 */
import { readU16, readU32, writeU16, writeU32 } from '../bytes.ts';
import { Ok } from '../codes.ts';
import * as Err from '../err.ts';

/** Bytes of image in a block. */
export const BLOCK = 4096;
export const DIGEST_LENGTH = 32;
/** Entries keep this much of a block's digest. */
export const SHORT_DIGEST = 16;
export const ENTRY_LENGTH: number = SHORT_DIGEST + 2;
export const PAGE_ENTRIES = 227;
export const PAGE_LENGTH: number = PAGE_ENTRIES * ENTRY_LENGTH;
export const HEADER_LENGTH = 32;
/** How far a frame may reach back, in bytes. By default as far as a block is long. */
export const WINDOW_MIN = 1024;
export const WINDOW_MAX = 32768;
export const DEFAULT_WINDOW: number = BLOCK;

export const Encoding = { Stored: 0, Deflate: 1 } as const;
/** Header flag: made on the device from an image that came without index. */
export const MADE_HERE = 1;

const MAGIC = 0x31495846; // "FXI1"
const MAGIC_AT = 0;
const IMAGE_SIZE_AT = MAGIC_AT + 4;
const BLOCKS_AT = IMAGE_SIZE_AT + 4;
const PAGES_AT = BLOCKS_AT + 4;
const FLAGS_AT = PAGES_AT + 2;
const ZERO_AT = FLAGS_AT + 2;
const FRAME_LENGTH_MASK = 0x1fff;
const ENCODING_SHIFT = 13;

export function indexBlocks(imageSize: number): number {
  return Math.ceil(imageSize / BLOCK);
}

export function indexPages(blocks: number): number {
  return Math.ceil(blocks / PAGE_ENTRIES);
}

/** Bytes of header and page digests: what the root is the digest of. */
export function indexHeadLength(blocks: number): number {
  return HEADER_LENGTH + DIGEST_LENGTH * indexPages(blocks);
}

export function indexLength(blocks: number): number {
  return indexHeadLength(blocks) + ENTRY_LENGTH * blocks;
}

/** Where the entry of `block` stands. Pages follow each other without gaps, so entries do too. */
export function indexEntryAt(blocks: number, block: number): number {
  return indexHeadLength(blocks) + ENTRY_LENGTH * block;
}

/** Bytes of image in `block`. */
export function blockLength(imageSize: number, block: number): number {
  return Math.min(BLOCK, imageSize - block * BLOCK);
}

export function headerWrite(into: Uint8Array, imageSize: number, flags: number): void {
  const blocks = indexBlocks(imageSize);
  writeU32(into, MAGIC_AT, MAGIC);
  writeU32(into, IMAGE_SIZE_AT, imageSize);
  writeU32(into, BLOCKS_AT, blocks);
  writeU16(into, PAGES_AT, indexPages(blocks));
  writeU16(into, FLAGS_AT, flags);
  into.fill(0, ZERO_AT, HEADER_LENGTH);
}

/** Whether the header is that of a payload with an image of this size. What has no meaning yet must be zero. */
export function headerCheck(bytes: Uint8Array, imageSize: number): number {
  const blocks = indexBlocks(imageSize);
  if (readU32(bytes, MAGIC_AT) !== MAGIC) return Err.IndexMalformed;
  if (readU32(bytes, IMAGE_SIZE_AT) !== imageSize) return Err.IndexMalformed;
  if (readU32(bytes, BLOCKS_AT) !== blocks) return Err.IndexMalformed;
  if (readU16(bytes, PAGES_AT) !== indexPages(blocks)) return Err.IndexMalformed;
  for (let at = FLAGS_AT; at < HEADER_LENGTH; at++) if (bytes[at] !== 0) return Err.IndexMalformed;
  return Ok;
}

export function entryEncoding(entry: Uint8Array): number {
  return readU16(entry, SHORT_DIGEST) >>> ENCODING_SHIFT;
}

export function entryFrameLength(entry: Uint8Array): number {
  return readU16(entry, SHORT_DIGEST) & FRAME_LENGTH_MASK;
}

export function entryWrite(into: Uint8Array, at: number, encoding: number, frameLength: number): void {
  writeU16(into, at + SHORT_DIGEST, (encoding << ENCODING_SHIFT) | frameLength);
}
