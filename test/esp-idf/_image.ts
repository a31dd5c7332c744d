/** ESP-IDF application images, made byte by byte. */
import { createHash } from 'node:crypto';

export interface ImageParts {
  readonly chip?: number;
  /** Address and data of each segment; the first begins with an app description of its own. */
  readonly segments?: readonly { readonly address: number; readonly length: number }[];
  readonly digest?: boolean;
  readonly version?: string;
  readonly project?: string;
  readonly securityVersion?: number;
  readonly pageBits?: number;
  /** Fills the data. */
  readonly seed?: number;
  /** Whether the first segment begins with an app description. Default true. */
  readonly described?: boolean;
}

/** Mapped data first, as esptool lays it out for an ESP32: it starts 32 bytes into its page, as in flash. */
const SEGMENTS = [
  { address: 0x3f400020, length: 512 },
  { address: 0x3ffb0000, length: 64 },
  { address: 0x40080000, length: 1200 },
];

export const imageOf = (parts: ImageParts = {}): Buffer => {
  const { chip = 0, segments = SEGMENTS, digest = true, seed = 1 } = parts;
  const header = Buffer.alloc(24);
  header.set([0xe9, segments.length, 2, 0x20]);
  header.writeUInt32LE(0x40080000, 4);
  header[8] = 0xee;
  header.writeUInt16LE(chip, 12);
  header.writeUInt16LE(0xffff, 17);
  header[23] = digest ? 1 : 0;
  const pieces: Buffer[] = [header];
  let checksum = 0xef;
  segments.forEach(({ address, length }, index) => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(address, 0);
    head.writeUInt32LE(length, 4);
    const data = Buffer.alloc(length);
    for (let at = 0; at < length; at++) data[at] = (at * 31 + seed * 7 + index * 13) & 0xff;
    if (index === 0 && parts.described !== false && length >= 256) describe(data, parts);
    for (const byte of data) checksum ^= byte;
    pieces.push(head, data);
  });
  const body = Buffer.concat(pieces);
  const pad = Buffer.alloc(16 - (body.length % 16));
  pad[pad.length - 1] = checksum;
  const checked = Buffer.concat([body, pad]);
  return digest ? Buffer.concat([checked, createHash('sha256').update(checked).digest()]) : checked;
};

const describe = (data: Buffer, parts: ImageParts): void => {
  data.fill(0, 0, 256);
  data.writeUInt32LE(0xabcd5432, 0);
  data.writeUInt32LE(parts.securityVersion ?? 0, 4);
  data.write(parts.version ?? '1.2.3', 16, 'latin1');
  data.write(parts.project ?? 'lamp', 48, 'latin1');
  data.write('12:00:00', 80, 'latin1');
  data.write('Jan  1 2024', 96, 'latin1');
  data.write('v5.5', 112, 'latin1');
  for (let at = 144; at < 176; at++) data[at] = at;
  data.writeUInt16LE(0xffff, 178);
  data[180] = parts.pageBits ?? 0;
};
