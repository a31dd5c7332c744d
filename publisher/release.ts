/** Reads a folder that `flipside pack` wrote, and proves that its parts belong together. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultWindow, indexRead, unframe } from './blocks.ts';
import { hexOf, sameBytes, sha256 } from './bytes.ts';
import { patchFacts, variantFacts } from './encryption/facts.ts';
import type { PayloadFacts } from './encryption/facts.ts';
import { encryptionOfEnvelope, namedByDigest, sealedCheck } from './encryption/reader.ts';
import { Exit, PublishError } from './errors.ts';
import { fileTrouble, readBytes } from './files.ts';
import { patchTrouble } from './patch-proof.ts';
import { envelopeEnd, envelopeRead } from './read-envelope.ts';
import type { EnvelopeView, VariantView } from './read-envelope.ts';

export interface Release {
  readonly envelope: Uint8Array;
  readonly view: EnvelopeView;
  /** One for each variant; none when the payload is inside the envelope. */
  readonly payloads: readonly Uint8Array[];
  /** One for each patch of the manifest. */
  readonly patches: readonly Uint8Array[];
}

/** Why `payload` is not the one of `variant`; undefined when it is. */
export const payloadTrouble = (
  payload: Uint8Array,
  variant: VariantView,
  file?: string,
): string | undefined => {
  let image = payload;
  if (variant.framed) {
    if (variant.payloadSize !== payload.length)
      return `${payload.length} bytes instead of ${variant.payloadSize}`;
    const index = indexRead(payload, file);
    if (!variant.root || !sameBytes(index.root, variant.root))
      return 'its block index is not the one that is signed';
    image = unframe(payload, file, undefined, variant.window ?? DefaultWindow);
  }
  if (image.length !== variant.size) return `the image has ${image.length} bytes instead of ${variant.size}`;
  return variant.digest && sameBytes(sha256(image), variant.digest)
    ? undefined
    : 'the image is not the one that is signed';
};

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  } catch (error) {
    throw fileTrouble(error, folder, 'DIR', 'Give the folder that flipside pack wrote');
  }
};

type Candidates = readonly (readonly [string, Uint8Array])[];

const findPayload = (
  candidates: Candidates,
  troubleOf: (bytes: Uint8Array, name: string) => string | undefined,
  folder: string,
): Uint8Array => {
  const whys: string[] = [];
  for (const [name, bytes] of candidates) {
    try {
      const why = troubleOf(bytes, name);
      if (why === undefined) return bytes;
      whys.push(`${name}: ${why}`);
    } catch (error) {
      whys.push(error instanceof Error ? error.message : name);
    }
  }
  throw new PublishError(
    whys.length > 0 ? `no file fits the envelope (${whys.join('; ')})` : 'there is none',
    {
      file: folder,
      field: 'payload',
      remedy: 'Pack the image again into an empty folder',
    },
  );
};

/** An encrypted payload, told by its length, and by its name where that is its digest. */
const findSealed = (
  candidates: Candidates,
  facts: PayloadFacts,
  piece: number,
  folder: string,
): Uint8Array => {
  const found = findPayload(
    candidates,
    (one, name) => {
      sealedCheck(one, facts, piece, name);
      return undefined;
    },
    folder,
  );
  const alike = candidates.filter(([, one]) => one.length === found.length);
  if (alike.length === 1 || namedByDigest(facts.uri)) return found;
  throw new PublishError(`${alike.length} encrypted files of the same length, and no telling which it is`, {
    file: folder,
    field: 'payload',
    remedy: 'Pack the image again into an empty folder; without --uri, payloads are named by their digest',
  });
};

/** The files that belong to an envelope. Of encrypted ones that is told by their length and name. */
const payloadsOf = (
  view: EnvelopeView,
  candidates: Candidates,
  beside: Candidates,
  folder: string,
  file: string,
): Pick<Release, 'payloads' | 'patches'> => {
  const { variants, patches } = view.manifest;
  const encryption = encryptionOfEnvelope(view, file);
  if (encryption) {
    const find = (from: Candidates, facts: PayloadFacts): Uint8Array =>
      findSealed(from, facts, encryption.piece, folder);
    return {
      payloads: variants.map((variant) => find(candidates, variantFacts(variant))),
      patches: patches.map((patch) => find(beside, patchFacts(patch))),
    };
  }
  return {
    payloads: variants.map((variant) =>
      findPayload(candidates, (one, name) => payloadTrouble(one, variant, name), folder),
    ),
    patches: patches.map((patch) =>
      findPayload(beside, (one) => patchTrouble(one, patch, variants[0]?.size ?? 0), folder),
    ),
  };
};

export const releaseRead = (folder: string): Release => {
  const names = list(folder);
  const wrappers = names.filter((name) => name.endsWith('.suit') || name.endsWith('.bundle'));
  if (wrappers.length !== 1) {
    const remedy =
      'Give a folder with exactly one envelope (.suit) or bundle (.bundle), as flipside pack writes it';
    throw new PublishError(`${wrappers.length} envelopes`, {
      file: folder,
      field: 'DIR',
      remedy,
      exit: Exit.Usage,
    });
  }
  const file = join(folder, wrappers[0] as string);
  const bytes = readBytes(file, 'envelope');
  const end = envelopeEnd(bytes);
  const envelope = Number.isNaN(end) ? bytes : bytes.subarray(0, end);
  const view = envelopeRead(envelope, file);
  if (!view.digestHolds || view.signatures.length === 0) {
    const what = view.digestHolds
      ? 'the envelope is not signed'
      : 'the manifest is not the one that was signed';
    throw new PublishError(what, {
      file,
      field: 'signature',
      remedy: 'Pack it again, or sign it with flipside sign',
    });
  }
  if (view.integrated.size > 0) return { envelope, view, payloads: [], patches: [] };
  const rest = bytes.subarray(envelope.length);
  const others = names.filter((name) => name !== wrappers[0] && !name.endsWith('.part'));
  const beside = others.map((name): [string, Uint8Array] => [
    join(folder, name),
    readBytes(join(folder, name), 'payload'),
  ]);
  const candidates: [string, Uint8Array][] = rest.length > 0 ? [[file, rest]] : beside;
  return { envelope, view, ...payloadsOf(view, candidates, beside, folder, file) };
};

export const digestName = (digest: Uint8Array): string => hexOf(digest).slice(0, 32);
