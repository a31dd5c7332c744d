/** An HSS/LMS key: made, and signing (RFC 8554 section 6). */
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Progress } from '../blocks.ts';
import { concat, sameBytes } from '../bytes.ts';
import { hashBasedHolds } from '../device.ts';
import { PublishError } from '../errors.ts';
import { writeWhole } from '../files.ts';
import { rootSecret } from './key-file.ts';
import type { KeyState } from './key-file.ts';
import type { HssParameters } from './parameters.ts';
import { treeSignature } from './signature.ts';
import { keyCreate, leafTake, refuseKey } from './state.ts';
import { nodesMake, number32, treeBelow, treeKey } from './tree.ts';
import type { Nodes, TreeSecret } from './tree.ts';

const SealLength = 32;

const cacheFile = (file: string, level: number): string => `${file}.tree${level}`;

/**
 * Nodes are public, but must be the right ones: a leaf of an upper level signs the root of the tree below it each time
 * anew, and two roots would be two messages under one leaf. So who does not know the seed cannot change what is kept.
 */
const sealOf = ({ seed, identifier }: TreeSecret, nodes: Nodes): Uint8Array =>
  createHmac('sha256', seed).update(identifier).update(nodes).digest();

const nodesKeep = (file: string, level: number, secret: TreeSecret, nodes: Nodes): void =>
  writeWhole(cacheFile(file, level), concat([nodes, sealOf(secret, nodes)]), 'key');

/** Undefined where what is kept is of another tree, damaged, or not there. */
const nodesKept = (file: string, level: number, secret: TreeSecret): Nodes | undefined => {
  let kept: Uint8Array;
  try {
    kept = new Uint8Array(readFileSync(cacheFile(file, level)));
  } catch {
    return undefined;
  }
  const length = 2 * 2 ** secret.tree.height * secret.digest;
  if (kept.length !== length + SealLength) return undefined;
  const nodes = kept.subarray(0, length);
  return sameBytes(kept.subarray(length), sealOf(secret, nodes)) ? nodes : undefined;
};

const nodesOf = (file: string, level: number, secret: TreeSecret, progress?: Progress): Nodes => {
  const kept = nodesKept(file, level, secret);
  if (kept) return kept;
  const nodes = nodesMake(secret, progress);
  nodesKeep(file, level, secret, nodes);
  return nodes;
};

/** Of each level, from the root down, its leaf when the key's leaf is `leaf`. */
const leavesOf = ({ levels }: HssParameters, leaf: number): number[] => {
  const leaves: number[] = [];
  let rest = leaf;
  for (const { height } of [...levels].reverse()) {
    leaves.unshift(rest % 2 ** height);
    rest = Math.floor(rest / 2 ** height);
  }
  return leaves;
};

/** A leaf above the lowest level signs the tree below it, the same one each time, with the same randomizer. */
const hssSignature = (
  state: KeyState,
  leaf: number,
  message: Uint8Array,
  file: string,
  progress?: Progress,
): Uint8Array => {
  const { levels } = state.parameters;
  const leaves = leavesOf(state.parameters, leaf);
  const parts = [number32(levels.length - 1)];
  let secret = rootSecret(state);
  let nodes = nodesOf(file, 0, secret, progress);
  for (let level = 0; level < levels.length - 1; level++) {
    const own = leaves[level]!;
    const below = treeBelow(secret, own, levels[level + 1]!);
    const nodesBelow = nodesOf(file, level + 1, below, progress);
    const key = treeKey(below, nodesBelow);
    parts.push(treeSignature(secret, nodes, own, key), key);
    secret = below;
    nodes = nodesBelow;
  }
  return concat([...parts, treeSignature(secret, nodes, leaves.at(-1)!, message)]);
};

/** Gives a leaf away, and signs with it. The signature has been verified as a device does. */
export const hssSign = (
  file: string,
  key: Uint8Array,
  message: Uint8Array,
  progress?: Progress,
): Uint8Array => {
  const { state, leaf } = leafTake(file);
  if (!sameBytes(state.key, key)) {
    const remedy = 'Do not put another key in its place while something signs';
    throw new PublishError('not the key that it was', { file, field: 'key', remedy });
  }
  const signature = hssSignature(state, leaf, message, file, progress);
  if (hashBasedHolds(state.key, message, signature)) return signature;
  const remedy = 'The file is damaged: its seed does not belong to its public key';
  throw new PublishError('the signature does not hold', { file, field: 'key', remedy });
};

/** Makes a key and writes its file. Returns the public half. */
export const hssGenerate = (
  file: string,
  parameters: HssParameters,
  progress?: Progress,
  seeds: (length: number) => Uint8Array = randomBytes,
): Uint8Array => {
  // Before the work: a tree can take minutes.
  refuseKey(file);
  const [tree] = parameters.levels;
  const identifier = Uint8Array.from(seeds(16));
  const seed = Uint8Array.from(seeds(parameters.digest));
  const secret: TreeSecret = { digest: parameters.digest, tree: tree!, identifier, seed };
  const nodes = nodesMake(secret, progress);
  const key = concat([number32(parameters.levels.length), treeKey(secret, nodes)]);
  keyCreate(file, { parameters, identifier, seed, key });
  nodesKeep(file, 0, secret, nodes);
  return key;
};
