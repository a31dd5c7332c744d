/**
 * Devices over HTTP, under TLS: `c/<id>` to check in, `r/<release>/<name>` and `s/<class>` out of the store, `time`; the
 * same paths as over CoAP. Beside them hawkBit's DDI (ddi.ts). docs/DESIGN.md section 30.3.
 */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CHECK_IN_MAX } from '../../hal/check-in/numbers.ts';
import { isLoopback } from '../config/config.ts';
import { Exit, PublishError } from '../../publisher/errors.ts';
import { readCheckIn, writeOrders } from './check-in.ts';
import { serveDdi } from './ddi.ts';
import { filePlan, fileStream, tagOf } from './http-file.ts';
import { openHttpServer, refuse } from './http-server.ts';
import type { HttpBounds } from './http-server.ts';
import { admitting, standOf } from './http-stand.ts';
import type { HttpDownOptions, Stand } from './http-stand.ts';

export type { HttpDownOptions } from './http-stand.ts';

export interface HttpDown {
  /** `https://127.0.0.1:8443/`. */
  readonly url: string;
  close(): Promise<void>;
}

const CBOR = 'application/cbor';
/** Of a path, as it came: nothing in it is decoded. */
const PATH_MAX = 256;
const PATH = /^\/([A-Za-z0-9._/-]+)$/;

const serveCheckIn = (server: FastifyInstance, stand: Stand): void => {
  server.addContentTypeParser(CBOR, { parseAs: 'buffer', bodyLimit: CHECK_IN_MAX }, (_, body, done) => {
    done(null, body);
  });
  const { desk, private: hidden, now } = stand;
  const link = hidden ? 'https' : 'http';
  server.post<{ Params: { id: string } }>(
    '/c/:id',
    { bodyLimit: CHECK_IN_MAX, onRequest: admitting(stand) },
    async (request, reply) => {
      const { id } = request.params;
      const said = Buffer.isBuffer(request.body) ? readCheckIn(new Uint8Array(request.body)) : undefined;
      if (said === undefined) return refuse(reply, 400, 'no check-in: docs/SPEC.md section 14.1');
      const authenticated = stand.authenticated(request);
      const orders = desk.checkIn(id, said.report, { ...said.claims, link, authenticated }, now());
      if (orders === undefined) return refuse(reply, 403, 'not enrolled here');
      await stand.saved();
      const answer = Buffer.from(writeOrders(orders));
      return reply.header('cache-control', 'no-store').type(CBOR).send(answer);
    },
  );
};

/** Milliseconds, of setTimeout: 24 days. */
const TIMER_MOST = 2 ** 31 - 1;

/** Ends an answer that is taken more slowly than `rate`. */
const hurry = (reply: FastifyReply, bytes: number, { silent, rate }: HttpBounds): void => {
  const { raw } = reply;
  // What is longer than a timer holds would be over at once.
  const timer = setTimeout(() => raw.destroy(), Math.min(TIMER_MOST, silent + (bytes / rate) * 1000));
  raw.once('close', () => clearTimeout(timer));
};

const serveFile = (stand: Stand, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const { desk, bounds } = stand;
  const url = request.raw.url ?? '';
  const path = url.length <= PATH_MAX ? PATH.exec(url)?.[1] : undefined;
  const file = path === undefined ? undefined : desk.file(path);
  if (file === undefined) return refuse(reply, 404, 'not here');
  const { digest, size } = file;
  const plan = filePlan(request.headers, size, digest);
  const { status, from, to } = plan;
  void reply.code(status).headers({
    etag: tagOf(digest),
    'accept-ranges': 'bytes',
    // What is under this name never changes; a cache between is welcome to it, where it is asked with a token, too.
    'cache-control': path!.startsWith('r/') ? 'private, max-age=31536000, immutable' : 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  if (status === 304) return reply.send();
  if (status === 416)
    return reply.header('content-range', `bytes */${size}`).header('content-length', 0).send();
  if (status === 206) void reply.header('content-range', `bytes ${from}-${to - 1}/${size}`);
  void reply.header('content-length', to - from).type('application/octet-stream');
  if (request.method === 'HEAD' || from === to) return reply.send();
  hurry(reply, to - from, bounds);
  return reply.send(fileStream((offset, into) => desk.read(digest, offset, into), plan));
};

const serveFiles = (server: FastifyInstance, stand: Stand): void => {
  for (const url of ['/r/*', '/s/*'])
    server.route({
      method: ['GET', 'HEAD'],
      url,
      onRequest: async (request, reply) => (stand.admit(request, reply) ? undefined : reply),
      handler: (request, reply) => serveFile(stand, request, reply),
    });
  server.get('/time', (_, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type('text/plain')
      .send(String(Math.floor(stand.now() / 1000))),
  );
};

const risk = (secure: boolean): string => {
  const all =
    'HTTP without tokens: whoever reaches the port can check in as any device that has no token and no key of OSCORE, and reads every release';
  return secure ? all : `${all}; without TLS, who listens learns the tokens that are shown`;
};

const trouble = (error: unknown, field: string, file: string): PublishError => {
  const { code, message } = error as NodeJS.ErrnoException;
  const remedy =
    field === 'http.cert'
      ? 'Give a certificate and the key that belongs to it, as PEM'
      : code === 'EADDRINUSE'
        ? 'Give another port'
        : 'Give an address of this machine, such as 127.0.0.1';
  return new PublishError(code ?? message, { file, field, remedy, exit: Exit.InputOutput });
};

/**
 * Throws PublishError: certificate or address cannot be. Throws RangeError where it is without TLS, can be
 * reached from another machine, and nobody has said that devices need not be authenticated.
 */
export const openHttpDown = async (options: HttpDownOptions): Promise<HttpDown> => {
  const { tls, insecure, warn, port, host, bounds } = options;
  const secure = tls !== undefined;
  if (!secure && !insecure && !isLoopback(host))
    throw new RangeError('HTTP in the open: give cert and key, or insecure');
  const onError = (error: unknown, url: string): void =>
    warn(`http ${url.slice(0, PATH_MAX)}: ${error instanceof Error ? error.message : String(error)}`);
  let server: FastifyInstance;
  try {
    server = openHttpServer({ tls, bounds, onError });
  } catch (error) {
    throw trouble(error, 'http.cert', `${host}:${port}`);
  }
  if (insecure) warn(risk(secure));
  const url = (): string => {
    const { family, address, port: at } = server.server.address() as AddressInfo;
    return `http${secure ? 's' : ''}://${family === 'IPv6' ? `[${address}]` : address}:${at}/`;
  };
  const stand = standOf(options, url);
  serveCheckIn(server, stand);
  serveFiles(server, stand);
  serveDdi(server, stand);
  try {
    await server.listen({ port, host });
  } catch (error) {
    await server.close();
    throw trouble(error, 'http', `${host}:${port}`);
  }
  return { url: url(), close: () => server.close() };
};
