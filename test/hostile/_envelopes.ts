/** Envelopes of several kinds, each with the board's configuration that takes it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Anchor, Config } from '../../agent/index.ts';
import { coseAlgorithm, keyGenerate, keyParse } from '../../publisher/index.ts';
import type { PackOptions, SigningKey } from '../../publisher/index.ts';
import type { Update } from '../../bootloader-sim/index.ts';
import { config, firmware, release } from '../bootloader-sim/_real.ts';
import { pointOfPem } from '../_crypto.ts';
import { cbor } from '../_envelope.ts';

export const anchorOf = (key: SigningKey, scope: Partial<Anchor> = {}): Anchor => ({
  keyId: key.keyId,
  algorithm: coseAlgorithm[key.algorithm],
  key: key.key,
  ...scope,
});

export const second: SigningKey = keyParse(keyGenerate('ed25519'), 'second');
export const third: SigningKey = keyParse(keyGenerate('esp256'), 'third');
/** Of no board. */
export const fourth: SigningKey = keyParse(keyGenerate('ed25519'), 'fourth');

/** What of a board is otherwise than usual. */
export interface BoardOf {
  readonly config?: Partial<Config>;
  readonly factory?: Partial<PackOptions>;
}

export const SUIT: string = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'vectors', 'suit');
export const vectorsHere: boolean = existsSync(SUIT);
export const vector = (name: string): Uint8Array => {
  const bytes = readFileSync(join(SUIT, name));
  return new Uint8Array(name.endsWith('.hex') ? Buffer.from(bytes.toString('latin1').trim(), 'hex') : bytes);
};

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

const draft = (): Anchor => ({
  keyId: Uint8Array.of(1),
  algorithm: -9,
  key: pointOfPem(readFileSync(join(SUIT, 'keys', 'draft_es256_public.pem'), 'utf8')),
});

/** A board of the drafts' vendor and class, with the drafts' published key beside the one of its factory. */
const draftBoard = (vendor: string, classId: string, component: Uint8Array[]): BoardOf => {
  const ids = { vendor: hex(vendor), classId: hex(classId) };
  return {
    config: { ...ids, component: cbor(component), anchors: [draft(), ...config.anchors] },
    factory: { ...ids, component, sequence: 0 },
  };
};

const text = (part: string): Uint8Array => new TextEncoder().encode(part);

/** The device of the examples in draft-37. */
export const armBoard = (): BoardOf =>
  draftBoard('fa6b4a53d5ad5fdfbe9de663e4d41ffe', '1492af1425695e48bf429b2d51f2ab45', [Uint8Array.of(0)]);

/** The device of the TEEP examples. */
export const teepBoard = (): BoardOf =>
  draftBoard('c0ddd5f15243566087db4f5b0aa26c2f', 'db42f7093d8c55baa8c5265fc5820f4e', [
    text('TEEP-Device'),
    text('SecureFS'),
    hex('8d82573a926d4754935332dc29997f74'),
    text('ta'),
  ]);

export interface Kind extends BoardOf {
  readonly name: string;
  readonly update: Update;
  /** The payload for slot B, where it is another. */
  readonly second?: Uint8Array;
}

const image = firmware(2, 6000);
const none = new Uint8Array(0);
const anchors = [...config.anchors, anchorOf(second), anchorOf(third)];

const both = release(image, 2, { image: [firmware(3, 5000), image] });

export const kinds: readonly Kind[] = [
  { name: 'framed, Ed25519', update: release(image, 2) },
  {
    name: 'framed, ESP256',
    update: release(image, 2, { keys: [third] }),
    config: { anchors: [anchorOf(third)] },
    factory: { keys: [third] },
  },
  { name: 'plain, by URI', update: release(image, 2, { format: 'plain' }) },
  { name: 'integrated', update: release(image.subarray(0, 100), 2, { format: 'integrated' }) },
  {
    name: 'two signatures, both needed',
    update: release(image, 2, { keys: [second, third] }),
    config: { anchors, threshold: 2 },
    factory: { keys: [second, third] },
  },
  { name: 'one image a slot', update: both, second: both.payloads[1]! },
];

export const vectorKinds: readonly Kind[] = vectorsHere
  ? [
      {
        name: 'manifest-spec-37/example3',
        update: { envelope: vector('manifest-spec-37/example3.signed.hex'), payload: none },
        ...armBoard(),
      },
      {
        name: 'libcsuit/expI',
        update: { envelope: vector('libcsuit/suit_manifest_expI.suit'), payload: none },
        ...teepBoard(),
      },
    ]
  : [];
