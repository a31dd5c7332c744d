/** Parameter 19, byte for byte. */
import test from 'ava';
import { explain, DecryptionError } from '../../publisher/index.ts';
import type { RecipientKind } from '../../publisher/index.ts';
import { cborDecode, cborEncode, Tagged } from '../../publisher/cbor.ts';
import { encryptionRead, encryptionWrite } from '../../publisher/encryption/cose-encrypt.ts';
import { keyUnwrap, keyWrap } from '../../publisher/encryption/recipient.ts';
import type { Recipient } from '../../publisher/encryption/recipient.ts';
import { bytesOf, deviceKey, seededRandom, text } from './_keys.ts';

const kinds: readonly RecipientKind[] = ['a128kw', 'x25519', 'p256'];
const hex = (byte: string, length: number): string => byte.repeat(length);
const fill = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte);
const none = new Uint8Array(0);

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'read';
  } catch (error) {
    if (error instanceof DecryptionError) return explain(error.code)?.name ?? String(error.code);
    throw error;
  }
};

const symmetric: Recipient = { kind: 'a128kw', keyId: text('k'), sender: none, wrapped: fill(1, 24) };
const x25519: Recipient = { kind: 'x25519', keyId: text('k'), sender: fill(2, 32), wrapped: fill(3, 40) };
const p256: Recipient = {
  kind: 'p256',
  keyId: text('kk'),
  sender: Uint8Array.of(4, ...fill(5, 32), ...fill(6, 32)),
  wrapped: fill(7, 40),
};

test('A128KW, as docs/SPEC.md draws it', (t) => {
  const bytes = encryptionWrite({ algorithm: 'aes-128-gcm', recipients: [symmetric] });
  t.deepEqual(bytes, bytesOf(`D860 84 43A10101 A0 F6 81 83 40 A2 0122 04416B 5818${hex('01', 24)}`));
  t.deepEqual(encryptionRead(bytes), { algorithm: 'aes-128-gcm', recipients: [symmetric] });
});

test('ECDH-ES + A128KW on both curves, as docs/SPEC.md draws it', (t) => {
  const bytes = encryptionWrite({ algorithm: 'chacha20-poly1305', recipients: [x25519, p256] });
  t.deepEqual(
    bytes,
    bytesOf(`D860 84 44A1011818 A0 F6 82
      83 44A101381C A2 04416B 20 A3 0101 2004 215820${hex('02', 32)} 5828${hex('03', 40)}
      83 44A101381C A2 04426B6B 20 A4 0102 2001 215820${hex('05', 32)} 225820${hex('06', 32)} 5828${hex('07', 40)}`),
  );
  t.deepEqual(encryptionRead(bytes), { algorithm: 'chacha20-poly1305', recipients: [x25519, p256] });
});

for (const kind of kinds) {
  for (const length of [16, 32]) {
    test(`${kind}: a content key of ${length} bytes comes back, for its key only`, (t) => {
      const own = deviceKey(kind);
      const key = seededRandom(length)(length);
      const one = keyWrap(key, own, fill(9, 32));
      t.is(one.wrapped.length, length + 8);
      t.deepEqual(keyUnwrap([one], own), key);
      const namesake = deviceKey(kind, 2, own.keyId);
      t.is(
        codeOf(() => keyUnwrap([one], namesake)),
        'KeyUnwrap',
      );
      t.is(
        codeOf(() => keyUnwrap([one], deviceKey(kind, 2))),
        'NoRecipient',
      );
      for (const other of kinds)
        if (other !== kind)
          t.is(
            codeOf(() => keyUnwrap([one], deviceKey(other, 1, own.keyId))),
            'NoRecipient',
          );
      const wrapped = one.wrapped.slice();
      wrapped[3]! ^= 1;
      t.is(
        codeOf(() => keyUnwrap([{ ...one, wrapped }], own)),
        'KeyUnwrap',
      );
    });
  }
}

