/**
 * An incremental SHA-256 over a native one that takes a message in one piece. Where the bytes of a message are decides:
 *
 *   Held    small pieces, up to HELD_LONGEST bytes in all: copied, and digested at the end
 *   Range   what was read from flash, piece after piece: only where it lies is kept. Every piece is compared with the
 *           flash, so this is true whoever says so. Digested in place, where flash is mapped
 *   Whole   one long piece from elsewhere: digested at once, in the hope that it is all
 *   Script  all else, in JavaScript: some thousand times slower
 *
 * Written in the device dialect, like agent/.
 */
import type { Hash } from '../ports.ts';
import { scriptSha256 } from '../sha256.ts';
import type { LastRead } from './flash.ts';
import type { NativeCrypto, NativeE, NativeFlash } from './natives.ts';

const HELD = 192;
/** The ends of the chains of a one-time signature, and what stands before them, until `finish`: 51 of 24 bytes. */
const HELD_LONG = 1280;
/** 67 of 32 bytes. */
const HELD_LONGEST = 2304;
/** Of a flash that is not mapped, at most so much is read to be digested in one piece. */
const UNMAPPED = 4096;
const PIECE = 256;
const DIGEST = 32;

const Way = { Held: 0, Range: 1, Whole: 2, Script: 3 } as const;

export interface EspruinoHashOptions {
  readonly crypto: NativeCrypto;
  readonly flash: NativeFlash;
  readonly E: NativeE;
  /** Flash can be read as memory, at the addresses of the module `Flash`. Nothing on the board tells: know it. */
  readonly mapped: boolean;
  /** Shared with the flash adapters. */
  readonly last: LastRead;
}

/** The hash, with what it knows (flash.ts says why so). */
interface Message extends Hash {
  readonly natives: EspruinoHashOptions;
  /** HELD bytes, made when the first small piece comes, and kept until one is too many. */
  short: Uint8Array | undefined;
  held: Uint8Array | undefined;
  way: number;
  /** Bytes so far. */
  length: number;
  /** Range: where it begins. */
  address: number;
  /** Whole: the piece, and its digest. */
  piece: Uint8Array | undefined;
  digest: Uint8Array | undefined;
  script: Hash | undefined;
}

const digestOf = (m: Message, bytes: Uint8Array | string): Uint8Array =>
  new Uint8Array(m.natives.crypto.SHA256(bytes));

/** Whether `bytes` is what flash holds at `address`. */
function inFlash(m: Message, bytes: Uint8Array, address: number): boolean {
  const natives = m.natives;
  for (let at = 0; at < bytes.length; at += PIECE) {
    const n = Math.min(PIECE, bytes.length - at);
    const read = natives.flash.read(n, address + at);
    if (!(read && read.length === n)) return false;
    if (natives.E.toString(read) !== natives.E.toString(bytes.subarray(at, at + n))) return false;
  }
  return true;
}

/** Whether `bytes` goes on where the message ends in flash. */
function follows(m: Message, bytes: Uint8Array): boolean {
  const last = m.natives.last;
  if (!(bytes.length > 0 && bytes.length <= last.length)) return false;
  if (m.way === Way.Range && m.address + m.length !== last.address) return false;
  return inFlash(m, bytes, last.address);
}

/** What came so far goes into a hash in JavaScript. */
function toScript(m: Message): Hash {
  const script = m.script ?? scriptSha256();
  m.script = script;
  script.begin();
  if (m.way === Way.Held) script.update(m.held as Uint8Array, 0, m.length);
  if (m.way === Way.Whole) {
    const piece = m.piece as Uint8Array;
    if (m.natives.E.toString(digestOf(m, piece)) !== m.natives.E.toString(m.digest as Uint8Array)) {
      throw new Error('hash: the start of the message is gone');
    }
    script.update(piece, 0, piece.length);
  }
  if (m.way === Way.Range) {
    for (let at = 0; at < m.length; at += PIECE) {
      const read = m.natives.flash.read(Math.min(PIECE, m.length - at), m.address + at);
      if (!read) throw new Error('hash: no memory for a read');
      script.update(read, 0, read.length);
    }
  }
  m.way = Way.Script;
  return script;
}

/** Whether there is room for `n` bytes more among those held; makes it, where small pieces have come so far. */
function hold(m: Message, n: number): boolean {
  if (m.way !== Way.Held) return false;
  const least = m.length + n;
  if (least <= HELD && !m.held) {
    m.short = new Uint8Array(HELD);
    m.held = m.short;
  }
  const held = m.held;
  if (held && least <= held.length) return true;
  if (!(held && n <= HELD && m.length > 0 && least <= HELD_LONGEST)) return false;
  const longer = new Uint8Array(least <= HELD_LONG ? HELD_LONG : HELD_LONGEST);
  longer.set(held, 0);
  m.held = longer;
  // The ends of chains come once for each signature; until then there is no need to keep room for them.
  m.short = undefined;
  return true;
}

function update(m: Message, bytes: Uint8Array, from: number, to: number): void {
  if (!(from >= 0 && from <= to && to <= bytes.length)) throw new RangeError('range outside the bytes');
  const n = to - from;
  if (n === 0) return;
  const part = from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
  const first = m.length === 0;
  if (hold(m, n)) {
    (m.held as Uint8Array).set(part, m.length);
  } else if ((first || m.way === Way.Range) && follows(m, part)) {
    if (first) m.address = m.natives.last.address;
    m.way = Way.Range;
    if (!m.natives.mapped && m.length + n > UNMAPPED) {
      toScript(m).update(part, 0, n);
    }
  } else if (first) {
    m.way = Way.Whole;
    m.piece = part;
    m.digest = digestOf(m, part);
  } else {
    const script = m.way === Way.Script ? (m.script as Hash) : toScript(m);
    script.update(part, 0, n);
  }
  m.length += n;
}

function rangeDigest(m: Message): Uint8Array {
  const natives = m.natives;
  if (natives.mapped) return digestOf(m, natives.E.memoryArea(m.address, m.length));
  const bytes = natives.flash.read(m.length, m.address);
  if (!(bytes && bytes.length === m.length)) throw new Error('hash: no memory for a read');
  return digestOf(m, bytes);
}

function begin(m: Message): void {
  m.way = Way.Held;
  m.held = m.short;
  m.length = 0;
  m.piece = undefined;
  m.digest = undefined;
}

function finish(m: Message, into: Uint8Array): void {
  if (!(into.length >= DIGEST)) throw new RangeError('no room for a digest');
  if (m.way === Way.Script) (m.script as Hash).finish(into);
  else if (m.way === Way.Whole) into.set(m.digest as Uint8Array);
  else if (m.way === Way.Range) into.set(rangeDigest(m));
  else into.set(digestOf(m, m.held ? m.held.subarray(0, m.length) : new Uint8Array(0)));
  // What was in use for a long message is given back.
  m.script = undefined;
  begin(m);
}

function messageBegin(this: Message): void {
  begin(this);
}

function messageUpdate(this: Message, bytes: Uint8Array, from: number, to: number): void {
  update(this, bytes, from, to);
}

function messageFinish(this: Message, into: Uint8Array): void {
  finish(this, into);
}

/** A hash of its own state. `finish` writes 32 bytes. */
export function espruinoSha256(natives: EspruinoHashOptions): Hash {
  return {
    natives: natives,
    short: undefined,
    held: undefined,
    way: Way.Held,
    length: 0,
    address: 0,
    piece: undefined,
    digest: undefined,
    script: undefined,
    begin: messageBegin,
    update: messageUpdate,
    finish: messageFinish,
  } as Message;
}
