/** What the answer to a request for a block is worth. Nothing it says is believed; it is held against what was asked. */
import { bytesCopy, bytesEqual } from '../../agent/bytes.ts';
import * as Err from '../../agent/err.ts';
import { BlockIs, blockRead, blockSize } from './block.ts';
import type { Block } from './block.ts';
import { echoKeep } from './echo.ts';
import type { Echo } from './echo.ts';
import { optionFind, optionUint, payloadLength } from './message.ts';
import type { Message } from './message.ts';
import { Code, codeIsSuccess, Option } from './numbers.ts';

/** In place of a length: ask again, with the Echo that was given. */
export const Judged = { Again: 9007199254740991 } as const;

const TAG_MAX = 8;
/** Of Max-Age, where it is not said (RFC 7252 5.10.5). */
const MAX_AGE = 60;

/** The ETag of the resource. */
export interface Tag {
  readonly bytes: Uint8Array;
  /** -1: none has come yet. */
  length: number;
}

/** As much of a download as is judged by, and what is learned. */
export interface Judging {
  readonly options: { readonly strict: boolean };
  /** Blocks that came with another ETag than the one before. */
  changes: number;
  readonly block: Block;
  readonly tag: Tag;
  readonly echo: Echo;
  szx: number;
  settled: boolean;
  total: number;
  refusal: number;
  maxAge: number;
}

export function tagNew(): Tag {
  return { bytes: new Uint8Array(TAG_MAX), length: -1 };
}

/** Judges the answer to a request for the block of `szx` at `offset`: its length, Judged.Again, or a code. */
export function blockJudge(d: Judging, message: Message, offset: number, szx: number): number {
  const cursor = message.cursor;
  if (echoKeep(d.echo, message)) return Judged.Again;
  if (!codeIsSuccess(message.code)) {
    d.refusal = message.code;
    const age = optionFind(cursor, message, Option.MaxAge) ? optionUint(cursor, 4) : MAX_AGE;
    d.maxAge = age < 0 ? MAX_AGE : age;
    return Err.CoapRefused;
  }
  if (message.code !== Code.Content) return Err.CoapBlock;
  const block = d.block;
  const length = payloadLength(message);
  const there = blockRead(block, message, Option.Block2);
  if (there === BlockIs.Malformed) return Err.CoapBlock;
  if (there === BlockIs.Absent) {
    // All of it in one message, which it can only be from the first byte on.
    block.number = 0;
    block.more = false;
    block.szx = szx;
  }
  const size = blockSize(block.szx);
  const placed = block.szx <= szx && block.number * size === offset;
  if (!placed || (block.more ? length !== size : !(length <= size))) return Err.CoapBlock;
  const end = offset + length;
  if (!tagSame(d.tag, message)) {
    d.changes += 1;
    if (d.options.strict) return Err.CoapChanged;
  }
  if (block.more ? !(end < d.total) : d.total !== Infinity && d.total !== end)
    return d.changes > 0 ? Err.CoapChanged : Err.CoapBlock;
  if (!block.more) d.total = end;
  if (block.szx < d.szx) d.szx = block.szx;
  d.settled = true;
  return length;
}

/**
 * Whether the tag is that of the block before; it is kept for the next. One that comes without a tag, as some do from the
 * middle of a resource on, is not held against it.
 */
function tagSame(tag: Tag, message: Message): boolean {
  const cursor = message.cursor;
  if (!optionFind(cursor, message, Option.ETag)) return true;
  const length = cursor.to - cursor.from;
  if (!(length <= TAG_MAX)) return false;
  const same =
    tag.length < 0 || (tag.length === length && bytesEqual(tag.bytes, 0, cursor.bytes, cursor.from, length));
  tag.length = length;
  bytesCopy(cursor.bytes, cursor.from, tag.bytes, 0, length);
  return same;
}
