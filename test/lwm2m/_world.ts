/** A simulated board and the servers that manage it, each on a link of its own, in virtual time. */
import { createHash } from 'node:crypto';
import { lwm2mBoard } from '../../bootloader-sim/index.ts';
import type { Behaviour, Board, Config, Lwm2mBoard, Lwm2mBoardOptions } from '../../bootloader-sim/index.ts';
import { createLink } from '../../bootloader-sim/link/link.ts';
import type { Link, LinkOptions } from '../../bootloader-sim/link/link.ts';
import type { Endpoint, Incoming, Peer, Protection, Reply } from '../../hal/coap/contract.ts';
import { openEndpoint } from '../../hal/coap/endpoint.ts';
import { optionFirst, optionNext } from '../../hal/coap/message.ts';
import type { Message } from '../../hal/coap/message.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { Registration } from '../../hal/lwm2m/index.ts';
import { writeOption, writePayload, writeText, writeUint } from '../../hal/coap/writer.ts';
import { config, factory, firmware, release } from '../bootloader-sim/_real.ts';
import { peerOf, shareOf } from '../coap/_rig.ts';

export { release };

export const image = (number: number): Uint8Array => firmware(number, 12_000);

export interface Answered {
  readonly code: string;
  readonly payload: Uint8Array;
  readonly text: string;
  /** Values of options by number, as numbers. */
  readonly options: ReadonlyMap<number, number>;
  /** What the device wants to see again. */
  readonly echo?: Uint8Array | undefined;
}

export interface Asking {
  readonly method: number;
  readonly path: string;
  readonly format?: number;
  readonly accept?: number;
  readonly observe?: number;
  readonly query?: readonly string[];
  readonly payload?: Uint8Array | string;
  /** Block1: number, whether more follow, size exponent. */
  readonly block?: readonly [number, boolean, number];
  readonly block2?: readonly [number, number];
  readonly echo?: Uint8Array;
}

const dotted = (code: number): string => `${code >> 5}.${String(code & 31).padStart(2, '0')}`;

const answerOf = (message: Message): Answered => {
  const options = new Map<number, number>();
  let echo: Uint8Array | undefined;
  const { cursor } = message;
  for (let there = optionFirst(cursor, message); there; there = optionNext(cursor)) {
    let value = 0;
    for (let at = cursor.from; at < cursor.to; at++) value = value * 256 + cursor.bytes[at]!;
    options.set(cursor.number, value);
    if (cursor.number === Option.Echo) echo = cursor.bytes.slice(cursor.from, cursor.to);
  }
  const payload = message.bytes.slice(message.payload, message.end);
  return { code: dotted(message.code), payload, text: Buffer.from(payload).toString(), options, echo };
};

const bytesOf = (payload: Uint8Array | string): Uint8Array =>
  typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;

/** What a server was asked: method and path, queries, payload as text. */
export interface Heard {
  readonly line: string;
  readonly queries: readonly string[];
  readonly text: string;
}

export class Server {
  readonly uri: string;
  readonly link: Link;
  /** As the device sees it, and the device as it sees it. */
  readonly peer: Peer = peerOf();
  readonly device: Peer = peerOf();
  readonly endpoint: Endpoint;
  readonly heard: Heard[] = [];
  /** By path, each as text. */
  readonly notes: Map<string, string[]> = new Map();
  /** The code that it answers a request of the device with, before what it does by itself. */
  refuse: (heard: Heard) => number | undefined = () => undefined;
  /** It wants an Echo first: true, and the option is written. By the options of the request. */
  challenge: (options: ReadonlyMap<number, number>, reply: Reply) => boolean = () => false;
  /** Called when it has answered. */
  registered: () => void = () => undefined;
  /** It hears and says nothing. */
  silent = false;
  readonly #world: World;
  #registrations = 0;
  readonly #observations: Map<string, number> = new Map();

  constructor(world: World, uri: string, link: LinkOptions, protection?: Protection) {
    this.#world = world;
    this.uri = uri;
    this.link = createLink(link);
    this.endpoint = openEndpoint({
      transmit: (_, bytes, length) => {
        if (!this.silent) this.link.send(1, bytes.subarray(0, length), world.now);
      },
      random: shareOf(7),
      outgoing: [1200, 1200, 256, 256, 256, 256],
      serve: (incoming, reply) => this.#serve(incoming, reply),
      ...(protection ? { protection } : {}),
    });
  }

