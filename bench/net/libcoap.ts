/** libcoap's server and client, and the relay between, each in a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { coapGet } from '../../hal/node/coap-get.ts';
import { TIMING } from '../../hal/coap/estimate.ts';

const HOST = '127.0.0.1';
const SERVER = 'coap-server-openssl';
const CLIENT = 'coap-client-openssl';
/** The server takes the next port as well, and both of TCP. */
const FIRST_PORT = 20_000;
const PORTS = 20_000;

export interface Running {
  readonly port: number;
  readonly child: ChildProcess;
  kill(): Promise<void>;
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

const running = (child: ChildProcess, port: number): Running => ({
  port,
  child,
  kill: async () => {
    child.kill('SIGKILL');
    await ended(child);
  },
});

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, HOST, () => socket.close(() => resolve(true)));
  });

export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = FIRST_PORT + 2 * Math.floor(Math.random() * (PORTS / 2));
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
};

const quick = { ...TIMING, roundTrip: 50, floor: 100, retransmits: 6, patience: 2000 };

/** libcoap's server, answering. `more` are further arguments. */
export const startServer = async (...more: string[]): Promise<Running> => {
  const port = await freePort();
  const child = spawn(SERVER, ['-A', HOST, '-p', String(port), '-d', '10', ...more], { stdio: 'ignore' });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${SERVER} ended with ${code}`)));
  });
  failed.catch(() => undefined);
  const got = await Promise.race([coapGet(`coap://${HOST}:${port}/`, 8192, quick), failed]);
  if (got.code < 0) throw new Error(`${SERVER} does not answer: ${got.code}`);
  return running(child, port);
};

/** Puts a file onto the server. */
export const put = (port: number, path: string, file: string, block: number = 1024): void => {
  const args = ['-m', 'put', '-b', String(block), '-f', file, `coap://${HOST}:${port}/${path}`];
  const ran = spawnSync(CLIENT, args, { encoding: 'utf8' });
  if (ran.error) throw ran.error;
  if (ran.status !== 0 || ran.stderr.trim() !== '') throw new Error(`put: ${ran.status} ${ran.stderr}`);
};

export interface Got {
  readonly status: number | null;
  readonly bytes: Uint8Array;
  /** Until its end, and until the last byte that it gave. */
  readonly milliseconds: number;
  readonly lastByte: number;
  readonly errors: string;
}

/** libcoap's client, run to its end. The exit code says nothing: 0 for what was refused, or came in part. */
export const clientRun = (...args: string[]): Promise<Got> =>
  new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(CLIENT, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const parts: Buffer[] = [];
    let errors = '';
    let lastByte = 0;
    child.stdout.on('data', (bytes: Buffer) => {
      parts.push(bytes);
      lastByte = performance.now() - begun;
    });
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    child.once('error', reject);
    child.once('close', (status) =>
      resolve({
        status,
        bytes: Buffer.concat(parts),
        milliseconds: performance.now() - begun,
        lastByte,
        errors,
      }),
    );
  });

export const clientGet = (port: number, path: string, block: number, ...more: string[]): Promise<Got> =>
  clientRun('-o', '-', '-b', String(block), ...more, `coap://${HOST}:${port}/${path}`);

export const startRelay = async (
  port: number,
  seed: number,
  loss: number,
  delay: number,
): Promise<Running> => {
  const program = join(import.meta.dirname, 'relay.js');
  const child = spawn(process.execPath, [program, port, seed, loss, delay].map(String), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const own = await new Promise<number>((resolve, reject) => {
    child.stdout!.once('data', (text: Buffer) => resolve(Number(text.toString())));
    child.once('error', reject);
  });
  return running(child, own);
};

export const libcoapVersion = (): string => {
  const { stdout, stderr, error } = spawnSync(SERVER, ['--help'], { encoding: 'utf8' });
  if (error) throw error;
  const found = /v(\d+(?:\.\d+)+)/.exec(`${stdout}${stderr}`);
  if (found === null) throw new Error('libcoap does not say its version');
  return found[1]!;
};
