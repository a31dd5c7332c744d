/** The releases that the scenarios deal in: small, so that every program unit of an update can be a place for a fault. */
import { nodeDecryption } from '../../hal/node/decryption.ts';
import { random } from '../../hal/node/faults.ts';
import type { Release, Stock } from '../../bootloader-sim/crash/stock.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import { coseAlgorithm, mcubootImage, pack, slotImage } from '../../publisher/index.ts';
import type { PackFormat } from '../../publisher/index.ts';
import { seededKey } from '../publisher/_keys.ts';

const vendor = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const classId = Uint8Array.from({ length: 16 }, (_, i) => i + 101);
/** Seeded, so that a trace replays to the bit. */
const key = seededKey(7);

const bytes = (seed: number, length: number): Uint8Array => {
  const next = random(seed);
  // Every other kilobyte deflates.
  return Uint8Array.from({ length }, (_, at) => ((at >> 10) & 1 ? at & 7 : next() & 0xff));
};

const old = bytes(1, 9000);

/** What the boards decrypt with, and the only one that is packed for. */
const deviceKey = { keyId: Uint8Array.of(1, 2, 3), key: bytes(14, 16) };

/** Its second block is the old image's. */
export const sharing = (seed: number, length: number): Uint8Array => {
  const image = bytes(seed, length);
  image.set(old.subarray(4096, Math.min(8192, length)), 4096);
  return image;
};

/** The old image with every other hundred bytes new: a patch of some kilobytes. */
const edited = (seed: number): Uint8Array => {
  const image = old.slice();
  const fresh = bytes(seed, old.length);
  for (let at = 0; at < image.length; at += 200) image.set(fresh.subarray(at, at + 100), at);
  return image;
};

interface Row {
  readonly name: string;
  readonly image: Uint8Array;
  readonly sequence: number;
  readonly securityVersion: number;
  readonly minimumSecurityVersion?: number;
  readonly format?: PackFormat;
  /** By a patch of `old`, in units as short as can be. */
  readonly patches?: true;
  readonly encrypted?: true;
}

const rows: readonly Row[] = [
  { name: 'old', image: old, sequence: 1, securityVersion: 1 },
  { name: 'new', image: sharing(2, 9500), sequence: 2, securityVersion: 1 },
  // Closes the way back when it is confirmed.
  { name: 'closing', image: sharing(3, 5000), sequence: 2, securityVersion: 2, minimumSecurityVersion: 2 },
  { name: 'plain', image: sharing(4, 5001), sequence: 2, securityVersion: 1, format: 'plain' },
  { name: 'integrated', image: bytes(5, 2001), sequence: 2, securityVersion: 1, format: 'integrated' },
  { name: 'patched', image: edited(12), sequence: 2, securityVersion: 1, patches: true },
  { name: 'encrypted', image: sharing(13, 9500), sequence: 2, securityVersion: 1, encrypted: true },
  { name: 'next', image: bytes(6, 6000), sequence: 3, securityVersion: 2 },
  // Reaches into the sector of its tail, where sectors are of 16 KiB and slots of two.
  { name: 'large', image: sharing(8, 17_500), sequence: 4, securityVersion: 2 },
  // A higher sequence, below the floor that `closing` sets.
  { name: 'low', image: bytes(9, 3000), sequence: 5, securityVersion: 1 },
  // Of one sector, as `low` is, where sectors are of 4 KiB.
  { name: 'short', image: bytes(11, 2900), sequence: 6, securityVersion: 1 },
  { name: 'last', image: bytes(7, 4500), sequence: 9, securityVersion: 3 },
];

export const release = (row: Row, base: Uint8Array = old): Release => {
  const { name, image, sequence, securityVersion, minimumSecurityVersion, format } = row;
  const packed = pack({
    image,
    sequence,
    vendor,
    classId,
    keys: [key],
    securityVersion,
    minimumSecurityVersion,
    format,
    bases: row.patches ? [base] : [],
    patchUnit: 1,
    encryption: row.encrypted && {
      recipients: [{ kind: 'a128kw', ...deviceKey }],
      piece: 512,
      random: (length) => bytes(15, length),
    },
  });
  return {
    name,
    image,
    envelope: packed.envelope,
    payload: packed.payload,
    patches: packed.patches,
    slot: (slotSize, unit, eraseValue) =>
      slotImage({ image, envelope: packed.envelope, slotSize, unit, eraseValue }),
    sequence,
    manifestDigest: packed.manifestDigest,
    securityVersion,
    minimumSecurityVersion,
    format: format ?? 'framed',
  };
};

const stockOf = (dealt: readonly Row[]): Stock => ({
  config: {
    vendor,
    classId,
    anchors: [{ keyId: key.keyId, algorithm: coseAlgorithm[key.algorithm], key: key.key }],
    attempts: 3,
    // Short, so that a trial that never ends is a short life.
    trialBoots: 6,
  },
  decryption: nodeDecryption([{ kind: 'A128KW', ...deviceKey }]),
  releases: Object.fromEntries(dealt.map((row) => [row.name, release(row, dealt[0]!.image)])),
});

export const stock: Stock = stockOf(rows);

/** The same, in the only form that MCUboot starts. It asks for the digest alone: what is signed is the envelope. */
const mcubootStock: Stock = stockOf(
  rows.map((row) => ({
    ...row,
    image: mcubootImage({ application: row.image, version: `1.0.${row.sequence}` }),
  })),
);

/** What a board of this profile can run. */
export const stockOn = ({ control }: BoardProfile): Stock =>
  control?.kind === 'mcuboot' ? mcubootStock : stock;
