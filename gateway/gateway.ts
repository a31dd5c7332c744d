/** A gateway at work: its rooms, opened in the order in which they stand on each other, closed in the other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileTrouble } from '../publisher/files.ts';
import { Exit, PublishError } from '../publisher/errors.ts';
import type { GatewayConfig, HttpListening } from './config/config.ts';
import { devicesLoad, reportKeyOfEntry } from './config/devices.ts';
import { NUMBERS_EACH, oscoreKeyOf, oscoreNumbersOpen } from './config/oscore.ts';
import type { Secrets } from './config/secrets.ts';
import type { Artefact, DeviceEntry } from './contract.ts';
import { openDesk } from './desk.ts';
import { openDispatch } from './dispatch.ts';
import { openCoapDown } from './downstream/coap.ts';
import { DeviceContexts } from './downstream/oscore.ts';
import { Asker } from './fetch/asker.ts';
import { addressGuard } from './fetch/address.ts';
import { originsOf } from './fetch/origins.ts';
import { openHttpDown } from './downstream/http.ts';
import type { HttpDown, HttpDownOptions } from './downstream/http.ts';
import { tokensOf } from './downstream/http-tokens.ts';
import { openInventory } from './inventory/inventory.ts';
import { openReleases } from './releases/releases.ts';
import type { Room } from './rooms.ts';
import { Rooms } from './rooms.ts';
import { groupsOf } from './rollout/groups.ts';
import { openRollout } from './rollout/rollout.ts';
import { Statements } from './statements.ts';
import { openStatus } from './status/index.ts';
import { openStore } from './store/store.ts';
import { Pins } from './store/pins.ts';
import { Stated } from './upstream/stated.ts';
import { openScrubber } from './store/scrubber.ts';
import { openUpstream } from './upstream/index.ts';
import type { PaceOptions } from './upstream/pace.ts';

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly secrets: Secrets;
  /** Of who may pause and resume on the status API; undefined: nobody may. */
  readonly statusToken?: string | undefined;
  readonly warn: (words: string) => void;
  /** What people did, for the log. */
  readonly note?: ((words: string) => void) | undefined;
  /** Seconds; given by tests that do not want to wait. */
  readonly pace?:
    (PaceOptions & { readonly settle?: number; readonly busy?: number; readonly scrub?: number }) | undefined;
}

export interface Gateway {
  readonly coap: string | undefined;
  readonly http: string | undefined;
  readonly status: string | undefined;
  readonly devices: number;
  close(): Promise<void>;
}

const COAP_REMEDY =
  'Give devices a key of OSCORE: flipside gateway enrol --oscore FILE. Or "coap": {"insecure": true} where the network is trusted';

const missing = (file: string, field: string, what: string, remedy: string): PublishError =>
  new PublishError(what, { file, field, remedy, exit: Exit.InputOutput });

const pemOf = (file: string, field: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fileTrouble(error, file, field, 'Give a readable PEM file');
  }
};

const httpOf = (
  { config, secrets, warn }: GatewayOptions,
  { cert, key, ...listening }: HttpListening,
  rooms: Pick<HttpDownOptions, 'desk' | 'saved'>,
): Promise<HttpDown> => {
  const known = devicesLoad(config.devices);
  const tokens = tokensOf(known.map(({ id }) => [id, secrets.devices[id]?.tokenHash] as const));
  const tls =
    cert === undefined || key === undefined
      ? undefined
      : { cert: pemOf(cert, 'http.cert'), key: pemOf(key, 'http.key') };
  return openHttpDown({ ...rooms, tokens, tls, warn, ...listening });
};

/** Of the devices on the list; undefined: none has a security context. */
const contextsOf = (
  { config, secrets, warn }: GatewayOptions,
  entries: readonly DeviceEntry[],
): DeviceContexts | undefined => {
  const contexts = entries.flatMap(({ id }) => {
    const found = secrets.devices[id]?.oscore;
    return found === undefined ? [] : [{ device: id, key: oscoreKeyOf(found, id, config.secrets) }];
  });
  if (config.coap === undefined || contexts.length === 0) return undefined;
  const { insecure } = config.coap;
  const without = entries.length - contexts.length;
  if (without > 0 && !insecure)
    warn(`${without} devices have no key of OSCORE, and cannot check in over CoAP: flipside gateway enrol`);
  const numbers = oscoreNumbersOpen(config, Date.now());
  return new DeviceContexts({ contexts, numbers, each: NUMBERS_EACH, open: insecure });
};

