import { PIECE_MAX } from '../agent/payload/patch/layout.ts';
import { concat, hexOf, plainBytes, sha256 } from './bytes.ts';
import { DefaultWindow, frame } from './blocks.ts';
import type { Framed, Progress } from './blocks.ts';
import { envelopeFits, signaturesBlank, signManifest, writeEnvelope } from './envelope.ts';
import type { Signature } from './envelope.ts';
import { Exit, PublishError } from './errors.ts';
import { classIdentifier, deviceIdentifier, vendorIdentifier } from './identifiers.ts';
import type { SigningKey } from './keys.ts';
import { writeManifest } from './manifest.ts';
import type { Manifest, ManifestText, PatchSource, Variant } from './manifest.ts';
import { basesCheck, packPatches, uriBeside } from './pack-patches.ts';
import type { PackedPatch, PackedPatches, PatchFigures } from './pack-patches.ts';
import { NoBase, NoImage } from './patch/no-base.ts';

export type PackFormat = 'framed' | 'plain' | 'integrated';
export type PackEncoding = 'deflate' | 'patch';

export interface PackOptions {
  /** The image; or two, the first for slot A and the second for slot B. */
  readonly image: Uint8Array | readonly [Uint8Array, Uint8Array];
  /**
   * Images that devices run now: for each a patch that makes `image` of it. Any other device fetches the whole image.
   */
  readonly bases?: readonly Uint8Array[] | undefined;
  /**
   * Of the whole image. `patch`: a patch without a base too, for devices that take patches, where it is smaller. Default
   * `deflate`: what `format` says, for all.
   */
  readonly encoding?: PackEncoding | undefined;
  /** What of a patch is fetched again after a cut, at most: bytes, its first piece apart. Default 6144; less makes it longer. */
  readonly patchUnit?: number | undefined;
  /** A UUID, or a domain name. */
  readonly vendor: string | Uint8Array;
  /** A UUID, or the name of the model. */
  readonly classId: string | Uint8Array;
  readonly device?: string | Uint8Array | undefined;
  readonly sequence: number;
  readonly keys: readonly SigningKey[];
  /** Makes an envelope that is yet to be signed elsewhere; then `keys` is empty. */
  readonly unsigned?: boolean | undefined;
  /** Default framed. */
  readonly format?: PackFormat | undefined;
  /** Default `<start of SHA-256 of the payload>.bin`, relative to the envelope; with two images one for each. */
  readonly uri?: string | readonly [string, string] | undefined;
  /**
   * How far frames reach back, in bytes: 1024 to 32768, a power of two. Default 4096, which any device has room for. A
   * device with less refuses the update before it erases anything.
   */
  readonly window?: number | undefined;
  readonly securityVersion?: number | undefined;
  readonly minimumSecurityVersion?: number | undefined;
  readonly priority?: number | undefined;
  /** Seconds since 1970. */
  readonly expiry?: number | undefined;
  readonly component?: readonly Uint8Array[] | undefined;
  readonly text?: ManifestText | undefined;
  readonly withKeyId?: boolean | undefined;
  readonly allowTestKeys?: boolean | undefined;
  readonly progress?: Progress | undefined;
}

/** Bytes, but for what says otherwise. */
export interface PackFigures {
  readonly image: number;
  readonly blocks: number;
  readonly envelope: number;
  readonly index: number;
  readonly frames: number;
  /** Index and frames, or the plain image; 0 when it is inside the envelope. */
  readonly payload: number;
  readonly total: number;
  readonly overheadPercent: number;
  /** One for each base. */
  readonly patches: readonly PatchFigures[];
}

export interface Pack {
  readonly envelope: Uint8Array;
  /** Of slot A where there are two. Empty when it is inside the envelope. */
  readonly payload: Uint8Array;
  readonly payloads: readonly Uint8Array[];
  readonly uris: readonly string[];
  /** Without those that would be no smaller than the whole image's payload. */
  readonly patches: readonly PackedPatch[];
  /** Envelope, then payload; no patches. */
  readonly bundle: Uint8Array;
  /** What the tail of a slot holds, for a framed payload. */
  readonly index: Uint8Array | undefined;
  readonly manifestDigest: Uint8Array;
  readonly imageDigest: Uint8Array;
  readonly figures: PackFigures;
}

const IntegratedUri = '#image';
const NameDigits = 32;

/** The name under which a payload is stored: its content decides it, so that it can be cached for ever. */
export const payloadName = (payload: Uint8Array): string =>
  `${hexOf(sha256(payload)).slice(0, NameDigits)}.bin`;

interface Prepared {
  readonly image: Uint8Array;
  readonly variant: Variant;
  readonly payload: Uint8Array;
  readonly framed: Framed | undefined;
}

const prepare = (
  image: Uint8Array,
  format: PackFormat,
  uri: string | undefined,
  options: PackOptions,
): Prepared => {
  const facts = { digest: sha256(image), size: image.length };
  if (format === 'integrated') {
    return { image, variant: { ...facts, uri: IntegratedUri }, payload: image, framed: undefined };
  }
  if (format === 'plain') {
    return {
      image,
      variant: { ...facts, uri: uri ?? payloadName(image) },
      payload: image,
      framed: undefined,
    };
  }
  const framed = frame(image, options.progress, options.window);
  const variant = {
    ...facts,
    uri: uri ?? payloadName(framed.payload),
    root: framed.root,
    payloadSize: framed.payload.length,
    window: options.window === DefaultWindow ? undefined : options.window,
  };
  return { image, variant, payload: framed.payload, framed };
};

