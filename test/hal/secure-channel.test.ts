/** The secure channel of Node over a library that is played: what it tells, and when. test/peers has the real one. */
import { EventEmitter } from 'node:events';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as Err from '../../agent/err.ts';
import { nodeSecureChannels } from '../../hal/node/dtls.ts';
import type { DtlsOptions, DtlsSocket } from '../../hal/node/dtls.ts';
import type { ChannelSettings, SecureChannel } from '../../hal/secure-channel.ts';

/** As node-dtls-client's: it listens to its UDP socket, and what is wrong there throws. */
class PlayedSocket extends EventEmitter implements DtlsSocket {
  readonly udp = Object.assign(new EventEmitter(), { close: () => (this.closed += 1) });
  closed = 0;
  /** Throws. */
  broken = false;
  readonly sent: string[] = [];
  constructor() {
    super();
    this.udp.on('message', (bytes: Buffer) => {
      if (bytes.toString() === 'junk') throw new Error('unsupported message');
      this.emit('message', bytes);
    });
  }
  send(bytes: Buffer): void {
    if (this.broken) throw new Error('the socket is closed');
    this.sent.push(bytes.toString());
  }
  close(): void {
    if (this.broken) throw new Error('there is nothing to say goodbye with');
    this.closed += 1;
  }
}

const SETTINGS: ChannelSettings = {
  host: '127.0.0.1',
  port: 5684,
  identity: 'a device',
  key: Buffer.from('key'),
};

const opened = (settings = SETTINGS) => {
  const socket = new PlayedSocket();
  const told: string[] = [];
  let options: DtlsOptions | undefined;
  const library = {
    createSocket(given: DtlsOptions) {
      options = given;
      return socket;
    },
  };
  const channel: SecureChannel = nodeSecureChannels(library).open(settings, {
    opened: () => told.push('opened'),
    received: (bytes, from, to) => told.push(`received ${Buffer.from(bytes.subarray(from, to)).toString()}`),
    closed: (code, reason) => told.push(`closed ${code} ${reason}`),
  });
  return { socket, told, channel, options: options! };
};

const sends = (channel: SecureChannel, text: string): boolean =>
  channel.send(Buffer.from(`${text}and more`), text.length);

test('opens, carries datagrams both ways, and is closed', (t) => {
  const { socket, told, channel, options } = opened();
  t.deepEqual([options.type, options.address, options.port], ['udp4', '127.0.0.1', 5684]);
  t.deepEqual(options.psk, { 'a device': Buffer.from('key') });
  t.false(sends(channel, 'early'), 'not before it is open');
  socket.udp.emit('message', Buffer.from('early'));
  socket.emit('connected');
  t.true(sends(channel, 'one'));
  socket.udp.emit('message', Buffer.from('two'));
  channel.close();
  channel.close();
  socket.emit('close');
  socket.emit('error', new Error('late'));
  socket.emit('message', Buffer.from('late'));
  t.false(sends(channel, 'late'));
  t.deepEqual(told, ['opened', 'received two', 'closed 0 closed']);
  t.deepEqual(socket.sent, ['one']);
  t.is(socket.closed, 1);
});

// What goes wrong, and what is told of it.
const FAILURES: readonly (readonly [
  string,
  (socket: PlayedSocket, channel: SecureChannel) => void,
  string,
])[] = [
  ['the handshake', (socket) => socket.emit('error', new Error('timed out')), 'timed out'],
  [
    'a throw while a datagram is read',
    (socket) => socket.udp.emit('message', Buffer.from('junk')),
    'unsupported message',
  ],
  ['the other side', (socket) => socket.emit('close'), 'the other side closed the channel'],
  [
    'a throw while one is sent',
    (socket, channel) => {
      socket.emit('connected');
      socket.broken = true;
      sends(channel, 'x');
    },
    'the socket is closed',
  ],
];

const fails = (t: ExecutionContext, act: (typeof FAILURES)[number][1], reason: string): void => {
  const { socket, told, channel } = opened();
  act(socket, channel);
  t.deepEqual(
    told.filter((line) => line !== 'opened'),
    [`closed ${Err.ChannelFailed} ${reason}`],
  );
  t.is(socket.closed, 1, 'nothing is left open');
  socket.emit('connected');
  channel.close();
  t.is(told.filter((line) => line.startsWith('closed')).length, 1);
};

for (const [name, act, reason] of FAILURES) test(`fails by ${name}`, (t) => fails(t, act, reason));

test('no datagram that is too long for a record, or of no length', (t) => {
  const { socket, channel } = opened();
  socket.emit('connected');
  t.false(channel.send(new Uint8Array(20000), 16385));
  t.false(channel.send(new Uint8Array(20), NaN));
  t.true(channel.send(new Uint8Array(20000), 16384));
});

for (const [name, settings] of [
  ['no identity', { ...SETTINGS, identity: '' }],
  ['an identity that is too long', { ...SETTINGS, identity: 'x'.repeat(129) }],
  ['an identity that is not ASCII', { ...SETTINGS, identity: 'ä' }],
  ['no key', { ...SETTINGS, key: undefined }],
  ['an empty key', { ...SETTINGS, key: new Uint8Array(0) }],
] as const)
  test(`wired wrongly: ${name}`, (t) => {
    t.throws(() => opened(settings), { instanceOf: RangeError });
  });
