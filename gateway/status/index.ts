/** The status of the gateway: a JSON API and events, on a listener of its own. docs/DESIGN.md 30.5. */
import type { AddressInfo } from 'node:net';
import { Exit, PublishError } from '../../publisher/errors.ts';
import type { Instant } from '../contract.ts';
import { deviceLine, statusDocument } from './documents.ts';
import type { Rooms } from './documents.ts';
import { openEvents } from './events.ts';
import { groupsDocument } from './groups.ts';
import { hostCheck, tokenCheck } from './guard.ts';
import { openServer } from './server.ts';

export type { Rooms } from './documents.ts';

export interface StatusOptions extends Rooms {
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1: who reads needs no token, so a wider one wants a proxy in front that asks who it is. */
  readonly host?: string | undefined;
  /** Lets pause and resume; without it they are refused. */
  readonly token?: string | undefined;
  /** Names under which a proxy shows it. */
  readonly hosts?: readonly string[] | undefined;
  readonly now?: (() => Instant) | undefined;
  /** Milliseconds for which changes are gathered, and from one look at groups and store to the next. */
  readonly gather?: number | undefined;
  readonly pulse?: number | undefined;
  /** A person's command, for the log. */
  readonly onCommand?: ((command: 'pause' | 'resume', group: string, from: string) => void) | undefined;
  /** An error of the gateway's own, for the log; who asked is told only that there was one. */
  readonly onError?: ((error: unknown, url: string) => void) | undefined;
}

export interface Status {
  readonly url: string;
  close(): Promise<void>;
}

const listenTrouble = (error: unknown, port: number, host: string): PublishError => {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const remedy =
    code === 'EADDRINUSE' ? 'Give another port' : 'Give an address of this machine, such as 127.0.0.1';
  return new PublishError(code, { file: `${host}:${port}`, field: 'status', remedy, exit: Exit.InputOutput });
};

/** Throws PublishError: the token is none, or the address cannot be listened at. */
export const openStatus = async (options: StatusOptions): Promise<Status> => {
  const { inventory, rollout, releases, store, upstreams, token, port } = options;
  const rooms: Rooms = { inventory, rollout, releases, store, upstreams };
  const host = options.host ?? '127.0.0.1';
  const now = options.now ?? Date.now;
  const started = now();
  const tokenHolds = token === undefined ? undefined : tokenCheck(token);
  const status = (): ReturnType<typeof statusDocument> =>
    statusDocument(rooms, started, now(), token !== undefined);
  const events = openEvents({
    line: (device) => deviceLine(rooms, device),
    groups: () => groupsDocument(rooms, now()),
    status,
    now,
    gather: options.gather,
    pulse: options.pulse,
  });
  const server = openServer({
    rooms,
    events,
    status,
    now,
    tokenHolds,
    hostFits: hostCheck([host, ...(options.hosts ?? [])]),
    onCommand: options.onCommand,
    onError: options.onError,
  });
  try {
    await server.listen({ port, host });
  } catch (error) {
    events.close();
    await server.close();
    throw listenTrouble(error, port, host);
  }
  const unwatch = inventory.watch((device) => events.changed(device));
  const address = server.server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${name}:${address.port}/`,
    async close() {
      unwatch();
      events.close();
      await server.close();
    },
  };
};
