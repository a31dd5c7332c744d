/**
 * MCUboot's trailer at the end of a slot (boot/bootutil/src/bootutil_priv.h, bootutil_misc.h), which says what the
 * next boot does. Each field has `maxAlign` bytes to itself, so that it is in a program unit of its own.
 *
 *                                                                                            slot end
 *   | status | swap size | TLV sizes | swap info | copy done | image ok | erased | magic |
 *   |        | maxAlign  | maxAlign  | maxAlign  | maxAlign  | maxAlign |  up(16, maxAlign) |
 *
 *   status      sectors x (offset 2, else 3) x one program unit; the first byte of each is 1, 2, 3 in turn, or erased
 *   swap size   u32: bytes of the longer of the two images
 *   TLV sizes   offset only. 0 primary u16   2 secondary u16: their unprotected TLVs
 *   swap info   bits 3..0 swap type, bits 7..4 number of the image
 *   copy done   1, or erased   image ok   1, or erased
 *   magic       maxAlign 8: 77 c2 95 f3 60 d2 ef 7f 35 52 50 0f 2c b6 79 80
 *               else: maxAlign u16, 2d e1 5d 29 41 0b 8d 77 67 9c 11 0f 1f 8a
 *
 * Without encryption keys, which lie between swap size and status where MCUboot is built for them.
 */
import { Ok } from '../../agent/codes.ts';
import { readU32, writeU32 } from '../../agent/bytes.ts';
import { flashErase, flashProgram, flashRead, flashSectorAt, flashUp } from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';

export const Magic = { Good: 1, Bad: 2, Unset: 3 } as const;
export const Flag = { Set: 1, Bad: 2, Unset: 3 } as const;
export const SwapType = { None: 1, Test: 2, Permanent: 3, Revert: 4, Fail: 5 } as const;

/** How MCUboot was built to exchange the slots: `MCUBOOT_SWAP_USING_...`. */
export const Swap = { Offset: 1, Move: 2, Scratch: 3 } as const;

const MAGIC_LENGTH = 16;
const MAGIC_8: readonly number[] = [
  0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f, 0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80,
];
const MAGIC_WIDE: readonly number[] = [
  0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b, 0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a,
];
const ALIGN_MIN = 8;
const ALIGN_MAX = 32;
const ENTRIES_MAX = 65536;

/** How MCUboot was built. */
export interface TrailerOptions {
  /** One of {@link Swap}. */
  readonly swap: number;
  /** `MCUBOOT_BOOT_MAX_ALIGN`: 8, 16 or 32. */
  readonly maxAlign: number;
  /** `MCUBOOT_MAX_IMG_SECTORS`; imgtool's default is 128. */
  readonly maxSectors: number;
  /** Program unit of the primary slot, by which the status is spaced in both. */
  readonly statusUnit: number;
}

export interface Trailer {
  readonly flash: Flash;
  readonly maxAlign: number;
  readonly swap: number;
  readonly statusUnit: number;
  readonly entries: number;
  readonly magicAt: number;
  readonly imageOkAt: number;
  readonly copyDoneAt: number;
  readonly swapInfoAt: number;
  /** -1: there is none. */
  readonly tlvSizesAt: number;
  readonly swapSizeAt: number;
  readonly statusAt: number;
  /** The first sector that holds a byte of it; it and those after it are the trailer's alone. */
  readonly firstSector: number;
  readonly scratch: Uint8Array;
}

/** What the decision is made of. */
export interface TrailerState {
  magic: number;
  imageOk: number;
  copyDone: number;
  /** `SwapType.None` where there is none. */
  swapType: number;
  imageNumber: number;
}

export function trailerStateNew(): TrailerState {
  return {
    magic: Magic.Unset,
    imageOk: Flag.Unset,
    copyDone: Flag.Unset,
    swapType: SwapType.None,
    imageNumber: 0,
  };
}

