/** libcoap's server and client, and the relay between, each in a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { coapGet } from '../../hal/node/coap-get.ts';
import { TIMING } from '../../hal/coap/estimate.ts';
import { freePorts } from './ports.ts';

const HOST = '127.0.0.1';
const SERVER = 'coap-server-openssl';
const CLIENT = 'coap-client-openssl';

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

const quick = { ...TIMING, roundTrip: 50, floor: 100, retransmits: 6, patience: 2000 };
/** Milliseconds for a start on a busy machine; and how often it is started when it ends by itself. */
const PATIENCE = 60_000;
const STARTS = 3;

const startedAt = async (program: string, port: number, more: readonly string[]): Promise<Running> => {
  const child = spawn(program, ['-A', HOST, '-p', String(port), ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said = `${said}${text}`.slice(-1000)));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      reject(new Error(`${program} ended with ${code ?? signal}: ${said}`)),
    );
  });
  failed.catch(() => undefined);
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const got = await Promise.race([coapGet(`coap://${HOST}:${port}/`, 8192, quick), failed]);
    if (got.code >= 0) return running(child, port);
  }
  await running(child, port).kill();
  throw new Error(`${program} does not answer in ${PATIENCE / 1000} s: ${said}`);
};

/** A server of libcoap's, answering to CoAP. `more` are further arguments. With DTLS, that is on the next port. */
export const startProgram = async (program: string, more: readonly string[]): Promise<Running> => {
  for (let tries = 1; ; tries++) {
    // It takes the next port as well, and both of TCP.
    const [port] = (await freePorts(2)) as [number, number];
    try {
      return await startedAt(program, port, more);
    } catch (error) {
      // Somebody took a port: with others it starts.
      if (tries === STARTS) throw error;
    }
  }
};

export const startServer = (...more: string[]): Promise<Running> =>
  startProgram(SERVER, ['-d', '10', ...more]);

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
