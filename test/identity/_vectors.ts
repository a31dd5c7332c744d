/** Vectors of RFC 4231 (HMAC-SHA256), RFC 5869 (HKDF-SHA256) and RFC 8613 appendix C (OSCORE's keys). */
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const repeat = (byte: number, length: number): Uint8Array => new Uint8Array(length).fill(byte);
const count = (from: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => from + i);

export interface HmacVector {
  readonly name: string;
  readonly key: Uint8Array;
  readonly data: Uint8Array;
  readonly mac: Uint8Array;
}

export const HMAC: readonly HmacVector[] = [
  {
    name: 'RFC 4231 4.2',
    key: repeat(0x0b, 20),
    data: text('Hi There'),
    mac: hex('b0344c61d8db38535ca8afceaf0bf12b 881dc200c9833da726e9376c2e32cff7'),
  },
  {
    name: 'RFC 4231 4.3',
    key: text('Jefe'),
    data: text('what do ya want for nothing?'),
    mac: hex('5bdcc146bf60754e6a042426089575c7 5a003f089d2739839dec58b964ec3843'),
  },
  {
    name: 'RFC 4231 4.4',
    key: repeat(0xaa, 20),
    data: repeat(0xdd, 50),
    mac: hex('773ea91e36800e46854db8ebd09181a7 2959098b3ef8c122d9635514ced565fe'),
  },
  {
    name: 'RFC 4231 4.7: a key longer than a block',
    key: repeat(0xaa, 131),
    data: text('Test Using Larger Than Block-Size Key - Hash Key First'),
    mac: hex('60e431591ee0b67f0d8a26aacbf5b77f 8e0bc6213728c5140546040f0ee37f54'),
  },
];

export interface HkdfVector {
  readonly name: string;
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  readonly out: Uint8Array;
}

const MASTER = { secret: count(1, 16), salt: hex('9e7ca92223786340') };

export const HKDF: readonly HkdfVector[] = [
  {
    name: 'RFC 5869 A.1',
    secret: repeat(0x0b, 22),
    salt: count(0, 13),
    info: count(0xf0, 10),
    out: hex('3cb25f25faacd57a90434f64d0362f2a 2d2d0a90cf1a5a4c5db02d56ecc4c5bf 34007208d5b887185865'),
  },
  {
    name: 'RFC 5869 A.2',
    secret: count(0, 80),
    salt: count(0x60, 80),
    info: count(0xb0, 80),
    out: hex(`b11e398dc80327a1c8e7f78c596a4934 4f012eda2d4efad8a050cc4c19afa97c 59045a99cac7827271cb41c65e590e09
      da3275600c2f09b8367793a9aca3db71 cc30c58179ec3e87c14c01d5c1f3434f 1d87`),
  },
  {
    name: 'RFC 5869 A.3: no salt, no info',
    secret: repeat(0x0b, 22),
    salt: new Uint8Array(0),
    info: new Uint8Array(0),
    out: hex('8da4e775a563c18f715f802a063c5a31 b8a11f5c5ee1879ec3454e5f3c738d2d 9d201395faa4b61a96c8'),
  },
  {
    name: 'RFC 8613 C.1.1: the sender key, id empty',
    ...MASTER,
    info: hex('8540f60a634b657910'),
    out: hex('f0910ed7295e6ad4b54fc793154302ff'),
  },
  {
    name: 'RFC 8613 C.1.1: the recipient key, id 01',
    ...MASTER,
    info: hex('854101f60a634b657910'),
    out: hex('ffb14e093c94c9cac9471648b4f98710'),
  },
  {
    name: 'RFC 8613 C.1.1: the common IV',
    ...MASTER,
    info: hex('8540f60a6249560d'),
    out: hex('4622d4dd6d944168eefb54987c'),
  },
];
