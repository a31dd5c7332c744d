/** What is sent before a patch: the envelope of one base, signed once, with the whole image in frames for other devices. */
import { frame } from '../../publisher/blocks.ts';
import { sha256 } from '../../publisher/bytes.ts';
import {
  classIdentifier,
  keyGenerate,
  keyParse,
  payloadName,
  signManifest,
  vendorIdentifier,
  writeEnvelope,
  writeManifest,
} from '../../publisher/index.ts';
import type { SizePair } from './images.ts';
import type { Made } from './patch-child.ts';

/** Bytes, as `flipside pack --base` writes it, with an Ed25519 key and without texts. */
export const envelopeLength = ({ old, fresh }: SizePair, { payload, first }: Made): number => {
  const vendor = vendorIdentifier('example.com');
  const whole = frame(fresh);
  const digest = sha256(fresh);
  const manifest = writeManifest({
    sequence: 2,
    vendor,
    classId: classIdentifier(vendor, 'lamp'),
    variants: [
      {
        digest,
        size: fresh.length,
        uri: payloadName(whole.payload),
        root: whole.root,
        payloadSize: whole.payload.length,
      },
    ],
    // Names and digests are as long whatever they are of.
    patches: [
      { base: sha256(old), uri: payloadName(fresh), root: digest, payloadSize: payload, firstPiece: first },
    ],
  });
  const signatures = signManifest(manifest.digest, [keyParse(keyGenerate('ed25519'), 'bench')], {});
  return writeEnvelope({ manifest, signatures }).length;
};
