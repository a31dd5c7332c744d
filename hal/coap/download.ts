/**
 * Fetches bytes of a resource block by block (Block2, RFC 7959 section 2.4), and gives each to a sink as it comes: no
 * more of it is held than the blocks that came before their turn, and the rest of one that the sink could not take.
 *
 *          next ─► given to the sink in this order
 *   ┌────────┬────────┬────────┬────────┬───
 *   │ asked  │ held   │ asked  │        │       `window` asked for at once, `held` kept at most
 *   └────────┴────────┴────────┴────────┴───
 *
 * It begins at any byte. Places are counted in bytes, so that a server may answer with smaller blocks than were asked
 * for, which are then asked for. No size, and no number of a block that a server names is believed: a block is taken
 * if it begins where it was asked for, and is as long as its option says.
 */
import { bytesCopy } from '../../agent/bytes.ts';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { blockNew, blockSize, writeBlock } from './block.ts';
import type { Block } from './block.ts';
import type { Endpoint, Peer, Request } from './contract.ts';
import { Judged, blockJudge, tagNew } from './download-judge.ts';
import type { Tag } from './download-judge.ts';
import { echoNew, writeEcho } from './echo.ts';
import type { Echo } from './echo.ts';
import type { Message } from './message.ts';
import { Code, Option } from './numbers.ts';
import { writeUint } from './writer.ts';
import type { Writer } from './writer.ts';

export interface DownloadOptions {
  readonly endpoint: Endpoint;
  /** Writes the options that name the resource; none above Accept. */
  name(w: Writer): void;
  /**
   * Takes bytes[from..to-1], which stand at `offset` of the resource. So many as it returns; where those are fewer, the rest is
   * given again after downloadResume(). A code ends the download.
   */
  take(bytes: Uint8Array, from: number, to: number, offset: number): number;
  /** Of the blocks to ask for: 0..6 for 16..1024 bytes. */
  readonly szx: number;
  /** Requests at once. 1 as long as the size of the blocks is not settled. */
  readonly window: number;
  /** Blocks that can be held; 1 at least. */
  readonly held: number;
  /**
   * Another ETag in the middle ends it, with `CoapChanged`. Not where what comes is proven anyway, as an update is: a server
   * may give another one to each of several clients at a time (libcoap's does), and the bytes are the same.
   */
  readonly strict: boolean;
  /** The same token for all blocks, for a server that wants it; the window is then 1. Empty: a new one for each. */
  readonly token: Uint8Array;
}

export const DownloadState = {
  Idle: 0,
  /** Blocks are asked for. */
  Running: 1,
  /** The sink could not take all: downloadResume(). */
  Paused: 2,
  /** `code` says how. */
  Ended: 3,
} as const;

const PartState = { Free: 0, Asked: 1, Held: 2, Refused: 3 } as const;
const NO_BUFFER = -1;

/** A block that is asked for, or held. */
interface Part extends Request {
  peer: Peer;
  readonly download: Download;
  state: number;
  handle: number;
  offset: number;
  szx: number;
  length: number;
  /** Number of the buffer it is held in. */
  buffer: number;
}

export interface Download {
  readonly options: DownloadOptions;
  peer: Peer;
  readonly parts: Part[];
  readonly buffers: Uint8Array[];
  readonly free: boolean[];
  state: number;
  /** Of the end: `Ok`, also where the resource ends before the range; a code of the endpoint, of the sink, or a Coap one. */
  code: number;
  /** The response code where the server refused; Max-Age of that answer, in seconds. */
  refusal: number;
  maxAge: number;
  szx: number;
  /** The server has answered: the size of its blocks is known. */
  settled: boolean;
  /** Byte to be given to the sink next; end of the range; length of the resource, once its last block has come. */
  next: number;
  end: number;
  total: number;
  /** A block had to be thrown away: no more are asked for ahead until the next is there. */
  crowded: boolean;
  readonly block: Block;
  readonly tag: Tag;
  changes: number;
  readonly echo: Echo;
  /** Bytes of payload that came; requests made; blocks thrown away. */
  received: number;
  requests: number;
  dropped: number;
}

