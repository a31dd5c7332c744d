import { PIECE_MAX } from '../agent/payload/patch/layout.ts';
import type { Progress } from './blocks.ts';
import { concat } from './bytes.ts';
import { sealerNew } from './encryption/sealer.ts';
import type { EncryptionOptions, Sealer } from './encryption/sealer.ts';
import { envelopeFits, signaturesBlank, signManifest, writeEnvelope } from './envelope.ts';
import type { Signature } from './envelope.ts';
import { Exit, PublishError } from './errors.ts';
import { classIdentifier, deviceIdentifier, vendorIdentifier } from './identifiers.ts';
import type { SigningKey } from './keys.ts';
import { writeManifest } from './manifest.ts';
import type { Manifest, ManifestText, PatchSource } from './manifest.ts';
import { basesCheck, packPatches, uriBeside } from './pack-patches.ts';
import type { PackedPatch, PackedPatches, PatchFigures } from './pack-patches.ts';
import { IntegratedUri, payloadName, prepareAll } from './pack-payloads.ts';
import type { PackFormat, Prepared } from './pack-payloads.ts';
import { NoBase, NoImage } from './patch/no-base.ts';

export { payloadName } from './pack-payloads.ts';
export type { PackFormat } from './pack-payloads.ts';
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
  /** Encrypts all payloads. What is made then differs each time. */
  readonly encryption?: EncryptionOptions | undefined;
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
  /** As it is sent: index and frames, or the plain image, and the tags of an encrypted one; 0 when it is inside the envelope. */
  readonly payload: number;
  readonly total: number;
  readonly overheadPercent: number;
  /** One for each base. */
  readonly patches: readonly PatchFigures[];
}

export interface Pack {
  readonly envelope: Uint8Array;
  /** As it is sent; of slot A where there are two. Empty when it is inside the envelope. */
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

const figuresOf = (
  envelope: Uint8Array,
  first: Prepared,
  inside: boolean,
  patches: readonly PatchFigures[],
): PackFigures => {
  const image = first.variant.size;
  const index = first.framed?.index.length ?? 0;
  const payload = inside ? 0 : first.sent.length;
  const tags = first.sent.length - first.payload.length;
  return {
    image,
    blocks: first.framed?.frames.length ?? 0,
    envelope: envelope.length,
    index,
    frames: first.framed ? first.payload.length - index : 0,
    payload,
    total: envelope.length + payload,
    overheadPercent:
      Math.round(((envelope.length - (inside ? image : 0) + index + tags) / image) * 10000) / 100,
    patches,
  };
};

/** Refuses bases that patches cannot be made for, and more than the envelope has room for, before any is made. */
const patchesOf = (
  options: PackOptions,
  format: PackFormat,
  prepared: readonly Prepared[],
  sealer: Sealer | undefined,
  fits: (patches: readonly PatchSource[]) => boolean,
): PackedPatches => {
  const given = options.bases ?? [];
  const none = options.encoding === 'patch';
  const bases = none ? [...given, NoImage] : given;
  const { variant, payload, sent, image } = prepared[0]!;
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
  const uri = uriOf(sent);
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
    wholeSize: sent.length,
    seal: (patch, root) => sealer?.seal(patch, root) ?? patch,
    uriOf,
    unit: options.patchUnit,
    progress,
  });
};

/** Makes an update of an image. The same input and keys give the same bytes, unless it encrypts. */
export const pack = (options: PackOptions): Pack => {
  const format = options.format ?? 'framed';
  const vendor = vendorIdentifier(options.vendor);
  const sealer = options.encryption && sealerNew(options.encryption);
  const prepared = prepareAll(options, format, sealer);
  const first = prepared[0] as Prepared;
  const manifestWith = (patches: readonly PatchSource[]): Manifest =>
    writeManifest({
      ...options,
      vendor,
      classId: classIdentifier(vendor, options.classId),
      device: options.device === undefined ? undefined : deviceIdentifier(options.device),
      variants: prepared.map((one) => one.variant),
      patches,
      encryption: sealer,
    });
  const inside = format === 'integrated';
  const integrated = inside ? new Map([[IntegratedUri, first.payload]]) : undefined;
  const blanks = options.unsigned ? [] : signaturesBlank(options.keys, options);
  // What is too long without patches is told by the writer.
  writeEnvelope({ manifest: manifestWith([]), signatures: blanks, integrated });
  const { patches, figures } = patchesOf(options, format, prepared, sealer, (some) =>
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
  const payloads = inside ? [] : prepared.map((one) => one.sent);
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
