/** The framed payload, docs/SPEC.md section 2: writer and reader. */
import { constants, deflateRawSync } from 'node:zlib';
import { concat, hexOf, sameBytes, sha256, viewOf } from './bytes.ts';
import { deviceInflate } from './device.ts';
import { Exit, PublishError } from './errors.ts';

export const BlockLength = 4096;
const HeaderLength = 32;
const HeaderFieldsLength = 16;
const PageDigestLength = 32;
const EntryLength = 18;
const EntryDigestLength = 16;
export const EntriesPerPage = 227;
const FrameLengthMask = 0x1fff;
const EncodingShift = 13;
const MadeOnDevice = 1;
export const Encoding = { Stored: 0, Deflate: 1 } as const;

/** How far a job is: `done` of `total` bytes. */
export type Progress = (done: number, total: number) => void;

export interface Framed {
  /** Header, page digests and pages: what stands before the frames, and in the slot's tail. */
  readonly index: Uint8Array;
  readonly frames: readonly Uint8Array[];
  /** What the manifest binds. */
  readonly root: Uint8Array;
  /** Index and frames: what goes over the air. */
  readonly payload: Uint8Array;
}

export interface IndexEntry {
  /** The first 16 bytes of SHA-256 over the block. */
  readonly digest: Uint8Array;
  readonly encoding: number;
  readonly frameLength: number;
}

export interface BlockIndex {
  readonly imageSize: number;
  readonly blocks: number;
  readonly pages: number;
  readonly madeOnDevice: boolean;
  readonly root: Uint8Array;
  readonly entries: readonly IndexEntry[];
  /** Bytes of the index itself. */
  readonly length: number;
}

/** How far a frame may reach back, in bytes: what every device has room for, and the least and most there is. */
export const DefaultWindow: number = BlockLength;
export const WindowBitsMin = 10;
export const WindowBitsMax = 15;

const attempts = [
  { memLevel: 9, strategy: constants.Z_DEFAULT_STRATEGY },
  { memLevel: 8, strategy: constants.Z_DEFAULT_STRATEGY },
  { memLevel: 9, strategy: constants.Z_FILTERED },
  { memLevel: 9, strategy: constants.Z_FIXED },
];

const deflateBlock = (block: Uint8Array, dictionary: Uint8Array, window: number): Uint8Array => {
  let best: Uint8Array | undefined;
  for (const attempt of attempts) {
    const options = {
      level: 9,
      windowBits: Math.log2(window),
      ...attempt,
      ...(dictionary.length > 0 ? { dictionary } : {}),
    };
    const frame = deflateRawSync(block, options);
    if (!best || frame.length < best.length) best = frame;
  }
  return new Uint8Array(best as Uint8Array);
};

/**
 * Decodes frame after frame, as a device does that keeps `window` bytes; undefined for one that is not exactly a block
 * of `length` bytes. `at` is where the block starts in the image, of which all before it must stand.
 */
export const frameDecoder = (
  image: Uint8Array,
  window: number,
): ((encoding: number, frame: Uint8Array, at: number, length: number) => Uint8Array | undefined) => {
  const inflate = deviceInflate();
  const ring = new Uint8Array(Math.max(window, BlockLength));
  return (encoding, frame, at, length) => {
    if (encoding === Encoding.Stored) return frame.length === length ? frame : undefined;
    if (encoding !== Encoding.Deflate) return undefined;
    const place = at % ring.length;
    const have = Math.min(at, ring.length);
    ring.set(image.subarray(at - Math.min(have, place), at), place - Math.min(have, place));
    if (have > place) ring.set(image.subarray(at - have, at - place), ring.length - (have - place));
    inflate.begin(ring, place, length, have);
    const took = inflate.push(frame, 0, frame.length);
    if (took !== frame.length || inflate.finish() !== length) return undefined;
    return ring.slice(place, place + length);
  };
};

/** Bytes of the index of an image. */
export const indexLength = (imageSize: number): number => {
  const blocks = Math.ceil(imageSize / BlockLength);
  return HeaderLength + PageDigestLength * Math.ceil(blocks / EntriesPerPage) + EntryLength * blocks;
};

export const blocksOf = (image: Uint8Array): Uint8Array[] => {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < image.length; at += BlockLength) blocks.push(image.subarray(at, at + BlockLength));
  return blocks;
};

const pagesOf = (entries: Uint8Array): Uint8Array[] => {
  const length = EntriesPerPage * EntryLength;
  const pages: Uint8Array[] = [];
  for (let at = 0; at < entries.length; at += length) pages.push(entries.subarray(at, at + length));
  return pages;
};

const indexWrite = (
  image: Uint8Array,
  frameWords: readonly number[],
  flags: number,
): { index: Uint8Array; root: Uint8Array } => {
  const blocks = blocksOf(image);
  const entries = new Uint8Array(blocks.length * EntryLength);
  const view = viewOf(entries);
  blocks.forEach((block, number) => {
    entries.set(sha256(block).subarray(0, EntryDigestLength), number * EntryLength);
    view.setUint16(number * EntryLength + EntryDigestLength, frameWords[number] ?? 0, true);
  });
  const pages = pagesOf(entries);
  const header = new Uint8Array(HeaderLength);
  header.set(Buffer.from('FXI1', 'latin1'));
  const headerView = viewOf(header);
  headerView.setUint32(4, image.length, true);
  headerView.setUint32(8, blocks.length, true);
  headerView.setUint16(12, pages.length, true);
  headerView.setUint16(14, flags, true);
  const top = concat([header, ...pages.map((page) => sha256(page))]);
  return { index: concat([top, entries]), root: sha256(top) };
};

