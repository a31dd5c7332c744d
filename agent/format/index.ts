/**
 * The block index: docs/SPEC.md section 2. What proves a block before it is used.
 *
 *   header 32 | page digests 32 each | entries 18 each, 227 to a page
 */
import { readU16, readU32, writeU16, writeU32 } from '../bytes.ts';
import { Ok } from '../codes.ts';
import * as Err from '../err.ts';
import {
  BLOCK,
  DIGEST_LENGTH,
  SHORT_DIGEST,
  ENTRY_LENGTH,
  PAGE_ENTRIES,
  HEADER_LENGTH,
  HEADER_IMAGE_AT,
  HEADER_MAGIC_AT,
  HEADER_MAGIC,
  HEADER_BLOCKS_AT,
  HEADER_PAGES_AT,
  HEADER_FLAGS_AT,
  HEADER_ZERO_AT,
  FRAME_LENGTH_MASK,
  ENCODING_SHIFT,
} from './layout.ts';

export {
  BLOCK,
  DIGEST_LENGTH,
  SHORT_DIGEST,
  ENTRY_LENGTH,
  PAGE_ENTRIES,
  PAGE_LENGTH,
  HEADER_LENGTH,
  MADE_HERE,
  WINDOW_MIN,
  WINDOW_MAX,
  DEFAULT_WINDOW,
} from './layout.ts';

export const Encoding = { Stored: 0, Deflate: 1 } as const;

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
  writeU32(into, HEADER_MAGIC_AT, HEADER_MAGIC);
  writeU32(into, HEADER_IMAGE_AT, imageSize);
  writeU32(into, HEADER_BLOCKS_AT, blocks);
  writeU16(into, HEADER_PAGES_AT, indexPages(blocks));
  writeU16(into, HEADER_FLAGS_AT, flags);
  into.fill(0, HEADER_ZERO_AT, HEADER_LENGTH);
}

/** Whether the header is that of a payload with an image of this size. What has no meaning yet must be zero. */
export function headerCheck(bytes: Uint8Array, imageSize: number): number {
  const blocks = indexBlocks(imageSize);
  if (readU32(bytes, HEADER_MAGIC_AT) !== HEADER_MAGIC) return Err.IndexMalformed;
  if (readU32(bytes, HEADER_IMAGE_AT) !== imageSize) return Err.IndexMalformed;
  if (readU32(bytes, HEADER_BLOCKS_AT) !== blocks) return Err.IndexMalformed;
  if (readU16(bytes, HEADER_PAGES_AT) !== indexPages(blocks)) return Err.IndexMalformed;
  for (let at = HEADER_FLAGS_AT; at < HEADER_LENGTH; at++) if (bytes[at] !== 0) return Err.IndexMalformed;
  return Ok;
}

export function entryEncoding(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at + SHORT_DIGEST) >>> ENCODING_SHIFT;
}

export function entryFrameLength(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at + SHORT_DIGEST) & FRAME_LENGTH_MASK;
}

export function entryWrite(into: Uint8Array, at: number, encoding: number, frameLength: number): void {
  writeU16(into, at + SHORT_DIGEST, (encoding << ENCODING_SHIFT) | frameLength);
}
