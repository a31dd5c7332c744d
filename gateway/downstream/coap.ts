/**
 * Devices over CoAP: `c/<id>` to check in, `r/<release>/<name>` and `s/<class>` in blocks out of the store, `time`,
 * `.well-known/core`. Under OSCORE, which says who a device is; in the open only where that was asked for, and then
 * strangers get little (hal/node/coap-address.ts), and nobody is taken for a device that has a security context.
 */
import { ORDERS_MAX } from '../../hal/check-in/numbers.ts';
import { pieceNew, pieceOf, pieceOption, refuseUnknown } from '../../hal/coap/answer.ts';
import { blockNew, blockRead } from '../../hal/coap/block.ts';
import type { Incoming, Reply } from '../../hal/coap/contract.ts';
import { optionFirst, optionNext } from '../../hal/coap/message.ts';
import type { Message } from '../../hal/coap/message.ts';
import { Code, Format, Option } from '../../hal/coap/numbers.ts';
import { writeOption, writePayload, writeUint } from '../../hal/coap/writer.ts';
import { AddressProof } from '../../hal/node/coap-address.ts';
import { openCoapServer } from '../../hal/node/coap-server.ts';
import type { CoapServer } from '../../hal/node/coap-server.ts';
import { monotonic } from '../../hal/node/udp.ts';
import type { Desk } from '../contract.ts';
import { CheckIns } from './coap-check-in.ts';
import type { DeviceContexts } from './oscore.ts';

export interface CoapDownOptions {
  readonly desk: Desk;
  /** Inventory.saved: no check-in is answered before. */
  readonly saved: () => Promise<void>;
  /** 0 takes a free one. Default 5683. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Security contexts of devices; what comes unprotected they refuse, or leave to `insecureCoap`. */
  readonly contexts?: DeviceContexts | undefined;
  /** Whether that device shows by another protocol who it is: here it needs its context then, whatever `insecureCoap` says. */
  readonly shownElsewhere?: ((id: string) => boolean) | undefined;
  /** Devices without a context are not authenticated: whoever reaches the port can check in as one. Has to be asked for. */
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
/** Addresses and messages that are known at once: of a fleet that wakes together each exchange is to come to its end. */
const PEERS = 4096;
const REMEMBERED = 1024;
/** Orders with header and options: an answer that was lost is sent again, as the check-in behind it is not acted on twice. */
const REMEMBERED_SIZE = ORDERS_MAX + 64;
const TAG = 8;
const SZX = 6;
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

class CoapDown {
  readonly #options: CoapDownOptions;
  readonly #proof = new AddressProof();
  readonly #checkIns: CheckIns;

  constructor(options: CoapDownOptions, respond: ConstructorParameters<typeof CheckIns>[0]['respond']) {
    this.#options = options;
    const { desk, saved } = options;
    this.#checkIns = new CheckIns({ desk, saved, respond, now: () => this.#now() });
  }

  serve(incoming: Incoming, reply: Reply): void {
    if (refuseUnknown(incoming, reply, KNOWN)) return;
    const device = this.#options.contexts?.deviceOf(incoming.binding);
    // Who has a key of ours is known by it, and need not show where it is.
    if (device !== undefined) this.#answer(device, incoming, reply);
    else this.#proof.serve(incoming, reply, () => this.#answer(undefined, incoming, reply));
  }

  idle(): Promise<void> {
    return this.#checkIns.idle();
  }

  /** `device`: whose context it came under. */
  #answer(device: string | undefined, incoming: Incoming, reply: Reply): void {
    const parts = partsOf(incoming.message);
    reply.code = Code.NotFound;
    if (parts === undefined || parts.length === 0) return;
    const path = parts.join('/');
    const id = parts.length === 2 && parts[0] === 'c' ? parts[1] : undefined;
    reply.code = Code.MethodNotAllowed;
    if (id !== undefined) {
      if (incoming.message.code === Code.Post) this.#checkIn(id, device, incoming, reply);
      return;
    }
    if (incoming.message.code !== Code.Get) return;
    if (path === 'time') return this.#text(reply, String(Math.floor(this.#now() / 1000)), Format.Text);
    if (path === '.well-known/core') return this.#text(reply, CORE, Format.Link);
    this.#file(path, incoming, reply);
  }

  #checkIn(id: string, device: string | undefined, incoming: Incoming, reply: Reply): void {
    reply.code = Code.Forbidden;
    if (device !== undefined && device !== id) return;
    reply.code = Code.Unauthorized;
    const { contexts, shownElsewhere } = this.#options;
    if (device === undefined && (contexts?.has(id) || shownElsewhere?.(id))) return;
    const known = device !== undefined;
    const link = { link: known ? 'coap+oscore' : 'coap', authenticated: known };
    this.#checkIns.serve(id, device ?? incoming.peer, link, incoming, reply);
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

/** Throws RangeError where no device has a context, and nobody has said that devices need not be authenticated. */
export const openCoapDown = async (options: CoapDownOptions): Promise<CoapServer> => {
  const { contexts } = options;
  if (!options.insecureCoap && contexts === undefined)
    throw new RangeError('no device has a security context, and CoAP in the open was not asked for');
  if (options.insecureCoap)
    options.warn(
      'CoAP in the open: whoever reaches the port can check in as any device that has no key of OSCORE, and no token where there is HTTP, and reads every release',
    );
  let closed = false;
  const down: CoapDown = new CoapDown(options, (response) => {
    if (closed) return;
    server.endpoint.respond(response, monotonic());
    server.wake();
  });
  const server = await openCoapServer({
    port: options.port ?? 5683,
    host: options.host ?? '127.0.0.1',
    peers: PEERS,
    remembered: REMEMBERED,
    rememberedSize: REMEMBERED_SIZE,
    serve: (incoming, reply) => down.serve(incoming, reply),
    ...(contexts === undefined ? {} : { protection: contexts }),
  });
  return {
    ...server,
    async close() {
      // What is held would come back to a socket that is gone.
      await down.idle();
      closed = true;
      await server.close();
    },
  };
};
