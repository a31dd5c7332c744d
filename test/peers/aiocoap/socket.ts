/** An endpoint of ours under OSCORE, on a UDP socket. */
import { createSocket } from 'node:dgram';
import { randomInt } from 'node:crypto';
import type { Endpoint, EndpointOptions, Peer } from '../../../hal/coap/contract.ts';
import { openEndpoint } from '../../../hal/coap/endpoint.ts';
import { estimateNew, TIMING } from '../../../hal/coap/estimate.ts';

const HOST = '127.0.0.1';

export interface Place {
  readonly endpoint: Endpoint;
  readonly port: number;
  /** Who is at that port; the same record each time. */
  peer(port: number): Peer;
  now(): number;
  /** Has what was just asked for go out, and be waited for. */
  pump(): void;
  close(): void;
}

export const openPlace = async (
  options: Omit<EndpointOptions, 'transmit' | 'random' | 'outgoing'>,
): Promise<Place> => {
  const socket = createSocket('udp4');
  const peers = new Map<number, Peer>();
  const ports = new Map<Peer, number>();
  let timer: NodeJS.Timeout | undefined;
  const now = (): number => Math.round(performance.now());
  const endpoint = openEndpoint({
    ...options,
    outgoing: [1200, 1200],
    random: () => randomInt(2 ** 32) / 2 ** 32,
    transmit: (peer, bytes, length) => socket.send(bytes.slice(0, length), ports.get(peer)!, HOST),
  });
  const pump = (): void => {
    clearTimeout(timer);
    const due = endpoint.tick(now());
    if (due !== Infinity) timer = setTimeout(pump, Math.max(1, due - now()));
  };
  const peer = (port: number): Peer => {
    let known = peers.get(port);
    if (known === undefined) {
      known = { estimate: estimateNew(TIMING) };
      peers.set(port, known);
      ports.set(known, port);
    }
    return known;
  };
  socket.on('message', (bytes, from) => {
    endpoint.receive(peer(from.port), bytes, 0, bytes.length, now());
    pump();
  });
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  const close = (): void => {
    clearTimeout(timer);
    socket.close();
  };
  return { endpoint, port: socket.address().port, peer, now, pump, close };
};
