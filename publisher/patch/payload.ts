/** Lays coded units out as a payload: docs/SPEC.md section 9. */
import { BLOCK } from '../../agent/format/index.ts';
import {
  BASE_SHIFT,
  FLAG_ALIGNED,
  FLAG_INLINE,
  FLAG_MAPPED,
  FLAG_PLAIN,
  FLAG_RESIDUAL,
  FLAG_RISCV,
  FLAG_THUMB,
  PATCH_VERSION,
  PIECE_DIGEST,
  PIECE_MAX,
  UNIT_DIGEST,
} from '../../agent/payload/patch/layout.ts';
import { concat, sha256 } from '../bytes.ts';
import type { Manner } from './tokens.ts';
import type { Unit } from './units.ts';

/** Code whose references are predicted. */
export interface Code {
  /** FLAG_THUMB or FLAG_RISCV. */
  readonly references: number;
  /** Where it is linked to run; 0: not known. */
  readonly base: number;
}

export interface CodedMap {
  readonly copies: number;
  readonly data: Uint8Array;
  /** Undefined: references are not predicted. */
  readonly code: Code | undefined;
}

export interface PatchPayload {
  readonly payload: Uint8Array;
  /** Length of the first piece, and what the manifest binds: its digest. */
  readonly first: number;
  readonly root: Uint8Array;
}

const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
};

/** Pieces of a unit, each with the digest of the one behind it. The last bytes of the unit are the last piece. */
const piecesOf = (data: Uint8Array): Uint8Array[] => {
  const room = PIECE_MAX - PIECE_DIGEST;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (; data.length - at > PIECE_MAX; at += room) parts.push(data.subarray(at, at + room));
  let next = data.subarray(at);
  const pieces = [next];
  for (const part of parts.reverse()) {
    next = concat([sha256(next).subarray(0, PIECE_DIGEST), part]);
    pieces.unshift(next);
  }
  return pieces;
};

const flagsOf = (manner: Manner, map: CodedMap | undefined): number =>
  (map ? FLAG_MAPPED : 0) |
  ((map?.code?.references ?? 0) & FLAG_THUMB) |
  (manner.residual ? FLAG_RESIDUAL : 0) |
  (manner.aligned ? FLAG_ALIGNED : 0);

export const patchPayload = (
  fresh: Uint8Array,
  manner: Manner,
  map: CodedMap | undefined,
  units: readonly Unit[],
): PatchPayload => {
  const flags = PATCH_VERSION * 16 + flagsOf(manner, map);
  const literals =
    manner.literalBits | (manner.plain ? FLAG_PLAIN : 0) | ((map?.code?.references ?? 0) & FLAG_RISCV);
  const maps = map
    ? [
        ...(map.code === undefined ? [] : [varint(map.code.base / (1 << BASE_SHIFT))]),
        varint(map.copies),
        varint(map.data.length),
      ]
    : [];
  const mapData = map?.data ?? new Uint8Array(0);
  const short = concat([Uint8Array.of(flags, literals | FLAG_INLINE), ...maps, mapData]);
  if (units.length === 1 && short.length + units[0]!.data.length <= PIECE_MAX) {
    const payload = concat([short, units[0]!.data]);
    return { payload, first: payload.length, root: sha256(payload) };
  }
  const pieces = units.map(({ data }) => piecesOf(data));
  const table = units.flatMap(({ from, to }, number) => {
    const piece = sha256(pieces[number]![0]!).subarray(0, PIECE_DIGEST);
    if (number + 1 === units.length) return [piece];
    const length = pieces[number]!.reduce((sum, one) => sum + one.length, 0);
    const made = sha256(fresh.subarray(from, to)).subarray(0, UNIT_DIGEST);
    return [piece, varint((to - from) / BLOCK), varint(length), made];
  });
  const head = concat([Uint8Array.of(flags, literals), ...maps, varint(units.length), ...table, mapData]);
  return { payload: concat([head, ...pieces.flat()]), first: head.length, root: sha256(head) };
};
