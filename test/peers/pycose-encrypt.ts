/**
 * Parameter 19 against pycose: a COSE_Encrypt of ours that it unwraps, and one of its own that the providers of the
 * Decryption port unwrap. It builds the KDF context itself. What it does not have is put in its place: ChaCha20-Poly1305
 * as an algorithm by number, and X25519 in ECDH, from the library that its P-256 is from. The pieces of a payload are
 * no COSE, and not shown here.
 */
import { deviceDecryption } from '../../hal/device-decryption.ts';
import type { DeviceKey } from '../../hal/device-keys.ts';
import { nobleDecryption } from '../../hal/noble/decryption.ts';
import { nodeDecryption } from '../../hal/node/decryption.ts';
import { contentAlgorithms } from '../../publisher/encryption/algorithms.ts';
import type { ContentAlgorithm, RecipientKind } from '../../publisher/encryption/algorithms.ts';
import { encryptionRead, encryptionWrite } from '../../publisher/encryption/cose-encrypt.ts';
import { deviceKeyNew } from '../../publisher/encryption/recipient-key.ts';
import type { DeviceKey as KeyPair } from '../../publisher/encryption/recipient-key.ts';
import { keyContext, keyWrap } from '../../publisher/encryption/recipient.ts';
import type { Recipient } from '../../publisher/encryption/recipient.ts';
import { same } from './_peer.ts';
import type { Scenario } from './_peer.ts';
import { python } from './_python.ts';

const PRELUDE = `import json, sys
from pycose.algorithms import A128GCM, A128KW, CoseAlgorithm, EcdhEsA128KW
from pycose.headers import Algorithm, EphemeralKey, KID, StaticKey, SuppPubOther
from pycose.keys import EC2Key, OKPKey, SymmetricKey
from pycose.keys.curves import P256, X25519
from pycose.messages import EncMessage
from pycose.messages.recipient import KeyAgreementWithKeyWrap, KeyWrap
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
@CoseAlgorithm.register_attribute()
class ChaCha20Poly1305(A128GCM):
    identifier = 24
    fullname = 'CHACHA20/POLY1305'
    @classmethod
    def get_key_length(cls): return 32
of_p256 = EcdhEsA128KW._ecdh
def ecdh(cls, curve, private, public):
    if curve is not X25519: return of_p256(curve, private, public)
    public = X25519PublicKey.from_public_bytes(public.x)
    return X25519PrivateKey.from_private_bytes(private.d).exchange(public)
EcdhEsA128KW._ecdh = classmethod(ecdh)
OTHER = b'SUIT Payload Encryption'
def private(kind, secret, public):
    if kind == 'a128kw': return SymmetricKey(k=secret)
    if kind == 'x25519': return OKPKey(crv=X25519, x=public, d=secret)
    return EC2Key(crv=P256, x=public[1:33], y=public[33:], d=secret)
given = json.load(sys.stdin)
out = lambda v: print(json.dumps(v))
of = lambda name: bytes.fromhex(given[name])
`;

/** Of the recipient that a key is named by: the content key, or in words why not; and the algorithm of the message. */
const UNWRAP = `${PRELUDE}
message = EncMessage.decode(of('block'))
recipient = [r for r in message.recipients if r.get_attr(KID) == of('id')][0]
recipient.key = private(given['kind'], of('secret'), of('public'))
recipient.local_attrs = {SuppPubOther: OTHER}
algorithm = message.get_attr(Algorithm)
try: key = recipient.decrypt(algorithm).hex()
except Exception as error: key = 'fails'
out([algorithm.identifier, message.payload, len(message.uhdr), key])`;

const WRAP = `${PRELUDE}
algorithm = {1: A128GCM, 24: ChaCha20Poly1305}[given['algorithm']]
content = of('content')
def recipient(kind, id, public):
    public = bytes.fromhex(public)
    if kind == 'a128kw':
        return KeyWrap(uhdr={Algorithm: A128KW, KID: id}, payload=content, key=SymmetricKey(k=public))
    one = KeyAgreementWithKeyWrap(phdr={Algorithm: EcdhEsA128KW}, uhdr={KID: id}, payload=content)
    if kind == 'x25519':
        one.key = OKPKey.generate_key(crv=X25519)
        one.uhdr_update({EphemeralKey: {1: 1, -1: 4, -2: one.key.x}})
        peer = OKPKey(crv=X25519, x=public)
    else: peer = EC2Key(crv=P256, x=public[1:33], y=public[33:])
    one.local_attrs = {StaticKey: peer, SuppPubOther: OTHER}
    return one
rs = [recipient(kind, bytes.fromhex(id), public) for kind, id, public in given['recipients']]
context = rs[0].get_kdf_context(A128KW()).encode().hex() if given['recipients'][0][0] != 'a128kw' else ''
block = EncMessage(phdr={Algorithm: algorithm}, payload=None, recipients=rs).encode(encrypt=False)
out([block.hex(), context])`;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const KINDS: readonly RecipientKind[] = ['p256', 'x25519', 'a128kw'];
const PORT_KIND = { a128kw: 'A128KW', x25519: 'X25519', p256: 'P-256' } as const;

