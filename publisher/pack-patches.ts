/** The patches of an update: one for each base. */
import { hexOf, plainBytes, sameBytes, sha256 } from './bytes.ts';
import type { Progress } from './blocks.ts';
import { Exit, PublishError } from './errors.ts';
import type { PatchSource } from './install-sequence.ts';
import { patchEncode } from './patch/encode.ts';

export interface PackedPatch extends PatchSource {
  /** As it is sent. */
  readonly payload: Uint8Array;
}

/** Bytes, but for what says otherwise. */
export interface PatchFigures {
  /** SHA-256 of the base; zeros: it needs none. */
  readonly base: string;
  readonly baseSize: number;
  readonly payload: number;
  /** Of the whole image's payload. */
  readonly sharePercent: number;
  /** No smaller than the whole image's payload. */
  readonly leftOut: boolean;
}

export interface PackedPatches {
  readonly patches: readonly PackedPatch[];
  /** One for each base, in their order. */
  readonly figures: readonly PatchFigures[];
}

export interface PatchTarget {
  readonly image: Uint8Array;
  /** What a patch has to be smaller than, as it is sent. */
  readonly wholeSize: number;
  /** What is sent of a payload. */
  readonly seal: (payload: Uint8Array, root: Uint8Array) => Uint8Array;
  readonly uriOf: (sent: Uint8Array) => string;
  /** Bytes of payload that a unit has at most. */
  readonly unit?: number | undefined;
  readonly progress?: Progress | undefined;
}

const unfit = (what: string, number: number, remedy: string): PublishError =>
  new PublishError(what, { field: `base ${number + 1}`, remedy, exit: Exit.Usage });

/** The digests of the bases. An error about the first names the field `base 1`. */
export const basesCheck = (bases: readonly Uint8Array[], image: Uint8Array): Uint8Array[] => {
  const digests = bases.map((base) => sha256(base));
  const own = sha256(image);
  for (const [number, digest] of digests.entries()) {
    if (bases[number]!.length === 0) throw unfit('is empty', number, 'Give an image that devices run');
    if (sameBytes(digest, own))
      throw unfit('is the new image itself', number, 'Give an image that devices run now, or leave it out');
    const before = digests.findIndex((one) => sameBytes(one, digest));
    if (before < number)
      throw unfit(`is the same image as base ${before + 1}`, number, 'Give each base once');
  }
  return digests;
};

/** The URI of a patch: in the folder of the whole image's payload. */
export const uriBeside = (uri: string, name: string): string => {
  const path = uri.replace(/[?#].*$/, '');
  const server = /^[a-z][a-z\d+.-]*:\/\/[^/]*/i.exec(path)?.[0] ?? '';
  const folder = path.slice(server.length).replace(/[^/]*$/, '');
  return `${server}${server && !folder ? '/' : folder}${name}`;
};

export const packPatches = (
  bases: readonly Uint8Array[],
  digests: readonly Uint8Array[],
  target: PatchTarget,
): PackedPatches => {
  const { image, wholeSize, seal, uriOf, unit, progress } = target;
  const figures: PatchFigures[] = [];
  const patches: PackedPatch[] = [];
  for (const [number, base] of bases.entries()) {
    const digest = digests[number]!;
    const { payload, first, root } = patchEncode(plainBytes(base), image, {
      unit,
      progress: (done) => progress?.((number + done) * image.length, bases.length * image.length),
    });
    const sent = seal(payload, root);
    const leftOut = sent.length >= wholeSize;
    figures.push({
      base: hexOf(digest),
      baseSize: base.length,
      payload: sent.length,
      sharePercent: Math.round((sent.length / wholeSize) * 10000) / 100,
      leftOut,
    });
    if (leftOut) continue;
    patches.push({
      base: digest,
      uri: uriOf(sent),
      root,
      payloadSize: payload.length,
      firstPiece: first,
      payload: sent,
    });
  }
  return { patches, figures };
};
