/** Where the pieces of a unit are in a payload: docs/SPEC.md section 9.1. */
import { PIECE_DIGEST, PIECE_MAX } from '../../agent/payload/patch/layout.ts';

export interface Piece {
  readonly bytes: Uint8Array;
  /** Without the digest of the next piece, which all but the last have before it. */
  readonly data: Uint8Array;
  readonly last: boolean;
  /** Where the next one stands. */
  readonly to: number;
}

/** The piece at `at` of a unit that ends at `end`. */
export const pieceAt = (payload: Uint8Array, at: number, end: number): Piece => {
  const last = end - at <= PIECE_MAX;
  const to = last ? end : at + PIECE_MAX;
  return {
    bytes: payload.subarray(at, to),
    data: payload.subarray(last ? at : at + PIECE_DIGEST, to),
    last,
    to,
  };
};
