/** A gateway at work: its rooms, opened in the order in which they stand on each other, closed in the other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileTrouble } from '../publisher/files.ts';
import { Exit, PublishError } from '../publisher/errors.ts';
import type { GatewayConfig } from './config/config.ts';
import { devicesLoad, reportKeyOfEntry } from './config/devices.ts';
import type { Secrets } from './config/secrets.ts';
import { openDesk } from './desk.ts';
import { openDispatch } from './dispatch.ts';
import { openCoapDown } from './downstream/coap.ts';
import { openInventory } from './inventory/inventory.ts';
import { openReleases } from './releases/releases.ts';
import { groupsOf } from './rollout/groups.ts';
import { openRollout } from './rollout/rollout.ts';
import { openStatus } from './status/index.ts';
import { openStore } from './store/store.ts';
import { openHawkbit } from './upstream/hawkbit.ts';

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly secrets: Secrets;
  /** Of who may pause and resume on the status API; undefined: nobody may. */
  readonly statusToken?: string | undefined;
  readonly warn: (words: string) => void;
  /** What people did, for the log. */
  readonly note?: ((words: string) => void) | undefined;
  /** Seconds; given by tests that do not want to wait. */
  readonly pace?: { readonly least?: number; readonly settle?: number; readonly busy?: number } | undefined;
}

export interface Gateway {
  readonly coap: string | undefined;
  readonly status: string | undefined;
  readonly devices: number;
  close(): Promise<void>;
}

interface Room {
  close(): unknown;
}

const missing = (file: string, field: string, what: string, remedy: string): PublishError =>
  new PublishError(what, { file, field, remedy, exit: Exit.InputOutput });

const authoritiesOf = (file: string | undefined): string | undefined => {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fileTrouble(error, file, 'ca', 'Give a readable PEM file');
  }
};

const upstreamOf = (
  { config, secrets, pace }: GatewayOptions,
  inventory: Parameters<typeof openHawkbit>[0]['inventory'],
): ReturnType<typeof openHawkbit> => {
  const { file, upstream, allowOrigins } = config;
  if (upstream.kind !== 'hawkbit')
    throw missing(file, 'upstream.kind', `"${upstream.kind}" is not there yet`, 'Give "hawkbit"');
  const { upstreamToken: token } = secrets;
  if (token === undefined) {
    const remedy = "Seal hawkBit's gateway token first: flipside gateway token CONFIG --token-file FILE";
    throw missing(config.secrets, 'upstream token', 'is missing', remedy);
  }
  return openHawkbit({
    inventory,
    url: upstream.url,
    token,
    hosts: allowOrigins,
    ca: authoritiesOf(config.ca),
    confirm: upstream.confirm,
    least: pace?.least,
  });
};

const openAll = async (options: GatewayOptions, open: <T extends Room>(room: T) => T): Promise<Gateway> => {
  const { config, secrets, warn, pace } = options;
  const entries = devicesLoad(config.devices);
  if (config.http !== undefined)
    throw missing(config.file, 'http', 'is not there yet', 'Leave it out; devices come over CoAP');
  const groups = groupsOf(config.plan, entries);
  const store = open(openStore({ folder: join(config.folder, 'store'), quota: config.quota }));
  const inventory = open(
    await openInventory({
      folder: join(config.folder, 'inventory'),
      entries,
      keyOf: (entry) => reportKeyOfEntry(entry, (id) => secrets.devices[id]?.reportKey),
      groupOf: ({ id }) => groups.of.get(id)!,
    }),
  );
  const { plan, patience, anchors, threshold, allowOrigins, allowPrivate, upstream: above } = config;
  const rollout = openRollout({ inventory, plan, entries, patience, settle: pace?.settle });
  const urls = above.kind === 'hawkbit' ? [above.url] : above.urls;
  const policy = { upstream: urls, allowOrigins, allowPrivate };
  const ca = authoritiesOf(config.ca);
  const releases = open(openReleases({ store, anchors, threshold, policy, ca }));
  open(openDispatch({ inventory, releases, pin: (digests) => store.pin(digests) }));
  const busy = pace?.busy;
  const wake = { idle: config.wake, ...(busy === undefined ? {} : { busy }) };
  const desk = openDesk({ inventory, rollout, releases, store, wake });
  const coap =
    config.coap &&
    open(await openCoapDown({ desk, ...config.coap, insecureCoap: config.coap.insecure, warn }));
  const upstream = open(upstreamOf(options, inventory));
  const status =
    config.status &&
    open(
      await openStatus({
        inventory,
        rollout,
        releases,
        store,
        upstreams: [upstream],
        port: config.status.port,
        host: config.status.host,
        hosts: config.status.hosts,
        onError: (error, url) => warn(`status ${url}: ${String(error)}`),
        onCommand: (command, group, from) => options.note?.(`${command} ${group}, asked from ${from}`),
        ...(options.statusToken === undefined ? {} : { token: options.statusToken }),
      }),
    );
  upstream.start();
  return { coap: coap?.url, status: status?.url, devices: entries.length, close: () => Promise.resolve() };
};

/** Throws PublishError on a configuration that cannot be; nothing is left open then. */
export const openGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const rooms: Room[] = [];
  const close = async (): Promise<void> => {
    for (let room = rooms.pop(); room !== undefined; room = rooms.pop()) await room.close();
  };
  try {
    const opened = await openAll(options, (room) => {
      rooms.push(room);
      return room;
    });
    return { ...opened, close };
  } catch (error) {
    await close();
    throw error instanceof RangeError
      ? missing(options.config.file, 'coap', error.message, '"coap": {"insecure": true} says that you know')
      : error;
  }
};
