/** The server of a simulated fleet: what kind it is, and the devices' way to it. */
import { checkInUplink, deviceToken, folderUplink, hawkbitUplink } from '../../bootloader-sim/fleet/index.ts';
import type { Uplink } from '../../bootloader-sim/fleet/index.ts';
import { Exit, PublishError } from '../errors.ts';
import { LatestFile } from '../publish.ts';

export const serverKinds = ['gateway', 'folder', 'hawkbit'] as const;
export type ServerKind = (typeof serverKinds)[number];

const KIND_REMEDY = `Give --kind: ${serverKinds.join(', ')}`;

/** By its address, where nobody says it. */
const kindOf = (url: string): ServerKind => {
  if (/^coaps?:/i.test(url)) return 'gateway';
  if (/^https?:.*\/controller\/v1\/?$/i.test(url)) return 'hawkbit';
  if (/^https?:/i.test(url) && (url.endsWith('/') || url.endsWith(`/${LatestFile}`))) return 'folder';
  throw new PublishError(`${url} may be one or the other`, {
    field: '--server',
    remedy: KIND_REMEDY,
    exit: Exit.Usage,
  });
};

export interface ServerOptions {
  readonly url: string;
  /** Default: as the address says. */
  readonly kind: ServerKind | undefined;
  readonly seed: number;
  /** Of hawkBit, the tenant's gateway token; default: each device has a token of its own, made of the seed. */
  readonly token: string | undefined;
}

export const uplinkOf = ({ url, kind = kindOf(url), seed, token }: ServerOptions): Uplink => {
  if (kind === 'gateway') return checkInUplink({ url });
  if (kind === 'folder') return folderUplink({ url: url.endsWith('/') ? `${url}${LatestFile}` : url });
  return hawkbitUplink({
    url,
    kind: token === undefined ? 'target' : 'gateway',
    token: (id) => token ?? deviceToken(seed, id),
  });
};
