/** What the encryption of a payload is about: its id, its size, its name. */
import type { PatchView, VariantView } from '../read-envelope.ts';

/** A payload as a manifest names it. */
export interface PayloadFacts {
  readonly id: Uint8Array | undefined;
  /** Of the plaintext. */
  readonly size: number | undefined;
  readonly uri: string | undefined;
}

/** A payload that is the image goes by the image's digest. */
export const variantFacts = ({ root, digest, payloadSize, size, uri }: VariantView): PayloadFacts => ({
  id: root ?? digest,
  size: payloadSize ?? size,
  uri,
});

export const patchFacts = ({ root, payloadSize, uri }: PatchView): PayloadFacts => ({
  id: root,
  size: payloadSize,
  uri,
});
