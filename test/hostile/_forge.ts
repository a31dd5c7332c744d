/** Framed updates that are signed as they stand, and lie: made of the publisher's own parts. */
import { deflateRawSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { frame, signManifest, writeEnvelope, writeManifest } from '../../publisher/index.ts';
import type { ManifestFields, Variant } from '../../publisher/index.ts';
import type { Update } from '../../bootloader-sim/index.ts';
import { config, signingKey } from '../bootloader-sim/_real.ts';

const HEADER = 32;
const DIGEST = 32;
const ENTRY = 18;
export const BLOCK = 4096;

export const sha256 = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(bytes).digest());

/** Word of an index entry: encoding and frame length. */
export const word = (encoding: number, length: number): number => (encoding << 13) | length;

export interface Lies {
  /** In place of the frame of a block, and of its word in the index. */
  readonly frames?: Readonly<Record<number, Uint8Array>>;
  readonly words?: Readonly<Record<number, number>>;
  /** In place of the digest of a block in the index. */
  readonly digests?: Readonly<Record<number, Uint8Array>>;
  /** Changes the header before the root is taken. */
  readonly header?: (header: DataView) => void;
  /** In the manifest, in place of the truth. */
  readonly variant?: Partial<Variant>;
  readonly fields?: Partial<ManifestFields>;
}

/** An update to `image` whose index and manifest agree with each other, and with the lies. */
export const forge = (image: Uint8Array, sequence: number, lies: Lies): Update => {
  const honest = frame(image);
  const blocks = honest.frames.length;
  const pages = Math.ceil(blocks / 227);
  const index = honest.index.slice();
  const head = HEADER + DIGEST * pages;
  const view = new DataView(index.buffer);
  const frames = honest.frames.map((one, block) => lies.frames?.[block] ?? one);
  for (let block = 0; block < blocks; block++) {
    const at = head + ENTRY * block;
    const digest = lies.digests?.[block];
    if (digest) index.set(digest.subarray(0, 16), at);
    const lied = lies.frames?.[block];
    // A frame put in its place is deflated unless the words say otherwise.
    if (lied) view.setUint16(at + 16, word(1, lied.length), true);
    const said = lies.words?.[block];
    if (said !== undefined) view.setUint16(at + 16, said, true);
  }
  for (let page = 0; page < pages; page++) {
    const from = head + page * 227 * ENTRY;
    index.set(
      sha256(index.subarray(from, Math.min(from + 227 * ENTRY, index.length))),
      HEADER + DIGEST * page,
    );
  }
  lies.header?.(view);
  const payload = new Uint8Array(Buffer.concat([index, ...frames]));
  return {
    envelope: sign({
      sequence,
      variants: [
        {
          digest: sha256(image),
          size: image.length,
          uri: 'lies.bin',
          root: sha256(index.subarray(0, head)),
          payloadSize: payload.length,
          ...lies.variant,
        },
      ],
      ...lies.fields,
    }),
    payload,
  };
};

/** Signs a manifest with the key that the boards of these tests trust. */
export const sign = (
  fields: Pick<ManifestFields, 'sequence' | 'variants'> & Partial<ManifestFields>,
): Uint8Array => {
  const manifest = writeManifest({ vendor: config.vendor, classId: config.classId, ...fields });
  return writeEnvelope({ manifest, signatures: signManifest(manifest.digest, [signingKey]) });
};

/** One deflate stream over a dictionary, as the publisher makes it. */
export const deflate = (block: Uint8Array, dictionary?: Uint8Array): Uint8Array =>
  new Uint8Array(deflateRawSync(block, { level: 9, ...(dictionary ? { dictionary } : {}) }));
