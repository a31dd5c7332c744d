/** Values that go into a manifest, and maps of them. */
import { cborEncode } from './cbor.ts';
import { Exit, PublishError } from './errors.ts';
import { DigestAlgorithm } from './manifest-numbers.ts';

export const number = (value: number, field: string, most: number): number => {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  const remedy = `Give a whole number from 0 to ${most}`;
  throw new PublishError(`${value} is out of range`, { field, remedy, exit: Exit.Usage });
};

export const bytes = (value: Uint8Array, field: string, length: number): Uint8Array => {
  if (value.length === length) return value;
  const remedy = `Give ${length} bytes`;
  throw new PublishError(`${value.length} bytes`, { field, remedy, exit: Exit.Usage });
};

export const U32 = 0xffffffff;

/** Leaves out what is undefined; cborg sorts the rest. */
export const parameters = (rows: [number, unknown][]): Map<number, unknown> =>
  new Map(rows.filter(([, value]) => value !== undefined));

export const suitDigest = (digest: Uint8Array): Uint8Array => cborEncode([DigestAlgorithm, digest]);
