/**
 * A secure channel for datagrams, from a device to one server: DTLS with a pre-shared key (RFC 6347, RFC 4279). Types only:
 * nothing here exists at run time. On a device it is the platform's; for Node there is one over a library (hal/node/dtls.ts).
 */

export interface SecureChannel {
  /** Sends bytes[0..length-1], one datagram. False: the channel is not open, or that is too long for it. */
  send(bytes: Uint8Array, length: number): boolean;
  /** Ends it: closed() comes, with `Ok`. Where it has ended already, nothing. */
  close(): void;
}

/** What a channel tells. Of closed() there is one, and nothing behind it. */
export interface ChannelEvents {
  /** The handshake is done: both sides have shown that they have the key. */
  opened(): void;
  /** bytes[from..to-1] is one datagram. Whoever takes it may write over it. */
  received(bytes: Uint8Array, from: number, to: number): void;
  /** `Ok` where close() was called, else `ChannelFailed`; `reason` in words, for a log, where there are any. */
  closed(code: number, reason: string): void;
}

export interface ChannelSettings {
  readonly host: string;
  readonly port: number;
  /** Of the pre-shared key (RFC 4279 section 5.1): ASCII, 1 to 128 characters. */
  readonly identity: string;
  /** Left out where the platform keeps it under its identity. */
  readonly key?: Uint8Array | undefined;
}

export interface SecureChannels {
  /** Begins the handshake. Throws where a person set something that cannot be. */
  open(settings: ChannelSettings, events: ChannelEvents): SecureChannel;
}
