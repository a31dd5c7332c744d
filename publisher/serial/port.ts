/** The host's end of a line: a serial device, or the socket of an emulator or a bridge. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { Exit, PublishError } from '../errors.ts';

export interface Port {
  write(bytes: Uint8Array): void;
  onData: (bytes: Uint8Array) => void;
  /** The line is gone: unplugged, or the other end closed it. */
  onGone: () => void;
  close(): void;
}

const trouble = (address: string, what: string): PublishError =>
  new PublishError(what, {
    file: address,
    field: '--port',
    remedy: 'Give a serial device, tcp:HOST:PORT or unix:PATH, and check that nothing else has it open',
    exit: Exit.InputOutput,
  });

/** `stty` sets what Node cannot: the speed. Raw, no echo, and no reset of the board by dropping DTR at close. */
const settingsOf = (baud: number): string[] => [`${baud}`, 'raw', '-echo', '-hupcl', 'clocal', 'cs8'];

const openDevice = (address: string, baud: number): Port => {
  const which = process.platform === 'darwin' ? '-f' : '-F';
  const set = spawnSync('stty', [which, address, ...settingsOf(baud)], { encoding: 'utf8' });
  if (set.error !== undefined) throw trouble(address, `stty cannot be run (${set.error.message})`);
  if (set.status !== 0) throw trouble(address, set.stderr.trim() || 'stty refuses it');
  const descriptor = openSync(address, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  if (!isatty(descriptor)) {
    closeSync(descriptor);
    throw trouble(address, 'is not a serial device');
  }
  const input = new ReadStream(descriptor);
  const output = new WriteStream(descriptor);
  return portOf([input, output], (bytes) => output.write(bytes));
};

/** Events of a socket, or of the two streams of a device. */
const portOf = (streams: readonly Socket[], write: (bytes: Uint8Array) => void): Port => {
  let gone = false;
  const end = (): void => {
    if (!gone) port.onGone();
    gone = true;
  };
  const port: Port = {
    onData: () => {},
    onGone: () => {},
    write: (bytes) => {
      if (!gone) write(bytes);
    },
    close: () => {
      gone = true;
      for (const stream of streams) stream.destroy();
    },
  };
  for (const stream of streams) {
    stream.on('error', end);
    stream.on('close', end);
    stream.on('end', end);
  }
  streams[0]!.on('data', (bytes: Buffer) => port.onData(bytes));
  return port;
};

const openSocket = (address: string): Promise<Port> => {
  const found = /^tcp:(.+):(\d+)$/.exec(address);
  const path = address.replace(/^unix:/, '');
  const socket = found ? connect(Number(found[2]), found[1]) : connect(path);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      socket.setNoDelay(true);
      resolve(portOf([socket], (bytes) => socket.write(bytes)));
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      reject(trouble(address, error.code ?? error.message)),
    );
  });
};

export const portOpen = async (address: string, baud: number): Promise<Port> => {
  if (/^(tcp|unix):/.test(address)) return openSocket(address);
  const found = statSync(address, { throwIfNoEntry: false });
  if (found === undefined) throw trouble(address, 'there is no such device');
  return found.isSocket() ? openSocket(address) : openDevice(address, baud);
};