  #serve({ message }: Incoming, reply: Reply): void {
    const path: string[] = [];
    const queries: string[] = [];
    const { cursor } = message;
    for (let there = optionFirst(cursor, message); there; there = optionNext(cursor)) {
      const text = Buffer.from(cursor.bytes.subarray(cursor.from, cursor.to)).toString();
      if (cursor.number === Option.UriPath) path.push(text);
      if (cursor.number === Option.UriQuery) queries.push(text);
    }
    const method = { [Code.Post]: 'POST', [Code.Delete]: 'DELETE' }[message.code] ?? String(message.code);
    const text = Buffer.from(message.bytes.subarray(message.payload, message.end)).toString();
    const heard: Heard = { line: `${method} /${path.join('/')}`, queries, text };
    this.heard.push(heard);
    if (this.challenge(answerOf(message).options, reply)) {
      reply.code = Code.Unauthorized;
      this.heard.pop();
      return;
    }
    const refused = this.refuse(heard);
    if (refused !== undefined) reply.code = refused;
    else if (heard.line === 'POST /rd') {
      reply.code = Code.Created;
      writeText(reply.writer, Option.LocationPath, 'rd');
      writeText(reply.writer, Option.LocationPath, `r${++this.#registrations}`);
    } else if (message.code === Code.Delete) reply.code = Code.Deleted;
    else reply.code = Code.Changed;
    this.registered();
  }

  get lines(): string[] {
    return this.heard.map(({ line }) => line);
  }

  /** Sends a request, and lets time pass until it is answered. */
  ask(asking: Asking, patience = 120_000): Answered {
    let answered: Answered | undefined;
    const notes: string[] = [];
    const bytes = bytesOf(asking.payload ?? '');
    if (asking.observe === 0) this.notes.set(asking.path, notes);
    const handle = this.endpoint.request(
      {
        peer: this.device,
        method: asking.method,
        confirmable: true,
        observe: asking.observe === 0,
        token: new Uint8Array(0),
        tokenLength: 0,
        write(w) {
          if (asking.observe !== undefined) writeUint(w, Option.Observe, asking.observe);
          for (const segment of asking.path.split('/').filter((one) => one !== ''))
            writeText(w, Option.UriPath, segment);
          if (asking.format !== undefined) writeUint(w, Option.ContentFormat, asking.format);
          for (const query of asking.query ?? []) writeText(w, Option.UriQuery, query);
          if (asking.accept !== undefined) writeUint(w, Option.Accept, asking.accept);
          if (asking.block2) writeUint(w, Option.Block2, asking.block2[0] * 16 + asking.block2[1]);
          if (asking.block) {
            const [number, more, size] = asking.block;
            writeUint(w, Option.Block1, number * 16 + (more ? 8 : 0) + size);
          }
          if (asking.echo) writeOption(w, Option.Echo, asking.echo, 0, asking.echo.length);
          writePayload(w, bytes, 0, bytes.length);
        },
        answered(message) {
          const answer = answerOf(message);
          if (answered === undefined) answered = answer;
          else notes.push(answer.text);
        },
        failed(code) {
          answered ??= { code: String(code), payload: new Uint8Array(0), text: '', options: new Map() };
        },
      },
      this.#world.now,
    );
    if (asking.observe === 0) this.#observations.set(asking.path, handle);
    this.#world.run(() => answered !== undefined, patience);
    // After a restart the device does not know what of a protected request is new.
    if (answered?.code === '4.01' && answered.echo && !asking.echo)
      return this.ask({ ...asking, echo: answered.echo });
    return answered ?? { code: 'none', payload: new Uint8Array(0), text: '', options: new Map() };
  }

  read(path: string, accept?: number): Answered {
    return this.ask({ method: Code.Get, path, ...(accept === undefined ? {} : { accept }) });
  }

  /** Knows no observation of that path any more. */
  forget(path: string): void {
    this.endpoint.cancel(this.#observations.get(path)!);
  }

  /** Writes a body in blocks: the last code. */
  push(body: Uint8Array, format: number | undefined, szx = 6, path = '5/0/0'): Answered {
    const size = 16 << szx;
    let answer: Answered | undefined;
    for (let number = 0; number * size < body.length; number++) {
      const more = (number + 1) * size < body.length;
      answer = this.ask({
        method: Code.Put,
        path,
        ...(format === undefined ? {} : { format }),
        payload: body.subarray(number * size, (number + 1) * size),
        block: [number, more, szx],
      });
      if (answer.code !== '2.31') break;
    }
    return answer!;
  }

  /** State and result of object 5. */
  get firmware(): string {
    return `${this.read('5/0/3').text} ${this.read('5/0/5').text}`;
  }
}

