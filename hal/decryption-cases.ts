/** What the conformance suite of the Decryption port is made of: published vectors, and tags that node:crypto made. */
import type { DeviceKey } from './device-keys.ts';

/** Bytes as hex. */
export interface SealedCase {
  readonly name: string;
  readonly algorithm: number;
  readonly key: string;
  readonly nonce: string;
  readonly associated: string;
  readonly plaintext: string;
  /** Ciphertext and tag. */
  readonly sealed: string;
}

export const SEALED: readonly SealedCase[] = [
  {
    name: 'RFC 8439 section 2.8.2',
    algorithm: 24,
    key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
    nonce: '070000004041424344454647',
    associated: '50515253c0c1c2c3c4c5c6c7',
    plaintext:
      '4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c642062652069742e',
    sealed:
      'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691',
  },
  {
    name: 'McGrew and Viega, GCM, test case 1',
    algorithm: 1,
    key: '00000000000000000000000000000000',
    nonce: '000000000000000000000000',
    associated: '',
    plaintext: '',
    sealed: '58e2fccefa7e3061367f1d57a4e7455a',
  },
  {
    name: 'McGrew and Viega, GCM, test case 2',
    algorithm: 1,
    key: '00000000000000000000000000000000',
    nonce: '000000000000000000000000',
    associated: '',
    plaintext: '00000000000000000000000000000000',
    sealed: '0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf',
  },
  {
    name: 'McGrew and Viega, GCM, test case 3',
    algorithm: 1,
    key: 'feffe9928665731c6d6a8f9467308308',
    nonce: 'cafebabefacedbaddecaf888',
    associated: '',
    plaintext:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
    sealed:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f59854d5c2af327cd64a62cf35abd2ba6fab4',
  },
  {
    name: 'McGrew and Viega, GCM, test case 4',
    algorithm: 1,
    key: 'feffe9928665731c6d6a8f9467308308',
    nonce: 'cafebabefacedbaddecaf888',
    associated: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    plaintext:
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    sealed:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47',
  },
];

/** Byte i of a pattern. */
export function patternByte(i: number, step: number, first: number): number {
  return (i * step + first + (i >> 8)) & 255;
}

/**
 * Ciphertexts that are beginnings of one pattern, with their tags by node:crypto. So the plaintexts are beginnings of one
 * plaintext, of which `check` is known: from 1 on, times 31 plus each byte, in 32 bits.
 */
export interface SealedPattern {
  readonly algorithm: number;
  readonly keySize: number;
  readonly check: number;
  /** Length of the ciphertext, tag. The associated data is of that length modulo 37. */
  readonly tags: readonly (readonly [number, string])[];
}

