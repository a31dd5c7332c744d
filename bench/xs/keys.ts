/** The keys of the cases. Nothing is kept: a leaf of a tree is used once, here as elsewhere. */
import { concat } from '../../publisher/bytes.ts';
import { keyGenerate, keyIdOf, keyParse } from '../../publisher/index.ts';
import type { SigningKey } from '../../publisher/index.ts';
import { hssSignatureLength } from '../../publisher/lms/parameters.ts';
import { treeSignature } from '../../publisher/lms/signature.ts';
import { nodesMake, number32, treeKey } from '../../publisher/lms/tree.ts';
import type { TreeSecret } from '../../publisher/lms/tree.ts';

export const ed25519Key = (): SigningKey => keyParse(keyGenerate('ed25519'), 'bench');

/** One tree of 32 leaves, Winternitz 8: the shortest signatures, and the most hashing. */
export const lmsKey = (): SigningKey => {
  const secret: TreeSecret = {
    digest: 32,
    tree: { height: 5, width: 8 },
    identifier: new Uint8Array(16),
    seed: new Uint8Array(32),
  };
  const nodes = nodesMake(secret);
  const key = concat([number32(1), treeKey(secret, nodes)]);
  let leaf = 0;
  const sign = (message: Uint8Array): Uint8Array =>
    concat([number32(0), treeSignature(secret, nodes, leaf++, message)]);
  const signatureLength = hssSignatureLength({ digest: secret.digest, levels: [secret.tree] });
  return { algorithm: 'hss-lms', key, keyId: keyIdOf(key), signatureLength, sign };
};
