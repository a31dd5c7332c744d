/** The port, from both providers: the same answers, held against vectors and against node:crypto by another way. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { deviceIdentity } from '../../hal/identity/index.ts';
import type { DeviceSecret, Identity, Signing } from '../../hal/identity/index.ts';
import { hkdf, hmacBegin, hmacFinish, hmacNew, hmacUpdate } from '../../hal/identity/hmac.ts';
import { nodeIdentity } from '../../hal/node/index.ts';
import { scriptSha256 } from '../../hal/sha256.ts';
import { deviceKeyNew, pack } from '../../publisher/index.ts';
import { contentKey } from '../../agent/format/cose-encrypt.ts';
import { envelopeRead } from '../../publisher/read-envelope.ts';
import { signingKey } from '../bootloader-sim/_real.ts';
import { DEVICE, everyKey, fullIdentity, id, secretOf } from './_identities.ts';
import { HKDF, HMAC } from './_vectors.ts';

const script = (secrets: readonly DeviceSecret[], signing?: Signing): Identity =>
  deviceIdentity({ hash: scriptSha256(), secrets, signing });

const macOf = (key: Uint8Array, data: Uint8Array): Uint8Array => {
  const hmac = hmacNew(scriptSha256());
  hmacBegin(hmac, key);
  hmacUpdate(hmac, data, 0, data.length);
  hmacFinish(hmac);
  t0(hmac.pad);
  return hmac.digest;
};
/** Nothing of a key is left behind. */
const t0 = (pad: Uint8Array): void => {
  if (pad.some((byte) => byte !== 0)) throw new Error('the padded key is still there');
};

for (const { name, key, data, mac } of HMAC) {
  test(`HMAC, ${name}`, (t) => {
    t.deepEqual(macOf(key, data), mac);
  });
}

for (const { name, secret, salt, info, out } of HKDF) {
  test(`HKDF, ${name}`, (t) => {
    const into = new Uint8Array(out.length);
    hkdf(hmacNew(scriptSha256()), secret, salt, info, into);
    t.deepEqual(into, out);
    if (secret.length > 64) return;
    const key = { keyId: id('k'), secret };
    const identities = {
      script: script([{ ...key, kind: 'HKDF' }]),
      node: nodeIdentity({ device: DEVICE, keys: [{ ...key, kind: 'HKDF' }] }),
    };
    for (const [which, identity] of Object.entries(identities)) {
      into.fill(0);
      t.is(identity.derive(id('k'), salt, info, into), out.length, which);
      t.deepEqual(into, out, which);
    }
  });
}

test('MACs of both providers are the same, whatever key and message', (t) => {
  const bytes = (least: number, most: number): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ minLength: least, maxLength: most });
  fc.assert(
    fc.property(bytes(16, 64), bytes(0, 200), fc.constantFrom(4, 5), (secret, message, algorithm) => {
      const keys = [{ kind: 'HMAC' as const, keyId: id('k'), secret }];
      const [a, b] = [new Uint8Array(32), new Uint8Array(32)];
      const size = algorithm === 5 ? 32 : 8;
      t.is(script(keys).mac(algorithm, id('k'), message, a), size);
      t.is(nodeIdentity({ device: DEVICE, keys }).mac(algorithm, id('k'), message, b), size);
      t.deepEqual(a, b);
    }),
    { numRuns: 60 },
  );
});

