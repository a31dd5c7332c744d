/** Updates by patch, signed as they stand: right ones and wrong ones. */
import type { Update } from '../../bootloader-sim/index.ts';
import type { Patched } from '../../publisher/patch/encode.ts';
import { signManifest, writeEnvelope } from '../../publisher/index.ts';
import { sha256 } from '../_crypto.ts';
import { cbor, digest, manifestOf, map, sequence } from '../_envelope.ts';
import { config, signingKey } from '../bootloader-sim/_real.ts';
import { patchOnce } from './_made.ts';

export interface PatchUpdate extends Update {
  readonly patched: Patched;
  /** What is fetched where the image that runs is not the base. */
  readonly whole: Update;
}

export interface Lies {
  readonly base?: Uint8Array;
  readonly root?: Uint8Array;
  readonly first?: number;
  readonly payload?: (payload: Uint8Array) => Uint8Array;
  readonly image?: Uint8Array;
  /** Whether there is the whole image to fall back to. Default: there is. */
  readonly whole?: boolean;
}

/** Update from `old` to `fresh`, by a patch; on any other board by the plain image. */
export const patchRelease = (
  old: Uint8Array,
  fresh: Uint8Array,
  number: number,
  lies: Lies = {},
): PatchUpdate => {
  const patched = patchOnce(old, fresh);
  const payload = lies.payload?.(patched.payload) ?? patched.payload;
  const image = lies.image ?? fresh;
  const patch = {
    21: 'patch',
    [-257]: 2,
    [-258]: lies.root ?? patched.root,
    [-259]: payload.length,
    [-264]: lies.first ?? patched.first,
  };
  const branches = [
    sequence(20, map({ [-263]: lies.base ?? sha256(old) }), -263, 15, 20, map(patch)),
    ...(lies.whole === false ? [] : [sequence(20, map({ 21: 'whole' }))]),
  ];
  const identity = { 1: config.vendor, 2: config.classId, 3: cbor(digest(image)), 14: image.length };
  const bytes = manifestOf({
    manifest: { 2: number },
    shared: [20, map(identity), 1, 15, 2, 15],
    install: [15, branches, 21, 2, 3, 15],
  });
  const manifest = { bytes, digest: sha256(cbor(bytes)) };
  const signatures = signManifest(manifest.digest, [signingKey], {});
  const envelope = writeEnvelope({ manifest, signatures });
  return { envelope, payload, patched, whole: { envelope, payload: fresh } };
};
