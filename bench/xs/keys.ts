/** The keys of the cases. Nothing is kept: a leaf of a tree is used once, here as elsewhere. */
import { keyGenerate, keyIdOf, keyParse } from '../../publisher/index.ts';
import type { SigningKey } from '../../publisher/index.ts';
import { lmsTree } from '../lms-tree.ts';

export const ed25519Key = (): SigningKey => keyParse(keyGenerate('ed25519'), 'bench');

export const p256Key = (): SigningKey => keyParse(keyGenerate('esp256'), 'bench');

/** Winternitz 8: the shortest signatures, and the most hashing. */
export const lmsKey = (): SigningKey => {
  const { key, signatureLength, sign } = lmsTree(8);
  let leaf = 0;
  return {
    algorithm: 'hss-lms',
    key,
    keyId: keyIdOf(key),
    signatureLength,
    sign: (message) => sign(leaf++, message),
  };
};
