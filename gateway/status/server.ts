/** The routes. */
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Instant } from '../contract.ts';
import { assetsRead } from './assets.ts';
import { deviceDocument, DocumentVersion } from './documents.ts';
import type { Rooms } from './documents.ts';
import type { Events } from './events.ts';
import { groupsDocument } from './groups.ts';
import { originFits } from './guard.ts';
import { listDocument, listSchema } from './list.ts';
import type { ListQuery } from './list.ts';
import { jsonText } from './text.ts';

export interface ServerOptions {
  readonly rooms: Rooms;
  readonly events: Events;
  readonly status: () => unknown;
  readonly now: () => Instant;
  readonly hostFits: (host: string | undefined) => boolean;
  /** Undefined: nobody may command. */
  readonly tokenHolds: ((header: string | undefined) => boolean) | undefined;
  readonly onCommand?: ((command: Command, group: string, from: string) => void) | undefined;
  readonly onError?: ((error: unknown, url: string) => void) | undefined;
}

type Command = 'pause' | 'resume';

const BODY_MOST = 1024;
const REQUEST_MS = 10_000;
/** Of a group's name in a path, percent-encoded or not. */
const PARAMETER_MOST = 600;
const JSON_TYPE = 'application/json; charset=utf-8';

const headers: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

const answer = (reply: FastifyReply, document: unknown, code = 200): FastifyReply =>
  reply.code(code).header('cache-control', 'no-store').type(JSON_TYPE).send(jsonText(document));

const refuse = (reply: FastifyReply, code: number, error: string): FastifyReply =>
  answer(reply, { version: DocumentVersion, error }, code);

const serveDocuments = (server: FastifyInstance, { rooms, status, now }: ServerOptions): void => {
  server.get('/api/status', (_, reply) => answer(reply, status()));
  server.get('/api/groups', (_, reply) => answer(reply, groupsDocument(rooms, now())));
  server.get<{ Querystring: ListQuery }>(
    '/api/devices',
    { schema: { querystring: listSchema } },
    (request, reply) => answer(reply, listDocument(rooms, request.query, now())),
  );
  server.get<{ Params: { id: string } }>('/api/devices/:id', ({ params }, reply) => {
    const device = rooms.inventory.device(params.id);
    return device === undefined
      ? refuse(reply, 404, 'there is no such device')
      : answer(reply, deviceDocument(rooms, device, now()));
  });
};

/** Asked for again each time, and answered with 304: who updates the gateway has the page that belongs to it. */
const servePage = (server: FastifyInstance): void => {
  for (const { path, type, body, tag } of assetsRead()) {
    server.get(path, (request, reply) => {
      reply.header('cache-control', 'no-cache').header('etag', tag);
      if (request.headers['if-none-match'] === tag) return reply.code(304).send();
      return reply.type(type).send(body);
    });
  }
};

const lastIdOf = ({ headers: { 'last-event-id': id } }: FastifyRequest): string | undefined =>
  typeof id === 'string' ? id.slice(0, 64) : undefined;

const serveEvents = (server: FastifyInstance, { events }: ServerOptions): void => {
  server.get('/api/events', { exposeHeadRoute: false }, (request, reply) => {
    reply.hijack();
    const { raw } = reply;
    // Nginx would gather the events; it reads this.
    raw.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    if (!events.add(raw, lastIdOf(request))) raw.destroy();
  });
};

/** Top row wins. */
const commandTrouble = (
  { headers: { origin, host, authorization } }: FastifyRequest,
  { tokenHolds }: ServerOptions,
): readonly [code: number, error: string] | undefined => {
  if (!originFits(origin, host)) return [403, 'asked for by a page of another origin'];
  if (tokenHolds === undefined)
    return [403, 'commands are off: the gateway runs without --status-token-file'];
  if (!tokenHolds(authorization)) return [401, 'not the token: send it as Authorization: Bearer'];
  return undefined;
};

const serveCommand = (server: FastifyInstance, command: Command, options: ServerOptions): void => {
  const { rooms, events, now } = options;
  server.post<{ Params: { name: string } }>(`/api/groups/:name/${command}`, async (request, reply) => {
    const trouble = commandTrouble(request, options);
    if (trouble !== undefined) {
      if (trouble[0] === 401) reply.header('www-authenticate', 'Bearer');
      return refuse(reply, ...trouble);
    }
    const { name } = request.params;
    if (!rooms.rollout.groups().some((group) => group.name === name)) {
      return refuse(reply, 404, 'there is no such group');
    }
    rooms.rollout[command](name);
    // Who is told that a group is paused relies on it, whatever happens to the gateway.
    await rooms.inventory.saved();
    options.onCommand?.(command, name, request.ip);
    events.groupsChanged();
    return answer(reply, groupsDocument(rooms, now()));
  });
};

const codeOf = (error: unknown): number => {
  const code = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof code === 'number' && code >= 400 && code < 500 ? code : 500;
};

/** Not yet listening. */
export const openServer = (options: ServerOptions): FastifyInstance => {
  const server = fastify({
    bodyLimit: BODY_MOST,
    requestTimeout: REQUEST_MS,
    routerOptions: { maxParamLength: PARAMETER_MOST },
    forceCloseConnections: true,
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    if (!options.hostFits(request.headers.host)) await refuse(reply, 421, 'not a name of this gateway');
  });
  server.setNotFoundHandler((_, reply) => refuse(reply, 404, 'not here'));
  server.setErrorHandler((error, request, reply) => {
    const code = codeOf(error);
    if (code === 500) options.onError?.(error, request.url);
    return refuse(
      reply,
      code,
      code === 500 ? 'an error of the gateway; its log says more' : 'not understood',
    );
  });
  servePage(server);
  serveDocuments(server, options);
  serveEvents(server, options);
  serveCommand(server, 'pause', options);
  serveCommand(server, 'resume', options);
  return server;
};
