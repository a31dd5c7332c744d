/** A patch that stands alone: what its head says. Nothing in it names its base or its image: a manifest does. */
import { Ok } from '../agent/codes.ts';
import { headNew, headTake } from '../agent/payload/patch/head.ts';
import type { Head } from '../agent/payload/patch/head.ts';
import {
  FLAG_ALIGNED,
  FLAG_MAPPED,
  FLAG_RESIDUAL,
  FLAG_RISCV,
  FLAG_THUMB,
  PIECE_DIGEST,
  PIECE_MAX,
  PLACES_OFFSET,
} from '../agent/payload/patch/layout.ts';
import { lines, thousands } from './answer.ts';
import { hexOf, sameBytes, sha256 } from './bytes.ts';
import type { Description } from './describe.ts';
import { firstDamaged } from './patch-proof.ts';
import { pieceAt } from './patch/pieces.ts';

/** The size of the image is not in it. */
const SizeMost = 0xffffffff;

interface LonePatch {
  readonly head: Head;
  readonly first: number;
  /** The first unit with a damaged piece, from 0 on; undefined: all hold. */
  readonly damaged: number | undefined;
}

/** Undefined for what is no patch. One in a single piece has no digest inside: there only the head is looked at. */
const patchRead = (bytes: Uint8Array): LonePatch | undefined => {
  const head = headNew();
  const reads = (first: number): boolean => headTake(head, bytes, first, SizeMost, bytes.length) === Ok;
  const most = Math.min(bytes.length, PIECE_MAX);
  if (reads(most) && head.inline) return { head, first: bytes.length, damaged: undefined };
  // Where the head ends is known once it has been read.
  const first = head.end;
  if (!(first <= most && reads(first) && !head.inline)) return undefined;
  const { bytes: piece } = pieceAt(bytes, first, head.places[PLACES_OFFSET + 1]!);
  if (!sameBytes(sha256(piece).subarray(0, PIECE_DIGEST), head.digests.subarray(0, PIECE_DIGEST)))
    return undefined;
  return { head, first, damaged: firstDamaged(head, bytes) };
};

const FlagNames: readonly (readonly [number, string])[] = [
  [FLAG_MAPPED, 'copy map'],
  [FLAG_THUMB, 'Thumb references'],
  [FLAG_RISCV, 'RISC-V references'],
  [FLAG_RESIDUAL, 'residuals'],
  [FLAG_ALIGNED, 'by the place in a word'],
];

/** Undefined for what is no patch. */
export const describePatch = (bytes: Uint8Array): Description | undefined => {
  const patch = patchRead(bytes);
  if (!patch) return undefined;
  const { head, first, damaged } = patch;
  const root = hexOf(sha256(bytes.subarray(0, first)));
  const coding = FlagNames.filter(([flag]) => (head.flags & flag) !== 0).map(([, name]) => name);
  const literals = head.plain ? 'plain literals' : `literals by ${head.literalBits} bits of the byte before`;
  const proven = head.inline ? 'nothing in it: all of it is the first piece' : 'all pieces behind the first';
  const wrong = damaged === undefined ? undefined : `a piece of unit ${damaged + 1} is damaged`;
  return {
    rows: [
      {
        kind: 'patch',
        size: bytes.length,
        firstPiece: first,
        root,
        units: head.units,
        copies: head.copies,
        linkedAt: head.base,
        coding,
        plainLiterals: head.plain,
        inline: head.inline,
        damagedUnit: damaged === undefined ? null : damaged + 1,
      },
    ],
    text: lines([
      ['patch', `${thousands(bytes.length)} bytes, units ${head.units}`],
      ['first piece', `${thousands(first)} bytes, SHA-256 ${root}`],
      ['coding', [...coding, literals].join(', ')],
      ...(head.copies > 0 ? [['copies', String(head.copies)] as [string, string]] : []),
      wrong === undefined ? ['proven', proven] : ['warning', wrong],
      ['base and image', 'not said here: the manifest names them'],
    ]),
  };
};
