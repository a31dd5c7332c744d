/** The far end of the board's serial line: the terminal, or a socket for `flipside serial`. */
import { rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Machine } from '../build/machine.ts';
import { Exit, PublishError } from '../../../publisher/errors.ts';

/** Of sockaddr_un, without the zero at its end. */
const PATH_MOST = 107;
const NEWLINE = 10;
/** Longer lines are cut: a board that has lost its mind sends no line ends. */
const LINE_MOST = 4096;

const trouble = (path: string, what: string, remedy: string): PublishError =>
  new PublishError(what, { file: path, field: '--socket', remedy, exit: Exit.InputOutput });

/** As it is: packets too. */
export const lineTerminal = (machine: Machine): void => {
  machine.onData = (bytes) => void process.stdout.write(bytes);
  process.stdin.on('data', (bytes: Buffer) => machine.write(bytes));
};

/** Gives each line of text to `print`. It is told from the packets by its bytes (docs/SPEC.md section 6). */
export const textLines = (print: (line: string) => void): ((bytes: Uint8Array) => void) => {
  let line: number[] = [];
  const end = (): void => {
    const text = Buffer.from(line).toString('latin1');
    line = [];
    if (/^[\x20-\x7e]+$/.test(text)) print(text);
  };
  return (bytes) => {
    for (const byte of bytes) {
      if (byte === NEWLINE) end();
      else if (line.length < LINE_MOST) line.push(byte);
    }
  };
};

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Makes room for a socket: one that nobody listens on any more was left by a run that was killed. */
const pathFree = async (path: string): Promise<void> => {
  if (!(Buffer.byteLength(path) <= PATH_MOST))
    throw trouble(path, 'too long for a socket', `Give a path of up to ${PATH_MOST} bytes`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw trouble(path, 'there is a file of this name', 'Give another path');
  if (await answers(path))
    throw trouble(path, 'another process listens there', 'End it, or give another path');
  rmSync(path, { force: true });
};

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(trouble(path, error.code ?? error.message, 'Give a path in a folder that can be written to')),
    );
    server.listen(path, resolve);
  });

export interface LineSocket {
  /** Joins the socket to the line of a machine. */
  join(machine: Machine): void;
  close(): void;
}

export const lineSocket = async (path: string, print: (line: string) => void): Promise<LineSocket> => {
  await pathFree(path);
  let peer: Socket | undefined;
  let machine: Machine | undefined;
  const server = createServer((socket) => {
    // A line has one other end: the last one that was plugged in.
    peer?.destroy();
    peer = socket;
    socket.on('data', (bytes) => machine?.write(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (peer === socket) peer = undefined;
    });
  });
  await listen(server, path);
  const text = textLines(print);
  return {
    join: (joined) => {
      machine = joined;
      machine.onData = (bytes) => {
        text(bytes);
        peer?.write(bytes);
      };
    },
    close: () => {
      peer?.destroy();
      server.close();
    },
  };
};
