/** AES-CCM-16-64-128: against RFC 3610, and each provider against the other. */
import test from 'ava';
import fc from 'fast-check';
import { deviceAead } from '../../hal/oscore/aes-ccm.ts';
import { nodeAead } from '../../hal/node/oscore.ts';
import { bytesOf, hexOf } from './_hex.ts';

const PROVIDERS = { 'the own': deviceAead, 'node:crypto': nodeAead } as const;
const KEY = 'c0c1c2c3c4c5c6c7c8c9cacbcccdcecf';
const KEY_DRAWN = 'd7828d13b2b0bdc325a76236df93cc6b';

// RFC 3610 section 8: the packet vectors with a tag of 8 bytes. Key, nonce, associated, text, and what comes out.
const RFC_3610: Readonly<Record<number, readonly [string, string, string, string, string]>> = {
  1: [
    KEY,
    '00000003020100a0a1a2a3a4a5',
    '0001020304050607',
    '08090a0b0c0d0e0f101112131415161718191a1b1c1d1e',
    '588c979a61c663d2f066d0c2c0f989806d5f6b61dac384 17e8d12cfdf926e0',
  ],
  2: [
    KEY,
    '00000004030201a0a1a2a3a4a5',
    '0001020304050607',
    '08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    '72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3b a091d56e10400916',
  ],
  3: [
    KEY,
    '00000005040302a0a1a2a3a4a5',
    '0001020304050607',
    '08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20',
    '51b1e5f44a197d1da46b0f8e2d282ae871e838bb64da859657 4adaa76fbd9fb0c5',
  ],
  4: [
    KEY,
    '00000006050403a0a1a2a3a4a5',
    '000102030405060708090a0b',
    '0c0d0e0f101112131415161718191a1b1c1d1e',
    'a28c6865939a9a79faaa5c4c2a9d4a91cdac8c 96c861b9c9e61ef1',
  ],
  5: [
    KEY,
    '00000007060504a0a1a2a3a4a5',
    '000102030405060708090a0b',
    '0c0d0e0f101112131415161718191a1b1c1d1e1f',
    'dcf1fb7b5d9e23fb9d4e131253658ad86ebdca3e 51e83f077d9c2d93',
  ],
  6: [
    KEY,
    '00000008070605a0a1a2a3a4a5',
    '000102030405060708090a0b',
    '0c0d0e0f101112131415161718191a1b1c1d1e1f20',
    '6fc1b011f006568b5171a42d953d469b2570a4bd87 405a0443ac91cb94',
  ],
  13: [
    KEY_DRAWN,
    '00412b4ea9cdbe3c9696766cfa',
    '0be1a88bace018b1',
    '08e8cf97d820ea258460e96ad9cf5289054d895ceac47c',
    '4cb97f86a2a4689a877947ab8091ef5386a6ffbdd080f8 e78cf7cb0cddd7b3',
  ],
  14: [
    KEY_DRAWN,
    '0033568ef7b2633c9696766cfa',
    '63018f76dc8a1bcb',
    '9020ea6f91bdd85afa0039ba4baff9bfb79c7028949cd0ec',
    '4ccb1e7ca981befaa0726c55d378061298c85c92814abc33 c52ee81d7d77c08a',
  ],
  15: [
    KEY_DRAWN,
    '00103fe41336713c9696766cfa',
    'aa6cfa36cae86b40',
    'b916e0eacc1c00d7dcec68ec0b3bbb1a02de8a2d1aa346132e',
    'b1d23a2220ddc0ac900d9aa03c61fcf4a559a4417767089708 a776796edb723506',
  ],
  16: [
    KEY_DRAWN,
    '00764c63b8058e3c9696766cfa',
    'd0d0735c531e1becf049c244',
    '12daac5630efa5396f770ce1a66b21f7b2101c',
    '14d253c3967b70609b7cbb7c49916028324526 9a6f49975bcadeaf',
  ],
  17: [
    KEY_DRAWN,
    '00f8b678094e3b3c9696766cfa',
    '77b60f011c03e1525899bcae',
    'e88b6a46c78d63e52eb8c546efb5de6f75e9cc0d',
    '5545ff1a085ee2efbf52b2e04bee1e2336c73e3f 762c0c7744fe7e3c',
  ],
  18: [
    KEY_DRAWN,
    '00d560912d3f703c9696766cfa',
    'cd9044d2b71fdb8120ea60c0',
    '6435acbafb11a82e2f071d7ca4a5ebd93a803ba87f',
    '009769ecabdf48625594c59251e6035722675e04c8 47099e5ae0704551',
  ],
};

