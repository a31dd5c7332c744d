/** Proves the payload of a patch: by its digests, and with the base at hand by what it makes. */
import { headNew, headTake } from '../agent/payload/patch/head.ts';
import type { Head } from '../agent/payload/patch/head.ts';
import { PIECE_DIGEST, PLACES_OFFSET } from '../agent/payload/patch/layout.ts';
import { hexOf, sameBytes, sha256 } from './bytes.ts';
import { patchDecode, PatchError } from './patch/decode.ts';
import { isNoBase } from './patch/no-base.ts';
import { pieceAt } from './patch/pieces.ts';
import type { PatchView, VariantView } from './read-envelope.ts';

/** Whether each piece from `at` to `end` has the digest that the one before it says. */
const piecesHold = (payload: Uint8Array, at: number, end: number, first: Uint8Array): boolean => {
  let expected = first;
  for (let from = at; from < end;) {
    const { bytes, to } = pieceAt(payload, from, end);
    if (!sameBytes(sha256(bytes).subarray(0, PIECE_DIGEST), expected)) return false;
    expected = bytes.subarray(0, PIECE_DIGEST);
    from = to;
  }
  return true;
};

/** The first unit, from 0 on, with a piece that is not the one its head or the piece before it says. */
export const firstDamaged = (head: Head, payload: Uint8Array): number | undefined => {
  if (head.inline) return undefined;
  for (let unit = 0; unit < head.units; unit++) {
    const at = PLACES_OFFSET + unit;
    const digest = head.digests.subarray(unit * PIECE_DIGEST, (unit + 1) * PIECE_DIGEST);
    if (!piecesHold(payload, head.places[at]!, head.places[at + 1]!, digest)) return unit;
  }
  return undefined;
};

/** Why `payload` is not the one of `patch`; undefined when all its pieces hold. */
export const patchTrouble = (
  payload: Uint8Array,
  patch: PatchView,
  imageSize: number,
): string | undefined => {
  if (patch.payloadSize !== payload.length)
    return `${payload.length} bytes instead of ${patch.payloadSize ?? 0}`;
  const first = payload.subarray(0, patch.firstPiece ?? 0);
  if (!patch.root || !sameBytes(sha256(first), patch.root)) return 'its first piece is not the one signed';
  const head = headNew();
  if (headTake(head, first, first.length, imageSize, payload.length) < 0) return 'its head is malformed';
  const damaged = firstDamaged(head, payload);
  return damaged === undefined ? undefined : `a piece of unit ${damaged + 1} is damaged`;
};

/** Why `patch` does not make the image of `base`; undefined when it does. */
export const patchMakes = (
  payload: Uint8Array,
  patch: PatchView,
  image: VariantView,
  base: Uint8Array,
): string | undefined => {
  if (!isNoBase(patch.base) && !sameBytes(sha256(base), patch.base))
    return `the base is not ${hexOf(patch.base).slice(0, 16)}`;
  try {
    const made = patchDecode(base, payload, patch.firstPiece ?? 0, image.size ?? 0);
    return image.digest && sameBytes(sha256(made), image.digest) ? undefined : 'it makes another image';
  } catch (error) {
    if (error instanceof PatchError) return `it does not decode: code ${error.code}`;
    throw error;
  }
};
