/** What the routes over HTTP stand on: the desk, who is let in, and what has to be on the disk. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Desk, Instant } from '../contract.ts';
import { isDeviceId } from './check-in.ts';
import { HTTP_BOUNDS, NotSaved, refuse } from './http-server.ts';
import type { HttpBounds } from './http-server.ts';
import type { Tokens } from './http-tokens.ts';

export interface HttpDownOptions {
  readonly desk: Desk;
  /** Inventory.saved: no check-in is answered before. */
  readonly saved: () => Promise<void>;
  readonly tokens: Tokens;
  /** Whether that device shows by another protocol who it is: here it needs its token then, whatever `insecure` says. */
  readonly shownElsewhere?: ((id: string) => boolean) | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  /** PEM; undefined: without TLS, on this machine alone, or where `insecure` asks for it. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Without a token whoever reaches the port can check in as any device that has nothing to show. Has to be asked for. */
  readonly insecure: boolean;
  /** Is told of the risk at the start, and of the gateway's own errors. */
  readonly warn: (words: string) => void;
  /** As devices reach it, where a proxy or another name stands before it. Default: as each names it in Host. */
  readonly publicUrl?: string | undefined;
  readonly clock?: (() => Instant) | undefined;
  readonly bounds?: Partial<HttpBounds> | undefined;
}

/** What the routes stand on. */
export interface Stand {
  readonly desk: Desk;
  readonly secure: boolean;
  /** Under TLS: its own, or that of what stands before it (`publicUrl`). */
  readonly private: boolean;
  readonly now: () => Instant;
  /** With a slash at its end; undefined: as each device names it in Host. */
  readonly publicUrl: string | undefined;
  /** Where it listens. */
  readonly origin: () => string;
  readonly bounds: HttpBounds;
  /** Whether it is let in; where not, it has been told so. */
  admit(request: FastifyRequest, reply: FastifyReply, id?: string): boolean;
  /** Of one that was let in: the link shows that it is the device. */
  authenticated(request: FastifyRequest): boolean;
  /** What was changed for it is on the disk. Throws NotSaved. */
  saved(): Promise<void>;
}

export const standOf = (options: HttpDownOptions, origin: () => string): Stand => {
  const { desk, tokens, insecure, tls } = options;
  const secure = tls !== undefined;
  const provable = (id: string): boolean => tokens.has(id) || options.shownElsewhere?.(id) === true;
  // Where strangers are let in, they come past the proxy, too.
  const hidden = secure || (!insecure && /^https:/i.test(options.publicUrl ?? ''));
  return {
    desk,
    secure,
    private: hidden,
    now: options.clock ?? Date.now,
    publicUrl: options.publicUrl?.replace(/\/*$/, '/'),
    origin,
    bounds: { ...HTTP_BOUNDS, ...options.bounds },
    admit({ headers }, reply, id) {
      const shown = tokens.shown(headers.authorization);
      if (shown.kind === 'device' && (id === undefined || shown.id === id)) return true;
      if (shown.kind === 'none' && insecure && (id === undefined || !provable(id))) return true;
      reply.header('www-authenticate', 'TargetToken realm="flipside"');
      // Of a device that is not known the same is said as of a token that is not its own.
      void refuse(reply, 401, 'not the token of this device: Authorization: TargetToken');
      return false;
    },
    authenticated: ({ headers }) => hidden && headers.authorization !== undefined,
    async saved() {
      try {
        await options.saved();
      } catch (error) {
        throw new NotSaved('not saved', { cause: error });
      }
    },
  };
};

/** Before the body is read: of a stranger none is. */
export const admitting =
  (stand: Stand) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const { id } = request.params as { id?: string };
    if (id !== undefined && !isDeviceId(id)) return refuse(reply, 404, 'not here');
    return stand.admit(request, reply, id) ? undefined : reply;
  };
