/** HSS/LMS keys that live in memory, for tests only: the same each time, and of no worth. */
import { concat } from '../publisher/bytes.ts';
import { treeSignature } from '../publisher/lms/signature.ts';
import { nodesMake, number32, treeBelow, treeKey } from '../publisher/lms/tree.ts';
import type { TreeSecret } from '../publisher/lms/tree.ts';
import type { DigestLength, Tree } from '../publisher/lms/parameters.ts';

export interface MemoryKey {
  readonly key: Uint8Array;
  /** Signs with leaf 0, then 1, and so on, of the lowest tree; those above sign with `above`. */
  sign(message: Uint8Array): Uint8Array;
}

export const memoryKey = (digest: DigestLength, levels: readonly Tree[], above = 1): MemoryKey => {
  const seed = Uint8Array.from({ length: digest }, (_, i) => i);
  const identifier = Uint8Array.from({ length: 16 }, (_, i) => 0xd0 + i);
  let secret: TreeSecret = { digest, tree: levels[0]!, identifier, seed };
  let nodes = nodesMake(secret);
  const key = concat([number32(levels.length), treeKey(secret, nodes)]);
  const head = [number32(levels.length - 1)];
  for (const tree of levels.slice(1)) {
    const below = treeBelow(secret, above, tree);
    const nodesBelow = nodesMake(below);
    const keyBelow = treeKey(below, nodesBelow);
    head.push(treeSignature(secret, nodes, above, keyBelow), keyBelow);
    secret = below;
    nodes = nodesBelow;
  }
  let leaf = 0;
  return {
    key,
    sign: (message) => concat([...head, treeSignature(secret, nodes, leaf++, message)]),
  };
};
