/** libcoap's server, in a process of its own, and its client, with which a file is put onto it. */
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { freePort } from '../aiocoap/theirs.ts';
import { check } from '../_peer.ts';

const HOST = '127.0.0.1';
const CLIENT = 'coap-client-openssl';

export const KEY = 'a key of libcoap';
export const IDENTITY = 'a device';

export interface Server {
  /** Of DTLS. */
  readonly port: number;
  kill(): Promise<void>;
}

/** libcoap listens for TCP, too, on both ports. */
const tcpIsFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });

const twoPorts = async (): Promise<number> => {
  for (let tries = 0; tries < 20; tries++) {
    const port = await freePort();
    if (port < 65535 && (await tcpIsFree(port)) && (await tcpIsFree(port + 1))) return port;
  }
  throw new Error('no two free ports');
};

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const put = (port: number, file: string): boolean => {
  const at = `coaps://${HOST}:${port}/fw`;
  const ran = spawnSync(
    CLIENT,
    ['-m', 'put', '-f', file, '-b', '512', '-B', '5', '-k', KEY, '-u', IDENTITY, at],
    {
      encoding: 'utf8',
    },
  );
  const read = spawnSync(CLIENT, ['-B', '5', '-k', KEY, '-u', IDENTITY, at], { encoding: 'buffer' });
  return ran.status === 0 && read.stdout.length > 0;
};

/** With `hint`, or none; and with a file as /fw, where it is given. By the library that it has its DTLS from. */
export const startServer = async (
  hint: string,
  file?: string,
  library: 'openssl' | 'gnutls' = 'openssl',
): Promise<Server> => {
  const plain = await twoPorts();
  const args = ['-A', HOST, '-p', String(plain), '-d', '5', '-k', KEY, '-h', hint];
  const child = spawn(`coap-server-${library}`, args, { stdio: 'ignore' });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  // It says nothing when it is ready: where there is a file to put, that shows it.
  await pause(300);
  for (let tries = 0; file !== undefined && !put(plain + 1, file); tries++)
    check(tries < 5, 'nothing could be put');
  return { port: plain + 1, kill };
};
