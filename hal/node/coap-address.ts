/**
 * What keeps a server of CoAP from being turned against others: who has not shown that it is at its address gets at most
 * three times the bytes that it sent, or is asked for Echo (RFC 9175 section 2.4 item 3). The value is a code of
 * authentication over address and time, so that nothing is kept of a peer before it has come back with it. Then it is
 * known for a while: clients such as libcoap's echo once, and would be asked anew for each block.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Incoming, Peer, Reply } from '../coap/contract.ts';
import { optionFind } from '../coap/message.ts';
import { Code, Option } from '../coap/numbers.ts';
import { writeOption } from '../coap/writer.ts';

const AMPLIFICATION = 3;
/** Milliseconds for which a value holds, and its bearer is known. */
const FRESH = 300_000;
const MAC = 16;
const STAMP = 6;

interface Address extends Peer {
  readonly address: string;
  readonly port: number;
}

export class AddressProof {
  readonly #key = randomBytes(32);
  /** Who has shown it, and when. */
  readonly #shown = new WeakMap<Peer, number>();

  #mac(peer: Peer, stamp: Uint8Array): Buffer {
    const { address, port } = peer as Address;
    return createHmac('sha256', this.#key)
      .update(`${address} ${port} `)
      .update(stamp)
      .digest()
      .subarray(0, MAC);
  }

  #value(peer: Peer, now: number): Uint8Array {
    const stamp = Buffer.alloc(STAMP);
    stamp.writeUIntBE(Math.floor(now), 0, STAMP);
    return Buffer.concat([stamp, this.#mac(peer, stamp)]);
  }

  #holds(incoming: Incoming): boolean {
    const { peer, now } = incoming;
    if (now - (this.#shown.get(peer) ?? -Infinity) <= FRESH) return true;
    const carried = this.#carries(incoming);
    if (carried) this.#shown.set(peer, now);
    return carried;
  }

  #carries({ peer, message, now }: Incoming): boolean {
    const { cursor } = message;
    if (!optionFind(cursor, message, Option.Echo) || cursor.to - cursor.from !== STAMP + MAC) return false;
    const value = Buffer.from(cursor.bytes.subarray(cursor.from, cursor.to));
    const stamp = value.subarray(0, STAMP);
    const age = now - stamp.readUIntBE(0, STAMP);
    return age > -1 && age <= FRESH && timingSafeEqual(value.subarray(STAMP), this.#mac(peer, stamp));
  }

  #challenge({ peer, now }: Incoming, reply: Reply): void {
    reply.code = Code.Unauthorized;
    const value = this.#value(peer, now);
    writeOption(reply.writer, Option.Echo, value, 0, value.length);
  }

  /** Answers by `answer`, or asks for Echo. Of a stranger only GET is looked at: what it takes to answer is little. */
  serve(incoming: Incoming, reply: Reply, answer: () => void): void {
    const { writer } = reply;
    const before = writer.length;
    const proven = this.#holds(incoming);
    if (!proven && incoming.message.code !== Code.Get) return this.#challenge(incoming, reply);
    answer();
    const most = AMPLIFICATION * (incoming.message.end - incoming.message.from);
    if (proven || writer.length <= most) return;
    writer.length = before;
    writer.option = 0;
    writer.payload = false;
    writer.overflow = false;
    this.#challenge(incoming, reply);
  }
}
