/** What the parts of an endpoint share: its buffers, the exchanges under way, and the way out. */
import type { EndpointCounts, EndpointOptions, Incoming, Peer, Reply } from './contract.ts';
import { estimateNew, TIMING } from './estimate.ts';
import {
  bindingNew,
  exchangeAcknowledged,
  exchangeBegin,
  exchangeHasToken,
  exchangeNew,
  exchangeOvertaken,
  State,
} from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { HEADER, messageNew, TOKEN_MAX } from './message.ts';
import type { Message } from './message.ts';
import { Code } from './numbers.ts';
import { seenNew } from './seen.ts';
import type { Seen, SeenMessage } from './seen.ts';
import { writeHeader, writerNew } from './writer.ts';
import type { Writer } from './writer.ts';

/** A block of 1024 bytes, and 128 bytes of header, options and protection. */
const REPLY = 1152;
const REMEMBERED = 8;
const REMEMBERED_SIZE = 64;
/** 32 bits that cannot be guessed (RFC 7252 5.3.1). */
const TOKEN = 4;

export interface Desk {
  readonly options: EndpointOptions;
  readonly counts: EndpointCounts;
  readonly exchanges: Exchange[];
  readonly seen: Seen;
  /** As it came, and what stood inside it. */
  readonly message: Message;
  readonly plain: Message;
  readonly incoming: Incoming;
  readonly reply: Reply;
  /** What protection opened, and what it sealed of an answer; an empty message. */
  readonly opened: Writer;
  readonly sealed: Writer;
  /** Whose answer stands in `sealed`, where it may be too long to be kept. */
  sealedFor: SeenMessage | null;
  /** What it is to seal of our own; apart from `plain`, as serve() may send something while it looks at a request. */
  readonly draft: Writer;
  readonly drafted: Message;
  readonly empty: Writer;
  readonly token: Uint8Array;
  id: number;
  order: number;
}

export function desk(options: EndpointOptions): Desk {
  const exchanges: Exchange[] = [];
  for (const size of options.outgoing) exchanges.push(exchangeNew(exchanges.length, size));
  const size = options.serve || options.protection ? (options.replySize ?? REPLY) : 0;
  const covered = options.protection ? size : 0;
  const plain = messageNew();
  return {
    options: options,
    counts: {
      received: 0,
      transmitted: 0,
      retransmitted: 0,
      malformed: 0,
      strays: 0,
      repeats: 0,
      timeouts: 0,
    },
    exchanges: exchanges,
    seen: seenNew(
      options.remembered ?? REMEMBERED,
      options.serve ? (options.rememberedSize ?? REMEMBERED_SIZE) : 0,
    ),
    message: messageNew(),
    plain: plain,
    incoming: { peer: { estimate: estimateNew(TIMING) }, message: plain, binding: bindingNew(), now: 0 },
    reply: { writer: writerNew(new Uint8Array(options.serve ? size : 0)), code: 0, held: false },
    opened: writerNew(new Uint8Array(covered)),
    sealed: writerNew(new Uint8Array(covered)),
    sealedFor: null,
    draft: writerNew(new Uint8Array(covered)),
    drafted: messageNew(),
    empty: writerNew(new Uint8Array(HEADER)),
    token: new Uint8Array(TOKEN_MAX),
    // Begins anywhere, so that after a restart the peer does not take new messages for old ones.
    id: Math.floor(options.random() * 65536),
    order: 0,
  };
}

export function idNext(d: Desk): number {
  d.id = (d.id + 1) & 0xffff;
  return d.id;
}

export function transmit(d: Desk, peer: Peer, writer: Writer): void {
  d.counts.transmitted += 1;
  d.options.transmit(peer, writer.bytes, writer.length);
}

export function transmitEmpty(d: Desk, peer: Peer, type: number, id: number): void {
  writeHeader(d.empty, type, Code.Empty, id, d.token, 0);
  transmit(d, peer, d.empty);
}

/** A new token in d.token; returns its length. */
export function tokenNext(d: Desk): number {
  for (let i = 0; i < TOKEN; i += 1) d.token[i] = Math.floor(d.options.random() * 256);
  // By counting, so that a generator that is stuck is no way to hang.
  while (tokenUsed(d)) d.token[0] = (d.token[0]! + 1) & 0xff;
  return TOKEN;
}

function tokenUsed(d: Desk): boolean {
  for (const exchange of d.exchanges) {
    if (exchange.state !== State.Free && exchangeHasToken(exchange, d.token, TOKEN)) return true;
  }
  return false;
}

/** The exchange of a message of ours that is under way, by its id. */
export function exchangeOf(d: Desk, peer: Peer, id: number): Exchange | null {
  for (const exchange of d.exchanges) {
    const underWay = exchange.state === State.Unacknowledged || exchange.state === State.Acknowledged;
    if (underWay && exchange.peer === peer && exchange.id === id) return exchange;
  }
  return null;
}

/** The smallest free buffer of `least` bytes, or none. */
export function exchangeTake(d: Desk, least: number): Exchange | null {
  let best: Exchange | null = null;
  for (const exchange of d.exchanges) {
    const size = exchange.writer.bytes.length;
    if (exchange.state !== State.Free || size < least) continue;
    if (best === null || size < best.writer.bytes.length) best = exchange;
  }
  return best;
}

/** An acknowledgement of the exchange came; answered on its first transmission, it tells which others are lost. */
export function acknowledge(d: Desk, exchange: Exchange, now: number): void {
  const first = exchange.state === State.Unacknowledged && exchange.transmissions === 1;
  const peer = exchange.peer!;
  exchangeAcknowledged(exchange, now);
  if (first) for (const other of d.exchanges) exchangeOvertaken(other, peer, exchange.order);
}

/** Its bytes are ready: sends them, and waits from now on. */
export function exchangeSend(
  d: Desk,
  exchange: Exchange,
  peer: Peer,
  confirmable: boolean,
  now: number,
): void {
  d.order += 1;
  exchange.order = d.order;
  exchangeBegin(exchange, peer, confirmable, d.options.random(), now);
  transmit(d, peer, exchange.writer);
}

/** Handle of an exchange in its present use. */
export function handleOf(d: Desk, exchange: Exchange): number {
  return exchange.use * d.exchanges.length + exchange.index;
}