const contentKeyFor = (algorithm: ContentAlgorithm): Uint8Array =>
  new Uint8Array(contentAlgorithms[algorithm].keyLength).map((_, at) => 17 * at + 3);

const pythonKey = ({ kind, keyId, secret, key }: KeyPair): object => ({
  kind,
  id: hex(keyId),
  secret: hex(secret),
  public: hex(key),
});

const theyUnwrap = (algorithm: ContentAlgorithm): string => {
  const content = contentKeyFor(algorithm);
  const keys = KINDS.map((kind) => deviceKeyNew(kind));
  const recipients = keys.map((key) => keyWrap(content, key, deviceKeyNew(key.kind).secret));
  const block = hex(encryptionWrite({ algorithm, recipients }));
  const number = contentAlgorithms[algorithm].cose;
  for (const key of keys) {
    same(python(UNWRAP, { block, ...pythonKey(key) }), [number, null, 0, hex(content)], key.kind);
    const other = { ...deviceKeyNew(key.kind), keyId: key.keyId };
    same(
      python(UNWRAP, { block, ...pythonKey(other) }),
      [number, null, 0, 'fails'],
      `${key.kind}, another key`,
    );
  }
  return `${KINDS.join(', ')}; not with another key`;
};

const unwrapped = (
  provider: (keys: readonly DeviceKey[]) => { unwrap: ReturnType<typeof nodeDecryption>['unwrap'] },
  one: Recipient,
  key: KeyPair,
): string => {
  const device: DeviceKey = { keyId: key.keyId, kind: PORT_KIND[key.kind], key: key.secret };
  const into = new Uint8Array(32);
  const info = one.kind === 'a128kw' ? new Uint8Array(0) : keyContext;
  const number = one.kind === 'a128kw' ? -3 : -29;
  const length = provider([device]).unwrap(number, one.keyId, one.sender, info, one.wrapped, into);
  return length > 0 ? hex(into.subarray(0, length)) : String(length);
};

const weUnwrap = (algorithm: ContentAlgorithm): string => {
  const content = contentKeyFor(algorithm);
  const keys = KINDS.map((kind) => deviceKeyNew(kind));
  const [block, context] = python(WRAP, {
    algorithm: contentAlgorithms[algorithm].cose,
    content: hex(content),
    recipients: keys.map(({ kind, keyId, key }) => [kind, hex(keyId), hex(key)]),
  }) as [string, string];
  same(context, hex(keyContext), 'the KDF context');
  const info = encryptionRead(new Uint8Array(Buffer.from(block, 'hex')));
  same(info.algorithm, algorithm, 'the algorithm');
  info.recipients.forEach((one, at) => {
    const key = keys[at]!;
    const providers = [nobleDecryption, nodeDecryption, ...(one.kind === 'a128kw' ? [deviceDecryption] : [])];
    for (const provider of providers) {
      same(unwrapped(provider, one, key), hex(content), `${one.kind}, ${provider.name}`);
      const other = { ...deviceKeyNew(key.kind), keyId: key.keyId };
      same(unwrapped(provider, one, other), '-1', `${one.kind}, ${provider.name}, another key`);
    }
  });
  return `${KINDS.join(', ')}, by noble and node:crypto, a128kw by ours; the same KDF context; not with another key`;
};

export const encryptScenarios: readonly Scenario[] = (['chacha20-poly1305', 'aes-128-gcm'] as const).flatMap(
  (algorithm) => [
    { name: `unwraps the content key of our COSE_Encrypt, ${algorithm}`, run: () => theyUnwrap(algorithm) },
    { name: `its COSE_Encrypt unwraps for us, ${algorithm}`, run: () => weUnwrap(algorithm) },
  ],
);
