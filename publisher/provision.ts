/** The slot writer, docs/SPEC.md section 3: what a programmer writes to a board that has no agent running yet. */
import { crc32 } from 'node:zlib';
import { hexOf, roundUp, sameBytes, sha256, viewOf } from './bytes.ts';
import { deviceIndex, frame, indexRead } from './blocks.ts';
import { Exit, PublishError } from './errors.ts';
import { envelopeRead } from './read-envelope.ts';
import type { VariantView } from './read-envelope.ts';

export const FooterLength = 32;
export const FooterMagic = 'FXT1';
/** Bytes. More is a mistake, and would not fit into memory here. */
const SlotMost = 1024 * 1024 * 1024;

export interface SlotOptions {
  readonly image: Uint8Array;
  readonly envelope: Uint8Array;
  /** Default: made of the image. */
  readonly index?: Uint8Array | undefined;
  /** Bytes in the slot. */
  readonly slotSize: number;
  /** Bytes in a program unit. Default 4. */
  readonly unit?: number | undefined;
  /** What erased flash reads as. Default 0xFF. */
  readonly eraseValue?: number | undefined;
}

export interface TailPlaces {
  readonly indexAt: number;
  readonly envelopeAt: number;
  readonly footerAt: number;
}

export const tailPlaces = (
  slotSize: number,
  unit: number,
  indexLength: number,
  envelopeLength: number,
): TailPlaces => {
  const footerAt = slotSize - roundUp(FooterLength, unit);
  const envelopeAt = footerAt - roundUp(envelopeLength, unit);
  return { indexAt: envelopeAt - roundUp(indexLength, unit), envelopeAt, footerAt };
};

export const footerWrite = (envelopeLength: number, indexLength: number, imageSize: number): Uint8Array => {
  const footer = new Uint8Array(FooterLength);
  footer.set(Buffer.from(FooterMagic, 'latin1'));
  const view = viewOf(footer);
  view.setUint32(4, envelopeLength, true);
  view.setUint32(8, indexLength, true);
  view.setUint32(12, imageSize, true);
  view.setUint32(28, crc32(footer.subarray(0, 28)), true);
  return footer;
};

const checkVariant = (image: Uint8Array, variants: readonly VariantView[]): VariantView => {
  const digest = sha256(image);
  const found = variants.find(
    (one) => one.digest && one.size === image.length && sameBytes(one.digest, digest),
  );
  if (found) return found;
  throw new PublishError(
    `the image is ${hexOf(digest)}, ${image.length} bytes: not the one that the envelope signs`,
    {
      field: 'image',
      remedy: 'Pack this image, and give the envelope that comes of it',
    },
  );
};

const chooseIndex = (options: SlotOptions, variant: VariantView): Uint8Array => {
  const index = options.index ?? (variant.root ? frame(options.image).index : deviceIndex(options.image));
  const read = indexRead(index);
  if (variant.root && !sameBytes(read.root, variant.root)) {
    const remedy = 'Give the payload that was packed with this envelope';
    throw new PublishError('not the one that the envelope signs', { field: 'block index', remedy });
  }
  return index.subarray(0, read.length);
};

const checkNumber = (good: boolean, field: string, remedy: string): void => {
  if (!good) throw new PublishError('out of range', { field, remedy, exit: Exit.Usage });
};

/** A whole slot, to be programmed as it is. The boot journal is left blank: the factory rule then takes this slot. */
export const slotImage = (options: SlotOptions): Uint8Array => {
  const unit = options.unit ?? 4;
  const eraseValue = options.eraseValue ?? 0xff;
  checkNumber(
    [1, 2, 4, 8, 16, 32].includes(unit),
    'unit',
    'Give the program unit in bytes: a power of two up to 32',
  );
  checkNumber(eraseValue === 0 || eraseValue === 0xff, 'erase value', 'Give 0xff or 0');
  checkNumber(
    options.slotSize > 0 && options.slotSize <= SlotMost && options.slotSize % unit === 0,
    'slot size',
    `Give a multiple of ${unit}, at most ${SlotMost}`,
  );
  const variant = checkVariant(options.image, envelopeRead(options.envelope).manifest.variants);
  const index = chooseIndex(options, variant);
  const places = tailPlaces(options.slotSize, unit, index.length, options.envelope.length);
  if (!(roundUp(options.image.length, unit) <= places.indexAt)) {
    const room = Math.max(0, places.indexAt);
    const remedy = 'Give a larger slot, or a smaller image';
    throw new PublishError(`${options.image.length} bytes, and the slot has room for ${room}`, {
      field: 'image',
      remedy,
    });
  }
  const slot = new Uint8Array(options.slotSize).fill(eraseValue);
  slot.set(options.image);
  slot.set(index, places.indexAt);
  slot.set(options.envelope, places.envelopeAt);
  slot.set(footerWrite(options.envelope.length, index.length, options.image.length), places.footerAt);
  return slot;
};
