/** The payloads of whole images: one, or one for each slot. */
import { DefaultWindow, frame } from './blocks.ts';
import type { Framed, Progress } from './blocks.ts';
import { hexOf, plainBytes, sha256 } from './bytes.ts';
import type { Sealer } from './encryption/sealer.ts';
import { Exit, PublishError } from './errors.ts';
import type { Variant } from './install-sequence.ts';

export type PackFormat = 'framed' | 'plain' | 'integrated';

export interface PayloadOptions {
  readonly image: Uint8Array | readonly [Uint8Array, Uint8Array];
  readonly uri?: string | readonly [string, string] | undefined;
  readonly window?: number | undefined;
  readonly progress?: Progress | undefined;
}

export interface Prepared {
  readonly image: Uint8Array;
  readonly variant: Variant;
  /** What the manifest speaks of. */
  readonly payload: Uint8Array;
  /** The same, encrypted where it is to be. */
  readonly sent: Uint8Array;
  readonly framed: Framed | undefined;
}

export const IntegratedUri = '#image';
const NameDigits = 32;

/** The name under which a payload is stored: its content decides it, so that it can be cached for ever. */
export const payloadName = (payload: Uint8Array): string =>
  `${hexOf(sha256(payload)).slice(0, NameDigits)}.bin`;

const prepare = (
  image: Uint8Array,
  format: PackFormat,
  uri: string | undefined,
  options: PayloadOptions,
  sealer: Sealer | undefined,
): Prepared => {
  const facts = { digest: sha256(image), size: image.length };
  const framed = format === 'framed' ? frame(image, options.progress, options.window) : undefined;
  const payload = framed?.payload ?? image;
  const sent = sealer ? sealer.seal(payload, framed?.root ?? facts.digest) : payload;
  const variant: Variant = {
    ...facts,
    uri: format === 'integrated' ? IntegratedUri : (uri ?? payloadName(sent)),
    ...(framed && {
      root: framed.root,
      payloadSize: payload.length,
      window: options.window === DefaultWindow ? undefined : options.window,
    }),
  };
  return { image, variant, payload, sent, framed };
};

const refuse = (what: string, field: string, remedy: string): never => {
  throw new PublishError(what, { field, remedy, exit: Exit.Usage });
};

export const prepareAll = (
  options: PayloadOptions,
  format: PackFormat,
  sealer: Sealer | undefined,
): Prepared[] => {
  const images = options.image instanceof Uint8Array ? [options.image] : [...options.image];
  if (images.length === 2 && format === 'integrated')
    refuse(
      'two images do not go into one envelope',
      'format',
      'Use --format framed for images that depend on their slot',
    );
  if (sealer && format === 'integrated')
    refuse(
      'a payload inside the envelope cannot be encrypted',
      'format',
      'Use --format framed, plain or bundle with --recipient',
    );
  const uris = typeof options.uri === 'string' ? [options.uri] : options.uri;
  if (uris && uris.length !== images.length)
    refuse(`${uris.length} URIs for ${images.length} images`, 'uri', 'Give one URI for each image');
  return images.map((image, number) => {
    if (image.length === 0) refuse('the image is empty', 'image', 'Give the file that is to be installed');
    return prepare(plainBytes(image), format, uris?.[number], options, sealer);
  });
};
