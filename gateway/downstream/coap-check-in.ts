/**
 * Check-ins over CoAP: a body, whole or in blocks; the desk's orders; and the answer once all that the check-in brought
 * about is on the disk. Until then nothing goes out, no acknowledgement either: the answer is it, and who is killed before
 * has acknowledged nothing.
 */
import { bodyAnswer, bodyEnd, bodyNew, bodyOption, bodyTake, Take } from '../../hal/coap/body.ts';
import type { Body } from '../../hal/coap/body.ts';
import type { Incoming, Peer, Reply, Response } from '../../hal/coap/contract.ts';
import { optionFind, optionUint, payloadLength } from '../../hal/coap/message.ts';
import { Code, Format, Option, Type } from '../../hal/coap/numbers.ts';
import { writePayload, writeUint } from '../../hal/coap/writer.ts';
import type { Writer } from '../../hal/coap/writer.ts';
import { CHECK_IN_MAX } from '../../hal/check-in/numbers.ts';
import type { Claims, Desk } from '../contract.ts';
import { isDeviceId, readCheckIn, writeOrders } from './check-in.ts';

export interface CheckInsOptions {
  readonly desk: Pick<Desk, 'checkIn'>;
  /** All that has changed until now is on the disk; rejects where it cannot be. */
  readonly saved: () => Promise<void>;
  readonly now: () => number;
  /** Sends what was held back. */
  readonly respond: (response: Response) => void;
}

const SZX = 6;
/** Bodies under way at once; the oldest makes room. */
const BODIES = 1024;
/** Answers that wait for the disk at once. */
const HELD_MAX = 1024;

interface Upload {
  readonly body: Body;
  readonly bytes: Uint8Array;
}

export class CheckIns {
  readonly #options: CheckInsOptions;
  /** By whose they are, a peer in the open or a device under OSCORE: each uploads one thing at a time. */
  readonly #uploads = new Map<Peer | string, Upload>();
  readonly #held = new Set<Promise<void>>();

  constructor(options: CheckInsOptions) {
    this.#options = options;
  }

  #uploadOf(owner: Peer | string, peer: Peer): Upload {
    const kept = this.#uploads.get(owner);
    // A device that comes from another address has begun anew.
    const holds = kept !== undefined && (kept.body.peer === null || kept.body.peer === peer);
    const upload = holds ? kept : { body: bodyNew(CHECK_IN_MAX, SZX), bytes: Buffer.alloc(CHECK_IN_MAX) };
    this.#uploads.delete(owner);
    this.#uploads.set(owner, upload);
    if (this.#uploads.size > BODIES) this.#uploads.delete(this.#uploads.keys().next().value!);
    return upload;
  }

  /** `owner` is whose blocks belong together. */
  serve(
    id: string,
    owner: Peer | string,
    link: Pick<Claims, 'link' | 'authenticated'>,
    incoming: Incoming,
    reply: Reply,
  ): void {
    const { message } = incoming;
    if (optionFind(message.cursor, message, Option.ContentFormat))
      if (optionUint(message.cursor, 2) !== Format.Cbor) {
        reply.code = Code.UnsupportedContentFormat;
        return;
      }
    const { body, bytes } = this.#uploadOf(owner, incoming.peer);
    if (bodyTake(body, incoming, reply) === Take.Refused) return;
    bytes.set(message.bytes.subarray(message.payload, message.end), body.offset);
    if (!body.last) return bodyAnswer(body, reply, Code.Changed);
    const whole = bytes.slice(0, body.offset + payloadLength(message));
    bodyEnd(body);
    this.#uploads.delete(owner);
    reply.code = Code.BadRequest;
    const said = isDeviceId(id) ? readCheckIn(whole) : undefined;
    if (said === undefined) return;
    reply.code = Code.ServiceUnavailable;
    if (!(this.#held.size < HELD_MAX)) return;
    const { desk, now } = this.#options;
    const orders = desk.checkIn(id, said.report, { ...said.claims, ...link }, now());
    reply.code = Code.Forbidden;
    if (orders === undefined) return;
    reply.code = Code.Empty;
    reply.held = true;
    this.#hold(incoming, writeOrders(orders), body);
  }

  #hold(incoming: Incoming, orders: Uint8Array, body: Body): void {
    const { peer, message, binding } = incoming;
    const kept = {
      peer,
      confirmable: false,
      token: message.token.slice(),
      tokenLength: message.tokenLength,
      binding: { bytes: binding.bytes.slice(), length: binding.length },
      acknowledges: message.type === Type.Confirmable ? message.id : -1,
      id: 0,
      settled: () => undefined,
    };
    const changed = (writer: Writer): void => {
      writeUint(writer, Option.ContentFormat, Format.Cbor);
      bodyOption(body, writer);
      writePayload(writer, orders, 0, orders.length);
    };
    const { saved, respond } = this.#options;
    const answered = saved().then(
      () => respond({ ...kept, code: Code.Changed, write: changed }),
      // The device tries again; what it said is in memory, and goes to the disk with the next change.
      () => respond({ ...kept, code: Code.ServiceUnavailable, write: () => undefined }),
    );
    this.#held.add(answered);
    void answered.finally(() => this.#held.delete(answered));
  }

  /** All that is held has been answered. */
  async idle(): Promise<void> {
    await Promise.all(this.#held);
  }
}