export const PATTERNS: readonly SealedPattern[] = [
  {
    algorithm: 1,
    keySize: 16,
    check: 731500327,
    tags: [
      [0, 'b0c0b3b033b8cda29115a567ce269753'],
      [1, 'fbbbd947b0e5829ac9c9c0ac4b50cf36'],
      [15, '0916a8f724a6ea0466a7cb89b0c7fd2a'],
      [16, 'fc3622535e3527b738ad13d04b9bcbf4'],
      [17, 'c51f1ee395a26543e4aed82eb6b3b38a'],
      [31, '317ea649d073f0da4b399dce5bb15f0a'],
      [32, 'dcf9750c8cc09d521fa66f9e5af3fde9'],
      [33, 'cf9f27d39317d1b3de56b88dc9182cc0'],
      [47, '2cb7f582cf8e3b43e1494c92d2db889b'],
      [48, 'f77db5ae9bf78ef0204116fdc2d52815'],
      [49, '279738ed042e0ff452a2790de4cbc468'],
      [63, '349f8bd2f317911247d216f3cfc0ae37'],
      [64, 'a352321bd6cd2911d1459bb13fb137e3'],
      [65, '491b27328240dbe8c782749ac640fc93'],
      [127, '388be4df12effef73c497f9da9a71a5e'],
      [128, '3b879f5eda6cfe59f83d6d70e6f20bfc'],
      [129, '9c4df30122b9069ab16ca00d33058b95'],
      [255, '88dbf1b1783c1446a4a501ba5a63c0e2'],
      [256, 'fc9441d02ae1d7407f7fcbc66e793802'],
      [257, 'ad181e67839e180b21892dd79478b1c8'],
      [1023, '4003e2058804ebe9c2eaeb2ab201d305'],
      [1024, 'c74979940b8e251751431cfd8ae2418e'],
      [1025, 'e4aa236b88b790139f5bc98b7917f7bf'],
      [2047, 'e10cff942781795df113849c8ae497f3'],
      [2048, '0ae7d24b61c5da8ce2f6b1fed4dd0a7a'],
    ],
  },
  {
    algorithm: 24,
    keySize: 32,
    check: -653504948,
    tags: [
      [0, '464618e562418f93e6b02f061a3079ad'],
      [1, 'c491b4236ad333a69feb0f37d0692f44'],
      [15, 'd4e92b9446dc50dd46892af8c0be62eb'],
      [16, 'd236b64c55b3da2addcc7d8f16084795'],
      [17, '72fb12849bd43c99cd6a4b597bec9798'],
      [31, '2545fb5941e5b35b1ebe90da4ffbad1e'],
      [32, '1b09fa88eaf94bc07e2d94c02af20bc6'],
      [33, '8684a98bbe523de24702ab804543327c'],
      [47, '6d91dc215ac48ff553e2e68e66d9ff2d'],
      [48, 'ab69600408880eb05dc51e61ca020b51'],
      [49, '4263db7f3e7d37b595eaed76f7919bc5'],
      [63, '6dc75904e2ec84bd144641dbabbcbe30'],
      [64, '7b02d0c82a0eb132e2147205365e0b7a'],
      [65, 'b7a180813987be832583cc62e9a6b834'],
      [127, '1c94111b26e50c9b9cdbf34d6bd9c208'],
      [128, 'cbe540cfce662b599f48cc9e071c9340'],
      [129, '122a0a0fd014d95b69b1ef008be3ee9a'],
      [255, '65d6be1dcc678871d9b44b5adff6d399'],
      [256, 'cfd9231b5acbb9dac81f8f8987632932'],
      [257, '62271ca0fbf02d74e449117c4e04198b'],
      [1023, 'ca2b2ab2eb059d1ff9b210caa1bba81a'],
      [1024, 'daf8e4d939fd0bec895fc8e14237b4d4'],
      [1025, '1616da1c8376cb7365e70a7e83237c74'],
      [2047, 'ddfd5ec52fd42e141e6b633e2625075e'],
      [2048, '9584a8823728e974c88485db0fc38da7'],
    ],
  },
];

/** Bytes as hex; where there is no content key, it must not unwrap. */
export interface WrappedCase {
  readonly name: string;
  readonly kind: DeviceKey['kind'];
  readonly secret: string;
  readonly sender: string;
  readonly info: string;
  readonly wrapped: string;
  readonly content?: string;
}

/** docs/SPEC.md section 10. */
const SUIT_INFO = '842283f6f6f683f6f6f683188044a101381c5753554954205061796c6f616420456e6372797074696f6e';
const CONTENT_16 = '00112233445566778899aabbccddeeff';
const CONTENT_32 = '00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f';

const RFC7748 = {
  kind: 'X25519',
  secret: '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
  sender: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
  info: SUIT_INFO,
} as const;

const CAVP_P256 = {
  kind: 'P-256',
  secret: '7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534',
  sender:
    '04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac',
  info: SUIT_INFO,
} as const;

