/** The device's decoder over images in memory: what it makes of a patch. Pieces are not proven here. */
import { Ok } from '../../agent/codes.ts';
import { flashOpen } from '../../agent/flash.ts';
import { BLOCK } from '../../agent/format/index.ts';
import { PLACES_OFFSET } from '../../agent/payload/patch/layout.ts';
import {
  patchMake,
  patchNew,
  patchOpen,
  patchPiece,
  patchRoom,
  patchUnit,
} from '../../agent/payload/patch/patch.ts';
import type { Patch } from '../../agent/payload/patch/patch.ts';
import { partitionOf } from '../partition.ts';
import { pieceAt } from './pieces.ts';

export class PatchError extends Error {
  override readonly name = 'PatchError';
  readonly code: number;
  constructor(code: number) {
    super(`patch: code ${code}`);
    this.code = code;
  }
}

const check = (code: number): number => {
  if (code < 0) throw new PatchError(code);
  return code;
};

/** Gives a decoder the piece of a unit that stands at `at`. Returns where the next one stands. */
export const pieceFeed = (patch: Patch, payload: Uint8Array, at: number, end: number): number => {
  const { data, last, to } = pieceAt(payload, at, end);
  patch.range.bytes.set(data, patchRoom(patch));
  patchPiece(patch, data.length, last);
  return to;
};

/** Throws PatchError with the device's code. `block` is what the image is made in. */
export const patchDecode = (
  old: Uint8Array,
  payload: Uint8Array,
  first: number,
  freshSize: number,
  block: Uint8Array = new Uint8Array(BLOCK),
): Uint8Array => {
  const fresh = new Uint8Array(freshSize);
  const open = (bytes: Uint8Array) => flashOpen({ partition: partitionOf(bytes) }, undefined);
  const patch = patchNew(open(old), open(fresh));
  check(patchOpen(patch, payload.subarray(0, first), first, old.length, freshSize, payload.length));
  for (let unit = 0; unit < patch.head.units; unit++) {
    patchUnit(patch, unit);
    let at = patch.head.places[PLACES_OFFSET + unit]!;
    const end = patch.head.places[PLACES_OFFSET + unit + 1]!;
    while (patch.at < patch.end) {
      const start = Math.floor(patch.at / BLOCK) * BLOCK;
      const to = Math.min(start + BLOCK, patch.end);
      while (check(patchMake(patch, block, start, to)) !== Ok) at = pieceFeed(patch, payload, at, end);
      fresh.set(block.subarray(0, to - start), start);
    }
  }
  return fresh;
};
