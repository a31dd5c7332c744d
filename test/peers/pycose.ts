/**
 * pycose: a COSE library (RFC 9052) of other people. It knows -8 (EdDSA) and -7 (ES256), and not yet the fully specified
 * -19 and -9 of RFC 9864; they are registered with it here as what they are, the same algorithms under other numbers.
 */
import * as Err from '../../agent/err.ts';
import { authenticate, verifierNew } from '../../agent/format/cose.ts';
import type { Anchor } from '../../agent/format/cose.ts';
import { envelopeNew, envelopeRead } from '../../agent/format/envelope.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { coseAlgorithm, keyGenerate, keyParse } from '../../publisher/keys.ts';
import type { SigningKey } from '../../publisher/keys.ts';
import { pack } from '../../publisher/pack.ts';
import { envelopeOf } from '../_envelope.ts';
import { same } from './_peer.ts';
import type { Peer } from './_peer.ts';
import { python, versionOf } from './_python.ts';
import { encryptScenarios } from './pycose-encrypt.ts';
import { reportScenarios } from './pycose-report.ts';

const PRELUDE = `import json, sys, cbor2
from pycose.algorithms import CoseAlgorithm, EdDSA, Es256
from pycose.headers import Algorithm, KID
from pycose.keys import EC2Key, OKPKey
from pycose.keys.curves import Ed25519, P256
from pycose.messages import Sign1Message
@CoseAlgorithm.register_attribute()
class Ed25519Specified(EdDSA):
    identifier = -19
    fullname = 'ED25519SPECIFIED'
@CoseAlgorithm.register_attribute()
class Esp256(Es256):
    identifier = -9
    fullname = 'ESP256'
given = json.load(sys.stdin)
out = lambda v: print(json.dumps(v))
`;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const packed = (key: SigningKey): Uint8Array =>
  pack({
    image: new Uint8Array(5000).fill(7),
    vendor: 'vendor.example',
    classId: 'lamp',
    sequence: 3,
    keys: [key],
    withKeyId: true,
  }).envelope;

/** Signatures of an envelope as pycose finds and judges them, CBOR and all: algorithm, key id, whether it holds. */
const VERIFY = `${PRELUDE}
envelope = cbor2.loads(bytes.fromhex(given['envelope']))
digest, *blocks = cbor2.loads(envelope.value[2])
k = bytes.fromhex(given['key'])
key = OKPKey(crv=Ed25519, x=k) if len(k) == 32 else EC2Key(crv=P256, x=k[1:33], y=k[33:])
def one(block):
    message = Sign1Message.decode(block)
    message.key = key
    alg = message.phdr[Algorithm]
    return [alg.identifier, message.phdr[KID].hex(), message.verify_signature(detached_payload=digest)]
out([one(block) for block in blocks])`;

const ours = (algorithm: 'ed25519' | 'esp256'): string => {
  const key = keyParse(keyGenerate(algorithm), 'made here');
  const envelope = packed(key);
  const judged = (bytes: Uint8Array, publicKey: Uint8Array): unknown =>
    python(VERIFY, { envelope: hex(bytes), key: hex(publicKey) });
  const row = [coseAlgorithm[algorithm], hex(key.keyId)];
  same(judged(envelope, key.key), [[...row, true]], 'as packed');
  const other = keyParse(keyGenerate(algorithm), 'made here');
  same(judged(envelope, other.key), [[...row, false]], 'under another key');
  const changed = Uint8Array.from(envelope);
  // The digest of the manifest comes first, so that its bytes are those of the first 40 or so.
  changed[30]! ^= 1;
  same(judged(changed, key.key), [[...row, false]], 'with another digest');
  return `alg ${coseAlgorithm[algorithm]}; refused under another key, and with another digest`;
};

/** A COSE_Sign1 by pycose over a detached payload, with a key of its own. */
const SIGN = `${PRELUDE}
algs = {-19: Ed25519Specified, -8: EdDSA, -9: Esp256, -7: Es256}
alg = algs[given['algorithm']]
key = OKPKey.generate_key(crv=Ed25519) if given['algorithm'] in (-19, -8) else EC2Key.generate_key(crv=P256)
message = Sign1Message(phdr={Algorithm: alg, KID: b'peer'})
message.key = key
block = message.encode(tag=True, detached_payload=bytes.fromhex(given['digest']))
public = key.x if isinstance(key, OKPKey) else b'\\x04' + key.x + key.y
out({'block': block.hex(), 'key': public.hex()})`;

interface Signed {
  readonly block: string;
  readonly key: string;
}

const authenticateTheirs = (algorithm: number, change: (block: Uint8Array) => Uint8Array): number => {
  let made: Signed | undefined;
  const envelope = envelopeOf({
    blocks: (digest) => {
      made = python(SIGN, { algorithm, digest: hex(digest) }) as Signed;
      return [change(new Uint8Array(Buffer.from(made.block, 'hex')))];
    },
  });
  const anchor: Anchor = {
    keyId: new TextEncoder().encode('peer'),
    algorithm: algorithm === -19 || algorithm === -8 ? -19 : -9,
    key: new Uint8Array(Buffer.from(made!.key, 'hex')),
  };
  const into = envelopeNew();
  const code = envelopeRead(into, envelope, 0, envelope.length);
  return code < 0 ? code : authenticate(into, verifierNew(nodeCrypto(), [anchor], undefined), 1);
};

const theirs = (algorithm: number): string => {
  const code = authenticateTheirs(algorithm, (block) => block);
  same(code, 0, 'our verdict');
  const wrong = authenticateTheirs(algorithm, (block) => {
    block[block.length - 1]! ^= 1;
    return block;
  });
  same(wrong, Err.SignatureWrong, 'a bit of the signature changed');
  return 'refused with a bit of the signature changed';
};

export const pycose: Peer = {
  name: 'pycose',
  version: () => versionOf('pycose'),
  scenarios: [
    { name: 'verifies our envelope, Ed25519 (-19)', run: () => ours('ed25519') },
    { name: 'verifies our envelope, ESP256 (-9)', run: () => ours('esp256') },
    { name: 'its COSE_Sign1 holds for us, Ed25519 (-19)', run: () => theirs(-19) },
    { name: 'its COSE_Sign1 holds for us, ES256 (-7)', run: () => theirs(-7) },
    { name: 'its COSE_Sign1 holds for us, ESP256 (-9)', run: () => theirs(-9) },
    {
      name: 'its COSE_Sign1 with EdDSA (-8), which does not name a curve, is refused by us',
      run: () =>
        same(
          authenticateTheirs(-8, (block) => block),
          Err.AlgorithmUnknown,
          'code',
        ),
    },
    ...encryptScenarios,
    ...reportScenarios,
  ],
};
