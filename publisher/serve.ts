/** Static files with Range, for trying out. */
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sirv from 'sirv';
import { Exit, PublishError } from './errors.ts';

export interface ServeOptions {
  readonly folder: string;
  /** 0 takes a free one. Default 8080. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Bytes per second of each answer; default as fast as it goes. */
  readonly rate?: number | undefined;
  readonly onRequest?: ((method: string, path: string, status: number, bytes: number) => void) | undefined;
}

export interface Serving {
  readonly url: string;
  readonly server: Server;
  close(): Promise<void>;
}

const SliceMilliseconds = 20;

type Write = ServerResponse['write'];

/** Holds back the body: each write is let out in slices, so that a slow link can be tried out, and cut. */
const throttle = (response: ServerResponse, rate: number): void => {
  const write: Write = response.write.bind(response) as Write;
  const end = response.end.bind(response);
  const slice = Math.max(1, Math.floor((rate * SliceMilliseconds) / 1000));
  const pause = (slice * 1000) / rate;
  const waiting: Buffer[] = [];
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const step = (): void => {
    timer = undefined;
    const head = waiting.shift();
    if (response.destroyed) return;
    if (head === undefined) {
      if (ended) end();
      else response.emit('drain');
      return;
    }
    if (head.length > slice) waiting.unshift(head.subarray(slice));
    write(head.subarray(0, slice));
    timer = setTimeout(step, pause);
  };
  const push = (chunk: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array)
      waiting.push(Buffer.from(chunk as Uint8Array));
    timer ??= setTimeout(step, pause);
  };
  response.write = ((chunk: unknown) => {
    push(chunk);
    return false;
  }) as Write;
  response.end = ((chunk: unknown) => {
    ended = true;
    push(chunk);
    return response;
  }) as ServerResponse['end'];
};

export const serve = (options: ServeOptions): Promise<Serving> => {
  const handler = sirv(options.folder, {
    dev: true, // looks at the folder at each request: a release may be published while this runs
    etag: true,
    // A name that is made of its content never changes its content.
    setHeaders: (response, path) => {
      const fixed = /\/[0-9a-f]{32}\.(bin|suit)$/.test(path);
      response.setHeader('Cache-Control', fixed ? 'public, max-age=31536000, immutable' : 'no-cache');
      if (path.endsWith('.suit')) response.setHeader('Content-Type', 'application/suit-envelope+cose');
    },
  });
  const server = createServer((request, response) => {
    response.on('close', () => {
      const length = Number(response.getHeader('Content-Length') ?? 0);
      options.onRequest?.(request.method ?? '', request.url ?? '', response.statusCode, length);
    });
    if (options.rate !== undefined) throttle(response, options.rate);
    handler(request, response, () => {
      response.statusCode = 404;
      response.end('not here\n');
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hostWrong = error.code === 'ENOTFOUND' || error.code === 'EADDRNOTAVAIL';
      const field = hostWrong ? '--host' : '--port';
      const remedy = hostWrong
        ? 'Give an address of this machine, such as 127.0.0.1'
        : 'Give another --port; 0 takes a free one';
      reject(new PublishError(error.code ?? error.message, { field, remedy, exit: Exit.InputOutput }));
    });
    server.listen(options.port ?? 8080, options.host ?? '127.0.0.1', () => {
      const { address, port, family } = server.address() as AddressInfo;
      const host = family === 'IPv6' ? `[${address}]` : address;
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => done());
          server.closeAllConnections();
        });
      resolve({ url: `http://${host}:${port}/`, server, close });
    });
  });
};
