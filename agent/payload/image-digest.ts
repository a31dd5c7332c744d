/**
 * Digests the whole image from flash and compares it with the signed digest: the last proof before a slot can boot.
 * A plain image gets its index on the way.
 */
import { bytesEqual } from '../bytes.ts';
import { Ok } from '../codes.ts';
import * as Err from '../err.ts';
import { BLOCK, DIGEST_LENGTH, blockLength } from '../format/index.ts';
import { FORMAT_FRAMED } from '../format/labels.ts';
import { plainEntry, plainRead } from './plain.ts';
import { highAt } from './transfer.ts';
import type { Transfer } from './transfer.ts';

/** `step`: bytes digested in a call, at least. 1: more; Ok: it is the image; ImageDigest: it is not. */
export function imageDigestStep(transfer: Transfer, step: number): number {
  if (transfer.verified === 0) transfer.imageHash.begin();
  // A plain image's entries are programmed on the way: one block a step is slow enough.
  const indexed = transfer.format === FORMAT_FRAMED || transfer.perhaps;
  const high = highAt(transfer);
  let left = indexed ? step : BLOCK;
  while (left > 0 && transfer.verified < transfer.tail.imageSize) {
    const block = transfer.verified / BLOCK;
    const length = blockLength(transfer.tail.imageSize, block);
    let code = plainRead(transfer, block);
    if (code < 0) return code;
    transfer.imageHash.update(transfer.buffer, high, high + length);
    code = indexed ? Ok : plainEntry(transfer, block, length);
    if (code < 0) return code;
    transfer.verified += length;
    left -= length;
  }
  if (transfer.verified < transfer.tail.imageSize) return 1;
  const digest = transfer.digest;
  transfer.imageHash.finish(digest);
  const right = transfer.prover.manifest.imageDigest;
  return bytesEqual(digest, 0, right, 0, DIGEST_LENGTH) ? Ok : Err.ImageDigest;
}
