/**
 * Sends a body in blocks (Block1, RFC 7959 section 2.5), one after the other; for a report or a registration that is longer
 * than one message. Smaller blocks are sent where the server asks for them. A body of one block goes without the option.
 */
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { BlockIs, blockNew, blockRead, blockSize, writeBlock } from './block.ts';
import type { Block } from './block.ts';
import type { Endpoint, Peer, Request } from './contract.ts';
import { echoKeep, echoNew, writeEcho } from './echo.ts';
import type { Echo } from './echo.ts';
import type { Message } from './message.ts';
import { Code, codeIsSuccess, Option } from './numbers.ts';
import { writeOption, writePayload, writeUint } from './writer.ts';
import type { Writer } from './writer.ts';

export interface UploadOptions {
  readonly endpoint: Endpoint;
  readonly peer: Peer;
  /** Code.Post or Code.Put. */
  readonly method: number;
  /** Writes the options that name the resource, and the format of the body; none above Block1. */
  name(w: Writer): void;
  /** Largest blocks: 0..6 for 16..1024 bytes. The endpoint needs a buffer for one, with its header. */
  readonly szx: number;
  /** Tells this body from another to the same resource (RFC 9175 section 3); none: length 0, at most 8. */
  readonly tag: Uint8Array;
  /** The last answer: of success, with all it holds. */
  done(message: Message, now: number): void;
  /** `CoapRefused` with the code of the answer in `refusal`, or a code of the endpoint, or `CoapBlock`. */
  failed(code: number, now: number): void;
}

export interface CoapUpload extends Request {
  readonly options: UploadOptions;
  readonly echo: Echo;
  readonly block: Block;
  /** The body is bytes[0..length-1], and has to stay as it is. */
  bytes: Uint8Array;
  length: number;
  /** Where the block under way begins. */
  offset: number;
  szx: number;
  handle: number;
  refusal: number;
}

export function uploadNew(options: UploadOptions): CoapUpload {
  return {
    options: options,
    echo: echoNew(),
    block: blockNew(),
    bytes: options.tag,
    length: 0,
    offset: 0,
    szx: options.szx,
    handle: -1,
    refusal: 0,
    peer: options.peer,
    method: options.method,
    confirmable: true,
    observe: false,
    token: options.tag,
    tokenLength: 0,
    write: blockWrite,
    answered: blockAnswered,
    failed: blockFailed,
  };
}

/** Begins to send bytes[0..length-1]. `Ok`, or a code of the endpoint: nothing is sent then. */
export function uploadSend(upload: CoapUpload, bytes: Uint8Array, length: number, now: number): number {
  upload.bytes = bytes;
  upload.length = length;
  upload.offset = 0;
  upload.szx = upload.options.szx;
  upload.refusal = 0;
  return blockSend(upload, now);
}

/** Forgets it. */
export function uploadStop(upload: CoapUpload): void {
  upload.options.endpoint.cancel(upload.handle);
}

function blockSend(upload: CoapUpload, now: number): number {
  upload.handle = upload.options.endpoint.request(upload, now);
  return upload.handle < 0 ? upload.handle : Ok;
}

function blockEnd(upload: CoapUpload): number {
  const end = upload.offset + blockSize(upload.szx);
  return end < upload.length ? end : upload.length;
}

function blockWrite(this: Request, w: Writer): void {
  const upload = this as CoapUpload;
  const end = blockEnd(upload);
  const more = end < upload.length;
  upload.options.name(w);
  if (more || upload.offset > 0) {
    writeBlock(w, Option.Block1, upload.offset / blockSize(upload.szx), more, upload.szx);
    if (upload.offset === 0) writeUint(w, Option.Size1, upload.length);
  }
  writeEcho(w, upload.echo);
  const tag = upload.options.tag;
  if (tag.length > 0 && (more || upload.offset > 0)) writeOption(w, Option.RequestTag, tag, 0, tag.length);
  writePayload(w, upload.bytes, upload.offset, end);
}

function blockFailed(this: Request, code: number, now: number): void {
  (this as CoapUpload).options.failed(code, now);
}

function blockAnswered(this: Request, message: Message, now: number): void {
  const upload = this as CoapUpload;
  const again = echoKeep(upload.echo, message);
  const code = again ? Ok : blockGoOn(upload, message, now);
  if (code === DONE) return;
  const sent = code < 0 ? code : blockSend(upload, now);
  if (sent < 0) upload.options.failed(sent, now);
}

const DONE = 1;

/** What an answer means: `Ok`, the next block is to be sent; DONE; or a code. */
function blockGoOn(upload: CoapUpload, message: Message, now: number): number {
  const block = upload.block;
  const there = blockRead(block, message, Option.Block1);
  const smaller = there === BlockIs.There && block.szx < upload.szx;
  if (message.code === Code.RequestEntityTooLarge && smaller && upload.offset === 0) {
    // Not in blocks of this size: begun anew with smaller ones (RFC 7959 section 2.9.3).
    upload.szx = block.szx;
    return Ok;
  }
  if (!codeIsSuccess(message.code)) {
    upload.refusal = message.code;
    return Err.CoapRefused;
  }
  const end = blockEnd(upload);
  if (message.code !== Code.Continue) {
    if (end < upload.length) return Err.CoapBlock;
    upload.options.done(message, now);
    return DONE;
  }
  if (!(end < upload.length) || there !== BlockIs.There) return Err.CoapBlock;
  upload.offset = end;
  if (smaller) upload.szx = block.szx;
  return Ok;
}
