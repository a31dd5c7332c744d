/** The server of a simulated fleet: what kind it is, and the devices' way to it. */
import { checkInUplink, folderUplink } from '../../bootloader-sim/fleet/index.ts';
import type { Uplink } from '../../bootloader-sim/fleet/index.ts';
import { Exit, PublishError } from '../errors.ts';
import { LatestFile } from '../publish.ts';

export const serverKinds = ['gateway', 'folder'] as const;
export type ServerKind = (typeof serverKinds)[number];

const KIND_REMEDY = `Give --kind: ${serverKinds.join(', ')}`;

/** By its address, where nobody says it. */
const kindOf = (url: string): ServerKind => {
  if (/^coaps?:/i.test(url)) return 'gateway';
  if (/^https?:/i.test(url) && (url.endsWith('/') || url.endsWith(`/${LatestFile}`))) return 'folder';
  throw new PublishError(`${url} may be one or the other`, {
    field: '--server',
    remedy: KIND_REMEDY,
    exit: Exit.Usage,
  });
};

export const uplinkOf = (url: string, kind: ServerKind | undefined): Uplink => {
  const which = kind ?? kindOf(url);
  if (which === 'gateway') return checkInUplink({ url });
  return folderUplink({ url: url.endsWith('/') ? `${url}${LatestFile}` : url });
};
