/** What an HSS/LMS signature costs: bytes of envelope, and blocks of SHA-256 on the device. */
import { hssVerify, lmsNew } from '../agent/format/lms.ts';
import { nodeCrypto } from '../hal/node/crypto.ts';
import type { Hash } from '../hal/ports.ts';
import { keyIdOf, pack } from '../publisher/index.ts';
import type { SigningKey } from '../publisher/index.ts';
import { hssKeyLength, hssSignatureLength } from '../publisher/lms/parameters.ts';
import type { HssParameters, Width } from '../publisher/lms/parameters.ts';
import { countingHash } from './counting-hash.ts';
import { DIGEST, LEAVES, lmsTree } from './lms-tree.ts';
import type { Pair } from './pairs.ts';
import { config } from './rig.ts';
import { row } from './row.ts';
import type { Row } from './row.ts';

/** Bytes in a message that is as long as a Sig_structure. */
const MESSAGE = 64;
const WIDTHS: readonly Width[] = [8, 4];

const envelopeLength = ({ to }: Pair, parameters: HssParameters): number => {
  const public0 = new Uint8Array(hssKeyLength(parameters.digest));
  const signatureLength = hssSignatureLength(parameters);
  // Its length is all that is asked of this one, and a tree of 1024 leaves takes seconds.
  const key: SigningKey = {
    algorithm: 'hss-lms',
    key: public0,
    keyId: keyIdOf(public0),
    signatureLength,
    sign: () => new Uint8Array(signatureLength),
  };
  const { vendor, classId } = config;
  return pack({ image: to, sequence: 2, vendor, classId, keys: [key] }).figures.envelope;
};

/** Blocks for a signature under each leaf of a tree, the mean. */
const blocksOf = (width: Width): number => {
  let blocks = 0;
  const counted = (): Hash => countingHash(nodeCrypto().sha256(), (more) => (blocks += more));
  const lms = lmsNew(counted(), counted());
  const { key, sign } = lmsTree(width);
  for (let leaf = 0; leaf < LEAVES; leaf++) {
    const message = new Uint8Array(MESSAGE).fill(leaf);
    const signature = sign(leaf, message);
    if (!hssVerify(lms, key, message, message.length, signature, 0, signature.length)) {
      throw new Error(`leaf ${leaf} does not hold`);
    }
  }
  return Math.round(blocks / LEAVES);
};

export const hashBasedRows = (pair: Pair): Row[] =>
  WIDTHS.flatMap((width) => [
    row(
      `${pair.name}: envelope, framed, one HSS/LMS signature, H10 W${width}`,
      envelopeLength(pair, { digest: DIGEST, levels: [{ height: 10, width }] }),
      'bytes',
    ),
    row(`a signature of HSS/LMS, H5 W${width}: blocks of SHA-256`, blocksOf(width), 'blocks'),
  ]);
