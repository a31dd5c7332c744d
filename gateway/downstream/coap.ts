/**
 * Devices over CoAP: `c/<id>` to check in, `r/<release>/<name>` and `s/<class>` in blocks out of the store, `time`,
 * `.well-known/core`. In the open, and only where that was asked for.
 *
 * A peer that has not shown that it is at its address gets at most three times the bytes that it sent (RFC 9175 section
 * 2.4 item 3): it is asked for Echo, by a code of authentication over its address, and nothing is kept of it before.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { pieceNew, pieceOf, pieceOption, refuseUnknown } from '../../hal/coap/answer.ts';
import { bodyAnswer, bodyEnd, bodyNew, bodyTake, Take } from '../../hal/coap/body.ts';
import type { Body } from '../../hal/coap/body.ts';
import { blockNew, blockRead } from '../../hal/coap/block.ts';
import type { Incoming, Peer, Reply } from '../../hal/coap/contract.ts';
import { optionFind, optionFirst, optionNext, optionUint, payloadLength } from '../../hal/coap/message.ts';
import type { Message } from '../../hal/coap/message.ts';
import { Code, Format, Option } from '../../hal/coap/numbers.ts';
import { writeOption, writePayload, writeUint } from '../../hal/coap/writer.ts';
import { CHECK_IN_MAX } from '../../hal/check-in/numbers.ts';
import { openCoapServer } from '../../hal/node/coap-server.ts';
import type { CoapServer } from '../../hal/node/coap-server.ts';
import type { Desk } from '../contract.ts';
import { isDeviceId, readCheckIn, writeOrders } from './check-in.ts';

export interface CoapDownOptions {
  readonly desk: Desk;
  /** 0 takes a free one. Default 5683. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Devices are not authenticated: whoever reaches the port can check in as any. Has to be asked for. */
  readonly insecureCoap: boolean;
  /** Is told of the risk at the start. */
  readonly warn: (words: string) => void;
  readonly clock?: (() => number) | undefined;
}

const KNOWN = [
  Option.UriHost,
  Option.UriPort,
  Option.UriPath,
  Option.UriQuery,
  Option.Accept,
  Option.Block2,
  Option.Block1,
];
const TAG = 8;
const SZX = 6;
/** Milliseconds for which an Echo value holds. */
const FRESH = 300_000;
const MAC = 16;
const STAMP = 6;
/** Bodies under way at once; the oldest makes room. */
const BODIES = 64;
const AMPLIFICATION = 3;
const CORE = '</c>;rt="flipside.check-in";ct=60,</r>;rt="flipside.release",</time>;ct=0';

const partsOf = (message: Message): string[] | undefined => {
  const { cursor } = message;
  const parts: string[] = [];
  for (let more = optionFirst(cursor, message); more; more = optionNext(cursor)) {
    if (cursor.number !== Option.UriPath) continue;
    const part = Buffer.from(cursor.bytes.subarray(cursor.from, cursor.to)).toString('latin1');
    if (!/^[A-Za-z0-9._-]+$/.test(part) || /^\.+$/.test(part)) return undefined;
    parts.push(part);
  }
  return parts;
};

/** What shows that a peer is at its address. */
class AddressProof {
  readonly #key = randomBytes(32);

  #mac(peer: Peer, stamp: Uint8Array): Buffer {
    const { address, port } = peer as Peer & { readonly address: string; readonly port: number };
    return createHmac('sha256', this.#key)
      .update(`${address} ${port} `)
      .update(stamp)
      .digest()
      .subarray(0, MAC);
  }

  value(peer: Peer, now: number): Uint8Array {
    const stamp = Buffer.alloc(STAMP);
    stamp.writeUIntBE(Math.floor(now), 0, STAMP);
    return Buffer.concat([stamp, this.#mac(peer, stamp)]);
  }

  holds({ peer, message, now }: Incoming): boolean {
    const { cursor } = message;
    if (!optionFind(cursor, message, Option.Echo) || cursor.to - cursor.from !== STAMP + MAC) return false;
    const value = Buffer.from(cursor.bytes.subarray(cursor.from, cursor.to));
    const stamp = value.subarray(0, STAMP);
    const age = now - stamp.readUIntBE(0, STAMP);
    return age > -1 && age <= FRESH && timingSafeEqual(value.subarray(STAMP), this.#mac(peer, stamp));
  }
}

class CoapDown {
  readonly #options: CoapDownOptions;
  readonly #proof = new AddressProof();
  /** By peer: a peer uploads one thing at a time. */
  readonly #bodies = new Map<Peer, { readonly body: Body; readonly bytes: Uint8Array }>();

  constructor(options: CoapDownOptions) {
    this.#options = options;
  }

  serve(incoming: Incoming, reply: Reply): void {
    if (refuseUnknown(incoming, reply, KNOWN)) return;
    const before = reply.writer.length;
    const proven = this.#proof.holds(incoming);
    // Nothing is done for who has not shown where he is, but what a small answer takes.
    if (!proven && incoming.message.code === Code.Post) return this.#challenge(incoming, reply);
    this.#answer(incoming, reply);
    const most = AMPLIFICATION * (incoming.message.end - incoming.message.from);
    if (proven || reply.writer.length <= most) return;
    reply.writer.length = before;
    reply.writer.option = 0;
    reply.writer.payload = false;
    reply.writer.overflow = false;
    this.#challenge(incoming, reply);
  }

  #challenge({ peer, now }: Incoming, reply: Reply): void {
    reply.code = Code.Unauthorized;
    const value = this.#proof.value(peer, now);
    writeOption(reply.writer, Option.Echo, value, 0, value.length);
  }

  #answer(incoming: Incoming, reply: Reply): void {
    const parts = partsOf(incoming.message);
    reply.code = Code.NotFound;
    if (parts === undefined || parts.length === 0) return;
    const path = parts.join('/');
    const id = parts.length === 2 && parts[0] === 'c' ? parts[1] : undefined;
    reply.code = Code.MethodNotAllowed;
    if (id !== undefined) {
      if (incoming.message.code === Code.Post) this.#checkIn(id, incoming, reply);
      return;
    }
    if (incoming.message.code !== Code.Get) return;
    if (path === 'time') return this.#text(reply, String(Math.floor(this.#now() / 1000)), Format.Text);
    if (path === '.well-known/core') return this.#text(reply, CORE, Format.Link);
    this.#file(path, incoming, reply);
  }

  #now(): number {
    return this.#options.clock?.() ?? Date.now();
  }