const checkImage = (image: Uint8Array): void => {
  if (image.length > 0 && image.length <= 0xffffffff) return;
  const remedy = 'Give the file that is to be installed';
  throw new PublishError(`an image of ${image.length} bytes`, { field: 'image', remedy, exit: Exit.Usage });
};

const checkWindow = (window: number): void => {
  const bits = Math.log2(window);
  if (Number.isInteger(bits) && bits >= WindowBitsMin && bits <= WindowBitsMax) return;
  const remedy =
    'Give the window of the device: 1024, 2048, 4096 (what any device has), 8192, 16384 or 32768';
  throw new PublishError(`${window} bytes is none`, { field: 'window', remedy, exit: Exit.Usage });
};

/** Frames a whole image for devices that keep `window` bytes. Each frame is decoded again, as by them, before it counts. */
export const frame = (image: Uint8Array, progress?: Progress, window: number = DefaultWindow): Framed => {
  checkImage(image);
  checkWindow(window);
  const frames: Uint8Array[] = [];
  const words: number[] = [];
  const decode = frameDecoder(image, window);
  let done = 0;
  for (const block of blocksOf(image)) {
    const deflated = deflateBlock(block, image.subarray(Math.max(0, done - window), done), window);
    const shorter = deflated.length < block.length;
    const encoding = shorter ? Encoding.Deflate : Encoding.Stored;
    const encoded = shorter ? deflated : block;
    const again = decode(encoding, encoded, done, block.length);
    if (!again || !sameBytes(again, block)) {
      throw new PublishError(`block ${frames.length} does not decode to itself`, {
        field: 'image',
        remedy: 'This is a defect of this build of zlib; try another version of Node',
      });
    }
    frames.push(encoded);
    words.push((encoding << EncodingShift) | encoded.length);
    done += block.length;
    progress?.(done, image.length);
  }
  const { index, root } = indexWrite(image, words, 0);
  return { index, frames, root, payload: concat([index, ...frames]) };
};

/** The index as a device makes it for an image that came without one. */
export const deviceIndex = (image: Uint8Array): Uint8Array => {
  checkImage(image);
  return indexWrite(image, [], MadeOnDevice).index;
};

const malformed = (what: string, file: string | undefined): PublishError =>
  new PublishError(what, { file, field: 'block index', remedy: 'Pack the image again' });

/** Reads and proves an index: structure, page digests. */
export const indexRead = (bytes: Uint8Array, file?: string): BlockIndex => {
  if (bytes.length < HeaderLength || Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'FXI1') {
    throw malformed('does not start with FXI1', file);
  }
  if (
    bytes.length < HeaderLength ||
    bytes.subarray(HeaderFieldsLength, HeaderLength).some((byte) => byte !== 0)
  ) {
    throw malformed('the end of its header is not zero', file);
  }
  const view = viewOf(bytes);
  const imageSize = view.getUint32(4, true);
  const blocks = view.getUint32(8, true);
  const pages = view.getUint16(12, true);
  const flags = view.getUint16(14, true);
  if ((flags & ~MadeOnDevice) !== 0) throw malformed(`flags ${flags} are not known`, file);
  if (
    imageSize === 0 ||
    blocks !== Math.ceil(imageSize / BlockLength) ||
    pages !== Math.ceil(blocks / EntriesPerPage)
  ) {
    throw malformed('sizes contradict each other', file);
  }
  const entriesAt = HeaderLength + pages * PageDigestLength;
  const length = indexLength(imageSize);
  if (bytes.length < length) throw malformed(`${bytes.length} bytes instead of ${length}`, file);
  pagesOf(bytes.subarray(entriesAt, length)).forEach((page, number) => {
    const at = HeaderLength + number * PageDigestLength;
    if (!sameBytes(sha256(page), bytes.subarray(at, at + PageDigestLength))) {
      throw malformed(`page ${number} is not the one bound by its digest`, file);
    }
  });
  const entries: IndexEntry[] = [];
  for (let at = entriesAt; at < length; at += EntryLength) {
    const word = view.getUint16(at + EntryDigestLength, true);
    entries.push({
      digest: bytes.slice(at, at + EntryDigestLength),
      encoding: word >> EncodingShift,
      frameLength: word & FrameLengthMask,
    });
  }
  const root = sha256(bytes.subarray(0, entriesAt));
  return { imageSize, blocks, pages, madeOnDevice: (flags & MadeOnDevice) !== 0, root, entries, length };
};

/** Decodes a framed payload to its image, proving each block, as a device does that keeps `window` bytes. */
export const unframe = (
  payload: Uint8Array,
  file?: string,
  progress?: Progress,
  window: number = 1 << WindowBitsMax,
): Uint8Array => {
  checkWindow(window);
  const index = indexRead(payload, file);
  const image = new Uint8Array(index.imageSize);
  let at = index.length;
  const decode = frameDecoder(image, window);
  index.entries.forEach((entry, number) => {
    const from = number * BlockLength;
    const length = Math.min(BlockLength, index.imageSize - from);
    const block = decode(entry.encoding, payload.subarray(at, at + entry.frameLength), from, length);
    if (!block || !sameBytes(sha256(block).subarray(0, EntryDigestLength), entry.digest)) {
      const field = `frame of block ${number}, at byte ${at}`;
      throw new PublishError(`does not give the block ${hexOf(entry.digest)}`, {
        file,
        field,
        remedy: 'Pack it again',
      });
    }
    image.set(block, from);
    at += entry.frameLength;
    progress?.(from + length, index.imageSize);
  });
  if (at !== payload.length) {
    const field = `byte ${at}`;
    throw new PublishError(`${payload.length - at} bytes after the last frame`, {
      file,
      field,
      remedy: 'Pack it again',
    });
  }
  return image;
};
