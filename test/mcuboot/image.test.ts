import test from 'ava';
import fc from 'fast-check';
import { flashOpen } from '../../agent/flash.ts';
import * as Err from '../../agent/err.ts';
import { More } from '../../agent/codes.ts';
import { derSignature } from '../../hal/mcuboot/der.ts';
import {
  counterCheck,
  imageVerify,
  verifierOpen,
  verifyBegin,
  verifyStep,
} from '../../hal/mcuboot/verify.ts';
import type { McubootKey } from '../../hal/mcuboot/verify.ts';
import { nobleCrypto } from '../../hal/noble.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import type { FlashPort } from '../../hal/ports.ts';
import { coseAlgorithm, keyGenerate, keyParse, mcubootImage, mcubootKeyHash } from '../../publisher/index.ts';
import type { SigningKey } from '../../publisher/index.ts';
import { sampleImage, seededKey } from '../publisher/_keys.ts';

const size = 8192;
const ed25519 = seededKey(3);
const p256 = keyParse(keyGenerate('esp256'), 'made');
const application = sampleImage(3000);
const crypto = nodeCrypto();
const trusted = (...known: readonly SigningKey[]): McubootKey[] =>
  known.map(({ algorithm, key }) => ({ algorithm: coseAlgorithm[algorithm], key }));

/** Flash that may be read only; `unreadable` names a byte that fails. */
const portOf = (image: Uint8Array, unreadable = -1): FlashPort => {
  const bytes = new Uint8Array(size).fill(0xff);
  bytes.set(image.subarray(0, size));
  return {
    partition: {
      read: (into, offset) => {
        if (unreadable >= offset && unreadable < offset + into.length) throw new Error('uncorrectable');
        into.set(bytes.subarray(offset, offset + into.length));
      },
      write: () => {
        throw new Error('read only');
      },
      eraseBlock: () => {
        throw new Error('read only');
      },
      status: () => ({ size, blocks: 2, blockLength: size / 2 }),
    },
  };
};

const codeOf = (image: Uint8Array, keys: readonly McubootKey[], unreadable = -1): number =>
  imageVerify(verifierOpen(crypto, keys), flashOpen(portOf(image, unreadable), undefined));

const imageBy = (key: SigningKey | undefined, securityCounter?: number): Uint8Array =>
  mcubootImage({ application, version: '2.3.4+5', key, securityCounter, headerSize: 64 });

/** Length of what is signed of {@link imageBy} without a counter. */
const signed = 64 + application.length;
const set16 = (image: Uint8Array, at: number, value: number): Uint8Array => {
  const changed = image.slice();
  new DataView(changed.buffer).setUint16(at, value, true);
  return changed;
};
const set32 = (image: Uint8Array, at: number, value: number): Uint8Array => {
  const changed = image.slice();
  new DataView(changed.buffer).setUint32(at, value, true);
  return changed;
};
const ed = imageBy(ed25519);
const ec = imageBy(p256);
const counted = imageBy(ed25519, 9);
const plain = imageBy(undefined);
/** KEYHASH of Ed25519's image follows SHA-256. */
const keyHashAt = signed + 4 + 36 + 4;

// what, image, keys, code
const rows: readonly (readonly [string, Uint8Array, readonly McubootKey[], number])[] = [
  ['Ed25519', ed, trusted(ed25519), 0],
  ['P-256', ec, trusted(p256), 0],
  ['one of two keys', ec, trusted(ed25519, p256), 0],
  ['digest only, no keys', plain, [], 0],
  ['signed, no keys', ed, [], 0],
  ['digest only, but a key', plain, trusted(ed25519), Err.NoSignature],
  ['another key', ed, trusted(p256), Err.NoSignature],
  ['blank', new Uint8Array(size).fill(0xff), [], Err.ImageMissing],
  ['the older magic', set32(ed, 0, 0x96f3b83c), trusted(ed25519), Err.ImageMissing],
  ['header of no bytes', set16(ed, 8, 0), trusted(ed25519), Err.ImageMalformed],
  ['header of 31 bytes', set16(ed, 8, 31), trusted(ed25519), Err.ImageMalformed],
  ['image over the slot', set32(ed, 12, size), trusted(ed25519), Err.ImageMalformed],
  ['image over all numbers', set32(ed, 12, 0xffffffff), trusted(ed25519), Err.ImageMalformed],
  ["image up to the slot's last byte", set32(ed, 12, size - 64), trusted(ed25519), Err.ImageMalformed],
  ['protected TLVs that are not there', set16(ed, 10, 12), trusted(ed25519), Err.ImageMalformed],
  ['protected TLVs unannounced', set16(counted, 10, 0), trusted(ed25519), Err.ImageMalformed],
  ['protected TLVs of another size', set16(counted, 10, 13), trusted(ed25519), Err.ImageMalformed],
  ['encrypted', set32(ed, 16, 4), trusted(ed25519), Err.ImageKind],
  ['not bootable', set32(ed, 16, 0x10), trusted(ed25519), Err.ImageKind],
  ['for RAM', set32(ed, 16, 0x20), trusted(ed25519), Err.ImageKind],
  ['compressed', set32(ed, 16, 0x400), trusted(ed25519), Err.ImageKind],
  ['version changed', set16(ed, 22, 7), trusted(ed25519), Err.ImageDigest],
  ['application changed', set16(ed, 1000, 0x1234), trusted(ed25519), Err.ImageDigest],
  ['TLVs over the slot', set16(ed, signed + 2, 0xffff), trusted(ed25519), Err.ImageMalformed],
  ['TLVs smaller than their head', set16(ed, signed + 2, 3), trusted(ed25519), Err.ImageMalformed],
  ['no TLVs', set16(ed, signed + 2, 4), trusted(ed25519), Err.ImageMalformed],
  ['a TLV over the others', set16(ed, signed + 6, 0xffff), trusted(ed25519), Err.ImageMalformed],
  ['a digest cut short', set16(ed, signed + 6, 31), trusted(ed25519), Err.ImageMalformed],
  ['SHA-512 said', set16(ed, signed + 4, 0x12), trusted(ed25519), Err.AlgorithmUnknown],
  ['KEYHASH of 31 bytes names no key', shorterKeyHash(31), trusted(ed25519), Err.NoSignature],
  ['KEYHASH of no bytes names no key', shorterKeyHash(0), trusted(ed25519), Err.NoSignature],
  ['KEYHASH changed', set16(ed, keyHashAt, 0), trusted(ed25519), Err.NoSignature],
  ['signature changed', set16(ed, ed.length - 40, 1), trusted(ed25519), Err.SignatureWrong],
  ['signature said to be ECDSA', set16(ed, ed.length - 68, 0x22), trusted(ed25519), Err.AlgorithmUnknown],
];

