/** An HSS/LMS key: made, and signing (RFC 8554 section 6). */
import { randomBytes } from 'node:crypto';
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
import { keyCreate, leafTake, refuseExisting } from './state.ts';
import { nodesMake, number32, treeBelow, treeKey } from './tree.ts';
import type { Nodes, TreeSecret } from './tree.ts';

const cacheFile = (file: string, level: number): string => `${file}.tree${level}`;

/** Nodes as they were kept; undefined where they are of another tree. They are public, and judged by what they sign. */
const nodesKept = (file: string, level: number, secret: TreeSecret): Nodes | undefined => {
  try {
    const kept = new Uint8Array(readFileSync(cacheFile(file, level)));
    const { identifier, digest, tree } = secret;
    const fits = kept.length === identifier.length + 2 * 2 ** tree.height * digest;
    return fits && sameBytes(kept.subarray(0, 16), identifier) ? kept.subarray(16) : undefined;
  } catch {
    return undefined;
  }
};

const nodesKeep = (file: string, level: number, secret: TreeSecret, progress?: Progress): Nodes => {
  const nodes = nodesMake(secret, progress);
  writeWhole(cacheFile(file, level), concat([secret.identifier, nodes]), 'key');
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

interface SignContext {
  readonly file: string;
  readonly kept: boolean;
  readonly progress: Progress | undefined;
}

/** A leaf above the lowest level signs the tree below it, the same one each time, with the same randomizer. */
const hssSignature = (
  state: KeyState,
  leaf: number,
  message: Uint8Array,
  context: SignContext,
): Uint8Array => {
  const { levels } = state.parameters;
  const leaves = leavesOf(state.parameters, leaf);
  const parts = [number32(levels.length - 1)];
  const { file, kept, progress } = context;
  const nodesOf = (level: number, secret: TreeSecret): Nodes =>
    (kept ? nodesKept(file, level, secret) : undefined) ?? nodesKeep(file, level, secret, progress);
  let secret = rootSecret(state);
  let nodes = nodesOf(0, secret);
  for (let level = 0; level < levels.length - 1; level++) {
    const own = leaves[level]!;
    const below = treeBelow(secret, own, levels[level + 1]!);
    const nodesBelow = nodesOf(level + 1, below);
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
  // Kept nodes may be damaged. The same leaf may sign the same message again: it gives the same one-time signature.
  for (const kept of [true, false]) {
    const signature = hssSignature(state, leaf, message, { file, kept, progress });
    if (hashBasedHolds(state.key, message, signature)) return signature;
  }
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
  refuseExisting(file);
  const [tree] = parameters.levels;
  const identifier = Uint8Array.from(seeds(16));
  const seed = Uint8Array.from(seeds(parameters.digest));
  const secret: TreeSecret = { digest: parameters.digest, tree: tree!, identifier, seed };
  const nodes = nodesMake(secret, progress);
  const key = concat([number32(parameters.levels.length), treeKey(secret, nodes)]);
  keyCreate(file, { parameters, identifier, seed, key });
  writeWhole(cacheFile(file, 0), concat([identifier, nodes]), 'key');
  return key;
};
