import * as crypto from 'node:crypto';
import { createContext, runInContext } from 'node:vm';
import test from 'ava';
import fc from 'fast-check';
import { PATTERNS, SEALED, WRAPPED } from '../../hal/decryption-cases.ts';
import { decryptionConformance } from '../../hal/decryption-conformance.ts';
import { deviceDecryption } from '../../hal/device-decryption.ts';
import type { DeviceKey } from '../../hal/device-keys.ts';
import { nobleDecryption } from '../../hal/noble/decryption.ts';
import { nodeDecryption } from '../../hal/node/decryption.ts';
import type { Decryption } from '../../hal/ports.ts';

type Make = (keys: readonly DeviceKey[]) => Decryption;
const ALL = ['A128KW', 'X25519', 'P-256'] as const;
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const none = new Uint8Array(0);
const keyId = new Uint8Array([7, 7]);

/** Those that have all kinds of keys, and that look at their arguments. */
const libraries: readonly (readonly [string, Make])[] = [
  ['noble', nobleDecryption],
  ['node', nodeDecryption],
];

for (const [name, make] of libraries) {
  test(`${name}: keeps the contract`, (t) => {
    t.deepEqual(decryptionConformance(make, ALL), []);
  });

  test(`${name}: takes arguments of another realm`, (t) => {
    const context = createContext({});
    const foreign = (hex: string): Uint8Array =>
      runInContext(`new Uint8Array(${JSON.stringify([...bytes(hex)])})`, context) as Uint8Array;
    t.false(foreign('00') instanceof Uint8Array);
    for (const { kind, secret, sender, info, wrapped, content } of WRAPPED) {
      if (content === undefined) continue;
      const decryption = make([{ keyId: foreign('0707'), kind, key: foreign(secret) }]);
      const into = foreign('00'.repeat(32));
      const algorithm = kind === 'A128KW' ? -3 : -29;
      const given = [foreign('0707'), foreign(sender), foreign(info), foreign(wrapped)] as const;
      t.is(decryption.unwrap(algorithm, ...given, into), content.length / 2);
      t.is(Buffer.from(into).toString('hex', 0, content.length / 2), content);
    }
    for (const { algorithm, key, nonce, associated, sealed, plaintext } of SEALED) {
      const all = foreign(sealed);
      t.true(make([]).open(algorithm, foreign(key), foreign(nonce), foreign(associated), all, 0, all.length));
      t.is(Buffer.from(all).toString('hex', 0, all.length - 16), plaintext);
    }
  });

  test(`${name}: what is not bytes at all is refused`, (t) => {
    const row = WRAPPED[0]!;
    const decryption = make([{ keyId, kind: row.kind, key: bytes(row.secret) }]);
    for (const wrong of [undefined, null, 'text', [1, 2, 3], {}, new Uint16Array(32), new ArrayBuffer(32)]) {
      const strange = wrong as Uint8Array;
      const wrapped = bytes(row.wrapped);
      const into = new Uint8Array(32);
      t.is(decryption.unwrap(-3, strange, none, none, wrapped, into), 0);
      t.true(decryption.unwrap(-3, keyId, strange, none, wrapped, into) <= 0);
      t.is(decryption.unwrap(-3, keyId, none, strange, wrapped, into), -1);
      t.is(decryption.unwrap(-3, keyId, none, none, strange, into), -1);
      t.is(decryption.unwrap(-3, keyId, none, none, wrapped, strange), -1);
      const { algorithm, ...sealed } = SEALED[0]!;
      const parts = [sealed.key, sealed.nonce, sealed.associated, sealed.sealed].map(bytes);
      for (let i = 0; i < parts.length; i++) {
        const [key, nonce, associated, all] = parts.map((part, at) => (at === i ? strange : part));
        t.false(decryption.open(algorithm, key!, nonce!, associated!, all!, 0, parts[3]!.length));
      }
    }
  });

  test(`${name}: a private key of P-256 that is none is refused at open`, (t) => {
    for (const secret of ['00'.repeat(32), 'ff'.repeat(32)])
      t.throws(() => make([{ keyId, kind: 'P-256', key: bytes(secret) }]));
  });
}

