/** Published vectors, for each step from a device's key to the content key. */
import { createCipheriv } from 'node:crypto';
import test from 'ava';
import { aeskw } from '@noble/ciphers/aes.js';
import { deviceKeyOf } from '../../publisher/index.ts';
import {
  keyContext,
  keyUnwrap,
  keyWrap,
  sharedSecret,
  wrapKeyOf,
} from '../../publisher/encryption/recipient.ts';
import { bytesOf, text } from './_keys.ts';

// RFC 3394 section 4.1 wraps 128 bits with 128. Sections 4.2 and on have longer keys to wrap with.
const KEK = '000102030405060708090A0B0C0D0E0F';
const WRAPPED = '1FA68B0A8112B447 AEF34BD8FB5A7B82 9D3E862371D2CFE5';
const CONTENT = '00112233445566778899AABBCCDDEEFF';
const none = new Uint8Array(0);

test('RFC 3394 4.1: wraps and unwraps 128 bits with 128', (t) => {
  const own = deviceKeyOf('a128kw', bytesOf(KEK));
  const one = keyWrap(bytesOf(CONTENT), own, none);
  t.deepEqual(one.wrapped, bytesOf(WRAPPED));
  t.deepEqual(keyUnwrap([one], own), bytesOf(CONTENT));
});

test('RFC 3394 4.2, 4.3, 4.5, 4.6: the same wrap with longer keys', (t) => {
  const rows = [
    ['1011121314151617', '', '96778B25AE6CA435 F92B5B97C050AED2 468AB8A17AD84E5D'],
    ['101112131415161718191A1B1C1D1E1F', '', '64E8C3F9CE0F5BA2 63E9777905818A2A 93C8191E7D6E8AE7'],
    [
      '101112131415161718191A1B1C1D1E1F',
      '0001020304050607',
      'A8F9BC1612C68B3F F6E6F4FBE30E71E4 769C8B80A32CB895 8CD5D17D6B254DA1',
    ],
    [
      '101112131415161718191A1B1C1D1E1F',
      '000102030405060708090A0B0C0D0E0F',
      '28C9F404C4B810F4 CBCCB35CFB87F826 3F5786E2D80ED326 CBC7F0E71A99F43B FB988B9B7A02DD21',
    ],
  ] as const;
  for (const [more, content, wrapped] of rows)
    t.deepEqual(aeskw(bytesOf(KEK + more)).encrypt(bytesOf(CONTENT + content)), bytesOf(wrapped));
});

test('a content key of 256 bits, for which RFC 3394 has no vector with 128: as node:crypto wraps it', (t) => {
  const own = deviceKeyOf('a128kw', bytesOf(KEK));
  const content = bytesOf(CONTENT + KEK);
  const cipher = createCipheriv('id-aes128-wrap', own.secret, Buffer.alloc(8, 0xa6));
  const wrapped = Buffer.concat([cipher.update(content), cipher.final()]);
  t.deepEqual(keyWrap(content, own, none).wrapped, new Uint8Array(wrapped));
});

test('RFC 7748 6.1: key pairs and the shared secret of X25519', (t) => {
  const alice = deviceKeyOf(
    'x25519',
    bytesOf('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'),
  );
  const bob = deviceKeyOf(
    'x25519',
    bytesOf('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'),
  );
  t.deepEqual(alice.key, bytesOf('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'));
  t.deepEqual(bob.key, bytesOf('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'));
  const shared = bytesOf('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
  t.deepEqual(sharedSecret('x25519', alice.secret, bob.key), shared);
  t.deepEqual(sharedSecret('x25519', bob.secret, alice.key), shared);
});

test('RFC 5869 A.3: HKDF-SHA256 without salt and info', (t) => {
  const whole = bytesOf(
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  );
  t.deepEqual(wrapKeyOf(new Uint8Array(22).fill(0x0b), none), whole.slice(0, 16));
});

// COSE WG, Examples, ecdh-wrap-examples/p256-wrap-128-01.json. Its KDF context is not that of SUIT.
test('COSE WG: ECDH-ES + A128KW on P-256, step by step', (t) => {
  const own = bytesOf('aff907c99f9ad3aae6c4cdf21122bce2bd68b5283e6907154ad911840fa208cf');
  const sender = bytesOf(`04
    ECDBCEC636CC1408A503BBF6B7311B900C9AED9C5B71503848C89A07D0EF6F5B
    D6D1586710C02203E4E53B20DC7B233CA4C8B6853467B9FB8244A3840ACCD602`);
  const shared = sharedSecret('p256', own, sender);
  t.deepEqual(shared, bytesOf('EE45F7C389FDB89923CA67C0E0CD29802DEC8F514EB818054BEEDD5DAFA78048'));
  const wrapKey = wrapKeyOf(shared, bytesOf('842283F6F6F683F6F6F682188044A101381C'));
  t.deepEqual(wrapKey, bytesOf('7C60CB35A78B24DCF40A394395E9E8CD'));
  const content = aeskw(wrapKey).decrypt(bytesOf('D23BCA11C3F8E35BF6F81412794E159772E946FF4FB31BD1'));
  t.deepEqual(content, bytesOf('B2353161740AACF1F7163647984B522A'));
});

test('the KDF context is that of draft-ietf-suit-firmware-encryption, byte for byte', (t) => {
  const name = Buffer.from('SUIT Payload Encryption').toString('hex');
  t.deepEqual(keyContext, bytesOf(`84 22 83F6F6F6 83F6F6F6 83 1880 44A101381C 57${name}`));
});

// Its examples (AES-KW, ECDH-ES): RFC 3394 finds a wrong key by itself, so that it unwraps is the proof.
test('draft-ietf-suit-firmware-encryption: the keys of its examples unwrap', (t) => {
  const symmetric = deviceKeyOf('a128kw', new Uint8Array(16).fill(0x61), text('kid-1'));
  const wrapped = bytesOf('75603FFC9518D794713C8CA8A115A7FB32565A6D59534D62');
  const first = { kind: 'a128kw', keyId: text('kid-1'), sender: none, wrapped } as const;
  t.is(keyUnwrap([first], symmetric).length, 16);

  const receiver = deviceKeyOf(
    'p256',
    bytesOf('60FE6DD6D85D5740A5349B6F91267EEAC5BA81B8CB53EE249E4B4EB102C476B3'),
    text('kid-2'),
  );
  const sender = bytesOf(`04
    3982C1863015824881D1A6C9059332BE281C9613D7F7462D43EE520D20FE132F
    5EB51EF8AD7C1DA697294877BBA291DC5AEE20FEE887D8A173BAD7FAFF091E5C`);
  const second = {
    kind: 'p256',
    keyId: text('kid-2'),
    sender,
    wrapped: bytesOf('DF698D95D3BF3EA7CCC655A7A5609BEF206E208A46D66D91'),
  } as const;
  t.is(keyUnwrap([first, second], receiver).length, 16);
});