/** The image with a shorter KEYHASH, all else as it has to be. */
function shorterKeyHash(length: number): Uint8Array {
  const whole = ed.slice();
  const cut = new Uint8Array(whole.length - (32 - length));
  cut.set(whole.subarray(0, keyHashAt + length));
  cut.set(whole.subarray(keyHashAt + 32), keyHashAt + length);
  return set16(set16(cut, keyHashAt - 2, length), signed + 2, whole.length - signed - (32 - length));
}

for (const [name, image, keys, code] of rows) {
  test(`${name}: ${code}`, (t) => {
    t.is(codeOf(image, keys), code);
  });
}

test('facts of an image, and the security counter', (t) => {
  const verifier = verifierOpen(nobleCrypto(), trusted(ed25519));
  const flash = flashOpen(portOf(counted), undefined);
  t.is(imageVerify(verifier, flash), 0);
  t.like(verifier.image, { headerSize: 64, imageSize: 3000, major: 2, minor: 3, revision: 4, build: 5 });
  t.is(verifier.image.length, counted.length);
  t.is(verifier.counter, 9);
  t.is(counterCheck(verifier, 9), 0);
  t.is(counterCheck(verifier, 10), Err.BelowFloor);
  t.is(imageVerify(verifier, flashOpen(portOf(ed), undefined)), 0);
  t.is(verifier.counter, -1, 'nothing is left of the image before');
  t.is(counterCheck(verifier, 0), Err.CounterMissing);
});

test('in small steps: the same verdict, at most so many bytes at once', (t) => {
  const verifier = verifierOpen(crypto, trusted(ed25519));
  const flash = flashOpen(portOf(ed), undefined);
  t.is(verifyBegin(verifier, flash), 0);
  let steps = 1;
  let code = verifyStep(verifier, flash, 100);
  for (; code === More; steps++) code = verifyStep(verifier, flash, 100);
  t.is(code, 0);
  t.is(steps, Math.ceil(signed / 100));
});

test('a port without verifyDigest: P-256 is refused, and not taken for good', (t) => {
  const { sha256, verify } = nodeCrypto();
  const flash = flashOpen(portOf(ec), undefined);
  t.is(imageVerify(verifierOpen({ sha256, verify }, trusted(p256)), flash), Err.AlgorithmUnknown);
});

test('a port that throws: a code', (t) => {
  const broken = {
    ...nodeCrypto(),
    verify: () => {
      throw new Error('broken');
    },
  };
  t.is(imageVerify(verifierOpen(broken, trusted(ed25519)), flashOpen(portOf(ed), undefined)), Err.PortFailed);
});

test('keys that are none are found when it is opened', (t) => {
  for (const wrong of [
    { algorithm: -19, key: new Uint8Array(31) },
    { algorithm: -9, key: new Uint8Array(32) },
    { algorithm: -46, key: new Uint8Array(52) },
  ])
    t.throws(() => verifierOpen(crypto, [wrong]), { instanceOf: RangeError });
});

test('two signatures: both of trusted keys must hold, wherever they stand', (t) => {
  const [a, b] = [imageBy(ed25519), imageBy(seededKey(4))];
  const tail = b.subarray(signed + 4 + 36);
  const both = new Uint8Array([...a, ...tail]);
  const whole = set16(both, signed + 2, both.length - signed);
  const [first, second] = [ed25519, seededKey(4)];
  t.is(codeOf(whole, trusted(first)), 0);
  t.is(codeOf(whole, trusted(second)), 0);
  t.is(codeOf(whole, trusted(first, second)), 0);
  const bad = set16(whole, a.length - 20, 1);
  t.is(codeOf(bad, trusted(first, second)), Err.SignatureWrong);
  t.is(codeOf(bad, trusted(second)), 0, 'a signature of a key that is not known is passed over');
});

