/** imgtool, which signs images for MCUboot. */
import { strict as assert } from 'node:assert';
import { readFileSync, writeFileSync } from 'node:fs';
import { flashOpen } from '../../agent/flash.ts';
import * as Err from '../../agent/err.ts';
import { Flag, Magic, Swap, trailerOpen, trailerRead, trailerStateNew } from '../../hal/mcuboot/trailer.ts';
import { imageVerify, verifierOpen } from '../../hal/mcuboot/verify.ts';
import type { ImageVerifier } from '../../hal/mcuboot/verify.ts';
import { nobleCrypto } from '../../hal/noble.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { NorFlash } from '../../hal/node/nor-flash.ts';
import { coseAlgorithm, keyGenerate, keyParse, mcubootImage } from '../../publisher/index.ts';
import type { McubootOptions, McubootTrailer, PemAlgorithm, SigningKey } from '../../publisher/index.ts';
import { sampleImage } from '../publisher/_keys.ts';
import { withFolder } from './_folder.ts';
import type { Folder } from './_folder.ts';
import type { Peer } from './_peer.ts';

const sector = 4096;
const slotSize = 16 * sector;
const application = sampleImage(23_456);
const version = '1.2.3+456';
const firmware = 'app.bin';
const signed = 'signed.bin';
const pem = 'key.pem';

interface Shape {
  readonly name: string;
  readonly headerSize: number;
  readonly unit: number;
  readonly maxAlign: number;
  readonly trailer?: McubootTrailer;
  readonly counter?: number;
}

const shapes: readonly Shape[] = [
  { name: 'not padded', headerSize: 32, unit: 4, maxAlign: 8 },
  { name: 'header of 512, counter', headerSize: 512, unit: 4, maxAlign: 8, counter: 7 },
  { name: 'padded, on trial', headerSize: 32, unit: 4, maxAlign: 8, trailer: 'test' },
  { name: 'padded, confirmed', headerSize: 32, unit: 4, maxAlign: 8, trailer: 'confirmed' },
  { name: 'padded, confirmed, units of 16', headerSize: 256, unit: 16, maxAlign: 16, trailer: 'confirmed' },
  {
    name: 'padded, confirmed, units of 32',
    headerSize: 64,
    unit: 32,
    maxAlign: 32,
    trailer: 'confirmed',
    counter: 1,
  },
  { name: 'padded, alignment above the unit', headerSize: 32, unit: 8, maxAlign: 32, trailer: 'confirmed' },
];

type KeyKind = PemAlgorithm | 'none';
const keyKinds: readonly KeyKind[] = ['none', 'ed25519', 'esp256'];

/** A fresh key in a file that imgtool reads too. */
const keyMake = (folder: Folder, kind: KeyKind, name: string = pem): SigningKey | undefined => {
  if (kind === 'none') return undefined;
  const text = keyGenerate(kind);
  writeFileSync(folder.file(name), text);
  return keyParse(text, name);
};

const done = (folder: Folder, ...args: string[]): string => {
  const ran = folder.tool('imgtool', ...args);
  assert.equal(ran.status, 0, `imgtool ${args.join(' ')}: ${ran.output}`);
  return ran.output;
};

/** Signs the application with imgtool. */
const signBy = (folder: Folder, shape: Shape, key: SigningKey | undefined, ...more: string[]): Uint8Array => {
  writeFileSync(folder.file(firmware), application);
  const args = ['sign', '--pad-header', '--version', version, '--header-size', String(shape.headerSize)];
  args.push(
    '--slot-size',
    String(slotSize),
    '--align',
    String(shape.unit),
    '--max-align',
    String(shape.maxAlign),
  );
  if (key) args.push('--key', pem);
  if (shape.counter !== undefined) args.push('--security-counter', String(shape.counter));
  if (shape.trailer) args.push('--pad');
  if (shape.trailer === 'confirmed') args.push('--confirm');
  done(folder, ...args, ...more, firmware, signed);
  return new Uint8Array(readFileSync(folder.file(signed)));
};

const optionsOf = (shape: Shape, key: SigningKey | undefined): McubootOptions => ({
  application,
  version,
  key,
  headerSize: shape.headerSize,
  securityCounter: shape.counter,
  unit: shape.unit,
  maxAlign: shape.maxAlign,
  ...(shape.trailer ? { slotSize, trailer: shape.trailer } : {}),
});