export function downloadNew(options: DownloadOptions, peer: Peer): Download {
  const d: Download = {
    options: options,
    peer: peer,
    parts: [],
    buffers: [],
    free: [],
    state: DownloadState.Idle,
    code: Ok,
    refusal: 0,
    maxAge: 0,
    szx: options.szx,
    settled: false,
    next: 0,
    end: 0,
    total: Infinity,
    crowded: false,
    block: blockNew(),
    tag: tagNew(),
    changes: 0,
    echo: echoNew(),
    received: 0,
    requests: 0,
    dropped: 0,
  };
  const window = options.token.length > 0 ? 1 : options.window;
  // What is held takes a place as well.
  for (let i = 0; i < window + options.held; i += 1) d.parts.push(partNew(d));
  for (let i = 0; i < options.held; i += 1) {
    d.buffers.push(new Uint8Array(blockSize(options.szx)));
    d.free.push(true);
  }
  return d;
}

function partNew(d: Download): Part {
  return {
    download: d,
    peer: d.peer,
    method: Code.Get,
    confirmable: true,
    observe: false,
    token: d.options.token,
    tokenLength: d.options.token.length,
    state: PartState.Free,
    handle: -1,
    offset: 0,
    szx: 0,
    length: 0,
    buffer: NO_BUFFER,
    write: partWrite,
    answered: partAnswered,
    failed: partFailed,
  };
}

/** Goes to another resource, or begins anew with the same: nothing that was learned holds any more. */
export function downloadOpen(d: Download, peer: Peer): void {
  downloadStop(d);
  d.peer = peer;
  d.szx = d.options.szx;
  d.settled = false;
  d.next = 0;
  d.total = Infinity;
  d.tag.length = -1;
  d.changes = 0;
  d.echo.length = 0;
}

/**
 * Asks for `length` bytes from `offset` on; Infinity: to the end of the resource, one block after the other. What is under way,
 * or held, of them already is made use of.
 */
export function downloadRead(d: Download, offset: number, length: number, now: number): void {
  d.next = offset;
  d.end = offset + length;
  d.code = Ok;
  d.crowded = false;
  for (const part of d.parts)
    if (!(part.offset < d.end && part.offset + part.length > d.next)) partFree(d, part);
  d.state = DownloadState.Running;
  advance(d, now);
}

/** The sink can take more. */
export function downloadResume(d: Download, now: number): void {
  if (d.state !== DownloadState.Paused) return;
  d.state = DownloadState.Running;
  advance(d, now);
}

/** Forgets what is under way and what is held. */
export function downloadStop(d: Download): void {
  for (const part of d.parts) partFree(d, part);
  d.state = DownloadState.Idle;
}

function finish(d: Download, code: number): void {
  downloadStop(d);
  d.state = DownloadState.Ended;
  d.code = code;
}

function partFree(d: Download, part: Part): void {
  if (part.state === PartState.Asked) d.options.endpoint.cancel(part.handle);
  if (part.buffer !== NO_BUFFER) d.free[part.buffer] = true;
  part.buffer = NO_BUFFER;
  part.state = PartState.Free;
  part.length = 0;
}

function partAt(d: Download, at: number): Part | null {
  for (const part of d.parts) {
    if (part.state !== PartState.Free && part.offset <= at && at < part.offset + part.length) return part;
  }
  return null;
}

/** Gives to the sink what is held and due, then asks for more. */
function advance(d: Download, now: number): void {
  while (d.state === DownloadState.Running) {
    if (d.next >= d.end || d.next >= d.total) {
      finish(d, Ok);
      return;
    }
    const part = partAt(d, d.next);
    if (part === null || part.state === PartState.Asked) break;
    if (part.state === PartState.Refused) {
      finish(d, Err.CoapRefused);
      return;
    }
    if (give(d, d.buffers[part.buffer]!, 0, part.offset, part.length)) partFree(d, part);
  }
  if (d.state === DownloadState.Running) fill(d, now);
}

