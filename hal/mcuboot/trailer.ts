/**
 * The trailer at the end of an MCUboot slot: what is asked of the bootloader, and how far it is. Read and written as
 * boot/bootutil/src/bootutil_public.c and bootutil_misc.h of MCUboot do, for swap using offset, without encryption.
 *
 *   ... | status            | swap size | TLV sizes | swap info | copy done | image ok | (pad) | magic |
 *       | 2 x entries units | align     | align     | align     | align     | align    |       | 16    |
 *                                                                                             slot end ^
 *
 * `align` is BOOT_MAX_ALIGN, 8 to 32; a field begins on it, and is one program unit or more of the flash. A flag is 1
 * when it is set, the erased value when it is not, and anything else is bad. Magic is written last.
 */
import { bytesEqual } from '../../agent/bytes.ts';
import { Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { flashCompare, flashErase, flashProgram, flashRead } from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';

export const MAGIC_LENGTH = 16;
/** BOOT_MAX_ALIGN 8; wider alignments put the alignment in the place of the first two bytes. */
const MAGIC: readonly number[] = [
  0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f, 0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80,
];
const MAGIC_WIDE: readonly number[] = [
  0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b, 0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a,
];
const NARROW = 8;
const ALIGN_MAX = 32;
/** Status entries of a sector in swap using offset. */
export const STATES = 2;
/** CONFIG_BOOT_MAX_IMG_SECTORS as Zephyr has it by default. */
export const DEFAULT_ENTRIES = 128;

/** A magic or a flag, as it reads. */
export const Field = { Unset: 0, Set: 1, Bad: 2 } as const;

export const Swap = { None: 1, Test: 2, Permanent: 3, Revert: 4 } as const;

export interface Trailer {
  readonly flash: Flash;
  readonly align: number;
  /** The first byte of each field, from the start of the slot. */
  readonly magicAt: number;
  readonly imageOkAt: number;
  readonly copyDoneAt: number;
  readonly swapInfoAt: number;
  readonly sizesAt: number;
  readonly swapSizeAt: number;
  readonly statusAt: number;
  /** The first sector that holds a part of it. */
  readonly sector: number;
  readonly magic: Uint8Array;
  readonly scratch: Uint8Array;
  /** As read last. */
  magicIs: number;
  imageOk: number;
  copyDone: number;
}

function magicOf(align: number): Uint8Array {
  if (align === NARROW) return new Uint8Array(MAGIC);
  const bytes = new Uint8Array(MAGIC_LENGTH);
  bytes[0] = align;
  bytes.set(MAGIC_WIDE, 2);
  return bytes;
}

/** `entries`: BOOT_MAX_IMG_SECTORS of that bootloader. Throws RangeError for a slot that has no room for it. */
export function trailerOpen(flash: Flash, align: number, entries: number): Trailer {
  if (!(align >= NARROW && align <= ALIGN_MAX && ALIGN_MAX % align === 0 && flash.unit <= align)) {
    throw new RangeError(`mcuboot: an alignment of ${align} on flash of units of ${flash.unit}`);
  }
  const magicAt = flash.size - MAGIC_LENGTH;
  const imageOkAt = Math.floor((magicAt - align) / align) * align;
  const copyDoneAt = imageOkAt - align;
  const swapInfoAt = copyDoneAt - align;
  const sizesAt = swapInfoAt - align;
  const swapSizeAt = sizesAt - align;
  const statusAt = swapSizeAt - entries * STATES * flash.unit;
  if (!(flash.sectorLength > 0 && statusAt > 0)) {
    throw new RangeError(`mcuboot: a slot of ${flash.size} bytes has no room for a trailer`);
  }
  return {
    flash: flash,
    align: align,
    magicAt: magicAt,
    imageOkAt: imageOkAt,
    copyDoneAt: copyDoneAt,
    swapInfoAt: swapInfoAt,
    sizesAt: sizesAt,
    swapSizeAt: swapSizeAt,
    statusAt: statusAt,
    sector: Math.floor(statusAt / flash.sectorLength),
    magic: magicOf(align),
    scratch: new Uint8Array(ALIGN_MAX),
    magicIs: Field.Unset,
    imageOk: Field.Unset,
    copyDone: Field.Unset,
  };
}

function flagRead(trailer: Trailer, at: number): number {
  const bytes = trailer.scratch;
  if (flashRead(trailer.flash, at, bytes, 0, 1) < 0) return Field.Bad;
  return bytes[0] === trailer.flash.erased ? Field.Unset : bytes[0] === 1 ? Field.Set : Field.Bad;
}

function magicRead(trailer: Trailer): number {
  const bytes = trailer.scratch;
  if (flashRead(trailer.flash, trailer.magicAt, bytes, 0, MAGIC_LENGTH) < 0) return Field.Bad;
  if (bytesEqual(bytes, 0, trailer.magic, 0, MAGIC_LENGTH)) return Field.Set;
  for (let i = 0; i < MAGIC_LENGTH; i++) if (bytes[i] !== trailer.flash.erased) return Field.Bad;
  return Field.Unset;
}

/** Reads magic and flags. What cannot be read is bad. */
export function trailerRead(trailer: Trailer): void {
  trailer.magicIs = magicRead(trailer);
  trailer.imageOk = flagRead(trailer, trailer.imageOkAt);
  trailer.copyDone = flagRead(trailer, trailer.copyDoneAt);
}

const ANY = -1;

/**
 * boot_swap_tables of MCUboot, for swap using offset, first match: magic of the secondary slot, its image ok, its copy
 * done; magic of the primary slot, its image ok, its copy done; the swap.
 */
const SWAPS: readonly (readonly number[])[] = [
  [Field.Set, Field.Unset, Field.Set, ANY, ANY, ANY, Swap.Revert],
  [Field.Set, Field.Unset, ANY, ANY, ANY, ANY, Swap.Test],
  [Field.Set, Field.Set, ANY, ANY, ANY, ANY, Swap.Permanent],
  [ANY, ANY, ANY, Field.Set, Field.Unset, Field.Set, Swap.Revert],
];

/** What the bootloader does at the next reset. Both trailers have been read. */
export function swapNext(primary: Trailer, secondary: Trailer): number {
  const now = [
    secondary.magicIs,
    secondary.imageOk,
    secondary.copyDone,
    primary.magicIs,
    primary.imageOk,
    primary.copyDone,
  ];
  for (const row of SWAPS) {
    let matches = true;
    for (let i = 0; i < now.length; i++) if (row[i] !== ANY && row[i] !== now[i]) matches = false;
    if (matches) return row[now.length]!;
  }
  return Swap.None;
}

/** Writes a field of one byte, padded with the erased value to a program unit, and reads it back. */
export function flagWrite(trailer: Trailer, at: number, value: number): number {
  const flash = trailer.flash;
  const bytes = trailer.scratch;
  bytes.fill(flash.erased);
  bytes[0] = value;
  const code = flashProgram(flash, at, bytes, 0, flash.unit);
  if (code < 0) return code;
  const read = new Uint8Array(1);
  return flashCompare(flash, at, bytes, 0, 1, read);
}

/** Writes the magic: from then on the bootloader acts on the trailer. */
export function magicWrite(trailer: Trailer): number {
  const flash = trailer.flash;
  const bytes = trailer.scratch;
  // The magic ends the slot; where the alignment is wider than it, padding comes first.
  const length = Math.max(MAGIC_LENGTH, trailer.align > MAGIC_LENGTH ? trailer.align : MAGIC_LENGTH);
  bytes.fill(flash.erased);
  bytes.set(trailer.magic, length - MAGIC_LENGTH);
  const at = flash.size - length;
  const code = flashProgram(flash, at, bytes, 0, length);
  if (code < 0) return code;
  return magicRead(trailer) === Field.Set ? Ok : Err.FlashReadBack;
}

/** Erases the sectors of the trailer, from the last one down: magic goes first. */
export function trailerErase(trailer: Trailer): number {
  for (let sector = trailer.flash.sectors - 1; sector >= trailer.sector; sector--) {
    const code = flashErase(trailer.flash, sector);
    if (code < 0) return code;
  }
  return Ok;
}
