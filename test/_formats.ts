/** Takes an envelope as the agent does: read, authenticate, interpret. */
import type { Anchor } from '../agent/format/cose.ts';
import { anchorsCover, authenticate, verifierNew } from '../agent/format/cose.ts';
import type { Envelope } from '../agent/format/envelope.ts';
import { envelopeNew, envelopeRead } from '../agent/format/envelope.ts';
import type { Manifest, Target } from '../agent/format/manifest.ts';
import { hssLms } from '../agent/format/lms.ts';
import { manifestNew, manifestRead } from '../agent/format/manifest.ts';
import { nodeCrypto, nodeHash, sha256 } from './_crypto.ts';
import { CLASS, DEVICE, VENDOR } from './_envelope.ts';

export const TARGET: Target = {
  vendor: VENDOR,
  classId: CLASS,
  device: DEVICE,
  component: new Uint8Array([0x81, 0x41, 0]),
  slot: 0,
  now: -1,
};

export interface Taken {
  /** Of the first step that failed, else 0. */
  code: number;
  /** After envelope and signatures. */
  authentic: number;
  envelope: Envelope;
  manifest: Manifest;
  uri: string;
  verified: number;
}

export function take(input: Uint8Array, anchors: Anchor[], threshold = 1, target: Target = TARGET): Taken {
  const envelope = envelopeNew();
  const manifest = manifestNew();
  const crypto = nodeCrypto();
  let code = envelopeRead(envelope, input, 0, input.length);
  if (code === 0) code = authenticate(envelope, verifierNew(crypto, anchors, undefined, hssLms), threshold);
  const authentic = code;
  if (code === 0) code = anchorsCover(anchors, envelope.signers, threshold, target.vendor, target.classId);
  if (code === 0) code = manifestRead(manifest, envelope, target, nodeHash());
  // What the agent does with an integrated payload before any erase.
  if (code === 0 && manifest.integratedTo > 0) {
    const payload = input.subarray(manifest.integratedFrom, manifest.integratedTo);
    if (manifest.format === 0 && Buffer.compare(sha256(payload), manifest.imageDigest) !== 0) code = -85;
  }
  const uri = Buffer.from(input.subarray(manifest.uriFrom, manifest.uriTo)).toString();
  return { code, authentic, envelope, manifest, uri, verified: crypto.verified };
}