for (const [name, make] of [...libraries, ['device', deviceDecryption] as const])
  test(`${name}: keys that are none are refused at open`, (t) => {
    const good: DeviceKey = { keyId, kind: 'A128KW', key: new Uint8Array(16) };
    for (const size of [0, 15, 17, 32]) t.throws(() => make([{ ...good, key: new Uint8Array(size) }]));
    for (const size of [0, 33]) t.throws(() => make([{ ...good, keyId: new Uint8Array(size) }]));
    t.throws(() => make([{ ...good, kind: 'A256KW' as 'A128KW' }]));
    t.throws(() => make([good, { ...good, keyId: new Uint8Array(keyId) }]));
    t.notThrows(() => make([good, { ...good, keyId: new Uint8Array(32) }]));
  });

test('the tags of the suite are those of node:crypto', (t) => {
  for (const { algorithm, tags } of PATTERNS) {
    t.true(
      new Set(tags.map(([, tag]) => tag)).size === tags.length,
      `of algorithm ${algorithm}, all different`,
    );
    t.deepEqual(
      tags.map(([length]) => length),
      tags.map(([length]) => length).sort((a, b) => a - b),
    );
  }
});

const of = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });

const sealedBy = (
  name: 'aes-128-gcm' | 'chacha20-poly1305',
  key: Uint8Array,
  nonce: Uint8Array,
  associated: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array => {
  const cipher = crypto.createCipheriv(name as 'aes-128-gcm', key, nonce, { authTagLength: 16 });
  cipher.setAAD(associated, { plaintextLength: plaintext.length });
  return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
};

for (const [algorithm, size, name] of [
  [1, 16, 'aes-128-gcm'],
  [24, 32, 'chacha20-poly1305'],
] as const) {
  const providers = [nobleDecryption([]), nodeDecryption([]), deviceDecryption([])];

  test(`${name}: all providers give one answer`, (t) => {
    const change = fc.option(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })));
    const any = fc.tuple(
      of(size),
      of(12),
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 400 }),
    );
    fc.assert(
      fc.property(any, change, ([key, nonce, associated, plaintext], spoil) => {
        const sealed = sealedBy(name, key, nonce, associated, plaintext);
        if (spoil) sealed[spoil[0] % sealed.length]! ^= spoil[1];
        for (const decryption of providers) {
          const own = Uint8Array.from(sealed);
          t.is(decryption.open(algorithm, key, nonce, associated, own, 0, own.length), spoil === null);
          if (spoil === null) t.is(Buffer.compare(own.subarray(0, plaintext.length), plaintext), 0);
        }
      }),
      { numRuns: 200 },
    );
  });

  test(`${name}: every length from 0 to 2048`, (t) => {
    const key = crypto.randomBytes(size);
    const nonce = crypto.randomBytes(12);
    const whole = crypto.randomBytes(2048);
    for (let length = 0; length <= whole.length; length++) {
      const plaintext = whole.subarray(0, length);
      const sealed = sealedBy(name, key, nonce, whole.subarray(0, 37), plaintext);
      for (const decryption of providers) {
        const own = Uint8Array.from(sealed);
        if (!decryption.open(algorithm, key, nonce, whole.subarray(0, 37), own, 0, own.length))
          t.fail(`refused at ${length}`);
        if (Buffer.compare(own.subarray(0, length), plaintext) !== 0) t.fail(`wrong at ${length}`);
      }
    }
    t.pass();
  });
}

/** What the publisher does: a key of its own for this recipient, and the content key wrapped. */
const wrapFor = (kind: 'X25519' | 'P-256', content: Uint8Array, info: Uint8Array) => {
  const pair =
    kind === 'X25519'
      ? crypto.generateKeyPairSync('x25519')
      : crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own =
    kind === 'X25519'
      ? crypto.generateKeyPairSync('x25519')
      : crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const shared = crypto.diffieHellman({ privateKey: own.privateKey, publicKey: pair.publicKey });
  const kek = new Uint8Array(crypto.hkdfSync('sha256', shared, none, info, 16));
  const cipher = crypto.createCipheriv('aes128-wrap', kek, Buffer.alloc(8, 0xa6));
  const public_ = own.publicKey.export({ format: 'der', type: 'spki' });
  return {
    key: new Uint8Array(Buffer.from(pair.privateKey.export({ format: 'jwk' }).d!, 'base64url')),
    sender: new Uint8Array(public_.subarray(-(kind === 'X25519' ? 32 : 65))),
    wrapped: new Uint8Array(Buffer.concat([cipher.update(content), cipher.final()])),
  };
};

