/** CRC-16 as in XMODEM: polynomial 0x1021, starts at 0, highest bit first. Half a byte at a time, as agent/bytes.ts. */
const TABLE: readonly number[] = [
  0, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7, 0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad,
  0xe1ce, 0xf1ef,
];

/** Of the bytes from..to-1. */
export function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i += 1) {
    const byte = bytes[i]!;
    crc = ((crc << 4) & 0xffff) ^ TABLE[(crc >>> 12) ^ (byte >>> 4)]!;
    crc = ((crc << 4) & 0xffff) ^ TABLE[(crc >>> 12) ^ (byte & 15)]!;
  }
  return crc;
}
