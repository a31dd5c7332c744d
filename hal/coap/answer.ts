/** What a server answers with: a representation, whole or the block of it that was asked for (Block2, RFC 7959 2.4). */
import { crc32 } from '../../agent/bytes.ts';
import { BlockIs, blockNew, blockRead, blockSize, SZX_MAX, writeBlock } from './block.ts';
import type { Incoming, Reply } from './contract.ts';
import { optionFind, optionUnknown } from './message.ts';
import { Code, Option } from './numbers.ts';
import { writeOption, writePayload, writeUint } from './writer.ts';

/** Which bytes of a representation are asked for. */
export interface Piece {
  number: number;
  szx: number;
  /** Bytes from..to-1. */
  from: number;
  to: number;
  more: boolean;
  /** It is all there is, and no block was asked for: it goes without the option. */
  whole: boolean;
}

export interface Representation {
  readonly code: number;
  /** Content-Format; -1: none. */
  readonly format: number;
  /** Observe; -1: none. */
  readonly observe: number;
  /** ETag, for a representation in blocks; without one it is a CRC of the bytes, which are then read for each block. */
  readonly tag?: Uint8Array;
}

export function pieceNew(): Piece {
  return { number: 0, szx: 0, from: 0, to: 0, more: false, whole: true };
}

/** Finds the piece of a representation of `total` bytes. False: what was asked for is not there; 4.00. */
export function pieceOf(into: Piece, incoming: Incoming, total: number, szx: number): boolean {
  const block = blockNew();
  const there = blockRead(block, incoming.message, Option.Block2);
  if (there === BlockIs.Malformed) return false;
  const asked = there === BlockIs.There ? block.szx : SZX_MAX;
  into.szx = asked < szx ? asked : szx;
  const size = blockSize(into.szx);
  // Asked for in larger blocks than are given: the same place has another number (RFC 7959 2.4).
  into.from = block.number * blockSize(asked);
  into.number = into.from / size;
  if (!(into.from < total || into.from === 0)) return false;
  into.more = into.from + size < total;
  into.to = into.more ? into.from + size : total;
  into.whole = there === BlockIs.Absent && !into.more;
  return true;
}

/** Answers with bytes[0..total-1]. What changes between two blocks is told by the ETag. */
export function answerBytes(
  incoming: Incoming,
  reply: Reply,
  representation: Representation,
  bytes: Uint8Array,
  total: number,
  szx: number,
): void {
  const piece = pieceNew();
  const w = reply.writer;
  if (!pieceOf(piece, incoming, total, szx)) {
    reply.code = Code.BadRequest;
    return;
  }
  reply.code = representation.code;
  if (!piece.whole) {
    const tag = representation.tag ?? crcOf(bytes, total);
    writeOption(w, Option.ETag, tag, 0, tag.length);
  }
  if (representation.observe >= 0) writeUint(w, Option.Observe, representation.observe);
  if (representation.format >= 0) writeUint(w, Option.ContentFormat, representation.format);
  pieceOption(piece, reply, total);
  writePayload(w, bytes, piece.from, piece.to);
}

function crcOf(bytes: Uint8Array, total: number): Uint8Array {
  const crc = crc32(bytes, 0, total);
  const tag = new Uint8Array(4);
  for (let i = 0; i < 4; i += 1) tag[i] = crc >>> (24 - 8 * i);
  return tag;
}

/** Block2, and with the first block Size2. */
export function pieceOption(piece: Piece, reply: Reply, total: number): void {
  if (piece.whole) return;
  writeBlock(reply.writer, Option.Block2, piece.number, piece.more, piece.szx);
  if (piece.from === 0) writeUint(reply.writer, Option.Size2, total);
}

/** Refuses what is not to be acted on: a critical option that is not in `known` (4.02), or a proxy's business (5.05). */
export function refuseUnknown(incoming: Incoming, reply: Reply, known: readonly number[]): boolean {
  const message = incoming.message;
  const cursor = message.cursor;
  if (optionFind(cursor, message, Option.ProxyUri) || optionFind(cursor, message, Option.ProxyScheme)) {
    reply.code = Code.ProxyingNotSupported;
    return true;
  }
  if (optionUnknown(cursor, message, known) === 0) return false;
  reply.code = Code.BadOption;
  return true;
}