const prepareAll = (options: PackOptions, format: PackFormat): Prepared[] => {
  const images = options.image instanceof Uint8Array ? [options.image] : [...options.image];
  if (images.length === 2 && format === 'integrated') {
    const remedy = 'Use --format framed for images that depend on their slot';
    throw new PublishError('two images do not go into one envelope', {
      field: 'format',
      remedy,
      exit: Exit.Usage,
    });
  }
  const uris = typeof options.uri === 'string' ? [options.uri] : options.uri;
  if (uris && uris.length !== images.length) {
    const remedy = 'Give one URI for each image';
    throw new PublishError(`${uris.length} URIs for ${images.length} images`, {
      field: 'uri',
      remedy,
      exit: Exit.Usage,
    });
  }
  return images.map((image, number) => {
    if (image.length === 0) {
      const remedy = 'Give the file that is to be installed';
      throw new PublishError('the image is empty', { field: 'image', remedy, exit: Exit.Usage });
    }
    return prepare(plainBytes(image), format, uris?.[number], options);
  });
};

const figuresOf = (
  envelope: Uint8Array,
  first: Prepared,
  inside: boolean,
  patches: readonly PatchFigures[],
): PackFigures => {
  const image = first.variant.size;
  const index = first.framed?.index.length ?? 0;
  const payload = inside ? 0 : first.payload.length;
  return {
    image,
    blocks: first.framed?.frames.length ?? 0,
    envelope: envelope.length,
    index,
    frames: first.framed ? first.payload.length - index : 0,
    payload,
    total: envelope.length + payload,
    overheadPercent: Math.round(((envelope.length - (inside ? image : 0) + index) / image) * 10000) / 100,
    patches,
  };
};

/** Refuses bases that patches cannot be made for, and more than the envelope has room for, before any is made. */
const patchesOf = (
  options: PackOptions,
  format: PackFormat,
  prepared: readonly Prepared[],
  fits: (patches: readonly PatchSource[]) => boolean,
): PackedPatches => {
  const given = options.bases ?? [];
  const none = options.encoding === 'patch';
  const bases = none ? [...given, NoImage] : given;
  const { variant, payload, image } = prepared[0]!;
  if (bases.length === 0) return { patches: [], figures: [] };
  const refuse = (what: string, remedy: string): never => {
    throw new PublishError(what, { field: given.length > 0 ? 'base' : 'encoding', remedy, exit: Exit.Usage });
  };
  if (prepared.length > 1)
    refuse('a patch makes one image, and there are two', 'Leave bases and encoding out, or give one image');
  if (format === 'integrated')
    refuse('a payload inside the envelope has no patches beside it', 'Use --format framed or plain');
  const digests = [...basesCheck(given, image), ...(none ? [NoBase] : [])];
  const uriOf = (patch: Uint8Array): string => uriBeside(variant.uri, payloadName(patch));
  const uri = uriOf(payload);
  // As long as any that is taken: a patch is smaller than the whole payload.
  const longest = (base: Uint8Array): PatchSource => {
    const firstPiece = Math.min(payload.length, PIECE_MAX);
    return { base, uri, root: variant.digest, payloadSize: payload.length, firstPiece };
  };
  const all = digests.map(longest);
  let room = all.length;
  while (room > 0 && !fits(all.slice(0, room))) room--;
  if (room < all.length)
    refuse(
      `${all.length} bases, and the envelope has room for ${room}`,
      `Give at most ${room}: the images that most devices run`,
    );
  const progress = options.progress;
  return packPatches(bases, digests, {
    image,
    wholeSize: payload.length,
    uriOf,
    unit: options.patchUnit,
    progress,
  });
};

/** Makes an update of an image. The same input and keys give the same bytes. */
export const pack = (options: PackOptions): Pack => {
  const format = options.format ?? 'framed';
  const vendor = vendorIdentifier(options.vendor);
  const prepared = prepareAll(options, format);
  const first = prepared[0] as Prepared;
  const manifestWith = (patches: readonly PatchSource[]): Manifest =>
    writeManifest({
      ...options,
      vendor,
      classId: classIdentifier(vendor, options.classId),
      device: options.device === undefined ? undefined : deviceIdentifier(options.device),
      variants: prepared.map((one) => one.variant),
      patches,
    });
  const inside = format === 'integrated';
  const integrated = inside ? new Map([[IntegratedUri, first.payload]]) : undefined;
  const blanks = options.unsigned ? [] : signaturesBlank(options.keys, options);
  // What is too long without patches is told by the writer.
  writeEnvelope({ manifest: manifestWith([]), signatures: blanks, integrated });
  const { patches, figures } = patchesOf(options, format, prepared, (some) =>
    envelopeFits({ manifest: manifestWith(some), signatures: blanks }),
  );
  const manifest = manifestWith(patches);
  const envelopeWith = (signatures: readonly Signature[]): Uint8Array =>
    writeEnvelope({ manifest, signatures, integrated });
  // Before anything signs: with HSS/LMS a signature for nothing is one less.
  const blank = envelopeWith(blanks);
  const envelope = options.unsigned
    ? blank
    : envelopeWith(signManifest(manifest.digest, options.keys, options));
  const payloads = inside ? [] : prepared.map((one) => one.payload);
  const payload = payloads[0] ?? new Uint8Array(0);
  return {
    envelope,
    payload,
    payloads,
    uris: prepared.map((one) => one.variant.uri),
    patches,
    bundle: concat([envelope, payload]),
    index: first.framed?.index,
    manifestDigest: manifest.digest,
    imageDigest: first.variant.digest,
    figures: figuresOf(envelope, first, inside, figures),
  };
};
