/** A simulated board behind a socket, as if it were at the other end of a serial line. */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { serialLine } from '../../bootloader-sim/index.ts';
import type { Board, LineOptions } from '../../bootloader-sim/index.ts';
import { Exit, PublishError } from '../errors.ts';

export interface SimServing {
  /** What --port takes. */
  readonly address: string;
  close(): void;
}

/** Real time of a tick of the application. */
const TICK_MILLISECONDS = 50;
/** Steps of the board in one go, so that the socket gets its turn. */
const STEPS = 64;

const listen = (server: Server, address: string): Promise<string> => {
  const tcp = /^tcp:(.+):(\d+)$/.exec(address);
  const path = address.replace(/^unix:/, '');
  if (!tcp) rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new PublishError(error.code ?? error.message, {
          field: '--listen',
          remedy: 'Give tcp:HOST:PORT or unix:PATH that is free',
          exit: Exit.InputOutput,
        }),
      ),
    );
    const ready = (): void => {
      const at = server.address();
      resolve(at && typeof at === 'object' ? `tcp:${at.address}:${at.port}` : `unix:${path}`);
    };
    if (tcp) server.listen(Number(tcp[2]), tcp[1], ready);
    else server.listen(path, ready);
  });
};

export const simServe = async (board: Board, address: string, options: LineOptions): Promise<SimServing> => {
  const line = serialLine(board, options);
  let peer: Socket | undefined;
  let timer: NodeJS.Immediate | undefined;
  const work = (): void => {
    timer = undefined;
    for (let steps = 0; steps < STEPS; steps++) {
      const out = line.step();
      if (out.length > 0) peer?.write(out);
      else if (!line.busy) return;
    }
    timer = setImmediate(work);
  };
  const wake = (): void => {
    timer ??= setImmediate(work);
  };
  const server = createServer((socket) => {
    // A line has one other end: the last one that was plugged in.
    peer?.destroy();
    peer = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      line.receive(bytes);
      wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (peer === socket) peer = undefined;
    });
  });
  const clock = setInterval(() => {
    line.tick();
    wake();
  }, TICK_MILLISECONDS);
  const close = (): void => {
    clearInterval(clock);
    if (timer) clearImmediate(timer);
    peer?.destroy();
    server.close();
  };
  try {
    return { address: await listen(server, address), close };
  } catch (error) {
    close();
    throw error;
  }
};
