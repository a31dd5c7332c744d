/** A gateway at work: its rooms, opened in the order in which they stand on each other, closed in the other. */
import { join } from 'node:path';
import { openArtefacts } from './artefacts.ts';
import type { GatewayConfig } from './config/config.ts';
import { devicesLoad, reportKeyOfEntry, SEALED_KEY } from './config/devices.ts';
import type { Secrets } from './config/secrets.ts';
import type { Artefact, DeviceEntry } from './contract.ts';
import { openDesk } from './desk.ts';
import { openDownstream } from './downstream/index.ts';
import { openInventory } from './inventory/inventory.ts';
import { Rooms } from './rooms.ts';
import { groupsOf } from './rollout/groups.ts';
import { openRollout } from './rollout/rollout.ts';
import { openStatus } from './status/index.ts';
import type { Status, StatusOptions } from './status/index.ts';
import { openUpstream } from './upstream/index.ts';
import type { PaceOptions } from './upstream/pace.ts';

/** Devices that are named in a warning. */
const NAMED_MAX = 8;

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

/** What a device proves with a key that is not there is not believed. */
const keysCheck = ({ config, secrets, warn }: GatewayOptions, entries: readonly DeviceEntry[]): void => {
  const without = entries.filter(
    ({ id, reportKey }) => reportKey === SEALED_KEY && secrets.devices[id]?.reportKey === undefined,
  );
  if (without.length === 0) return;
  const named = without.slice(0, NAMED_MAX).map(({ id }) => id);
  const more = without.length > named.length ? `, and ${without.length - named.length} more` : '';
  warn(
    `${config.secrets}: no report key for ${named.join(', ')}${more}: none of their reports is believed. Enrol them anew with --replace`,
  );
};

const statusOf = (
  { config, statusToken, warn, note }: GatewayOptions,
  rooms: Pick<StatusOptions, 'inventory' | 'rollout' | 'releases' | 'store' | 'upstreams'>,
): Promise<Status> | undefined =>
  config.status &&
  openStatus({
    ...rooms,
    port: config.status.port,
    host: config.status.host,
    hosts: config.status.hosts,
    onError: (error, url) => warn(`status ${url}: ${String(error)}`),
    onCommand: (command, group, from) => note?.(`${command} ${group}, asked from ${from}`),
    ...(statusToken === undefined ? {} : { token: statusToken }),
  });

const openAll = async (options: GatewayOptions, rooms: Rooms): Promise<Omit<Gateway, 'close'>> => {
  const { config, secrets, warn, pace } = options;
  const entries = devicesLoad(config.devices);
  const groups = groupsOf(config.plan, entries);
  keysCheck(options, entries);
  // First: its LevelDB is locked, and whoever finds it so leaves all else in the folder alone.
  const inventory = rooms.add(
    await openInventory({
      folder: join(config.folder, 'inventory'),
      entries,
      keyOf: (entry) => reportKeyOfEntry(entry, (id) => secrets.devices[id]?.reportKey),
      groupOf: ({ id }) => groups.of.get(id)!,
    }),
  );
  const { plan, patience } = config;
  const rollout = openRollout({ inventory, plan, entries, patience, settle: pace?.settle });
  rooms.add({ close: () => rollout.close?.() });
  if (config.paused) for (const { name } of rollout.groups()) rollout.pause(name);
  const artefacts = openArtefacts({ config, entries, inventory, warn, pace }, rooms);
  const { store, releases, statements, rules, pinNewest: pin } = artefacts;
  const wake = { idle: config.wake, ...(pace?.busy === undefined ? {} : { busy: pace.busy }) };
  const statement = (id: string): Artefact | undefined => statements.of(id);
  const desk = openDesk({ inventory, rollout, releases, store, wake, statement });
  const saved = (): Promise<void> => inventory.saved();
  const { coap, http } = await openDownstream({ config, secrets, entries, desk, saved, warn }, rooms);
  const token = secrets.upstreamToken;
  const upstream = rooms.add(
    openUpstream({ config, token, entries, inventory, releases, statements, store, rules, pin, pace }),
  );
  const status = await statusOf(options, { inventory, rollout, releases, store, upstreams: [upstream] });
  if (status) rooms.add(status);
  // Opened last, and so closed first: whoever waits for a download at its end waits no longer.
  rooms.add({ close: () => releases.close() });
  upstream.start();
  return { coap, http, status: status?.url, devices: entries.length };
};

/** Throws PublishError on a configuration that cannot be; nothing is left open then. */
export const openGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const rooms = new Rooms();
  try {
    const opened = await openAll(options, rooms);
    return { ...opened, close: () => rooms.close() };
  } catch (error) {
    // Why it cannot be opened says more than what then could not be closed.
    await rooms.close().catch(() => undefined);
    throw error;
  }
};
