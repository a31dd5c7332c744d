/** Releases of the real packer, on a server of the test. */
import type { ExecutionContext } from 'ava';
import type { Release, ReleaseSource, Releases } from '../../gateway/contract.ts';
import { openReleases } from '../../gateway/releases/releases.ts';
import type { ReleasesOptions } from '../../gateway/releases/releases.ts';
import { openStore } from '../../gateway/store/store.ts';
import type { Store } from '../../gateway/store/store.ts';
import { anchorOf, pack } from '../../publisher/index.ts';
import type { Pack, PackOptions } from '../../publisher/index.ts';
import { answer, file, listen } from '../http/_server.ts';
import type { Act, Served } from '../http/_server.ts';
import { sampleImage, seededKey } from '../publisher/_keys.ts';
import { folderOf, sha256 } from './_store.ts';

export const IMAGE: Uint8Array = sampleImage(30_000);

export const packed = (more: Partial<PackOptions> = {}): Pack =>
  pack({ image: IMAGE, vendor: 'example.com', classId: 'lamp', sequence: 7, keys: [seededKey(1)], ...more });

/** Every file of a pack by its path; the envelope as flipside publish names it. */
export const layOut = (
  made: Pack,
  envelope = `${sha256(made.envelope).slice(0, 32)}.suit`,
): Map<string, Uint8Array> => {
  const files = new Map([[`/${envelope}`, made.envelope]]);
  made.payloads.forEach((bytes, at) => files.set(`/${made.uris[at]}`, bytes));
  for (const { uri, payload } of made.patches) files.set(`/${uri}`, payload);
  return files;
};

export interface Origin extends Served {
  readonly files: Map<string, Uint8Array>;
  /** By path: what is answered in place of the file. */
  readonly acts: Map<string, Act>;
  readonly envelope: string;
}

export const originOf = async (t: ExecutionContext, files: Map<string, Uint8Array>): Promise<Origin> => {
  const acts = new Map<string, Act>();
  const served = await listen(t, (socket, asked) => {
    const bytes = files.get(asked.path);
    const act = acts.get(asked.path) ?? (bytes === undefined ? answer('404 Not Found') : file(bytes));
    act(socket, asked);
  });
  return { ...served, files, acts, envelope: ([...files.keys()][0] ?? '/').slice(1) };
};

export const sourceOf = ({ origin, envelope }: Origin, more: Partial<ReleaseSource> = {}): ReleaseSource => ({
  envelope: { url: `${origin}/${envelope}`, name: envelope, sizeMax: 4096 },
  files: [],
  ...more,
});

export interface Opened {
  readonly store: Store;
  readonly releases: Releases;
  readonly folder: string;
}

export const openedReleases = (
  t: ExecutionContext,
  { origin }: Served,
  more: Partial<ReleasesOptions> & { readonly folder?: string } = {},
): Opened => {
  const { folder = folderOf(t), ...options } = more;
  const store = options.store ?? openStore({ folder, quota: 1 << 22 });
  const releases = openReleases({
    store,
    anchors: [anchorOf(seededKey(1))],
    threshold: 1,
    policy: { upstream: [`${origin}/DEFAULT/controller/v1`], allowOrigins: [], allowPrivate: ['127.0.0.1'] },
    limits: { retries: 1, backOff: 1, timeout: 5000 },
    ...options,
  });
  t.teardown(async () => {
    await releases.close();
    store.close();
  });
  return { store, releases, folder };
};

export const filesOf = ({ envelope, payloads }: Release): string[] => [
  envelope.digest,
  ...payloads.map(({ digest }) => digest),
];

/** With a bit of the byte at `at` changed. */
export const flipped = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, place) => (place === at ? byte ^ 1 : byte));