const publicOf = (identity: Identity, name: string): Uint8Array => {
  const into = new Uint8Array(65);
  const length = identity.publicKey(id(name), into);
  if (length < 0) throw new Error(`no public key: ${length}`);
  return into.subarray(0, length);
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

test('it signs with Ed25519 and with P-256, and node:crypto verifies by the public keys alone', (t) => {
  const identity = fullIdentity();
  const message = id('what is signed');
  const signature = new Uint8Array(64);
  t.is(identity.sign(-19, id('Ed25519 1'), message, signature), 64);
  const x = text(publicOf(identity, 'Ed25519 1'));
  const edwards = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  t.true(verify(null, message, edwards, signature));
  t.is(identity.sign(-9, id('ESP256 1'), message, signature), 64);
  const point = publicOf(identity, 'ESP256 1');
  const curve = createPublicKey({
    format: 'jwk',
    key: { kty: 'EC', crv: 'P-256', x: text(point.subarray(1, 33)), y: text(point.subarray(33)) },
  });
  t.true(verify('sha256', message, { key: curve, dsaEncoding: 'ieee-p1363' }, signature));
  signature[9]! ^= 1;
  t.false(verify('sha256', message, { key: curve, dsaEncoding: 'ieee-p1363' }, signature));
});

for (const kind of ['X25519', 'P-256'] as const) {
  test(`two agree by ${kind}, and on no point that is none`, (t) => {
    const own = fullIdentity();
    const other = nodeIdentity({ device: DEVICE, keys: [secretOf(kind, 9)] });
    const [a, b] = [new Uint8Array(32), new Uint8Array(32)];
    t.is(own.agree(id(`${kind} 1`), publicOf(other, `${kind} 1`), a), 32);
    t.is(other.agree(id(`${kind} 1`), publicOf(own, `${kind} 1`), b), 32);
    t.deepEqual(a, b);
    t.true(a.some((byte) => byte !== 0));
    const bad = kind === 'X25519' ? new Uint8Array(32) : new Uint8Array(65).fill(4);
    t.is(own.agree(id(`${kind} 1`), bad, a), Err.IdentityFailed);
    t.is(own.agree(id(`${kind} 1`), new Uint8Array(5), a), Err.IdentityFailed);
  });
}

const into = new Uint8Array(65);
const none = new Uint8Array(0);
const asks: readonly (readonly [string, (identity: Identity) => number, number])[] = [
  ['sign with a key that is not there', (one) => one.sign(-19, id('nobody'), none, into), Err.KeyMissing],
  ['sign with a key of another curve', (one) => one.sign(-9, id('Ed25519 1'), none, into), Err.KeyMissing],
  ['sign with EdDSA of no curve', (one) => one.sign(-8, id('Ed25519 1'), none, into), Err.KeyMissing],
  ['sign with a key that agrees', (one) => one.sign(-9, id('P-256 1'), none, into), Err.KeyMissing],
  ['agree with a key that signs', (one) => one.agree(id('ESP256 1'), into, into), Err.KeyMissing],
  ['authenticate with a PSK', (one) => one.mac(5, id('PSK 1'), none, into), Err.KeyMissing],
  ['authenticate with another algorithm', (one) => one.mac(6, id('HMAC 1'), none, into), Err.KeyMissing],
  ['derive from what authenticates', (one) => one.derive(id('HMAC 1'), none, none, into), Err.KeyMissing],
  ['the public half of a secret', (one) => one.publicKey(id('HMAC 1'), into), Err.KeyMissing],
  ['no room for a MAC', (one) => one.mac(5, id('HMAC 1'), none, into.subarray(0, 31)), Err.IdentityFailed],
  ['derive nothing', (one) => one.derive(id('HKDF 1'), none, none, none), Err.IdentityFailed],
  [
    'derive more than there is',
    (one) => one.derive(id('HKDF 1'), none, none, new Uint8Array(8161)),
    Err.IdentityFailed,
  ],
];

for (const [what, ask, code] of asks) {
  test(`refused by both: ${what}`, (t) => {
    const secrets = everyKey().filter(({ kind }) => kind === 'HMAC' || kind === 'HKDF') as DeviceSecret[];
    t.is(ask(fullIdentity()), code);
    t.is(ask(script(secrets)), code);
  });
}

test('no call and no field gives a secret of the port out', (t) => {
  const identity = fullIdentity();
  const shown = new Set(Object.keys(identity));
  t.deepEqual([...shown].sort(), [
    'agree',
    'close',
    'decryption',
    'derive',
    'device',
    'mac',
    'oscore',
    'psk',
    'publicKey',
    'sign',
  ]);
  t.is(JSON.stringify(identity).includes('7,7,7'), false);
});

test('a chip that lies on a length, fails or throws is IdentityFailed', (t) => {
  const answers: readonly [number | (() => number), number][] = [
    [64, 64],
    [63, Err.IdentityFailed],
    [65, Err.IdentityFailed],
    [NaN, Err.IdentityFailed],
    [Infinity, Err.IdentityFailed],
    [-5, Err.IdentityFailed],
    [Err.KeyMissing, Err.KeyMissing],
    [
      () => {
        throw new Error('no answer on the bus');
      },
      Err.IdentityFailed,
    ],
  ];
  for (const [given, wanted] of answers) {
    const sign = typeof given === 'number' ? () => given : given;
    const chip: Signing = { sign, publicKey: () => -1, agree: () => -1 };
    t.is(script([], chip).sign(-9, id('k'), none, into), wanted, String(given));
  }
});

test('a wrong wiring throws at once', (t) => {
  const secret = new Uint8Array(16);
  const row = (keyId: Uint8Array, bytes = secret): DeviceSecret => ({ keyId, kind: 'HMAC', secret: bytes });
  t.throws(() => script([row(none)]), { instanceOf: RangeError });
  t.throws(() => script([row(new Uint8Array(33))]), { instanceOf: RangeError });
  t.throws(() => script([row(id('k'), new Uint8Array(15))]), { instanceOf: RangeError });
  t.throws(() => script([row(id('k')), row(id('k'))]), { instanceOf: RangeError });
  // A scalar that is none.
  const zeros = { ...secretOf('ESP256'), secret: new Uint8Array(32) };
  t.throws(() => nodeIdentity({ device: DEVICE, keys: [zeros] }));
});

for (const kind of ['a128kw', 'x25519', 'p256'] as const) {
  test(`one identity serves encrypted updates, too: ${kind}`, (t) => {
    const made = deviceKeyNew(kind);
    const name = { a128kw: 'A128KW', x25519: 'X25519', p256: 'P-256' } as const;
    const identity = nodeIdentity({
      device: DEVICE,
      keys: [...everyKey(), { kind: name[kind], keyId: made.keyId, secret: made.secret }],
    });
    const { envelope } = pack({
      image: new Uint8Array(5000).fill(3),
      vendor: 'vendor.example',
      classId: 'lamp',
      sequence: 2,
      keys: [signingKey],
      encryption: { recipients: [made] },
    });
    const { info } = envelopeRead(envelope).manifest.encryption;
    const key = new Uint8Array(32);
    t.is(contentKey(info!, 0, info!.length, identity.decryption(), key), 24);
    t.true(key.some((byte) => byte !== 0));
    const without = nodeIdentity({ device: DEVICE, keys: everyKey() });
    t.is(contentKey(info!, 0, info!.length, without.decryption(), key), Err.NoRecipient);
  });
}

test('PSK and OSCORE are handed out as copies, and after close nothing is', (t) => {
  const identity = fullIdentity();
  const psk = identity.psk(id('PSK 1'))!;
  t.is(psk.key.length, 16);
  psk.key.fill(0);
  t.true(identity.psk(id('PSK 1'))!.key.every((byte) => byte === 7));
  const oscore = identity.oscore(id('OSCORE 1'))!;
  t.deepEqual([oscore.masterSecret.length, [...oscore.recipientId]], [16, [1]]);
  t.is(identity.psk(id('OSCORE 1')), undefined);
  identity.close();
  t.is(identity.psk(id('PSK 1')), undefined);
  t.is(identity.mac(5, id('HMAC 1'), none, into), Err.KeyMissing);
  t.is(createHash('sha256').update(psk.key).digest().length, 32);
});