/** The image in a slot of flash. */
const slotOf = (image: Uint8Array, shape: Shape): NorFlash => {
  const bytes = new Uint8Array(slotSize).fill(0xff);
  bytes.set(image);
  const sectors = Array.from({ length: slotSize / sector }, () => sector);
  return new NorFlash({ sectors, writeAlign: shape.unit, eraseValue: 0xff, bytes });
};

const verifierFor = (key: SigningKey | undefined, crypto = nodeCrypto()): ImageVerifier =>
  verifierOpen(crypto, key ? [{ algorithm: coseAlgorithm[key.algorithm], key: key.key }] : []);

const codeOf = (image: Uint8Array, shape: Shape, key: SigningKey | undefined): number =>
  imageVerify(verifierFor(key), flashOpen(slotOf(image, shape).port(), undefined));

const heldGood = (image: Uint8Array, shape: Shape, key: SigningKey | undefined): void => {
  const flash = flashOpen(slotOf(image, shape).port(), undefined);
  for (const crypto of [nodeCrypto(), nobleCrypto()]) {
    const verifier = verifierFor(key, crypto);
    assert.equal(imageVerify(verifier, flash), 0);
    const { major, minor, revision, build } = verifier.image;
    assert.deepEqual([major, minor, revision, build], [1, 2, 3, 456]);
    assert.equal(verifier.counter, shape.counter ?? -1);
  }
  const state = trailerStateNew();
  const { maxAlign, unit, trailer } = shape;
  const built = { swap: Swap.Offset, maxAlign, maxSectors: 128, statusUnit: unit };
  assert.equal(trailerRead(trailerOpen(flash, built), state), 0);
  assert.equal(state.magic, trailer ? Magic.Good : Magic.Unset);
  assert.equal(state.imageOk, trailer === 'confirmed' ? Flag.Set : Flag.Unset);
  assert.equal(state.copyDone, Flag.Unset);
};

/** Those without a random number in the signature are the same to the byte. */
const alike = (ours: Uint8Array, theirs: Uint8Array, kind: KeyKind, shape: Shape): void => {
  if (kind !== 'esp256') {
    assert.deepEqual(Buffer.from(ours), Buffer.from(theirs));
    return;
  }
  const protectedSize = shape.counter === undefined ? 0 : 12;
  // Up to the signature: the head of the TLVs, SHA-256, KEYHASH.
  const same = shape.headerSize + application.length + protectedSize + 4 + 36 + 36;
  assert.deepEqual(
    Buffer.from(ours.subarray(shape.headerSize, same - 76)),
    Buffer.from(theirs.subarray(shape.headerSize, same - 76)),
  );
  assert.deepEqual(
    Buffer.from(ours.subarray(0, shape.headerSize)),
    Buffer.from(theirs.subarray(0, shape.headerSize)),
  );
  assert.deepEqual(
    Buffer.from(ours.subarray(same - 72, same)),
    Buffer.from(theirs.subarray(same - 72, same)),
  );
};

interface Scenario {
  readonly name: string;
  run(folder: Folder): void;
}

const bothWays: readonly Scenario[] = keyKinds.flatMap((kind) =>
  shapes.flatMap((shape): Scenario[] => [
    {
      name: `it signs, we verify: ${kind}, ${shape.name}`,
      run(folder) {
        const key = keyMake(folder, kind);
        heldGood(signBy(folder, shape, key), shape, key);
      },
    },
    {
      name: `we sign, it verifies: ${kind}, ${shape.name}`,
      run(folder) {
        const key = keyMake(folder, kind);
        const ours = mcubootImage(optionsOf(shape, key));
        writeFileSync(folder.file('ours.bin'), ours);
        const said = done(folder, 'verify', ...(key ? ['--key', pem] : []), 'ours.bin');
        assert.match(said, /Image was correctly validated/);
        assert.match(said, /1\.2\.3\+456/);
        alike(ours, signBy(folder, shape, key), kind, shape);
      },
    },
  ]),
);

const plain: Shape = { name: 'plain', headerSize: 32, unit: 4, maxAlign: 8 };

