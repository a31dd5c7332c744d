/**
 * Devices over HTTP, under TLS: `c/<id>` to check in, `r/<release>/<name>` and `s/<class>` out of the store, `time`; the
 * same paths as over CoAP. Beside them hawkBit's DDI (ddi.ts). docs/DESIGN.md section 30.3.
 */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CHECK_IN_MAX } from '../../hal/check-in/numbers.ts';
import { Exit, PublishError } from '../../publisher/errors.ts';
import type { Desk, Instant } from '../contract.ts';
import { isDeviceId, readCheckIn, writeOrders } from './check-in.ts';
import { filePlan, fileStream, tagOf } from './http-file.ts';
import { HTTP_BOUNDS, NotSaved, openHttpServer, refuse } from './http-server.ts';
import type { HttpBounds } from './http-server.ts';
import type { Tokens } from './http-tokens.ts';

export interface HttpDownOptions {
  readonly desk: Desk;
  /** Inventory.saved: no check-in is answered before. */
  readonly saved: () => Promise<void>;
  readonly tokens: Tokens;
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  /** PEM; undefined: without TLS, which `insecure` has to ask for. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Without a token whoever reaches the port can check in as any device. Has to be asked for. */
  readonly insecure: boolean;
  /** Is told of the risk at the start, and of the gateway's own errors. */
  readonly warn: (words: string) => void;
  readonly clock?: (() => Instant) | undefined;
  readonly bounds?: Partial<HttpBounds> | undefined;
}

export interface HttpDown {
  /** `https://127.0.0.1:8443/`. */
  readonly url: string;
  close(): Promise<void>;
}

/** What the routes stand on. */
export interface Stand {
  readonly desk: Desk;
  readonly secure: boolean;
  readonly now: () => Instant;
  readonly bounds: HttpBounds;
  /** Undefined: it may not, and has been told so. `authenticated`: the link shows that it is the device. */
  admit(
    request: FastifyRequest,
    reply: FastifyReply,
    id?: string,
  ): { readonly authenticated: boolean } | undefined;
  /** What was changed for it is on the disk. Throws NotSaved. */
  saved(): Promise<void>;
}

const CBOR = 'application/cbor';
/** Of a path, as it came: nothing in it is decoded. */
const PATH_MAX = 256;
const PATH = /^\/([A-Za-z0-9._/-]+)$/;

const standOf = (options: HttpDownOptions): Stand => {
  const { desk, tokens, insecure, tls } = options;
  const secure = tls !== undefined;
  return {
    desk,
    secure,
    now: options.clock ?? Date.now,
    bounds: { ...HTTP_BOUNDS, ...options.bounds },
    admit({ headers }, reply, id) {
      const shown = tokens(headers.authorization);
      if (shown.kind === 'device' && (id === undefined || shown.id === id)) return { authenticated: secure };
      if (shown.kind === 'none' && insecure) return { authenticated: false };
      reply.header('www-authenticate', 'TargetToken realm="flipside"');
      // Of a device that is not known the same is said as of a token that is not its own.
      void refuse(reply, 401, 'not the token of this device: Authorization: TargetToken');
      return undefined;
    },
    async saved() {
      try {
        await options.saved();
      } catch (error) {
        throw new NotSaved('not saved', { cause: error });
      }
    },
  };
};

const serveCheckIn = (server: FastifyInstance, stand: Stand): void => {
  server.addContentTypeParser(CBOR, { parseAs: 'buffer', bodyLimit: CHECK_IN_MAX }, (_, body, done) => {
    done(null, body);
  });
  const { desk, secure, now } = stand;
  const link = secure ? 'https' : 'http';
  server.post<{ Params: { id: string } }>(
    '/c/:id',
    { bodyLimit: CHECK_IN_MAX, onRequest: admitting(stand) },
    async (request, reply) => {
      const { id } = request.params;
      const said = Buffer.isBuffer(request.body) ? readCheckIn(new Uint8Array(request.body)) : undefined;
      if (said === undefined) return refuse(reply, 400, 'no check-in: docs/SPEC.md section 14.1');
      const { authenticated } = stand.admit(request, reply, id)!;
      const orders = desk.checkIn(id, said.report, { ...said.claims, link, authenticated }, now());
      if (orders === undefined) return refuse(reply, 403, 'not enrolled here');
      await stand.saved();
      const answer = Buffer.from(writeOrders(orders));
      return reply.header('cache-control', 'no-store').type(CBOR).send(answer);
    },
  );
};

/** Before the body is read: of a stranger none is. */
export const admitting =
  (stand: Stand) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { id } = request.params as { id?: string };
    if (id !== undefined && !isDeviceId(id)) return refuse(reply, 404, 'not here');
    return stand.admit(request, reply, id) === undefined ? reply : undefined;
  };

/** Ends an answer that is taken more slowly than `rate`. */
const hurry = (reply: FastifyReply, bytes: number, { silent, rate }: HttpBounds): void => {
  const { raw } = reply;
  const timer = setTimeout(() => raw.destroy(), silent + (bytes / rate) * 1000);
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
      onRequest: async (request, reply) => (stand.admit(request, reply) === undefined ? reply : undefined),
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
    'HTTP without tokens: whoever reaches the port can check in as any device, and reads every release';
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
 * Throws PublishError: certificate or address cannot be. Throws RangeError where it is without TLS, and nobody has said
 * that devices need not be authenticated.
 */
export const openHttpDown = async (options: HttpDownOptions): Promise<HttpDown> => {
  const { tls, insecure, warn, port, host, bounds } = options;
  const secure = tls !== undefined;
  if (!secure && !insecure) throw new RangeError('HTTP in the open: give cert and key, or insecure');
  const onError = (error: unknown, url: string): void =>
    warn(`http ${url.slice(0, PATH_MAX)}: ${error instanceof Error ? error.message : String(error)}`);
  let server: FastifyInstance;
  try {
    server = openHttpServer({ tls, bounds, onError });
  } catch (error) {
    throw trouble(error, 'http.cert', `${host}:${port}`);
  }
  if (insecure) warn(risk(secure));
  const stand = standOf(options);
  serveCheckIn(server, stand);
  serveFiles(server, stand);
  try {
    await server.listen({ port, host });
  } catch (error) {
    await server.close();
    throw trouble(error, 'http', `${host}:${port}`);
  }
  const at = server.server.address() as AddressInfo;
  const name = at.family === 'IPv6' ? `[${at.address}]` : at.address;
  return { url: `http${secure ? 's' : ''}://${name}:${at.port}/`, close: () => server.close() };
};