export interface WorldOptions extends Partial<
  Omit<Lwm2mBoardOptions, 'connect' | 'transmit' | 'random' | 'factory'>
> {
  readonly link?: Partial<LinkOptions>;
  readonly behaviours?: readonly (readonly [Uint8Array, Behaviour])[];
  readonly config?: Partial<Config>;
  /** Of the servers. */
  readonly serverProtection?: Protection;
  /** Default: one server, coap://server. */
  readonly factory?: Lwm2mBoardOptions['factory'];
}

const SECOND = 1000;
const HORIZON = 3_600_000;

export class World {
  now = 0;
  readonly board: Board;
  readonly device: Lwm2mBoard;
  readonly servers: Map<string, Server> = new Map();
  readonly server: Server;
  readonly bootstrap: Server;
  readonly states: number[] = [];
  /** Acknowledgements of the device without an answer in them: that comes by itself. */
  separate = 0;
  #tickAt: number = SECOND;

  constructor(options: WorldOptions = {}) {
    const link = { seed: 1, delay: 10, ...options.link };
    this.server = this.#add('coap://server', link, options.serverProtection);
    this.bootstrap = this.#add('coap://bootstrap', link);
    const images = Object.fromEntries(
      (options.behaviours ?? []).map(([bytes, behaviour]) => [
        createHash('sha256').update(bytes).digest('hex'),
        behaviour,
      ]),
    );
    this.board = factory(image(1), { behaviours: { images }, config: { ...config, ...options.config } });
    this.device = lwm2mBoard(this.board, {
      endpoint: 'lamp',
      factory: [{ uri: 'coap://server' }],
      retry: 10,
      onState: (state) => this.states.push(state),
      ...options,
      connect: (uri) => this.servers.get(uri)?.peer,
      transmit: (peer, bytes, length) => {
        for (const server of this.servers.values()) {
          if (server.peer === peer) server.link.send(0, bytes.subarray(0, length), this.now);
        }
      },
      random: shareOf(3),
    });
  }

  #add(uri: string, link: LinkOptions, protection?: Protection): Server {
    const server = new Server(this, uri, link, protection);
    this.servers.set(uri, server);
    return server;
  }

  /** Lets time pass until `done`, so many milliseconds at most. Whether it came to be. */
  run(done: () => boolean, patience: number = HORIZON): boolean {
    const end = this.now + patience;
    while (!done()) {
      if (this.now >= end) return false;
      let due = Math.min(end, this.#tickAt, this.device.step(this.now));
      for (const { endpoint, link } of this.servers.values())
        due = Math.min(due, endpoint.tick(this.now), link.next());
      this.now = due > this.now ? due : this.now + 1;
      if (this.now >= this.#tickAt) {
        this.device.tick();
        this.#tickAt += SECOND;
      }
      for (const server of this.servers.values()) this.#carry(server);
    }
    return true;
  }

  #carry(server: Server): void {
    for (let datagram = server.link.take(this.now); datagram; datagram = server.link.take(this.now)) {
      const { to, bytes } = datagram;
      if (to === 1 && bytes.length === 4 && (bytes[0]! & 0x30) === 0x20) this.separate++;
      if (to === 0) this.device.receive(server.peer, bytes, this.now);
      else if (!server.silent) server.endpoint.receive(server.device, bytes, 0, bytes.length, this.now);
    }
  }

  pass(milliseconds: number): void {
    this.run(() => false, milliseconds);
  }

  #seen = 0;

  /** Waits for the next registration that was not waited for yet. */
  registers(): boolean {
    const count = (): number => this.server.lines.filter((line) => line === 'POST /rd').length;
    const came = this.run(
      () => count() > this.#seen && this.device.client?.state() === Registration.Registered,
    );
    this.#seen = count();
    return came;
  }
}
