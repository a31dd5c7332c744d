/** What an HSS/LMS key is made of: RFC 8554 sections 4.1, 5.1 and 6; RFC 9858 for digests of 24 bytes. */
import { Exit, PublishError } from '../errors.ts';

export const Heights = [5, 10, 15, 20] as const;
export const Widths = [1, 2, 4, 8] as const;
export const Digests = [24, 32] as const;
/** What a device takes: agent/format/lms.ts LEVELS_MAX. */
export const LevelsMost = 3;

export type Height = (typeof Heights)[number];
export type Width = (typeof Widths)[number];
export type DigestLength = (typeof Digests)[number];

/** One tree: `2 ** height` one-time keys, whose chains stand for `width` bits each. */
export interface Tree {
  readonly height: Height;
  readonly width: Width;
}

export interface HssParameters {
  /** Bytes in a digest, on all levels. */
  readonly digest: DigestLength;
  /** From the root down. */
  readonly levels: readonly Tree[];
}

/** What a key is by default: one level, 1024 signatures of 1456 bytes. */
export const DefaultParameters: HssParameters = { digest: 32, levels: [{ height: 10, width: 8 }] };

export const treeType = (digest: DigestLength, tree: Tree): number =>
  (digest === 32 ? 4 : 9) + tree.height / 5;

export const oneTimeType = (digest: DigestLength, tree: Tree): number =>
  (digest === 32 ? 1 : 5) + Math.log2(tree.width);

/** Chains of a one-time key (p), and how far its checksum is shifted left (ls): RFC 8554 appendix B. */
export const chainsOf = (digest: DigestLength, { width }: Tree): { chains: number; shift: number } => {
  const forDigest = (8 * digest) / width;
  const sumBits = Math.floor(Math.log2((2 ** width - 1) * forDigest)) + 1;
  const forSum = Math.ceil(sumBits / width);
  return { chains: forDigest + forSum, shift: 16 - forSum * width };
};

export const treeKeyLength = (digest: DigestLength): number => 4 + 4 + 16 + digest;

export const treeSignatureLength = (digest: DigestLength, tree: Tree): number =>
  4 + 4 + digest * (1 + chainsOf(digest, tree).chains) + 4 + digest * tree.height;

export const hssKeyLength = (digest: DigestLength): number => 4 + treeKeyLength(digest);

export const hssSignatureLength = ({ digest, levels }: HssParameters): number =>
  4 +
  levels.reduce((sum, tree) => sum + treeSignatureLength(digest, tree), 0) +
  (levels.length - 1) * treeKeyLength(digest);

/** How many signatures a key can ever make. */
export const signaturesOf = ({ levels }: HssParameters): number =>
  2 ** levels.reduce((sum, { height }) => sum + height, 0);

export const parametersText = ({ digest, levels }: HssParameters): string =>
  [
    levels.length === 1 ? 'one level' : `${levels.length} levels`,
    levels.map(({ height, width }) => `H${height} W${width}`).join(' above '),
    `digests of ${digest} bytes`,
  ].join(', ');

const oneOf = <T extends number>(all: readonly T[], value: unknown, field: string, file?: string): T => {
  const found = all.find((one) => one === value);
  if (found !== undefined) return found;
  const remedy = `Give one of: ${all.join(', ')}`;
  throw new PublishError(`${String(value)} is not known`, { file, field, remedy, exit: Exit.Usage });
};

/** Parameters from numbers that a person or a file gave. */
export const parametersCheck = (
  digest: unknown,
  heights: readonly unknown[],
  widths: readonly unknown[],
  file?: string,
): HssParameters => {
  if (!(heights.length >= 1 && heights.length <= LevelsMost && heights.length === widths.length)) {
    const remedy = `Give one to ${LevelsMost} heights and as many widths, from the root down`;
    throw new PublishError(`${heights.length} heights and ${widths.length} widths`, {
      file,
      field: 'levels',
      remedy,
      exit: Exit.Usage,
    });
  }
  return {
    digest: oneOf(Digests, digest, 'digest', file),
    levels: heights.map((height, at) => ({
      height: oneOf(Heights, height, 'height', file),
      width: oneOf(Widths, widths[at], 'width', file),
    })),
  };
};
