/** A server of CoAP for Node: an endpoint of hal/coap on a socket of its own, with a timer. */
import type { Endpoint, EndpointOptions } from '../coap/contract.ts';
import { openEndpoint } from '../coap/endpoint.ts';
import { TIMING } from '../coap/estimate.ts';
import type { Timing } from '../coap/estimate.ts';
import { monotonic, secureRandom, udpListen } from './udp.ts';

export interface CoapServerOptions extends Pick<EndpointOptions, 'serve' | 'reset' | 'protection'> {
  /** 0 takes a free one. Default 5683. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly timing?: Timing;
  /** Addresses that are told apart, and messages that are remembered. Default 256 and 64. */
  readonly peers?: number | undefined;
  readonly remembered?: number | undefined;
  /** Bytes of an answer that is sent again to a request that comes again. Default 64; under protection a whole message. */
  readonly rememberedSize?: number | undefined;
}

export interface CoapServer {
  /** `coap://host:port/`. */
  readonly url: string;
  readonly port: number;
  readonly endpoint: Endpoint;
  /** To be called after a notification or a response that was put off. */
  wake(): void;
  close(): Promise<void>;
}

const COAP_PORT = 5683;
/** For what goes out by itself, each of a whole block; and the messages of several clients. */
const OUTGOING = [1152, 1152, 1152, 1152];
const REMEMBERED = 64;
const REMEMBERED_SIZE = 64;
const TICK_MAX = 2 ** 31 - 1;

export const openCoapServer = async (options: CoapServerOptions): Promise<CoapServer> => {
  const { host = '127.0.0.1', port = COAP_PORT, timing = TIMING, peers, ...given } = options;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const wake = (): void => {
    clearTimeout(timer);
    if (closed) return;
    const now = monotonic();
    const next = endpoint.tick(now);
    if (next !== Infinity) timer = setTimeout(wake, Math.min(TICK_MAX, Math.max(0, Math.ceil(next - now))));
  };
  const socket = await udpListen({ host, port, timing, peers }, (peer, bytes) => {
    endpoint.receive(peer, bytes, 0, bytes.length, monotonic());
    wake();
  });
  const endpoint = openEndpoint({
    ...given,
    transmit: (peer, bytes, length) => socket.transmit(peer, bytes, length),
    random: secureRandom(),
    outgoing: OUTGOING,
    remembered: given.remembered ?? REMEMBERED,
    // What is protected cannot be opened twice: a request that comes again has to find its answer.
    rememberedSize: given.protection ? OUTGOING[0]! : (given.rememberedSize ?? REMEMBERED_SIZE),
  });
  const name = socket.address.includes(':') ? `[${socket.address}]` : socket.address;
  return {
    url: `coap://${name}:${socket.port}/`,
    port: socket.port,
    endpoint,
    wake,
    async close() {
      closed = true;
      clearTimeout(timer);
      await socket.close();
    },
  };
};
