/**
 * Digests the whole image from flash and compares it with the signed digest: the last proof before a slot can boot.
 * A plain image gets its index on the way.
 */
import { bytesEqual } from '../bytes.ts';
import { Ok } from '../codes.ts';
import * as Err from '../err.ts';
import { BLOCK, DIGEST_LENGTH, blockLength } from '../format/index.ts';
import { plainEntry, plainRead } from './plain.ts';
import type { Transfer } from './transfer.ts';

/** 1: more; Ok: it is the image; ImageDigest: it is not. */
export function imageDigestStep(transfer: Transfer): number {
  if (transfer.verified === 0) transfer.imageHash.begin();
  // A plain image's entries are programmed on the way: one block a step is slow enough.
  const indexed = transfer.framed || transfer.perhaps;
  let left = indexed ? transfer.digestStep : BLOCK;
  while (left > 0 && transfer.verified < transfer.imageSize) {
    const block = transfer.verified / BLOCK;
    const length = blockLength(transfer.imageSize, block);
    let code = plainRead(transfer, block);
    if (code < 0) return code;
    transfer.imageHash.update(transfer.high, 0, length);
    code = indexed ? Ok : plainEntry(transfer, block, length);
    if (code < 0) return code;
    transfer.verified += length;
    left -= length;
  }
  if (transfer.verified < transfer.imageSize) return 1;
  transfer.imageHash.finish(transfer.digest);
  return bytesEqual(transfer.digest, 0, transfer.imageDigest, 0, DIGEST_LENGTH) ? Ok : Err.ImageDigest;
}
