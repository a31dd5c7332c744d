import { random } from '../../hal/node/faults.ts';
import { coseAlgorithm, pack } from '../../publisher/index.ts';
import type { Pack, PackOptions } from '../../publisher/index.ts';
import type { Config } from '../../agent/config.ts';
import { seededKey } from '../publisher/_keys.ts';

const vendor = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const classId = Uint8Array.from({ length: 16 }, (_, i) => i + 101);
/** Seeded, so that a cut replays to the bit. */
const key = seededKey(7);

export const config: Config = {
  vendor,
  classId,
  anchors: [{ keyId: key.keyId, algorithm: coseAlgorithm[key.algorithm], key: key.key }],
};

export interface Release extends Pack {
  readonly name: string;
  readonly image: Uint8Array;
  readonly sequence: number;
  readonly securityVersion: number;
}

const bytes = (seed: number, length: number): Uint8Array => {
  const next = random(seed);
  // Every other kilobyte deflates.
  return Uint8Array.from({ length }, (_, at) => ((at >> 10) & 1 ? at & 7 : next() & 0xff));
};

const release = (
  name: string,
  image: Uint8Array,
  sequence: number,
  securityVersion: number,
  more: Partial<PackOptions> = {},
): Release => ({
  ...pack({ image, sequence, vendor, classId, keys: [key], securityVersion, ...more }),
  name,
  image,
  sequence,
  securityVersion,
});

const oldImage = bytes(1, 20_000);

/** Shares its third block with the old image. */
const newImage = (length: number): Uint8Array => {
  const image = bytes(2, length);
  image.set(oldImage.subarray(4096, 8192), 8192);
  return image;
};

const made = new Map<string, Release>();
const once = (name: string, make: () => Release): Release => {
  const known = made.get(name);
  if (known !== undefined) return known;
  const fresh = make();
  made.set(name, fresh);
  return fresh;
};

export const releases = {
  old: (): Release => once('old', () => release('old', oldImage, 1, 1)),
  /** Goes without raising the floor: the way back stays open. */
  new: (): Release => once('new', () => release('new', newImage(25_000), 2, 1)),
  /** Closes the way back when it is confirmed. */
  closing: (): Release =>
    once('closing', () => release('closing', newImage(13_000), 2, 2, { minimumSecurityVersion: 2 })),
  plain: (): Release => once('plain', () => release('plain', newImage(21_001), 2, 1, { format: 'plain' })),
  integrated: (): Release =>
    once('integrated', () =>
      release('integrated', newImage(12_288).subarray(0, 3001), 2, 1, { format: 'integrated' }),
    ),
  /** Large enough to share an erase sector with its tail where these are large. */
  large: (): Release => once('large', () => release('large', newImage(55_000), 2, 1)),
  shared: (): Release => once('shared', () => release('shared', newImage(84_000), 2, 1)),
  next: (): Release => once('next', () => release('next', bytes(3, 14_000), 3, 2)),
} as const;

export type ReleaseName = keyof typeof releases;
