/** A server that answers with whatever bytes it likes: each request is one row's to answer. */
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';

export interface Asked {
  readonly path: string;
  /** Names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  /** What Range asks for; `to` is exclusive, and Infinity where it does not say. */
  readonly from: number;
  readonly to: number;
}

/** Writes an answer. What it throws fails the test. */
export type Act = (socket: Socket, asked: Asked) => void;

export interface Served {
  readonly port: number;
  readonly origin: string;
  readonly asked: Asked[];
}

const askedOf = (text: string): Asked => {
  const [line = '', ...lines] = text.split('\r\n');
  const headers = new Map(
    lines.map((one) => {
      const colon = one.indexOf(':');
      return [one.slice(0, colon).toLowerCase(), one.slice(colon + 1).trim()] as const;
    }),
  );
  const [, from, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.get('range') ?? '') ?? [];
  const to = last === undefined || last === '' ? Infinity : Number(last) + 1;
  return { path: line.split(' ')[1] ?? '', headers, from: Number(from ?? 0), to };
};

export const certificate = (name: string): string =>
  readFileSync(`test/http/certificates/${name}.pem`, 'utf8');

/** `secure`: the name of a certificate. */
export const listen = async (t: ExecutionContext, act: Act, secure?: string): Promise<Served> => {
  const sockets = new Set<Socket>();
  const asked: Asked[] = [];
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    let held = '';
    // A client that leaves in the middle is no trouble of ours.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      held += bytes.toString('latin1');
      for (let end = held.indexOf('\r\n\r\n'); end >= 0; end = held.indexOf('\r\n\r\n')) {
        const one = askedOf(held.slice(0, end));
        held = held.slice(end + 4);
        asked.push(one);
        act(socket, one);
      }
    });
  };
  const server =
    secure === undefined
      ? createServer(accept)
      : createSecureServer({ key: certificate(`${secure}.key`), cert: certificate(secure) }, accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, origin: `http${secure === undefined ? '' : 's'}://127.0.0.1:${port}`, asked };
};

export type Fields = Readonly<Record<string, string | number>>;

export const head = (status: string, fields: Fields = {}): string =>
  `HTTP/1.1 ${status}\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

/** A whole answer. */
export const answer =
  (status: string, fields: Fields = {}, body: Uint8Array | string = ''): Act =>
  (socket) => {
    socket.write(head(status, { 'content-length': Buffer.byteLength(body), ...fields }));
    socket.write(body);
  };

/** What a good server does with these bytes. */
export const file =
  (bytes: Uint8Array, fields: Fields = {}): Act =>
  (socket, asked) => {
    if (!asked.headers.has('range')) return answer('200 OK', fields, bytes)(socket, asked);
    if (asked.from >= bytes.length) return answer('416 Range Not Satisfiable', fields)(socket, asked);
    const part = bytes.subarray(asked.from, Math.min(asked.to, bytes.length));
    const range = `bytes ${asked.from}-${asked.from + part.length - 1}/${bytes.length}`;
    return answer('206 Partial Content', { 'content-range': range, ...fields }, part)(socket, asked);
  };

/** Writes `piece` again and again, as fast as it is taken and no oftener than every `milliseconds`, until it is left. */
export const forEver = (socket: Socket, piece: Uint8Array | string, milliseconds = 0): void => {
  const step = (): void => {
    if (socket.destroyed) return;
    const room = socket.write(piece);
    if (room) setTimeout(step, milliseconds);
    else socket.once('drain', step);
  };
  step();
};
