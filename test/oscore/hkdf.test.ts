/** HKDF-SHA256: RFC 5869 appendix A, and node:crypto. */
import { hkdfSync } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { hkdfExpand, hkdfExtract, hmacNew, plainSecret } from '../../hal/oscore/hkdf.ts';
import { scriptSha256 } from '../../hal/sha256.ts';
import { bytesOf, hexOf } from './_hex.ts';

const counted = (from: number, to: number): string => {
  let text = '';
  for (let i = from; i <= to; i++) text += i.toString(16).padStart(2, '0');
  return text;
};

// RFC 5869 A.1 to A.3: secret, salt, info, key, output.
const RFC_5869: readonly (readonly [string, string, string, string, string, string])[] = [
  [
    'A.1',
    '0b'.repeat(22),
    counted(0x00, 0x0c),
    counted(0xf0, 0xf9),
    '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  ],
  [
    'A.2',
    counted(0x00, 0x4f),
    counted(0x60, 0xaf),
    counted(0xb0, 0xff),
    '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
    'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  ],
  [
    'A.3',
    '0b'.repeat(22),
    '',
    '',
    '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  ],
];

for (const [name, secret, salt, info, key, output] of RFC_5869)
  test(`RFC 5869 ${name}`, (t) => {
    const hmac = hmacNew(scriptSha256());
    const prk = new Uint8Array(32);
    hkdfExtract(hmac, bytesOf(salt), bytesOf(secret), prk);
    t.is(hexOf(prk), key);
    const into = new Uint8Array(output.length / 2);
    hkdfExpand(hmac, prk, bytesOf(info), into);
    t.is(hexOf(into), output);
  });

test('the same as node:crypto, for salts above and below a block of the hash', (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 100 }),
      fc.uint8Array({ maxLength: 100 }),
      fc.uint8Array({ maxLength: 100 }),
      fc.integer({ min: 1, max: 100 }),
      (secret, salt, info, size) => {
        const into = new Uint8Array(size);
        t.true(plainSecret(scriptSha256(), secret).derive(salt, info, into));
        t.is(hexOf(into), hexOf(new Uint8Array(hkdfSync('sha256', secret, salt, info, size))));
      },
    ),
  );
});

test('8160 bytes and no more', (t) => {
  const hmac = hmacNew(scriptSha256());
  const key = new Uint8Array(32);
  const most = new Uint8Array(8160);
  hkdfExpand(hmac, key, key, most);
  t.true(most.subarray(8128).some((byte) => byte !== 0));
  t.throws(() => hkdfExpand(hmac, key, key, new Uint8Array(8161)), { instanceOf: RangeError });
});