for (const kind of ['X25519', 'P-256'] as const)
  test(`${kind}: noble and node unwrap, and agree on senders that are changed`, (t) => {
    fc.assert(
      fc.property(
        fc.oneof(of(16), of(32)),
        fc.uint8Array({ maxLength: 60 }),
        fc.option(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }))),
        (content, info, spoil) => {
          const { key, sender, wrapped } = wrapFor(kind, content, info);
          if (spoil) sender[spoil[0] % sender.length]! ^= spoil[1];
          const answers = [nobleDecryption, nodeDecryption].map((make) => {
            const into = new Uint8Array(32);
            const length = make([{ keyId, kind, key }]).unwrap(-29, keyId, sender, info, wrapped, into);
            return [length, Buffer.from(into).toString('hex')];
          });
          t.deepEqual(answers[0], answers[1]);
          if (spoil === null) t.is(answers[0]![0], content.length);
        },
      ),
      { numRuns: 30 },
    );
  });

const spoilt =
  (change: (good: Decryption) => Partial<Decryption>): Make =>
  (keys) => {
    const good = nodeDecryption(keys);
    return { ...good, ...change(good) };
  };

const planted: readonly (readonly [string, Make])[] = [
  ['opens everything', spoilt((good) => ({ open: (...all) => (good.open(...all), true) }))],
  ['opens nothing', spoilt(() => ({ open: () => false }))],
  [
    'leaves associated data out',
    spoilt((good) => ({
      open: (algorithm, key, nonce, _, bytes, from, to) =>
        good.open(algorithm, key, nonce, none, bytes, from, to),
    })),
  ],
  [
    'writes behind the range',
    spoilt((good) => ({
      open: (algorithm, key, nonce, associated, bytes, from, to) => {
        if (to < bytes.length) bytes[to] = 0;
        return good.open(algorithm, key, nonce, associated, bytes, from, to);
      },
    })),
  ],
  [
    'throws on a range',
    spoilt((good) => ({
      open: (algorithm, key, nonce, associated, bytes, from, to) => {
        if (to > bytes.length) throw new RangeError('range');
        return good.open(algorithm, key, nonce, associated, bytes, from, to);
      },
    })),
  ],
  [
    'takes any key id',
    (keys) =>
      spoilt((good) => ({ unwrap: (a, _, ...rest) => good.unwrap(a, keys[1]?.keyId ?? keyId, ...rest) }))(
        keys,
      ),
  ],
  [
    'says of no key that it does not unwrap',
    spoilt((good) => ({ unwrap: (...all) => good.unwrap(...all) || -1 })),
  ],
  [
    'says of what does not unwrap that there is no key',
    spoilt((good) => ({ unwrap: (...all) => Math.max(0, good.unwrap(...all)) })),
  ],
  [
    'fills all of the room',
    spoilt((good) => ({
      unwrap: (a, id, sender, info, wrapped, into) => {
        into.fill(0);
        return good.unwrap(a, id, sender, info, wrapped, into);
      },
    })),
  ],
  [
    'leaves info out',
    spoilt((good) => ({ unwrap: (a, id, sender, _, ...rest) => good.unwrap(a, id, sender, none, ...rest) })),
  ],
  [
    'takes a hybrid point',
    spoilt((good) => ({
      unwrap: (a, id, sender, ...rest) => {
        const own = Uint8Array.from(sender);
        if (own[0] === 6) own[0] = 4;
        return good.unwrap(a, id, own, ...rest);
      },
    })),
  ],
];

for (const [name, make] of planted)
  test(`conformance catches: ${name}`, (t) => {
    t.not(decryptionConformance(make, ALL).length, 0);
  });