  #text(reply: Reply, text: string, format: number): void {
    const bytes = Buffer.from(text);
    reply.code = Code.Content;
    writeUint(reply.writer, Option.ContentFormat, format);
    writePayload(reply.writer, bytes, 0, bytes.length);
  }

  #checkIn(id: string, incoming: Incoming, reply: Reply): void {
    const { message, peer } = incoming;
    if (optionFind(message.cursor, message, Option.ContentFormat))
      if (optionUint(message.cursor, 2) !== Format.Cbor) {
        reply.code = Code.UnsupportedContentFormat;
        return;
      }
    const upload = this.#bodies.get(peer) ?? {
      body: bodyNew(CHECK_IN_MAX, SZX),
      bytes: Buffer.alloc(CHECK_IN_MAX),
    };
    this.#bodies.delete(peer);
    this.#bodies.set(peer, upload);
    if (this.#bodies.size > BODIES) this.#bodies.delete(this.#bodies.keys().next().value!);
    const { body, bytes } = upload;
    const take = bodyTake(body, incoming, reply);
    if (take === Take.Refused) return;
    bytes.set(message.bytes.subarray(message.payload, message.end), body.offset);
    if (!body.last) return bodyAnswer(body, reply, Code.Changed);
    const whole = bytes.slice(0, body.offset + payloadLength(message));
    bodyEnd(body);
    this.#bodies.delete(peer);
    reply.code = Code.BadRequest;
    const said = isDeviceId(id) ? readCheckIn(whole) : undefined;
    if (said === undefined) return;
    const claims = { ...said.claims, link: 'coap', authenticated: false };
    const orders = this.#options.desk.checkIn(id, said.report, claims, this.#now());
    reply.code = Code.Forbidden;
    if (orders === undefined) return;
    const answer = writeOrders(orders);
    writeUint(reply.writer, Option.ContentFormat, Format.Cbor);
    bodyAnswer(body, reply, Code.Changed);
    writePayload(reply.writer, answer, 0, answer.length);
  }

  #file(path: string, incoming: Incoming, reply: Reply): void {
    const { desk } = this.#options;
    const file = desk.file(path);
    reply.code = Code.NotFound;
    if (file === undefined) return;
    const { message } = incoming;
    const tag = Buffer.from(file.digest.slice(0, 2 * TAG), 'hex');
    writeOption(reply.writer, Option.ETag, tag, 0, TAG);
    const { cursor } = message;
    for (let more = optionFirst(cursor, message); more; more = optionNext(cursor)) {
      if (cursor.number !== Option.ETag) continue;
      if (!tag.equals(cursor.bytes.subarray(cursor.from, cursor.to))) continue;
      reply.code = Code.Valid;
      return;
    }
    const piece = pieceNew();
    if (!pieceOf(piece, incoming, file.size, SZX)) {
      const block = blockNew();
      reply.code = blockRead(block, message, Option.Block2) < 0 ? Code.BadRequest : Code.BadOption;
      return;
    }
    const bytes = new Uint8Array(piece.to - piece.from);
    if (desk.read(file.digest, piece.from, bytes) !== bytes.length) return;
    reply.code = Code.Content;
    writeUint(reply.writer, Option.ContentFormat, Format.Octets);
    pieceOption(piece, reply, file.size);
    writePayload(reply.writer, bytes, 0, bytes.length);
  }
}

/** Throws RangeError where nobody has said that devices need not be authenticated. */
export const openCoapDown = async (options: CoapDownOptions): Promise<CoapServer> => {
  if (!options.insecureCoap)
    throw new RangeError(
      'CoAP in the open: give insecureCoap where the network is trusted, or use HTTP with TLS',
    );
  options.warn(
    'CoAP in the open: whoever reaches the port can check in as any device, and reads every release',
  );
  const down = new CoapDown(options);
  return openCoapServer({
    port: options.port ?? 5683,
    host: options.host ?? '127.0.0.1',
    serve: (incoming, reply) => down.serve(incoming, reply),
  });
};