test('a sender that is no point, or of low order, is KeyUnwrap', (t) => {
  t.is(
    codeOf(() => keyUnwrap([{ ...p256, keyId: text('a') }], deviceKey('p256', 1, text('a')))),
    'KeyUnwrap',
  );
  const low = { ...x25519, sender: fill(0, 32) };
  t.is(
    codeOf(() => keyUnwrap([low], deviceKey('x25519', 1, low.keyId))),
    'KeyUnwrap',
  );
});

test('recipients that were exchanged: the wrapped key of one under the name of the other', (t) => {
  const a = deviceKey('x25519', 1);
  const b = deviceKey('x25519', 2);
  const [forA, forB] = [keyWrap(fill(1, 32), a, fill(8, 32)), keyWrap(fill(1, 32), b, fill(9, 32))];
  const swapped = [
    { ...forA, keyId: forB.keyId },
    { ...forB, keyId: forA.keyId },
  ];
  t.is(
    codeOf(() => keyUnwrap(swapped, a)),
    'KeyUnwrap',
  );
  t.is(
    codeOf(() => keyUnwrap(swapped, b)),
    'KeyUnwrap',
  );
  t.deepEqual(keyUnwrap([forB, forA], a), fill(1, 32));
});

type Parts = [unknown, unknown, unknown, unknown[][]];
const whole = encryptionWrite({ algorithm: 'chacha20-poly1305', recipients: [x25519, p256] });
const changed = (change: (parts: Parts) => void): Uint8Array => {
  const parts = (cborDecode(whole, 'encryption') as Tagged).value as Parts;
  change(parts);
  return cborEncode(new Tagged(96, parts));
};
const header = (parts: Parts, at = 0): Map<number, unknown> => parts[3][at]![1] as Map<number, unknown>;
const coseKey = (parts: Parts, at = 0): Map<number, unknown> =>
  header(parts, at).get(-1) as Map<number, unknown>;

const malformed: [string, Uint8Array][] = [
  ['nothing', none],
  ['no CBOR', bytesOf('FF')],
  ['no tag', cborEncode((cborDecode(whole, 'encryption') as Tagged).value)],
  ['another tag', cborEncode(new Tagged(107, (cborDecode(whole, 'encryption') as Tagged).value))],
  ['bytes after it', Uint8Array.of(...whole, 0)],
  ['another algorithm', changed((parts) => (parts[0] = bytesOf('A10103')))],
  ['a longer head', changed((parts) => (parts[0] = bytesOf('A101190018')))],
  ['an IV', changed((parts) => (parts[1] = new Map([[5, fill(0, 12)]])))],
  ['a ciphertext', changed((parts) => (parts[2] = none))],
  ['no recipient', changed((parts) => (parts[3] = []))],
  ['nine recipients', changed((parts) => (parts[3] = Array.from({ length: 9 }, () => parts[3][0]!)))],
  ['a wrapped key of another length', changed((parts) => (parts[3][0]![2] = fill(0, 24)))],
  ['a recipient of a recipient', changed((parts) => parts[3][0]!.push([]))],
  ['another way of keys', changed((parts) => (parts[3][0]![0] = bytesOf('A101381E')))],
  ['no key id', changed((parts) => header(parts).delete(4))],
  ['a key id of no byte', changed((parts) => header(parts).set(4, none))],
  ['a key id of 33 bytes', changed((parts) => header(parts).set(4, fill(0, 33)))],
  ['a header more', changed((parts) => header(parts).set(5, none))],
  ['no sender', changed((parts) => header(parts).delete(-1))],
  ['another curve', changed((parts) => coseKey(parts).set(-1, 5))],
  ['a short x', changed((parts) => coseKey(parts).set(-2, fill(0, 31)))],
  ['a sign for y', changed((parts) => coseKey(parts, 1).set(-3, true))],
  ['a private key', changed((parts) => coseKey(parts).set(-4, fill(0, 32)))],
];

test('what is not of the profile is EncryptionMalformed', (t) => {
  t.is(
    codeOf(() => encryptionRead(changed(() => undefined))),
    'read',
  );
  for (const [what, bytes] of malformed)
    t.is(
      codeOf(() => encryptionRead(bytes)),
      'EncryptionMalformed',
      what,
    );
});
