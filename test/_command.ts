/**
 * A command run over and over in one process, as spawnSync would run it in one process each: what a table of rows can
 * afford. Its modules are loaded once; its working directory, environment and arguments are those of the row. The test that
 * has such a table keeps a row or two with a process of its own, where exit codes and streams are the system's.
 */
import { join } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A row, as the process is told of it. */
export interface Row {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface CommandOptions {
  /** Default: the one of the test. */
  readonly cwd?: string;
  /** Beside the environment of the test, and NO_COLOR. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Milliseconds, for one row. */
const PATIENCE = 60_000;

export const FLIPSIDE: string = join(import.meta.dirname, '../publisher/cli.js');

interface Line {
  /** Is 1 when an answer has come. */
  readonly flag: Int32Array;
  readonly port: MessageChannel['port1'];
}

/** A thread that starts the process and listens to it, as this one waits. */
const lineOpen = (): Line => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(join(import.meta.dirname, '_command-line.js'), {
    workerData: { flag, port: port2 },
    transferList: [port2],
  });
  worker.unref();
  port1.unref();
  return { flag, port: port1 };
};

const rowOf = (
  program: string,
  args: readonly string[],
  { cwd = process.cwd(), env = {} }: CommandOptions,
): Row => ({
  program,
  args,
  cwd,
  env: { ...process.env, NO_COLOR: '1', ...env },
});

const late = (args: readonly string[]): Error =>
  new Error(`no end in ${PATIENCE / 1000} s: ${args.join(' ')}`);

let standing: Line | undefined;

/** Of a program of this repository, by its path. The test stands still until it has ended. */
export const commandOf =
  (program: string, options: CommandOptions = {}) =>
  (...args: string[]): Ran => {
    standing ??= lineOpen();
    const { flag, port } = standing;
    port.postMessage(rowOf(program, args, options));
    if (Atomics.wait(flag, 0, 0, PATIENCE) === 'timed-out') throw late(args);
    Atomics.store(flag, 0, 0);
    return receiveMessageOnPort(port)!.message as Ran;
  };

let asking: Line | undefined;
let last: Promise<unknown> = Promise.resolve();

/** The same for a command that asks a server in the test: in another process, a row after the other. */
export const commandAsyncOf =
  (program: string, options: CommandOptions = {}) =>
  (...args: string[]): Promise<Ran> => {
    const next = (): Promise<Ran> =>
      new Promise((resolve, reject) => {
        asking ??= lineOpen();
        const timer = setTimeout(() => reject(late(args)), PATIENCE);
        asking.port.once('message', (ran: Ran) => {
          clearTimeout(timer);
          resolve(ran);
        });
        asking.port.postMessage(rowOf(program, args, options));
      });
    const ran = last.then(next);
    last = ran.catch(() => undefined);
    return ran;
  };
