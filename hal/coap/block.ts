/**
 * The value of a Block1 or Block2 option (RFC 7959 section 2.2): number << 4 | more << 3 | szx, in up to three bytes.
 * A block is 16 << szx bytes, szx being 0..6.
 */
import type { Message } from './message.ts';
import { optionFind, optionUint } from './message.ts';
import type { Writer } from './writer.ts';
import { writeUint } from './writer.ts';

export const SZX_MAX = 6;
const OPTION_BYTES = 3;
const NUMBER_MAX = 0xfffff;

export interface Block {
  number: number;
  more: boolean;
  szx: number;
}

export const BlockIs = { There: 1, Absent: 0, Malformed: -1 } as const;

export function blockNew(): Block {
  return { number: 0, more: false, szx: 0 };
}

export function blockSize(szx: number): number {
  return 16 << szx;
}

/** The largest szx whose block is at most so long; 0 where none is. */
export function szxOf(size: number): number {
  let szx = SZX_MAX as number;
  while (szx > 0 && blockSize(szx) > size) szx -= 1;
  return szx;
}

/** Reads the option of that number: There, Absent or Malformed. */
export function blockRead(into: Block, message: Message, option: number): number {
  if (!optionFind(message.cursor, message, option)) return BlockIs.Absent;
  const value = optionUint(message.cursor, OPTION_BYTES);
  const szx = value & 7;
  if (value < 0 || szx > SZX_MAX) return BlockIs.Malformed;
  into.number = value >>> 4;
  into.more = (value & 8) !== 0;
  into.szx = szx;
  return BlockIs.There;
}

export function writeBlock(w: Writer, option: number, number: number, more: boolean, szx: number): void {
  if (!(number <= NUMBER_MAX)) {
    w.overflow = true;
    return;
  }
  writeUint(w, option, number * 16 + (more ? 8 : 0) + szx);
}
