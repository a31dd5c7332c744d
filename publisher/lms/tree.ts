/** One LMS tree, from its seed: RFC 8554 section 5.3 and appendix A. */
import { concat, sha256 } from '../bytes.ts';
import type { Progress } from '../blocks.ts';
import { Chain } from './chain.ts';
import { chainsOf, oneTimeType, treeType } from './parameters.ts';
import type { DigestLength, Tree } from './parameters.ts';

export interface TreeSecret {
  readonly digest: DigestLength;
  readonly tree: Tree;
  /** 16 bytes. */
  readonly identifier: Uint8Array;
  /** As long as a digest. */
  readonly seed: Uint8Array;
}

/** All nodes, each at its number times the digest's length; node 1 is the root, and place 0 is not used. */
export type Nodes = Uint8Array;

export const Kind = { Ends: 0x8080, Message: 0x8181, Leaf: 0x8282, Inner: 0x8383 } as const;

/** No chain has such a number; the same ones that the authors' own implementation derives with. */
const Derived = { Seed: 0xfffe, Identifier: 0xffff, Randomizer: 0xfffd } as const;

export const number32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
const number16 = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value);

/** SHA-256, cut to a digest, under I and a number and a kind, so that no two hashes of a key are of the same kind. */
export const digestOf = (
  { identifier, digest }: TreeSecret,
  node: number,
  kind: number,
  ...parts: Uint8Array[]
): Uint8Array => sha256(concat([identifier, number32(node), number16(kind), ...parts])).subarray(0, digest);

export const chainOf = (secret: TreeSecret): Chain => new Chain(secret.identifier, secret.seed);

const leafNode = (secret: TreeSecret, chain: Chain, leaf: number, ends: Uint8Array): Uint8Array => {
  const { digest, tree } = secret;
  const { chains } = chainsOf(digest, tree);
  const most = 2 ** tree.width - 1;
  for (let i = 0; i < chains; i++) ends.set(chain.walked(leaf, i, most), i * digest);
  return digestOf(secret, 2 ** tree.height + leaf, Kind.Leaf, digestOf(secret, leaf, Kind.Ends, ends));
};

export const nodesMake = (secret: TreeSecret, progress?: Progress): Nodes => {
  const { digest, tree } = secret;
  const leaves = 2 ** tree.height;
  const nodes = new Uint8Array(2 * leaves * digest);
  const chain = chainOf(secret);
  const ends = new Uint8Array(chainsOf(digest, tree).chains * digest);
  for (let leaf = 0; leaf < leaves; leaf++) {
    nodes.set(leafNode(secret, chain, leaf, ends), (leaves + leaf) * digest);
    progress?.(leaf + 1, leaves);
  }
  for (let node = leaves - 1; node > 0; node--) {
    const below = nodes.subarray(2 * node * digest, (2 * node + 2) * digest);
    nodes.set(digestOf(secret, node, Kind.Inner, below), node * digest);
  }
  return nodes;
};

export const treeKey = ({ digest, tree, identifier }: TreeSecret, nodes: Nodes): Uint8Array =>
  concat([
    number32(treeType(digest, tree)),
    number32(oneTimeType(digest, tree)),
    identifier,
    nodes.subarray(digest, 2 * digest),
  ]);

/** The nodes beside the way from a leaf to the root. */
export const pathOf = ({ digest, tree }: TreeSecret, nodes: Nodes, leaf: number): Uint8Array => {
  const path: Uint8Array[] = [];
  for (let node = 2 ** tree.height + leaf; node > 1; node >>= 1) {
    path.push(nodes.subarray((node ^ 1) * digest, ((node ^ 1) + 1) * digest));
  }
  return concat(path);
};

/** Who knows the seed knows it; who does not, learns it with the signature. So a leaf always signs with the same. */
export const randomizerOf = (secret: TreeSecret, leaf: number): Uint8Array =>
  chainOf(secret).secret(leaf, Derived.Randomizer).slice();

/** The tree below a leaf. */
export const treeBelow = (secret: TreeSecret, leaf: number, tree: Tree): TreeSecret => {
  const chain = chainOf(secret);
  const seed = chain.secret(leaf, Derived.Seed).slice();
  return {
    digest: secret.digest,
    tree,
    seed,
    identifier: chain.secret(leaf, Derived.Identifier).slice(0, 16),
  };
};
