/** LM-OTS and LMS signatures: RFC 8554 sections 4.5 and 5.4. Each leaf may sign one message in the life of its key. */
import { concat } from '../bytes.ts';
import { chainsOf, oneTimeType, treeType } from './parameters.ts';
import { chainOf, digestOf, Kind, number32, pathOf, randomizerOf } from './tree.ts';
import type { Nodes, TreeSecret } from './tree.ts';

/** The digits of `width` bits, of the digest and of the checksum over it. */
const digitsOf = ({ digest, tree }: TreeSecret, message: Uint8Array): number[] => {
  const { chains, shift } = chainsOf(digest, tree);
  const { width } = tree;
  const most = 2 ** width - 1;
  const cut = (bytes: Uint8Array): number[] =>
    [...bytes].flatMap((byte) =>
      Array.from({ length: 8 / width }, (_, at) => (byte >> (8 - width * (at + 1))) & most),
    );
  const digits = cut(message);
  const sum = digits.reduce((all, digit) => all + most - digit, 0) << shift;
  return [...digits, ...cut(Uint8Array.of(sum >> 8, sum))].slice(0, chains);
};

const oneTimeSignature = (
  secret: TreeSecret,
  leaf: number,
  message: Uint8Array,
  randomizer: Uint8Array,
): Uint8Array => {
  const chain = chainOf(secret);
  const digits = digitsOf(secret, digestOf(secret, leaf, Kind.Message, randomizer, message));
  const ends = digits.map((steps, at) => chain.walked(leaf, at, steps).slice());
  return concat([number32(oneTimeType(secret.digest, secret.tree)), randomizer, ...ends]);
};

/** `randomizer`: only to make the signature of another signer anew. */
export const treeSignature = (
  secret: TreeSecret,
  nodes: Nodes,
  leaf: number,
  message: Uint8Array,
  randomizer: Uint8Array = randomizerOf(secret, leaf),
): Uint8Array =>
  concat([
    number32(leaf),
    oneTimeSignature(secret, leaf, message, randomizer),
    number32(treeType(secret.digest, secret.tree)),
    pathOf(secret, nodes, leaf),
  ]);
