/** Reads the tail of a slot (docs/SPEC.md section 3) from a dump, without knowing the program unit. */
import { crc32 } from 'node:zlib';
import { blocksOf, indexRead } from './blocks.ts';
import type { BlockIndex } from './blocks.ts';
import { sameBytes, sha256, viewOf } from './bytes.ts';
import { FooterLength, FooterMagic, tailPlaces } from './provision.ts';
import type { TailPlaces } from './provision.ts';
import { envelopeEnd, envelopeRead } from './read-envelope.ts';
import type { EnvelopeView, VariantView } from './read-envelope.ts';

/** Program units in use, bytes. */
const units = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

export interface Footer {
  readonly envelopeLength: number;
  readonly indexLength: number;
  readonly imageSize: number;
}

/** What stands at `at`; undefined when it is no footer, or a damaged one. */
export const footerRead = (bytes: Uint8Array, at: number): Footer | undefined => {
  if (at < 0 || at + FooterLength > bytes.length) return undefined;
  const footer = bytes.subarray(at, at + FooterLength);
  if (Buffer.from(footer.subarray(0, 4)).toString('latin1') !== FooterMagic) return undefined;
  const view = viewOf(footer);
  if (view.getUint32(28, true) !== crc32(footer.subarray(0, 28))) return undefined;
  const number = (offset: number): number => view.getUint32(offset, true);
  return { envelopeLength: number(4), indexLength: number(8), imageSize: number(12) };
};

export interface SlotView {
  readonly size: number;
  /** The smallest program unit that the places of the tail fit. */
  readonly unit: number;
  readonly footer: Footer;
  readonly places: TailPlaces;
  readonly envelopeBytes: Uint8Array;
  readonly envelope: EnvelopeView | undefined;
  readonly index: BlockIndex | undefined;
  /** What is wrong with the slot, in words; empty: the image is the one that the envelope signs. */
  readonly troubles: readonly string[];
  /** For each block of the image, whether it has the digest that the index says. */
  readonly blocksHold: readonly boolean[];
}

interface Placed {
  readonly unit: number;
  readonly footer: Footer;
  readonly places: TailPlaces;
}

const place = (slot: Uint8Array): Placed | undefined => {
  for (const unit of units) {
    const footer = footerRead(slot, slot.length - Math.max(FooterLength, unit));
    if (!footer) continue;
    const places = tailPlaces(slot.length, unit, footer.indexLength, footer.envelopeLength);
    const envelope = slot.subarray(Math.max(0, places.envelopeAt), places.envelopeAt + footer.envelopeLength);
    if (places.indexAt >= 0 && envelopeEnd(envelope) === footer.envelopeLength) {
      const magic = Buffer.from(slot.subarray(places.indexAt, places.indexAt + 4)).toString('latin1');
      if (footer.indexLength === 0 || magic === 'FXI1') return { unit, footer, places };
    }
  }
  return undefined;
};

const attempt = <T>(read: () => T, troubles: string[]): T | undefined => {
  try {
    return read();
  } catch (error) {
    troubles.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
};

const findVariant = (envelope: EnvelopeView, image: Uint8Array): VariantView | undefined => {
  const digest = sha256(image);
  return envelope.manifest.variants.find(
    (one) => one.size === image.length && one.digest && sameBytes(one.digest, digest),
  );
};

/** Undefined: no complete tail at the end. */
export const slotRead = (slot: Uint8Array): SlotView | undefined => {
  const placed = place(slot);
  if (!placed) return undefined;
  const { footer, places, unit } = placed;
  const troubles: string[] = [];
  const envelopeBytes = slot.subarray(places.envelopeAt, places.envelopeAt + footer.envelopeLength);
  const envelope = attempt(() => envelopeRead(envelopeBytes), troubles);
  const index = attempt(
    () => indexRead(slot.subarray(places.indexAt, places.indexAt + footer.indexLength)),
    troubles,
  );
  const image = slot.subarray(0, footer.imageSize);
  if (envelope && !envelope.digestHolds) troubles.push('the manifest is not the one that was signed');
  if (envelope && !findVariant(envelope, image))
    troubles.push('the image is not the one that the envelope signs');
  const blocksHold = index
    ? blocksOf(image).map((block, at) => {
        const entry = index.entries[at];
        return entry !== undefined && sameBytes(sha256(block).subarray(0, 16), entry.digest);
      })
    : [];
  return { size: slot.length, unit, footer, places, envelopeBytes, envelope, index, troubles, blocksHold };
};

export interface FoundSlot {
  readonly from: number;
  readonly to: number;
  readonly slot: SlotView;
}

/** Erase sectors begin at multiples of this, on every flash in use. */
const StartStep = 256;

const beginsAt = (flash: Uint8Array, from: number, to: number): boolean => {
  const slot = flash.subarray(from, to);
  const placed = place(slot);
  if (!placed) return false;
  const { footer, places } = placed;
  const entry = places.indexAt + footer.indexLength - 18 * Math.ceil(footer.imageSize / 4096);
  const first = slot.subarray(0, Math.min(4096, footer.imageSize));
  return sameBytes(sha256(first).subarray(0, 16), slot.subarray(entry, entry + 16));
};

/** Where the slot begins whose tail ends at `to`: where its first block has the digest that its index says. */
const findStart = (flash: Uint8Array, to: number, footer: Footer): number | undefined => {
  const least = footer.imageSize + footer.indexLength + footer.envelopeLength + FooterLength;
  for (let from = Math.floor((to - least) / StartStep) * StartStep; from >= 0; from -= StartStep) {
    if (beginsAt(flash, from, to)) return from;
  }
  return undefined;
};

/**
 * Of those that overlap the one that holds, and of these the shorter: an exchange in swap mode leaves old tails behind,
 * which may go with an image of another slot, or with half of one.
 */
const slotsApart = (found: readonly FoundSlot[]): FoundSlot[] => {
  const bad = ({ slot }: FoundSlot): number => Math.min(1, slot.troubles.length);
  const apart: FoundSlot[] = [];
  for (const one of [...found].sort((a, b) => bad(a) - bad(b) || a.to - a.from - (b.to - b.from))) {
    if (apart.every(({ from, to }) => one.to <= from || one.from >= to)) apart.push(one);
  }
  return apart.sort((a, b) => a.from - b.from);
};

/** Finds the slots with a complete tail in a dump of a whole flash. */
export const slotsFind = (flash: Uint8Array): FoundSlot[] => {
  const found: FoundSlot[] = [];
  const magic = Buffer.from(FooterMagic, 'latin1');
  const buffer = Buffer.from(flash.buffer, flash.byteOffset, flash.length);
  for (let at = buffer.indexOf(magic); at >= 0; at = buffer.indexOf(magic, at + 1)) {
    const footer = footerRead(flash, at);
    if (!footer) continue;
    for (const unit of units.filter((one) => one >= FooterLength)) {
      const to = at + unit;
      if (to % StartStep !== 0 || to > flash.length) continue;
      const from = findStart(flash, to, footer);
      const slot = from === undefined ? undefined : slotRead(flash.subarray(from, to));
      if (from === undefined || !slot) continue;
      found.push({ from, to, slot });
      break;
    }
  }
  return slotsApart(found);
};
