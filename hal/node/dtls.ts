/**
 * Secure channels over a DTLS library in the manner of node-dtls-client, which whoever wants them brings along: flipside
 * does not depend on it.
 */
import type { Socket as UdpSocket } from 'node:dgram';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import type { ChannelEvents, ChannelSettings, SecureChannel, SecureChannels } from '../secure-channel.ts';

const IDENTITY = /^[\x20-\x7e]{1,128}$/;
/** RFC 6347 section 4.1.1, as TLS has it: a record holds so much. */
const DATAGRAM_MAX = 16384;
/** For the handshake, in milliseconds. Its messages are not sent again by the library. */
const PATIENCE = 5000;

export interface DtlsOptions {
  readonly type: 'udp4' | 'udp6';
  readonly address: string;
  readonly port: number;
  readonly psk: Record<string, Buffer>;
  readonly timeout: number;
}

export interface DtlsSocket {
  on(event: 'connected' | 'close', listener: () => void): unknown;
  on(event: 'message', listener: (bytes: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  send(bytes: Buffer): void;
  close(): void;
}

/** node-dtls-client's `dtls`. */
export interface DtlsLibrary {
  createSocket(options: DtlsOptions): DtlsSocket;
}

/**
 * The library looks at what comes without a guard: a message of the handshake that it does not know, such as a server's PSK
 * hint, throws out of the event of its socket, and would end the process.
 */
const guard = (udp: UdpSocket | undefined, failed: (error: unknown) => void): void => {
  if (udp === undefined) return;
  for (const event of ['listening', 'message'] as const)
    for (const listener of udp.listeners(event) as ((...given: unknown[]) => void)[]) {
      udp.off(event, listener);
      udp.on(event, (...given: unknown[]) => {
        try {
          listener(...given);
        } catch (error) {
          failed(error);
        }
      });
    }
};

/** Of a handshake that broke off it may have nothing to say goodbye with. */
const socketEnd = (socket: DtlsSocket, udp: UdpSocket | undefined): void => {
  for (const one of [socket, udp])
    try {
      one?.close();
      return;
    } catch {
      continue;
    }
};

const openChannel = (
  library: DtlsLibrary,
  settings: ChannelSettings,
  events: ChannelEvents,
): SecureChannel => {
  const { host, port, identity, key } = settings;
  if (!IDENTITY.test(identity)) throw new RangeError('an identity is of 1 to 128 characters of ASCII');
  if (key === undefined || key.length === 0) throw new RangeError('no pre-shared key');
  let state: 'opening' | 'open' | 'ended' = 'opening';
  const socket = library.createSocket({
    type: host.includes(':') ? 'udp6' : 'udp4',
    address: host,
    port,
    psk: { [identity]: Buffer.from(key) },
    timeout: PATIENCE,
  });
  const { udp } = socket as DtlsSocket & { readonly udp?: UdpSocket };
  const end = (code: number, reason: string): void => {
    if (state === 'ended') return;
    state = 'ended';
    socketEnd(socket, udp);
    events.closed(code, reason);
  };
  const failed = (error: unknown): void =>
    end(Err.ChannelFailed, error instanceof Error ? error.message : String(error));
  socket.on('connected', () => {
    if (state !== 'opening') return;
    state = 'open';
    events.opened();
  });
  socket.on('message', (bytes) => {
    if (state === 'open') events.received(bytes, 0, bytes.length);
  });
  socket.on('error', failed);
  socket.on('close', () => failed(new Error('the other side closed the channel')));
  guard(udp, failed);
  return {
    send(bytes, length) {
      if (state !== 'open' || !(length <= DATAGRAM_MAX)) return false;
      try {
        socket.send(Buffer.from(bytes.subarray(0, length)));
        return true;
      } catch (error) {
        failed(error);
        return false;
      }
    },
    close: () => end(Ok, 'closed'),
  };
};

export function nodeSecureChannels(library: DtlsLibrary): SecureChannels {
  return { open: (settings, events) => openChannel(library, settings, events) };
}