const openAll = async (options: GatewayOptions, open: <T extends Room>(room: T) => T): Promise<Gateway> => {
  const { config, secrets, warn, pace } = options;
  const entries = devicesLoad(config.devices);
  const groups = groupsOf(config.plan, entries);
  // First: its LevelDB is locked, and whoever finds it so leaves all else in the folder alone.
  const inventory = open(
    await openInventory({
      folder: join(config.folder, 'inventory'),
      entries,
      keyOf: (entry) => reportKeyOfEntry(entry, (id) => secrets.devices[id]?.reportKey),
      groupOf: ({ id }) => groups.of.get(id)!,
    }),
  );
  const store = open(openStore({ folder: join(config.folder, 'store'), quota: config.quota }));
  const { plan, patience, anchors, threshold, allowOrigins, allowPrivate, upstream: above } = config;
  const rollout = openRollout({ inventory, plan, entries, patience, settle: pace?.settle });
  open({ close: () => rollout.close?.() });
  const urls = above.kind === 'hawkbit' ? [above.url] : above.urls;
  const policy = { upstream: urls, allowOrigins, allowPrivate };
  const ca = config.ca === undefined ? undefined : pemOf(config.ca, 'ca');
  const releases = open(openReleases({ store, anchors, threshold, policy, ca }));
  const pins = new Pins(store);
  const pin = (room: string) => (digests: Iterable<string>) => pins.set(room, digests);
  const rules = { origins: originsOf([...urls, ...allowOrigins]), addresses: addressGuard(allowPrivate), ca };
  const statements = new Statements({ store, inventory, entries, anchors, pin: pin('statements') });
  const stated = open(new Stated({ ...pace, asker: new Asker(rules), statements, warn }));
  const dispatch = open(
    openDispatch({ inventory, releases, pin: pin('work'), stated: (wanted) => stated.obtain(wanted) }),
  );
  const spoilt = (count: number): void => {
    warn(
      `${store.folder}: ${count} files were not what they had been; they are fetched again. Look at the disk`,
    );
    dispatch.review();
  };
  open(openScrubber({ store, spoilt, period: pace?.scrub }));
  const busy = pace?.busy;
  const wake = { idle: config.wake, ...(busy === undefined ? {} : { busy }) };
  const statement = (id: string): Artefact | undefined => statements.of(id);
  const desk = openDesk({ inventory, rollout, releases, store, wake, statement });
  const saved = (): Promise<void> => inventory.saved();
  const coap =
    config.coap &&
    open(
      await openCoapDown({
        desk,
        saved,
        contexts: contextsOf(options, entries),
        port: config.coap.port,
        host: config.coap.host,
        insecureCoap: config.coap.insecure,
        warn,
      }),
    );
  const http = config.http && open(await httpOf(options, config.http, { desk, saved }));
  const upstream = open(
    openUpstream({
      config,
      token: secrets.upstreamToken,
      entries,
      inventory,
      releases,
      statements,
      store,
      rules,
      pin: pin('newest'),
      pace,
    }),
  );
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
  return {
    coap: coap?.url,
    http: http?.url,
    status: status?.url,
    devices: entries.length,
    close: () => Promise.resolve(),
  };
};

/** Throws PublishError on a configuration that cannot be; nothing is left open then. */
export const openGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const rooms = new Rooms();
  try {
    const opened = await openAll(options, (room) => rooms.add(room));
    return { ...opened, close: () => rooms.close() };
  } catch (error) {
    // Why it cannot be opened says more than what then could not be closed.
    await rooms.close().catch(() => undefined);
    throw error instanceof RangeError
      ? missing(options.config.file, 'coap', error.message, COAP_REMEDY)
      : error;
  }
};