/** Gives the part of a block that is due. True where the sink took all of it. */
function give(d: Download, bytes: Uint8Array, from: number, offset: number, length: number): boolean {
  const start = d.next - offset;
  const whole = offset + length < d.end ? length : d.end - offset;
  const taken = d.options.take(bytes, from + start, from + whole, d.next);
  if (taken < 0) {
    finish(d, taken);
    return false;
  }
  d.next += taken;
  if (taken > 0) d.crowded = false;
  if (d.next >= offset + whole) return true;
  d.state = DownloadState.Paused;
  return false;
}

function fill(d: Download, now: number): void {
  const window = d.settled && d.end !== Infinity ? d.parts.length - d.buffers.length : 1;
  let asked = 0;
  for (const part of d.parts) if (part.state === PartState.Asked) asked += 1;
  let at = d.next;
  while (at < d.end && at < d.total) {
    const there = partAt(d, at);
    if (there !== null) {
      at = there.offset + there.length;
      continue;
    }
    if (!(asked < window) || (d.crowded && at > d.next)) return;
    const part = partSpare(d);
    if (part === null) return;
    const size = blockSize(d.szx);
    const code = partAsk(d, part, Math.floor(at / size) * size, now);
    if (code < 0) {
      // With one under way, it is tried again when that one ends.
      if (asked === 0) finish(d, code);
      return;
    }
    asked += 1;
    at = part.offset + part.length;
  }
}

function partSpare(d: Download): Part | null {
  for (const part of d.parts) if (part.state === PartState.Free) return part;
  return null;
}

function partAsk(d: Download, part: Part, offset: number, now: number): number {
  part.peer = d.peer;
  part.offset = offset;
  part.szx = d.szx;
  part.length = blockSize(d.szx);
  part.handle = d.options.endpoint.request(part, now);
  part.state = part.handle < 0 ? PartState.Free : PartState.Asked;
  if (part.handle < 0) part.length = 0;
  else d.requests += 1;
  return part.handle;
}

function partWrite(this: Request, w: Writer): void {
  const part = this as Part;
  const d = part.download;
  d.options.name(w);
  writeBlock(w, Option.Block2, part.offset / blockSize(part.szx), false, part.szx);
  // Asks for the size (RFC 7959 section 4); nothing depends on it.
  if (part.offset === 0) writeUint(w, Option.Size2, 0);
  writeEcho(w, d.echo);
}

function partFailed(this: Request, code: number): void {
  const part = this as Part;
  part.state = PartState.Free;
  finish(part.download, code);
}

function partAnswered(this: Request, message: Message, now: number): void {
  const part = this as Part;
  const d = part.download;
  part.state = PartState.Free;
  const judged = blockJudge(d, message, part.offset, part.szx);
  if (judged === Judged.Again) {
    const code = partAsk(d, part, part.offset, now);
    if (code < 0) finish(d, code);
    return;
  }
  if (judged === Err.CoapRefused && part.offset > d.next) {
    // Asked for ahead, and perhaps behind the end of the resource: what stands before it says so.
    part.state = PartState.Refused;
    return;
  }
  if (judged < 0) {
    finish(d, judged);
    return;
  }
  arrive(d, part, message, judged);
  advance(d, now);
}

function arrive(d: Download, part: Part, message: Message, length: number): void {
  part.length = length;
  d.received += length;
  if (!(part.offset + length > d.next)) return;
  const due = part.offset <= d.next && d.state === DownloadState.Running;
  if (due && give(d, message.bytes, message.payload, part.offset, length)) return;
  if (d.state !== DownloadState.Ended && part.offset < d.end) hold(d, part, message, length);
}

/** Keeps a block that came before its turn, or is not taken to its end; the farthest one makes room. */
function hold(d: Download, part: Part, message: Message, length: number): void {
  let buffer = d.free.indexOf(true);
  if (buffer < 0) {
    let farthest = part;
    for (const one of d.parts)
      if (one.state === PartState.Held && one.offset > farthest.offset) farthest = one;
    d.crowded = true;
    d.dropped += 1;
    if (farthest === part) return;
    buffer = farthest.buffer;
    partFree(d, farthest);
  }
  d.free[buffer] = false;
  part.state = PartState.Held;
  part.buffer = buffer;
  bytesCopy(message.bytes, message.payload, d.buffers[buffer]!, 0, length);
}
