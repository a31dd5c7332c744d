/** Two endpoints on a simulated link, in virtual time. */
import { createLink, runLink } from '../../bootloader-sim/link/link.ts';
import type { Link, LinkOptions, Party } from '../../bootloader-sim/link/link.ts';
import type { Endpoint, EndpointOptions, Peer, Request } from '../../hal/coap/contract.ts';
import { openEndpoint } from '../../hal/coap/endpoint.ts';
import { estimateNew, TIMING } from '../../hal/coap/estimate.ts';
import type { Timing } from '../../hal/coap/estimate.ts';
import type { Message } from '../../hal/coap/message.ts';
import { messageNew, messageRead, optionCursorNew, optionFirst, optionNext } from '../../hal/coap/message.ts';
import { Code } from '../../hal/coap/numbers.ts';
import type { Writer } from '../../hal/coap/writer.ts';
import { random } from '../../hal/node/faults.ts';

export const shareOf = (seed: number): (() => number) => {
  const draw = random(seed);
  return () => draw() / 2 ** 32;
};

export const peerOf = (timing: Partial<Timing> = {}): Peer => ({
  estimate: estimateNew({ ...TIMING, ...timing }),
});

/** What goes out of an endpoint is listed; what comes is given by hand. */
export interface Bare {
  readonly endpoint: Endpoint;
  readonly peer: Peer;
  readonly out: string[];
  receive(hex: string, now?: number, from?: Peer): number;
}

export const bare = (options: Partial<EndpointOptions> = {}, timing: Partial<Timing> = {}): Bare => {
  const out: string[] = [];
  const peer = peerOf(timing);
  const endpoint = openEndpoint({
    transmit: (_, bytes, length) => out.push(Buffer.from(bytes.subarray(0, length)).toString('hex')),
    random: () => 0,
    outgoing: [64, 64],
    ...options,
  });
  return {
    endpoint,
    peer,
    out,
    receive: (hex, now = 0, from = peer) => {
      const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
      return endpoint.receive(from, bytes, 0, bytes.length, now);
    },
  };
};

export interface Told {
  readonly request: Request;
  /** Codes as class.detail with the payload behind them, or an error code. */
  readonly told: string[];
}

const dotted = (code: number): string => `${code >> 5}.${String(code & 31).padStart(2, '0')}`;

export const textOf = (message: Message): string =>
  `${dotted(message.code)} ${Buffer.from(message.bytes.subarray(message.payload, message.end)).toString()}`;

export const requestOf = (
  peer: Peer,
  options: Partial<Omit<Request, 'write'>> & { write?: (w: Writer) => void } = {},
): Told => {
  const told: string[] = [];
  return {
    told,
    request: {
      peer,
      method: Code.Get,
      confirmable: true,
      observe: false,
      token: Uint8Array.of(0xaa),
      tokenLength: 1,
      write: () => undefined,
      answered: (message) => told.push(textOf(message).trim()),
      failed: (code) => told.push(String(code)),
      ...options,
    },
  };
};

/** The options of a datagram: number and value. */
export const optionsOf = (hex: string): [number, string][] => {
  const message = messageNew();
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
  if (messageRead(message, bytes, 0, bytes.length) < 0) throw new Error(`malformed: ${hex}`);
  const cursor = optionCursorNew();
  const options: [number, string][] = [];
  for (let more = optionFirst(cursor, message); more; more = optionNext(cursor))
    options.push([cursor.number, Buffer.from(bytes.subarray(cursor.from, cursor.to)).toString('hex')]);
  return options;
};

export interface Pair {
  readonly link: Link;
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** The server, as the client sees it, and the other way round. */
  readonly serverPeer: Peer;
  readonly clientPeer: Peer;
  now: number;
  /** Called at each turn of the clock, for what runs beside; says when again. */
  beside: (now: number) => number;
  run(done: () => boolean, milliseconds?: number): number;
}

export const pairOf = (
  options: LinkOptions,
  client: Partial<EndpointOptions>,
  server: Partial<EndpointOptions>,
  timing: Partial<Timing> = {},
): Pair => {
  const link = createLink(options);
  const serverPeer = peerOf(timing);
  const clientPeer = peerOf(timing);
  const ends = [client, server].map((given, end) =>
    openEndpoint({
      transmit: (_, bytes, length) => link.send(end as 0 | 1, bytes.subarray(0, length), pair.now),
      random: shareOf(options.seed * 2 + end),
      outgoing: [128, 128, 128, 128],
      ...given,
    }),
  ) as [Endpoint, Endpoint];
  const party = (end: 0 | 1, from: Peer): Party => ({
    receive: (bytes, now) => {
      pair.now = now;
      ends[end].receive(from, bytes, 0, bytes.length, now);
    },
    tick: (now) => {
      pair.now = now;
      ends[end].tick(now);
      const next = end === 0 ? pair.beside(now) : Infinity;
      return Math.min(next, ends[end].tick(now));
    },
  });
  const pair: Pair = {
    link,
    client: ends[0],
    server: ends[1],
    serverPeer,
    clientPeer,
    now: 0,
    beside: () => Infinity,
    run: (done, milliseconds = 3_600_000) =>
      (pair.now = runLink(
        link,
        [party(0, serverPeer), party(1, clientPeer)],
        done,
        pair.now,
        pair.now + milliseconds,
      )),
  };
  return pair;
};