export const WRAPPED: readonly WrappedCase[] = [
  {
    name: 'RFC 3394 section 4.1',
    kind: 'A128KW',
    secret: '000102030405060708090a0b0c0d0e0f',
    sender: '',
    info: '',
    wrapped: '1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5',
    content: CONTENT_16,
  },
  {
    name: 'NIST CAVP, KW_AD_128, 256 bits, count 0',
    kind: 'A128KW',
    secret: '83da6e02404d5abfd47d15da591840e2',
    sender: '',
    info: '',
    wrapped: '3f4cbf3a98029243da87a756b3c52553f91366f4ff4b103b2c73e68aa8ca81f01ebda35d718741ac',
    content: '67dfd627346ebd217849a5ba5bca6e9ce07a7747bed1ba119ec01503202a075a',
  },
  {
    name: 'NIST CAVP, KW_AD_128, 256 bits, count 1: fails',
    kind: 'A128KW',
    secret: '84bc6ce7ee4fd9db512536669d0686da',
    sender: '',
    info: '',
    wrapped: 'c383db930ffd02c0073ac2cc79ec289e6866bdcc6a135a3b776aa42f14ee04f9cca06ed6c0b22901',
  },
  {
    name: 'NIST CAVP, KW_AD_128, 128 bits, count 1: fails',
    kind: 'A128KW',
    secret: '5d4899ee66beff1bda1fc717a1ad4c50',
    sender: '',
    info: '',
    wrapped: 'bb7fd0bce778bd775e4e88d904d26a7134364c53a6c493a0',
  },
  {
    name: 'Examples of the COSE working group, p256-wrap-128-01',
    kind: 'P-256',
    secret: 'aff907c99f9ad3aae6c4cdf21122bce2bd68b5283e6907154ad911840fa208cf',
    sender:
      '04ecdbcec636cc1408a503bbf6b7311b900c9aed9c5b71503848c89a07d0ef6f5bd6d1586710c02203e4e53b20dc7b233ca4c8b6853467b9fb8244a3840accd602',
    info: '842283f6f6f683f6f6f682188044a101381c',
    wrapped: 'd23bca11c3f8e35bf6f81412794e159772e946ff4fb31bd1',
    content: 'b2353161740aacf1f7163647984b522a',
  },
  // Secrets of ECDH as published, wrapped under them by node:crypto.
  {
    ...CAVP_P256,
    name: 'NIST CAVP, ECC CDH P-256, count 0, and 16 bytes',
    wrapped: '44640391dafcd08f76c1748b36f2ff491a32495e70b2355d',
    content: CONTENT_16,
  },
  {
    ...CAVP_P256,
    name: 'NIST CAVP, ECC CDH P-256, count 0, and 32 bytes',
    wrapped: 'dd241779bb46f9daaf73bf56b47c5c4ad161b34afe43631628a124e79dfb33900acb8ae8efb5851f',
    content: CONTENT_32,
  },
  {
    ...RFC7748,
    name: 'RFC 7748 section 6.1, and 16 bytes',
    wrapped: '6414c8a14bed1f666210c1cb2d7a9087a036a0e646d282d6',
    content: CONTENT_16,
  },
  {
    ...RFC7748,
    name: 'RFC 7748 section 6.1, and 32 bytes',
    wrapped: '96c068809aff37b02d50cdc99500164f4705eb28ff53f3fe18f63169a23e33e64c6cf38598da8ae5',
    content: CONTENT_32,
  },
];

const P256_X = '700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287';
const P256_Y = 'db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac';
const P256_P = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff';
const ZERO = '00'.repeat(32);

/**
 * Keys of a sender that nothing is to be agreed with: points that are none, and those of small order. What is wrapped
 * would unwrap for whoever takes a hybrid point, and for whoever takes a secret of zeros.
 */
export const SENDERS: readonly (readonly [WrappedCase, readonly (readonly [string, string])[]])[] = [
  [
    { ...CAVP_P256, name: 'P-256', wrapped: '44640391dafcd08f76c1748b36f2ff491a32495e70b2355d' },
    [
      ['off the curve', `04${P256_X}${P256_Y.slice(0, -2)}ad`],
      ['the origin', `04${ZERO}${ZERO}`],
      ['x = p', `04${P256_P}${P256_Y}`],
      ['y = p', `04${P256_X}${P256_P}`],
      ['all ones', 'ff'.repeat(65)],
      ['of the hybrid form', `06${P256_X}${P256_Y}`],
      ['of the compressed form, and too long for it', `02${P256_X}${P256_Y}`],
      ['at infinity, and too long for it', `00${P256_X}${P256_Y}`],
    ],
  ],
  [
    { ...RFC7748, name: 'X25519', wrapped: '830d39b085728456380a87005d30b6365a9cd4da9f7ec394' },
    [
      ['u = 0', ZERO],
      ['u = 1', `01${'00'.repeat(31)}`],
      ['of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
      ['the other of order 8', '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'],
      ['u = p - 1', `ec${'ff'.repeat(30)}7f`],
      ['u = p', `ed${'ff'.repeat(30)}7f`],
      ['u = p + 1', `ee${'ff'.repeat(30)}7f`],
    ],
  ],
];
