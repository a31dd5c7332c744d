/**
 * What an endpoint of CoAP is to those who use it. It does no input or output and holds no timer: datagrams come by
 * receive(), go by transmit(), and tick() is called when the time comes that it named. Times are milliseconds of a
 * clock that never goes back. A message that is handed over lives as long as the call.
 */
import type { Estimate } from './estimate.ts';
import type { Message } from './message.ts';
import type { Writer } from './writer.ts';

/** The other end. The same address and port are the same record: the endpoint compares by identity. */
export interface Peer {
  readonly estimate: Estimate;
}

/** What ties a response to its request under protection: of OSCORE, kid, context and partial IV (RFC 8613 5.4). */
export interface Binding {
  readonly bytes: Uint8Array;
  length: number;
}

/** A request to be sent. Of its methods just one of answered() and failed() is called, but for an observation. */
export interface Request {
  readonly peer: Peer;
  readonly method: number;
  readonly confirmable: boolean;
  /** Asks to observe: each notification comes by answered(), until failed() or cancel(). */
  readonly observe: boolean;
  /** Length 0 has the endpoint take a new one at random, as it should be (RFC 7252 5.3.1); else it is pinned. */
  readonly token: Uint8Array;
  readonly tokenLength: number;
  /** Writes options and payload; before request() returns, and again, the same, where the first buffer was too small. */
  write(w: Writer): void;
  /** A response came, of whatever class. */
  answered(message: Message, now: number): void;
  /** There will be none: `CoapTimeout`, `CoapReset`. */
  failed(code: number, now: number): void;
}

/** A response that goes out by itself: one that was put off, or a notification. */
export interface Response {
  readonly peer: Peer;
  readonly code: number;
  readonly confirmable: boolean;
  readonly token: Uint8Array;
  readonly tokenLength: number;
  /** Of the request, where protection is in use. */
  readonly binding: Binding | null;
  /**
   * Of an answer whose acknowledgement was held back (Reply.held): the request's message id. The answer goes in the
   * acknowledgement then, once, and again for a request that comes again; `confirmable` is of no account. Left out, or -1:
   * it is a message of its own.
   */
  readonly acknowledges?: number;
  /** Message id, filled in when it is sent. */
  id: number;
  write(w: Writer): void;
  /** `Ok`: acknowledged, or sent where no confirmation was asked for. `CoapTimeout`, `CoapReset`: it was not. */
  settled(code: number, now: number): void;
}

/** A request that came. */
export interface Incoming {
  peer: Peer;
  readonly message: Message;
  readonly binding: Binding;
  now: number;
}

/** What is answered to it. Options and payload go to `writer`; where they do not fit, the answer is 5.00. */
export interface Reply {
  readonly writer: Writer;
  /** Code of the answer. `Code.Empty`: it comes later, by respond(). Set before serve() is called: 5.01. */
  code: number;
  /**
   * With `Code.Empty`: nothing goes out now, not even an acknowledgement. The answer has to come before the client's
   * patience is over (RFC 7252 section 5.2.1), with `acknowledges`. Set before serve() is called: false.
   */
  held: boolean;
}

/**
 * OSCORE's seam. Both calls are given a whole message and write a whole one, header included, with the same type, id
 * and token. `binding` is filled when a request passes, either way, and read for each of its responses.
 */
export interface Protection {
  /** Whether what goes to and comes from that peer is protected. */
  covers(peer: Peer): boolean;
  /** `Ok`, or a code: the message is not sent. */
  seal(out: Writer, plain: Message, binding: Binding, peer: Peer): number;
  /**
   * `Ok`, or a code: the message is dropped; its bytes may be changed either way. An answer to a request that is refused may
   * be left in `out`.
   */
  open(out: Writer, sealed: Message, binding: Binding, peer: Peer): number;
}

export interface EndpointOptions {
  /** bytes[0..length-1] is one datagram; the bytes stay as they are until it returns. It must not call receive(). */
  transmit(peer: Peer, bytes: Uint8Array, length: number): void;
  /** In 0..1, 1 not among them. Tokens are made of it: a generator that cannot be guessed, where there is one. */
  random(): number;
  /** Buffers for what is under way, in bytes of one message each: so many requests and responses at once. */
  readonly outgoing: readonly number[];
  /** Answers requests. Without it each is refused with a reset, or dropped. */
  serve?(request: Incoming, reply: Reply): void;
  /** Most bytes of an answer, its header included. Default 1152. Without serve() nothing is allocated for it. */
  readonly replySize?: number;
  /** Messages remembered, so that a repeated one is not acted on again; default 8. */
  readonly remembered?: number;
  /** Answers up to this length are kept with them, and sent again. Default 64. */
  readonly rememberedSize?: number;
  readonly protection?: Protection;
  /** A reset came for a message of ours that is not under way any more: of an observer, as a rule. */
  reset?(peer: Peer, id: number, now: number): void;
}

export interface EndpointCounts {
  received: number;
  transmitted: number;
  retransmitted: number;
  /** Dropped: malformed; an answer to nothing; a repeated message. */
  malformed: number;
  strays: number;
  repeats: number;
  /** Given up after the last retransmission, or for want of an answer. */
  timeouts: number;
}

export interface Endpoint {
  /**
   * Takes bytes[from..to-1], one datagram; under protection they are deciphered where they lie. `Ok`, or a code that says
   * why it was dropped.
   */
  receive(peer: Peer, bytes: Uint8Array, from: number, to: number, now: number): number;
  /** Does what is due. Returns when to call again; `Infinity`: nothing is under way. */
  tick(now: number): number;
  /** A handle, or a code: `CoapBusy`, `CoapTooLong`. */
  request(request: Request, now: number): number;
  respond(response: Response, now: number): number;
  /** Forgets what is under way; nothing of it is called any more. A handle that has ended does no harm. */
  cancel(handle: number): void;
  readonly counts: EndpointCounts;
}
