/** UDP for an endpoint of CoAP: one socket, and a record for each address that it speaks to. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { estimateNew, TIMING } from '../coap/estimate.ts';
import type { Estimate, Timing } from '../coap/estimate.ts';
import type { Peer } from '../coap/contract.ts';

export interface UdpPeer extends Peer {
  readonly host: string;
  readonly port: number;
  /** Known once the name is looked up; what is sent before that waits. */
  address: string | undefined;
  waiting: Uint8Array | undefined;
}

export interface UdpPeers {
  /** Of a URI `coap://host:port`; nothing for any other. */
  connect(uri: string): UdpPeer | undefined;
  transmit(peer: Peer, bytes: Uint8Array, length: number): void;
  /** Of the socket. */
  readonly port: number;
  close(): Promise<void>;
}

export interface UdpOptions {
  /** Of the socket. Default: any. */
  readonly port?: number;
  readonly family?: 4 | 6;
  readonly timing?: Timing;
}

const COAP_PORT = 5683;
/** Strangers that are remembered; the oldest is forgotten. */
const STRANGERS = 16;

const placeOf = (uri: string): { host: string; port: number } | undefined => {
  const match = /^coap:\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?\/?$/.exec(uri);
  if (!match) return undefined;
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port: Number(match[2] ?? COAP_PORT) };
};

const bound = (socket: Socket, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, () => resolve(socket.address().port));
  });

export const udpPeers = async (
  receive: (peer: Peer, bytes: Uint8Array) => void,
  options: UdpOptions = {},
): Promise<UdpPeers> => {
  const family = options.family ?? 4;
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  const port = await bound(socket, options.port ?? 0);
  // An ICMP error is a datagram that was lost, no more.
  socket.on('error', () => {});
  const byPlace = new Map<string, UdpPeer>();
  const byAddress = new Map<string, UdpPeer>();
  const strangers = new Map<string, { readonly estimate: Estimate }>();

  const send = (peer: UdpPeer, bytes: Uint8Array): void =>
    socket.send(bytes, peer.port, peer.address, () => {});

  const resolve = (peer: UdpPeer): void =>
    lookup(peer.host, { family }, (error, address) => {
      if (error) return;
      peer.address = address;
      byAddress.set(`${address} ${peer.port}`, peer);
      if (peer.waiting) send(peer, peer.waiting);
      peer.waiting = undefined;
    });

  const stranger = (key: string): Peer => {
    const known = strangers.get(key) ?? { estimate: estimateNew(options.timing ?? TIMING) };
    strangers.set(key, known);
    if (strangers.size > STRANGERS) strangers.delete(strangers.keys().next().value!);
    return known;
  };

  socket.on('message', (bytes, { address, port: from }) => {
    const key = `${address} ${from}`;
    receive(byAddress.get(key) ?? stranger(key), bytes);
  });

  return {
    port,
    connect(uri) {
      const place = placeOf(uri);
      if (place === undefined) return undefined;
      const key = `${place.host} ${place.port}`;
      const known = byPlace.get(key);
      if (known) return known;
      const estimate = estimateNew(options.timing ?? TIMING);
      const peer: UdpPeer = { ...place, estimate, address: undefined, waiting: undefined };
      byPlace.set(key, peer);
      resolve(peer);
      return peer;
    },
    transmit(peer, bytes, length) {
      const to = peer as UdpPeer;
      if (to.address !== undefined) send(to, bytes.slice(0, length));
      else {
        to.waiting = bytes.slice(0, length);
        if (to.host !== undefined) resolve(to);
      }
    },
    close: () => new Promise((done) => socket.close(() => done())),
  };
};
