/** UDP for endpoints of CoAP, and the clock and the chance that they are given. */
import { randomFillSync } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { performance } from 'node:perf_hooks';
import type { Peer } from '../coap/contract.ts';
import { estimateNew } from '../coap/estimate.ts';
import type { Timing } from '../coap/estimate.ts';

/** Milliseconds of a clock that never goes back. */
export const monotonic = (): number => performance.now();

/** In 0..1, of a generator that cannot be guessed. */
export const secureRandom = (): (() => number) => {
  const pool = new Uint32Array(64);
  let at = pool.length;
  return () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    return pool[at++]! / 2 ** 32;
  };
};

/** A way for datagrams to one place and back; of a secure channel it is the same. */
export interface DatagramLink {
  send(bytes: Uint8Array, length: number): unknown;
  close(): void;
}

/** Opens a way to one place. Rejects where there is none. */
export type DatagramOpen = (
  host: string,
  port: number,
  receive: (bytes: Uint8Array) => void,
) => Promise<DatagramLink>;

/** Opens a socket to one place: what comes from elsewhere the kernel drops. Rejects where the name is not found. */
export const udpConnect: DatagramOpen = async (host, port, receive) => {
  const { address, family } = await lookup(host.replace(/^\[|\]$/g, ''));
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  // "Port unreachable" can be sent by anybody, and a server may be back in a moment: it counts as a datagram lost.
  socket.on('error', () => undefined);
  socket.on('message', receive);
  return {
    // Copied: the kernel may take it later, when the endpoint writes the next message there.
    send: (bytes, length) => socket.send(bytes.slice(0, length), () => undefined),
    close: () => socket.close(),
  };
};

export interface UdpServer {
  readonly address: string;
  readonly port: number;
  transmit(peer: Peer, bytes: Uint8Array, length: number): void;
  close(): Promise<void>;
}

interface Address extends Peer {
  readonly address: string;
  readonly port: number;
}

/** Addresses that are told apart, where nobody says how many. One that is forgotten and comes again is a new peer. */
const PEERS = 256;

/** Opens a socket that whoever likes may send to. */
export const udpListen = async (
  options: {
    readonly host: string;
    readonly port: number;
    readonly timing: Timing;
    readonly peers?: number | undefined;
  },
  receive: (peer: Peer, bytes: Uint8Array) => void,
): Promise<UdpServer> => {
  const socket: Socket = createSocket(options.host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(options.port, options.host, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', () => undefined);
  const { peers: most = PEERS } = options;
  const peers = new Map<string, Address>();
  socket.on('message', (bytes, { address, port }) => {
    const key = `${address} ${port}`;
    const peer = peers.get(key) ?? { address, port, estimate: estimateNew(options.timing) };
    // Put behind all others: the one that was silent for longest makes room.
    peers.delete(key);
    peers.set(key, peer);
    if (peers.size > most) peers.delete(peers.keys().next().value!);
    receive(peer, bytes);
  });
  const bound = socket.address();
  return {
    address: bound.address,
    port: bound.port,
    transmit: (peer, bytes, length) => {
      const { address, port } = peer as Address;
      socket.send(bytes.slice(0, length), port, address, () => undefined);
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
};
