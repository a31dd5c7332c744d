/** Bytes in memory as a flash partition, for the device's code to read. */
import type { FlashPartition } from '../hal/ports.ts';

export const partitionOf = (bytes: Uint8Array): FlashPartition => ({
  status: () => ({
    size: Math.max(1, bytes.length),
    blocks: 1,
    blockLength: Math.max(1, bytes.length),
    writeAlign: 1,
    eraseValue: 0xff,
  }),
  read: (into, offset) => into.set(bytes.subarray(offset, offset + into.length)),
  write: (from, offset) => bytes.set(from, offset),
  eraseBlock: () => {
    throw new Error('memory is not erased');
  },
});