/** Images that imgtool makes and we do not take, and the code that says so. */
const refused: readonly (readonly [string, KeyKind, readonly string[], number])[] = [
  ['encrypted', 'ed25519', ['--encrypt', 'x25519.pem'], Err.ImageKind],
  ['not bootable', 'ed25519', ['--non-bootable'], Err.ImageKind],
  ['compressed', 'ed25519', ['--compression', 'lzma2'], Err.ImageKind],
  ['SHA-512', 'none', ['--sha', '512'], Err.AlgorithmUnknown],
  ['signed over the image itself', 'ed25519', ['--pure'], Err.AlgorithmUnknown],
];

const accepted: readonly (readonly [string, readonly string[]])[] = [
  [
    'dependency, boot record, custom TLV',
    ['-d', '(1, 1.2.3+0)', '--boot-record', 'APP', '--custom-tlv', '0xa0', '0x1234'],
  ],
  ['vendor and class', ['--vid', 'example.com', '--cid', 'lamp']],
  ['ROM address', ['--rom-fixed', '0x20000']],
];

const single: readonly Scenario[] = [
  ...refused.map(([name, kind, args, code]): Scenario => ({
    name: `it makes what we refuse: ${name}`,
    run(folder) {
      const key = keyMake(folder, kind);
      if (args.includes('--encrypt')) {
        done(folder, 'keygen', '-t', 'x25519', '-k', 'private.pem');
        writeFileSync(folder.file('x25519.pem'), done(folder, 'getpub', '-k', 'private.pem', '-e', 'pem'));
      }
      assert.equal(codeOf(signBy(folder, plain, key, ...args), plain, key), code);
    },
  })),
  ...accepted.map(([name, args]): Scenario => ({
    name: `it makes what we take: ${name}`,
    run(folder) {
      const key = keyMake(folder, 'esp256');
      heldGood(signBy(folder, plain, key, ...args), plain, key);
    },
  })),
  {
    name: 'RSA: signed by none of our keys',
    run(folder) {
      done(folder, 'keygen', '-t', 'rsa-2048', '-k', 'rsa.pem');
      const image = signBy(folder, plain, undefined, '--key', 'rsa.pem');
      const key = keyMake(folder, 'ed25519');
      assert.equal(codeOf(image, plain, key), Err.NoSignature);
    },
  },
  ...(['ed25519', 'esp256'] as const).flatMap((kind): Scenario[] => [
    {
      name: `another key: neither takes it: ${kind}`,
      run(folder) {
        const key = keyMake(folder, kind);
        writeFileSync(folder.file('ours.bin'), mcubootImage(optionsOf(plain, key)));
        const other = keyMake(folder, kind, 'other.pem');
        assert.notEqual(folder.tool('imgtool', 'verify', '--key', 'other.pem', 'ours.bin').status, 0);
        assert.equal(codeOf(signBy(folder, plain, key), plain, other), Err.NoSignature);
      },
    },
    {
      name: `a changed byte: neither takes it: ${kind}`,
      run(folder) {
        const key = keyMake(folder, kind);
        const image = signBy(folder, plain, key);
        image[5000]! ^= 1;
        writeFileSync(folder.file('changed.bin'), image);
        assert.notEqual(folder.tool('imgtool', 'verify', '--key', pem, 'changed.bin').status, 0);
        assert.equal(codeOf(image, plain, key), Err.ImageDigest);
      },
    },
    {
      name: `a changed signature: neither takes it: ${kind}`,
      run(folder) {
        const key = keyMake(folder, kind);
        const image = mcubootImage(optionsOf(plain, key));
        image[image.length - 3]! ^= 1;
        writeFileSync(folder.file('changed.bin'), image);
        assert.notEqual(folder.tool('imgtool', 'verify', '--key', pem, 'changed.bin').status, 0);
        assert.equal(codeOf(image, plain, key), Err.SignatureWrong);
      },
    },
  ]),
];

export const imgtool: Peer = {
  name: 'imgtool',
  version: () => withFolder((folder) => done(folder, 'version')),
  scenarios: [...bothWays, ...single].map(({ name, run }) => ({ name, run: () => withFolder(run) })),
};