for (const [name, make] of Object.entries(PROVIDERS))
  for (const [number, [key, nonce, associated, text, sealed]] of Object.entries(RFC_3610))
    test(`${name}: RFC 3610, packet vector ${number}`, (t) => {
      const aead = make();
      const [k, n, a, plain] = [bytesOf(key), bytesOf(nonce), bytesOf(associated), bytesOf(text)];
      const bytes = new Uint8Array(3 + plain.length + 8);
      bytes.set(plain, 3);
      aead.seal(k, n, a, a.length, bytes, 3, 3 + plain.length);
      t.is(hexOf(bytes.subarray(3)), sealed.replace(' ', ''));
      t.true(aead.open(k, n, a, a.length, bytes, 3, bytes.length));
      t.is(hexOf(bytes.subarray(3, 3 + plain.length)), text);
    });

const of = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });
const upTo = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: size });

test('both seal the same, and open what the other sealed', (t) => {
  const [own, node] = [deviceAead(), nodeAead()];
  fc.assert(
    fc.property(of(16), of(13), upTo(70), upTo(70), (key, nonce, associated, text) => {
      const sealed = [own, node].map((aead) => {
        const bytes = new Uint8Array(text.length + 8);
        bytes.set(text);
        aead.seal(key, nonce, associated, associated.length, bytes, 0, text.length);
        return bytes;
      }) as [Uint8Array, Uint8Array];
      t.is(hexOf(sealed[0]), hexOf(sealed[1]));
      t.true(node.open(key, nonce, associated, associated.length, sealed[0], 0, text.length + 8));
      t.true(own.open(key, nonce, associated, associated.length, sealed[1], 0, text.length + 8));
      t.is(hexOf(sealed[0].subarray(0, text.length)), hexOf(text));
      t.is(hexOf(sealed[1].subarray(0, text.length)), hexOf(text));
    }),
  );
});

for (const [name, make] of Object.entries(PROVIDERS)) {
  test(`${name}: one bit in key, nonce, associated data, text or tag is one too many`, (t) => {
    const aead = make();
    fc.assert(
      fc.property(of(16), of(13), upTo(40), upTo(40), fc.nat(), (key, nonce, associated, text, at) => {
        const bytes = new Uint8Array(text.length + 8);
        bytes.set(text);
        aead.seal(key, nonce, associated, associated.length, bytes, 0, text.length);
        const parts = [key, nonce, associated, bytes];
        let bit = at % (8 * parts.reduce((sum, part) => sum + part.length, 0));
        for (const part of parts) {
          if (bit >= 0 && bit < 8 * part.length) part[bit >> 3]! ^= 1 << (bit & 7);
          bit -= 8 * part.length;
        }
        t.false(aead.open(key, nonce, associated, associated.length, bytes, 0, bytes.length));
        t.true(
          bytes.subarray(0, text.length).every((byte) => byte === 0),
          'nothing of it is left to use',
        );
      }),
    );
  });

  test(`${name}: what does not fit is refused`, (t) => {
    const aead = make();
    const [key, nonce, none, bytes] = [
      new Uint8Array(16),
      new Uint8Array(13),
      new Uint8Array(4),
      new Uint8Array(20),
    ];
    t.throws(() => aead.seal(key, nonce, none, 0, bytes, 0, 13), { instanceOf: RangeError });
    t.throws(() => aead.seal(key, nonce, none, 5, bytes, 0, 1), { instanceOf: RangeError });
    t.throws(() => aead.seal(key, new Uint8Array(12), none, 0, bytes, 0, 1), { instanceOf: RangeError });
    t.throws(() => aead.seal(key, nonce, none, NaN, bytes, 0, 1), { instanceOf: RangeError });
    t.false(aead.open(key, nonce, none, 0, bytes, 0, 7), 'shorter than its tag');
    t.false(aead.open(key, nonce, none, 0, bytes, 0, 21));
    t.false(aead.open(key, nonce, none, 0, bytes, NaN, 20));
  });

  test(`${name}: 65535 bytes and no more`, (t) => {
    const aead = make();
    const [key, nonce, none] = [new Uint8Array(16), new Uint8Array(13), new Uint8Array(0)];
    const bytes = new Uint8Array(65536 + 8);
    aead.seal(key, nonce, none, 0, bytes, 0, 65535);
    t.true(aead.open(key, nonce, none, 0, bytes, 0, 65535 + 8));
    t.throws(() => aead.seal(key, nonce, none, 0, bytes, 0, 65536), { instanceOf: RangeError });
  });
}
