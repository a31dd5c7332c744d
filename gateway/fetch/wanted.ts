/** What a file that is wanted is known by: its digest, a name that is made of it, or only the place where it is. */
import { createHash } from 'node:crypto';
import type { Artefact, Wanted } from '../contract.ts';

/** `<first 16 bytes of SHA-256>.bin`, as flipside pack names payloads, and `.suit` of flipside publish. */
const NAMED = /^([0-9a-f]{32})\.(?:bin|suit)$/;

/** The digits in a name that is made of them. */
export const digitsOf = (name: string): string | undefined => NAMED.exec(name.split('/').at(-1) ?? '')?.[1];

/** Key of its part in the store: the same whatever the URL, where the content is known. */
export const keyOf = ({ sha256, name, url }: Wanted, proof = ''): string =>
  createHash('sha256')
    .update(`${proof} ${sha256 ?? digitsOf(name) ?? url}`)
    .digest('hex');

/** Why what came is another file; undefined: it is the one. */
export const anotherThan = ({ sha256, name, size }: Wanted, came: Artefact): string | undefined => {
  if (size !== undefined && came.size !== size) return `${came.size} bytes instead of ${size}`;
  if (sha256 !== undefined && came.digest !== sha256) return `its SHA-256 is ${came.digest}, not ${sha256}`;
  const digits = digitsOf(name);
  return digits === undefined || came.digest.startsWith(digits)
    ? undefined
    : `its SHA-256 is ${came.digest}, and not what its name says`;
};
