/** HSS/LMS of one tree of 32 leaves, for measurements: its secret is zeros. */
import { concat } from '../publisher/bytes.ts';
import { hssSignatureLength } from '../publisher/lms/parameters.ts';
import type { Width } from '../publisher/lms/parameters.ts';
import { treeSignature } from '../publisher/lms/signature.ts';
import { nodesMake, number32, treeKey } from '../publisher/lms/tree.ts';
import type { TreeSecret } from '../publisher/lms/tree.ts';

export const DIGEST = 32;
export const LEAVES = 32;

export interface LmsTree {
  readonly key: Uint8Array;
  readonly signatureLength: number;
  readonly sign: (leaf: number, message: Uint8Array) => Uint8Array;
}

export const lmsTree = (width: Width): LmsTree => {
  const secret: TreeSecret = {
    digest: DIGEST,
    tree: { height: 5, width },
    identifier: new Uint8Array(16),
    seed: new Uint8Array(DIGEST),
  };
  const nodes = nodesMake(secret);
  return {
    key: concat([number32(1), treeKey(secret, nodes)]),
    signatureLength: hssSignatureLength({ digest: DIGEST, levels: [secret.tree] }),
    sign: (leaf, message) => concat([number32(0), treeSignature(secret, nodes, leaf, message)]),
  };
};
