/** The HTTP server under the routes: bounds on what a client may send, hold open and take its time with. */
import type { Server, Socket } from 'node:net';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';

export interface HttpBounds {
  /** Connections at once, and of one address; devices behind one address share its part. */
  readonly connections: number;
  readonly perAddress: number;
  /** Milliseconds for the headers of a request, for all of it, and between two requests. */
  readonly headers: number;
  readonly request: number;
  readonly idle: number;
  /** Milliseconds for a TLS handshake. */
  readonly handshake: number;
  /** Milliseconds without a byte while an answer goes out. */
  readonly silent: number;
  /** Bytes a second: who takes an answer more slowly is cut off, after as long as all of it would take so, and `silent`. */
  readonly rate: number;
}

export const HTTP_BOUNDS: HttpBounds = {
  connections: 1024,
  perAddress: 256,
  headers: 10_000,
  request: 30_000,
  idle: 10_000,
  handshake: 10_000,
  silent: 60_000,
  rate: 128,
};

export interface HttpServerOptions {
  /** PEM; undefined: without TLS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly bounds?: Partial<HttpBounds> | undefined;
  /** Of errors of the gateway's own; who asked is told only that there was one. */
  readonly onError: (error: unknown, url: string) => void;
}

const HEADER_BYTES = 8 << 10;
/** Of a body where a route names none. */
const BODY_MOST = 1024;
const PARAMETER_MOST = 64;
/** Milliseconds between two looks for who is over time. */
const LOOK_MOST = 1000;
/** Seconds after which to come again when the disk does not take what has to be on it. */
const AGAIN = '30';

/** What is wrong, as far as a client is to know. hawkBit's own errors have these two fields, and more. */
export const refuse = (reply: FastifyReply, status: number, message: string): FastifyReply =>
  reply
    .code(status)
    .header('cache-control', 'no-store')
    .send({ errorCode: `flipside.${status}`, message });

/** Thrown by a route where what has to be on the disk cannot be put there. */
export class NotSaved extends Error {}

const statusOf = (error: unknown): number => {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
};

const WORDS: Readonly<Record<number, string>> = {
  413: 'more than is read of a body here',
  415: 'not a media type that is read here',
  500: 'an error of the gateway; its log says more',
};

const capped = (server: Server, { connections, perAddress }: HttpBounds): void => {
  const open = new Map<string, number>();
  server.maxConnections = connections;
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const rest = (open.get(address) ?? 1) - 1;
      if (rest > 0) open.set(address, rest);
      else open.delete(address);
    });
    if (count > perAddress) socket.destroy();
  });
};

const times = ({ headers, request, handshake }: HttpBounds) => ({
  maxHeaderSize: HEADER_BYTES,
  headersTimeout: headers,
  requestTimeout: request,
  connectionsCheckingInterval: Math.min(LOOK_MOST, headers),
  handshakeTimeout: handshake,
});

/** Not yet listening. Throws what Node does where certificate and key cannot be. */
export const openHttpServer = (options: HttpServerOptions): FastifyInstance => {
  const { tls, onError } = options;
  const bounds = { ...HTTP_BOUNDS, ...options.bounds };
  const common = {
    bodyLimit: BODY_MOST,
    requestTimeout: bounds.request,
    keepAliveTimeout: bounds.idle,
    connectionTimeout: bounds.silent,
    forceCloseConnections: true as const,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PARAMETER_MOST },
  };
  const server = (
    tls === undefined
      ? fastify({ ...common, http: times(bounds) })
      : fastify({ ...common, https: { ...tls, ...times(bounds), minVersion: 'TLSv1.2' } })
  ) as FastifyInstance;
  server.removeAllContentTypeParsers();
  server.setNotFoundHandler((_, reply) => refuse(reply, 404, 'not here'));
  server.setErrorHandler((error, request, reply) => {
    if (error instanceof NotSaved) {
      onError(error.cause, request.url);
      return refuse(reply.header('retry-after', AGAIN), 503, 'the gateway cannot write; come again');
    }
    const status = statusOf(error);
    if (status === 500) onError(error, request.url);
    return refuse(reply, status, WORDS[status] ?? 'not understood');
  });
  // Behind a proxy all come from one address.
  const perAddress = tls === undefined ? bounds.connections : bounds.perAddress;
  capped(server.server, { ...bounds, perAddress });
  return server;
};