/** Throws RangeError where the board is wired wrongly. */
export function trailerOpen(flash: Flash, options: TrailerOptions): Trailer {
  const align = options.maxAlign;
  if (!(align === 8 || align === 16 || align === 32))
    throw new RangeError(
      `mcuboot: greatest alignment of ${align} bytes: must be ${ALIGN_MIN} to ${ALIGN_MAX}`,
    );
  if (!(flash.unit <= align && options.statusUnit <= align && flash.size % align === 0))
    throw new RangeError(`mcuboot: a flash of ${flash.size} bytes in units of ${flash.unit}`);
  if (!(options.swap === Swap.Offset || options.swap === Swap.Move || options.swap === Swap.Scratch))
    throw new RangeError(`mcuboot: no way to swap is ${options.swap}`);
  if (!(options.maxSectors >= 1 && options.maxSectors <= ENTRIES_MAX))
    throw new RangeError(`mcuboot: status of ${options.maxSectors} sectors`);
  const imageOkAt = flash.size - Math.ceil(MAGIC_LENGTH / align) * align - align;
  const copyDoneAt = imageOkAt - align;
  const swapInfoAt = copyDoneAt - align;
  const tlvSizesAt = swapInfoAt - align;
  const swapSizeAt = options.swap === Swap.Offset ? tlvSizesAt - align : tlvSizesAt;
  const entries = options.maxSectors * (options.swap === Swap.Offset ? 2 : 3);
  const statusAt = swapSizeAt - entries * options.statusUnit;
  if (!(statusAt > 0)) throw new RangeError(`mcuboot: no room for a trailer in ${flash.size} bytes`);
  return {
    flash: flash,
    maxAlign: align,
    swap: options.swap,
    statusUnit: options.statusUnit,
    entries: entries,
    magicAt: flash.size - MAGIC_LENGTH,
    imageOkAt: imageOkAt,
    copyDoneAt: copyDoneAt,
    swapInfoAt: swapInfoAt,
    tlvSizesAt: options.swap === Swap.Offset ? tlvSizesAt : -1,
    swapSizeAt: swapSizeAt,
    statusAt: statusAt,
    firstSector: flashSectorAt(flash, statusAt),
    scratch: new Uint8Array(ALIGN_MAX),
  };
}

function magicByte(align: number, at: number): number {
  if (align === ALIGN_MIN) return MAGIC_8[at]!;
  if (at < 2) return at === 0 ? align : 0;
  return MAGIC_WIDE[at - 2]!;
}

function magicOf(trailer: Trailer): number {
  const bytes = trailer.scratch;
  let good = true;
  let blank = true;
  for (let at = 0; at < MAGIC_LENGTH; at++) {
    if (bytes[at] !== magicByte(trailer.maxAlign, at)) good = false;
    if (bytes[at] !== trailer.flash.erased) blank = false;
  }
  if (blank) return Magic.Unset;
  return good ? Magic.Good : Magic.Bad;
}

/** The byte at `at`, or a code. */
function byteRead(trailer: Trailer, at: number): number {
  const code = flashRead(trailer.flash, at, trailer.scratch, 0, 1);
  return code < 0 ? code : trailer.scratch[0]!;
}

/** A flag, or a code. */
function flagRead(trailer: Trailer, at: number): number {
  const byte = byteRead(trailer, at);
  if (byte < 0) return byte;
  if (byte === trailer.flash.erased) return Flag.Unset;
  return byte === Flag.Set ? Flag.Set : Flag.Bad;
}

/** Reads what the decision is made of. */
export function trailerRead(trailer: Trailer, into: TrailerState): number {
  const code = flashRead(trailer.flash, trailer.magicAt, trailer.scratch, 0, MAGIC_LENGTH);
  if (code < 0) return code;
  into.magic = magicOf(trailer);
  const info = byteRead(trailer, trailer.swapInfoAt);
  if (info < 0) return info;
  const known = info !== trailer.flash.erased && (info & 15) <= SwapType.Revert;
  into.swapType = known ? info & 15 : SwapType.None;
  into.imageNumber = known ? info >> 4 : 0;
  const done = flagRead(trailer, trailer.copyDoneAt);
  if (done < 0) return done;
  into.copyDone = done;
  const ok = flagRead(trailer, trailer.imageOkAt);
  if (ok < 0) return ok;
  into.imageOk = ok;
  return Ok;
}

