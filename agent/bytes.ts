/** Little-endian numbers, comparison and crc over ranges of a Uint8Array: no views, no copies, no garbage. */

const HIGH = 0x100000000;

export function readU16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (readU16(bytes, at) | (readU16(bytes, at + 2) << 16)) >>> 0;
}

export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  writeU16(bytes, at, value);
  writeU16(bytes, at + 2, value >>> 16);
}

/** Eight bytes; -1 when the number in them is above 2^53-1, which a Number does not hold exactly. */
export function readU53(bytes: Uint8Array, at: number): number {
  const high = readU32(bytes, at + 4);
  return high > 0x1fffff ? -1 : high * HIGH + readU32(bytes, at);
}

export function writeU53(bytes: Uint8Array, at: number, value: number): void {
  writeU32(bytes, at, value >>> 0);
  writeU32(bytes, at + 4, (value / HIGH) >>> 0);
}

export function bytesEqual(
  a: Uint8Array,
  aFrom: number,
  b: ArrayLike<number>,
  bFrom: number,
  length: number,
): boolean {
  for (let i = 0; i < length; i += 1) {
    // Past the end both sides read undefined, and must not pass as equal.
    if (!(a[aFrom + i]! - b[bFrom + i]! === 0)) return false;
  }
  return true;
}

export function bytesCopy(
  from: Uint8Array,
  fromAt: number,
  to: Uint8Array,
  toAt: number,
  length: number,
): void {
  for (let i = 0; i < length; i += 1) to[toAt + i] = from[fromAt + i]!;
}

/** Half a byte at a time: 16 words instead of 256. */
const CRC_TABLE: readonly number[] = [
  0, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320,
  0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
];

/** CRC-32 as in IEEE 802.3, of the bytes from..to-1. */
export function crc32(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1;
  for (let i = from; i < to; i += 1) {
    crc ^= bytes[i]!;
    crc = (crc >>> 4) ^ CRC_TABLE[crc & 15]!;
    crc = (crc >>> 4) ^ CRC_TABLE[crc & 15]!;
  }
  return ~crc >>> 0;
}
