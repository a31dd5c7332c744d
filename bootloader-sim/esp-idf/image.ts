/**
 * Whether the bootloader would load an application image: esp_image_format.c of the commit that bootloader.ts names,
 * without secure boot. Not modelled: chip and eFuse revisions, whether there is RAM where a segment is to be loaded that
 * is not the bootloader's own, and the debugger that turns the checks off.
 */
import { createHash } from 'node:crypto';

const HEADER = 24;
const SEGMENT_HEADER = 8;
const DESCRIPTION = 256;
const ADDRESS_MAX = 0x1000000;

export interface ChipRules {
  readonly id: number;
  /** Address ranges that are mapped instead of loaded: [from, up to). */
  readonly mapped: readonly (readonly [number, number])[];
  /** SOC_MMU_PAGE_SIZE_CONFIGURABLE. */
  readonly pages: boolean;
}

const PAGE = 0x10000;

interface Segment {
  readonly address: number;
  readonly at: number;
  readonly length: number;
}

const pageOf = (image: Buffer, { at }: Segment, { pages }: ChipRules): number | undefined => {
  if (!pages) return PAGE;
  if (image.readUInt32LE(at) !== 0xabcd5432) return undefined;
  const bits = image[at + 180]!;
  // Up to 256 KiB, whether the chip has such pages or not.
  return bits >= 13 && bits <= 18 ? 2 ** bits : PAGE;
};

/** Undefined where a header is not one that upstream goes on from. */
const segmentsOf = (image: Buffer, chip: ChipRules, flashAt: number): Segment[] | undefined => {
  const segments: Segment[] = [];
  let page: number | undefined = PAGE;
  for (let index = 0, at = HEADER; index < image[1]!; index++) {
    if (at + SEGMENT_HEADER > image.length) return undefined;
    const address = image.readUInt32LE(at);
    const length = image.readUInt32LE(at + 4);
    const segment = { address, at: at + SEGMENT_HEADER, length };
    if (length % 4 !== 0 || length >= ADDRESS_MAX) return undefined;
    if (index === 0 && length < DESCRIPTION) return undefined;
    // Upstream reads on behind the partition and finds its end wrong afterwards.
    if (segment.at + length > image.length) return undefined;
    if (index === 0) page = pageOf(image, segment, chip);
    if (page === undefined) return undefined;
    const mapped = chip.mapped.some(([from, to]) => address >= from && address < to);
    if (mapped && (flashAt + segment.at) % page !== address % page) return undefined;
    segments.push(segment);
    at = segment.at + length;
  }
  return segments;
};

/** `bytes` is the whole partition, which starts at `flashAt` of the flash. */
export const loads = (bytes: Uint8Array, chip: ChipRules, flashAt: number): boolean => {
  const image = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (image.length > ADDRESS_MAX || image.length < HEADER) return false;
  if (image[0] !== 0xe9 || image.readUInt16LE(12) !== chip.id || image[1]! > 16) return false;
  const segments = segmentsOf(image, chip, flashAt);
  if (segments === undefined) return false;
  const last = segments.at(-1);
  const dataEnd = last === undefined ? HEADER : last.at + last.length;
  const checkedEnd = (dataEnd + 1 + 15) & ~15;
  if (checkedEnd > image.length) return false;
  let checksum = 0xef;
  for (const { at, length } of segments) for (const byte of image.subarray(at, at + length)) checksum ^= byte;
  if (image[checkedEnd - 1] !== checksum) return false;
  if (image[23] === 0) return true;
  if (checkedEnd + 32 > image.length) return false;
  const digest = createHash('sha256').update(image.subarray(0, checkedEnd)).digest();
  return digest.equals(image.subarray(checkedEnd, checkedEnd + 32));
};