/** A number of four bytes at `at`: a code, or `Ok` with the number in `scratch`, for {@link trailerNumber}. */
export function trailerNumberRead(trailer: Trailer, at: number): number {
  return flashRead(trailer.flash, at, trailer.scratch, 0, 4);
}

export function trailerNumber(trailer: Trailer): number {
  return readU32(trailer.scratch, 0);
}

/** Programs the first `length` bytes of `scratch`, padded to whole units with the erased value. */
function fieldWrite(trailer: Trailer, at: number, length: number): number {
  const flash = trailer.flash;
  const whole = flashUp(flash, length);
  for (let i = length; i < whole; i++) trailer.scratch[i] = flash.erased;
  return flashProgram(flash, at, trailer.scratch, 0, whole);
}

/** Programs a field of one byte: a flag, swap info, a status. */
export function trailerWriteByte(trailer: Trailer, at: number, value: number): number {
  trailer.scratch[0] = value;
  return fieldWrite(trailer, at, 1);
}

export function trailerWriteNumber(trailer: Trailer, at: number, value: number): number {
  writeU32(trailer.scratch, 0, value);
  return fieldWrite(trailer, at, 4);
}

export function trailerWriteMagic(trailer: Trailer): number {
  const field = trailer.flash.size - trailer.imageOkAt - trailer.maxAlign;
  const pad = field - MAGIC_LENGTH;
  for (let at = 0; at < pad; at++) trailer.scratch[at] = trailer.flash.erased;
  for (let at = 0; at < MAGIC_LENGTH; at++) trailer.scratch[pad + at] = magicByte(trailer.maxAlign, at);
  return flashProgram(trailer.flash, trailer.flash.size - field, trailer.scratch, 0, field);
}

/** Erases its sectors from the last one on down, so that the magic goes first. */
export function trailerErase(trailer: Trailer): number {
  for (let sector = trailer.flash.sectors - 1; sector >= trailer.firstSector; sector--) {
    const code = flashErase(trailer.flash, sector);
    if (code < 0) return code;
  }
  return Ok;
}

const ANY = 0;
/** Columns: magic of primary and secondary, image ok of both, copy done of both, swap type. The first that fits holds. */
type Row = readonly [number, number, number, number, number, number, number];
const TABLE: readonly Row[] = [
  [ANY, Magic.Good, ANY, Flag.Unset, ANY, Flag.Set, SwapType.Revert], // offset only
  [ANY, Magic.Good, ANY, Flag.Unset, ANY, ANY, SwapType.Test],
  [ANY, Magic.Good, ANY, Flag.Set, ANY, ANY, SwapType.Permanent],
  [Magic.Good, ANY, Flag.Unset, ANY, Flag.Set, ANY, SwapType.Revert],
];

function fits(wanted: number, found: number): boolean {
  return wanted === ANY || wanted === found;
}

/** MCUboot's decision (`boot_swap_tables` in bootutil_public.c). Anything torn fits no row, and so changes nothing. */
export function swapDecide(swap: number, primary: TrailerState, secondary: TrailerState): number {
  for (let at = swap === Swap.Offset ? 0 : 1; at < TABLE.length; at++) {
    const row = TABLE[at]!;
    if (
      fits(row[0], primary.magic) &&
      fits(row[1], secondary.magic) &&
      fits(row[2], primary.imageOk) &&
      fits(row[3], secondary.imageOk) &&
      fits(row[4], primary.copyDone) &&
      fits(row[5], secondary.copyDone)
    )
      return row[6];
  }
  return SwapType.None;
}
