/** How Node reaches the servers of an account: a connected socket for coap, a secure channel for coaps. */
import type { Peer } from '../coap/contract.ts';
import { estimateNew, TIMING } from '../coap/estimate.ts';
import type { Timing } from '../coap/estimate.ts';
import { placeNew, schemeOf, uriRead } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import { Mode } from '../lwm2m/index.ts';
import type { Security } from '../lwm2m/index.ts';
import type { SecureChannels } from '../secure-channel.ts';
import { udpConnect } from './udp.ts';
import type { DatagramLink } from './udp.ts';

export interface WaysOptions {
  /** For servers of coaps, by a pre-shared key. Without them such a server cannot be reached. */
  readonly channels?: SecureChannels | undefined;
  readonly timing?: Timing | undefined;
}

export interface Ways {
  connect(uri: string, security: Security): Peer | undefined;
  transmit(peer: Peer, bytes: Uint8Array, length: number): void;
  close(): void;
}

interface Way extends Peer {
  readonly open: (opened: (link: DatagramLink) => void, lost: () => void) => void;
  state: 'closed' | 'opening' | 'open';
  link: DatagramLink | undefined;
  /** What is sent while it opens; the last of it. */
  waiting: Uint8Array | undefined;
}

const textOf = (bytes: Uint8Array, length: number): string =>
  Buffer.from(bytes.subarray(0, length)).toString('latin1');

/** `receive` is told what comes; from anywhere else than the server's own address nothing does. */
export const openWays = (
  receive: (peer: Peer, bytes: Uint8Array, from: number, to: number) => void,
  options: WaysOptions = {},
): Ways => {
  const ways = new Map<string, Way>();
  let closed = false;

  const plain =
    (place: Place, way: () => Way): Way['open'] =>
    (opened, lost) => {
      udpConnect(place.host, place.port, (bytes) => receive(way(), bytes, 0, bytes.length)).then(
        opened,
        lost,
      );
    };

  const secure =
    (channels: SecureChannels, place: Place, security: Security, way: () => Way): Way['open'] =>
    (opened, lost) => {
      const { identity, secret } = security;
      const link = channels.open(
        {
          host: place.host,
          port: place.port,
          identity: textOf(identity.bytes, identity.length),
          key: secret.bytes.slice(0, secret.length),
        },
        {
          opened: () => opened(link),
          received: (bytes, from, to) => receive(way(), bytes, from, to),
          closed: lost,
        },
      );
    };

  const opener = (uri: string, security: Security, way: () => Way): Way['open'] | undefined => {
    const place = placeNew();
    if (uriRead(place, uri) < 0 || !/^coaps?$/.test(place.scheme)) return undefined;
    if (!schemeOf(place.scheme)?.secure) return plain(place, way);
    const { channels } = options;
    return channels && security.mode === Mode.Psk ? secure(channels, place, security, way) : undefined;
  };

  const open = (way: Way): void => {
    // The next datagram tries again.
    const lost = (): void => {
      way.state = 'closed';
      way.link = undefined;
    };
    const opened = (link: DatagramLink): void => {
      if (closed) return link.close();
      way.state = 'open';
      way.link = link;
      if (way.waiting) link.send(way.waiting, way.waiting.length);
      way.waiting = undefined;
    };
    way.state = 'opening';
    try {
      way.open(opened, lost);
    } catch {
      // An identity that no channel takes: the account cannot be used.
      lost();
    }
  };

  return {
    connect(uri, security) {
      const known = ways.get(uri);
      if (known) return known;
      const how = opener(uri, security, () => way);
      if (how === undefined) return undefined;
      const estimate = estimateNew(options.timing ?? TIMING);
      const way: Way = { open: how, state: 'closed', link: undefined, waiting: undefined, estimate };
      ways.set(uri, way);
      return way;
    },
    transmit(peer, bytes, length) {
      const way = peer as Way;
      if (way.link) {
        way.link.send(bytes, length);
        return;
      }
      way.waiting = bytes.slice(0, length);
      if (way.state === 'closed' && !closed) open(way);
    },
    close() {
      closed = true;
      for (const { link } of ways.values()) link?.close();
    },
  };
};
