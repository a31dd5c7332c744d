/** The upstream that the configuration names. */
import { Exit, PublishError } from '../../publisher/errors.ts';
import type { GatewayConfig, UpstreamConfig } from '../config/config.ts';
import type { ArtefactStore, DeviceEntry, Digest, Inventory, Releases, Upstream } from '../contract.ts';
import { Asker } from '../fetch/asker.ts';
import type { FetchRules } from '../fetch/fetcher.ts';
import type { Statements } from '../statements.ts';
import { openFolders } from './folder.ts';
import { openHawkbit } from './hawkbit.ts';
import type { PaceOptions } from './pace.ts';

export interface UpstreamOptions {
  readonly config: GatewayConfig;
  /** Of hawkBit. */
  readonly token: string | undefined;
  readonly entries: readonly DeviceEntry[];
  readonly inventory: Inventory;
  readonly releases: Pick<Releases, 'obtain' | 'find'>;
  readonly statements: Statements;
  readonly store: Pick<ArtefactStore, 'find'>;
  readonly rules: FetchRules;
  readonly pin: (digests: readonly Digest[]) => void;
  readonly pace?: PaceOptions | undefined;
}

type Of<Kind extends UpstreamConfig['kind']> = Extract<UpstreamConfig, { readonly kind: Kind }>;

const missing = (file: string, field: string, what: string, remedy: string): PublishError =>
  new PublishError(what, { file, field, remedy, exit: Exit.InputOutput });

const hawkbitOf = (options: UpstreamOptions, { url, confirm }: Of<'hawkbit'>): Upstream => {
  const { config, token, inventory, rules, pace } = options;
  if (token === undefined) {
    const remedy = "Seal hawkBit's gateway token first: flipside gateway token CONFIG --token-file FILE";
    throw missing(config.secrets, 'upstream token', 'is missing', remedy);
  }
  return openHawkbit({ ...pace, inventory, url, token, hosts: config.allowOrigins, ca: rules.ca, confirm });
};

const foldersOf = (options: UpstreamOptions, { urls }: Of<'folder'>): Upstream => {
  const { config, entries, inventory, releases, statements, store, rules, pin, pace } = options;
  const bare = entries.find(({ classId }) => classId === undefined);
  if (bare !== undefined) {
    const remedy =
      'Under folders the class says which release is for a device: enrol it with --vendor and --class';
    throw missing(config.devices, `device ${bare.id}`, 'has no classId', remedy);
  }
  const holds = (digest: Digest): boolean => store.find(digest) !== undefined;
  return openFolders({ ...pace, inventory, releases, statements, holds, pin, urls, asker: new Asker(rules) });
};

/** Throws PublishError, or HttpError where address or token cannot be. */
export const openUpstream = (options: UpstreamOptions): Upstream => {
  const { upstream } = options.config;
  return upstream.kind === 'hawkbit' ? hawkbitOf(options, upstream) : foldersOf(options, upstream);
};
