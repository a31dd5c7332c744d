/** What is fetched, proven and kept for the devices, and what keeps it so: store, releases, statements, and who calls for them. */
import { join } from 'node:path';
import type { GatewayConfig } from './config/config.ts';
import { pemLoad } from './config/pem.ts';
import type { DeviceEntry, Digest, Inventory, Releases } from './contract.ts';
import { openDispatch } from './dispatch.ts';
import { addressGuard } from './fetch/address.ts';
import { Asker } from './fetch/asker.ts';
import type { FetchRules } from './fetch/fetcher.ts';
import { originsOf } from './fetch/origins.ts';
import { openReleases } from './releases/releases.ts';
import type { Rooms } from './rooms.ts';
import { Statements } from './statements.ts';
import { Pins } from './store/pins.ts';
import { openScrubber } from './store/scrubber.ts';
import { openStore } from './store/store.ts';
import type { Store } from './store/store.ts';
import { Stated } from './upstream/stated.ts';
import type { PaceOptions } from './upstream/pace.ts';

export interface ArtefactsOptions {
  readonly config: GatewayConfig;
  readonly entries: readonly DeviceEntry[];
  readonly inventory: Inventory;
  readonly warn: (words: string) => void;
  readonly pace?: (PaceOptions & { readonly scrub?: number }) | undefined;
}

export interface Artefacts {
  readonly store: Store;
  readonly releases: Releases;
  readonly statements: Statements;
  readonly rules: FetchRules;
  /** What is newest stays in the store. */
  readonly pinNewest: (digests: Iterable<Digest>) => void;
}

/** Throws PublishError, StoreError. */
export const openArtefacts = (options: ArtefactsOptions, rooms: Rooms): Artefacts => {
  const { config, entries, inventory, warn, pace } = options;
  const { anchors, threshold, allowOrigins, allowPrivate, upstream } = config;
  const store = rooms.add(openStore({ folder: join(config.folder, 'store'), quota: config.quota }));
  const urls = upstream.kind === 'hawkbit' ? [upstream.url] : upstream.urls;
  const ca = config.ca === undefined ? undefined : pemLoad(config.ca, 'ca');
  const policy = { upstream: urls, allowOrigins, allowPrivate };
  const releases = rooms.add(openReleases({ store, anchors, threshold, policy, ca }));
  const pins = new Pins(store);
  const pin = (room: string) => (digests: Iterable<Digest>) => pins.set(room, digests);
  const rules = { origins: originsOf([...urls, ...allowOrigins]), addresses: addressGuard(allowPrivate), ca };
  const statements = new Statements({ store, inventory, entries, anchors, pin: pin('statements') });
  const stated = rooms.add(new Stated({ ...pace, asker: new Asker(rules), statements, warn }));
  const dispatch = rooms.add(
    openDispatch({ inventory, releases, pin: pin('work'), stated: (wanted) => stated.obtain(wanted) }),
  );
  const spoilt = (count: number): void => {
    warn(
      `${store.folder}: ${count} files were not what they had been; they are fetched again. Look at the disk`,
    );
    dispatch.review();
  };
  rooms.add(openScrubber({ store, spoilt, period: pace?.scrub }));
  return { store, releases, statements, rules, pinNewest: pin('newest') };
};