const anyOf = fc.constantFrom(ed, ec, counted, plain);
const keysAll = trusted(ed25519, p256);

test('any change of a signed byte is found; of any byte: a code, never a throw', (t) => {
  fc.assert(
    fc.property(anyOf, fc.nat(), fc.integer({ min: 1, max: 255 }), (image, where, flip) => {
      const changed = image.slice();
      changed[where % image.length]! ^= flip;
      const code = codeOf(changed, keysAll);
      return Number.isInteger(code) && code <= 0 && (where % image.length >= signed || code < 0);
    }),
    { numRuns: 600 },
  );
  t.pass();
});

test('hostile headers and TLVs: a code, and no more reads than the slot has bytes and TLVs', (t) => {
  const head = fc.uint8Array({ minLength: 28, maxLength: 28 });
  const tail = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(head, tail, fc.boolean(), (fields, tlvs, sane) => {
      const image = new Uint8Array(size).fill(0);
      image.set(ed.subarray(0, 4));
      image.set(fields, 4);
      if (sane) {
        // Sizes that reach the TLVs, which are anything then.
        image.set([32, 0, fields[6]! & 15, 0, fields[8]!, 0, 0, 0, 0, 0, 0, 0], 8);
        image.set([0x07, 0x69, tlvs.length, 0], 32 + fields[8]!);
        image.set(tlvs, 36 + fields[8]!);
      }
      let reads = 0;
      const port = portOf(image);
      const read = port.partition.read;
      const counting = {
        ...port,
        partition: { ...port.partition, read: (into: Uint8Array, at: number) => (reads++, read(into, at)) },
      };
      const code = imageVerify(verifierOpen(crypto, keysAll), flashOpen(counting, undefined));
      return code < 0 && reads < size / 256 + 3 * 64 + 8;
    }),
    { numRuns: 800 },
  );
  t.pass();
});

test('more than 64 TLVs are refused', (t) => {
  const tlvs = new Uint8Array(4 + 65 * 4);
  tlvs.set([0x07, 0x69, tlvs.length & 0xff, tlvs.length >> 8]);
  for (let at = 4; at < tlvs.length; at += 4) tlvs.set([0xa0, 0, 0, 0], at);
  t.is(codeOf(new Uint8Array([...ed.subarray(0, signed), ...tlvs]), []), Err.ImageMalformed);
});

test('a byte that cannot be read: a code', (t) => {
  for (const at of [0, 31, 500, signed - 1, signed, signed + 5, ed.length - 1])
    t.is(codeOf(ed, trusted(ed25519), at), Err.FlashFailed, `byte ${at}`);
});

// DER, as hex of r and s and what stands around them, and whether it is taken
const half = (byte: string, count = 32): string => byte.repeat(count);
const derRows: readonly (readonly [string, string, boolean])[] = [
  ['the longest', `3046022100${half('ff')}022100${half('ff')}`, true],
  ['without leading zeros', `30440220${half('7f')}0220${half('01')}`, true],
  ['small numbers', '3006020101020102', true],
  ['padded with zeros', `30060201010201020000`, true],
  ['padded with something', `300602010102010201`, false],
  ['a zero too many', `3007020200010201020000`, false],
  ['negative', '3006020181020102', false],
  ['empty number', '30050200020102', false],
  ['33 bytes', `3045022101${half('ff')}0220${half('01')}`, false],
  ['no sequence', '3106020101020102', false],
  ['no integer', '3006030101020102', false],
  ['one number', '3003020101', false],
  ['three numbers', '3009020101020102020103', false],
  ['sequence over its end', '3007020101020102', false],
  ['number over the sequence', '3006020501020102', false],
  ['long form of a length', '308106020101020102', false],
  ['nothing', '', false],
];

for (const [name, hex, taken] of derRows) {
  test(`DER, ${name}: ${taken ? 'taken' : 'refused'}`, (t) => {
    const der = new Uint8Array(Buffer.from(hex, 'hex'));
    t.is(derSignature(der, der.length, new Uint8Array(64)), taken);
  });
}

test('DER: any bytes give an answer, and nothing is written past 64 bytes', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(90), (der, length) => {
      const into = new Uint8Array(80).fill(0xa5);
      if (der.length > 2) der.set([0x30, der.length - 2]);
      derSignature(der, length, into.subarray(0, 64));
      return into.subarray(64).every((byte) => byte === 0xa5);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('a key hash is that of the SubjectPublicKeyInfo', (t) => {
  t.is(mcubootKeyHash(ed25519).length, 32);
  t.notDeepEqual(mcubootKeyHash(ed25519), mcubootKeyHash(seededKey(4)));
  t.deepEqual(verifierOpen(crypto, trusted(p256)).keyHashes[0], mcubootKeyHash(p256));
});
