/**
 * A body that comes in blocks (Block1, RFC 7959 section 2.5), as a stream: nothing of it is kept here. One at a time; it
 * is known by its sender, its path and its Request-Tag (RFC 9175 section 3), never by a token, which changes from block
 * to block.
 */
import { bytesCopy, bytesEqual } from '../../agent/bytes.ts';
import { BlockIs, blockNew, blockRead, blockSize, writeBlock } from './block.ts';
import type { Block } from './block.ts';
import type { Incoming, Peer, Reply } from './contract.ts';
import { EXCHANGE_LIFETIME } from './estimate.ts';
import { optionFind, optionFirst, optionNext, optionUint, payloadLength } from './message.ts';
import type { Message } from './message.ts';
import { Code, Option } from './numbers.ts';
import { writeUint } from './writer.ts';
import type { Writer } from './writer.ts';

/** bodyTake(): what is to be done with a block. */
export const Take = {
  /** Take the payload; it stands at `offset` in the body. */
  Block: 1,
  /** It was taken before, and only its answer was lost: answer again. */
  Repeated: 2,
  /** The answer is written already. */
  Refused: 0,
} as const;

/** Path and Request-Tag, each option with its number and length before it. */
const KEY = 96;

export interface Body {
  /** Most bytes of a body, and the largest blocks that are asked for. */
  readonly most: number;
  readonly szx: number;
  peer: Peer | null;
  readonly key: Uint8Array;
  keyLength: number;
  /** Place of the block at hand, and of the one to come. */
  offset: number;
  next: number;
  /** The block at hand is the first, or the last. */
  first: boolean;
  last: boolean;
  at: number;
  /** The option of the block at hand; `there` where there was one. */
  readonly block: Block;
  there: boolean;
}

export function bodyNew(most: number, szx: number): Body {
  return {
    most: most,
    szx: szx,
    peer: null,
    key: new Uint8Array(KEY),
    keyLength: 0,
    offset: 0,
    next: 0,
    first: false,
    last: false,
    at: 0,
    block: blockNew(),
    there: false,
  };
}

/** Looks at a request with a body, in blocks or whole: Take. */
export function bodyTake(body: Body, incoming: Incoming, reply: Reply): number {
  const message = incoming.message;
  const length = payloadLength(message);
  const block = body.block;
  const there = blockRead(block, message, Option.Block1);
  body.there = there === BlockIs.There;
  if (there === BlockIs.Malformed) return refuse(reply, Code.BadRequest);
  if (there === BlockIs.Absent) {
    block.number = 0;
    block.more = false;
  } else {
    const size = blockSize(block.szx);
    if (block.more ? length !== size : !(length <= size)) return refuse(reply, Code.BadRequest);
  }
  const offset = body.there ? block.number * blockSize(block.szx) : 0;
  const size = optionFind(message.cursor, message, Option.Size1) ? optionUint(message.cursor, 4) : 0;
  if (!(offset + length <= body.most && size >= 0 && size <= body.most)) return tooLarge(body, reply);
  const same = body.peer === incoming.peer && keyIs(body, message);
  if (offset === 0 && !(same && body.next === length && block.more)) {
    const other = body.peer !== null && body.peer !== incoming.peer;
    if (other && incoming.now - body.at < EXCHANGE_LIFETIME) return refuse(reply, Code.ServiceUnavailable);
    if (!keySet(body, message)) return refuse(reply, Code.BadOption);
    body.peer = incoming.peer;
    body.next = 0;
  } else if (!same) {
    return refuse(reply, Code.RequestEntityIncomplete);
  }
  body.offset = offset;
  body.first = offset === 0;
  body.last = !block.more;
  body.at = incoming.now;
  if (offset + length === body.next && length > 0) return Take.Repeated;
  if (offset !== body.next) return refuse(reply, Code.RequestEntityIncomplete);
  body.next = offset + length;
  return Take.Block;
}

/** The body is over, taken or not: the next may come from whoever. */
export function bodyEnd(body: Body): void {
  body.peer = null;
  body.next = 0;
}

/** Answers the block at hand: 2.31 where more are to come, else with `code`. */
export function bodyAnswer(body: Body, reply: Reply, code: number): void {
  reply.code = body.last ? code : Code.Continue;
  bodyOption(body, reply.writer);
}

/** The option alone, for an answer that has others before it. */
export function bodyOption(body: Body, w: Writer): void {
  if (!body.there) return;
  const block = body.block;
  // Counted in blocks of the size that is asked for, the number would be another: it is the one of the request.
  writeBlock(w, Option.Block1, block.number, block.more, block.szx < body.szx ? block.szx : body.szx);
}

function refuse(reply: Reply, code: number): number {
  reply.code = code;
  return Take.Refused;
}

function tooLarge(body: Body, reply: Reply): number {
  writeUint(reply.writer, Option.Size1, body.most);
  return refuse(reply, Code.RequestEntityTooLarge);
}

/** False where the key is longer than there is room for. */
function keySet(body: Body, message: Message): boolean {
  body.keyLength = 0;
  const cursor = message.cursor;
  for (let there = optionFirst(cursor, message); there; there = optionNext(cursor)) {
    if (!inKey(cursor.number)) continue;
    const length = cursor.to - cursor.from;
    if (!(body.keyLength + 2 + length <= KEY)) return false;
    body.key[body.keyLength] = cursor.number;
    body.key[body.keyLength + 1] = length;
    bytesCopy(cursor.bytes, cursor.from, body.key, body.keyLength + 2, length);
    body.keyLength += 2 + length;
  }
  return true;
}

function keyIs(body: Body, message: Message): boolean {
  let at = 0;
  const cursor = message.cursor;
  for (let there = optionFirst(cursor, message); there; there = optionNext(cursor)) {
    if (!inKey(cursor.number)) continue;
    const length = cursor.to - cursor.from;
    if (!(at + 2 + length <= body.keyLength)) return false;
    if (body.key[at] !== (cursor.number & 0xff) || body.key[at + 1] !== length) return false;
    if (!bytesEqual(body.key, at + 2, cursor.bytes, cursor.from, length)) return false;
    at += 2 + length;
  }
  return at === body.keyLength;
}

function inKey(number: number): boolean {
  return number === Option.UriPath || number === Option.UriQuery || number === Option.RequestTag;
}
