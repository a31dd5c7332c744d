/** What an agent's code says of the bytes that a source gave. */
import * as Err from '../../agent/err.ts';

/** Codes for bytes of a payload that are not the ones that were signed. */
const NOT_THE_ONES: readonly number[] = [
  Err.IndexMalformed,
  Err.IndexDigest,
  Err.FrameMalformed,
  Err.FrameLength,
  Err.BlockDigest,
  Err.ImageDigest,
  Err.PayloadTooLong,
  Err.PayloadTooShort,
  Err.PatchMalformed,
  Err.PieceDigest,
  Err.PieceTag,
];

/** Whether it is for a payload other than the one that was signed. */
export function payloadIsAnother(code: number): boolean {
  return NOT_THE_ONES.indexOf(code) >= 0;
}
