/**
 * A flash partition as the agent sees it: bounds and alignment checked before the driver is called, foreign errors
 * turned into codes. Sectors are counted from 0 in the order of their offsets.
 */
import type { FlashPartition, FlashPort, Watchdog } from '../hal/ports.ts';
import { Ok, SlowStep } from './codes.ts';
import * as Err from './err.ts';

/** Larger program units than this would tear neighbouring fields of the formats apart (docs/SPEC.md section 2). */
export const UNIT_MAX = 32;
const UNIT_DEFAULT = 4;
const SECTORS_MAX = 65536;

export interface Flash {
  readonly partition: FlashPartition;
  readonly size: number;
  /** Bytes in a program unit. */
  readonly unit: number;
  readonly erased: number;
  readonly sectors: number;
  /** Bytes in every sector, or 0: see `starts`. */
  readonly sectorLength: number;
  /** Mixed sectors only: the offset of each, and the size as the last entry. */
  readonly starts: readonly number[];
  /** Mixed sectors only: the number `eraseBlock` knows each by. */
  readonly numbers: readonly number[];
  /** A window: where it starts in the partition, and with which sector. Else 0. */
  readonly base: number;
  readonly firstSector: number;
  readonly watchdog: Watchdog | undefined;
}

/** Bytes of erased flash, nearly everywhere. */
const ERASED = 0xff;
const NONE: readonly number[] = [];
/**
 * What most are: erased to ones, of equal sectors, and no window. A prototype, which lies in flash: there an object cannot
 * be given what its prototype has, and who is otherwise has none.
 */
const USUAL = { erased: ERASED, starts: NONE, numbers: NONE, base: 0, firstSector: 0 };

type FlashFields = { -readonly [Name in keyof Flash]: Flash[Name] };

function flashNew(
  partition: FlashPartition,
  size: number,
  unit: number,
  watchdog: Watchdog | undefined,
  usual: boolean,
): FlashFields {
  const flash = (usual ? Object.create(USUAL) : {}) as FlashFields;
  flash.partition = partition;
  flash.size = size;
  flash.unit = unit;
  if (watchdog) flash.watchdog = watchdog;
  if (usual) return flash;
  flash.erased = ERASED;
  flash.starts = flash.numbers = NONE;
  flash.base = flash.firstSector = 0;
  return flash;
}

/** Throws RangeError where the board is wired wrongly; never reached by input. */
export function flashOpen(port: FlashPort, watchdog: Watchdog | undefined): Flash {
  const status = port.partition.status();
  const unit = port.writeAlign ?? status.writeAlign ?? UNIT_DEFAULT;
  const erased = port.eraseValue ?? status.eraseValue ?? ERASED;
  if (!(unit >= 1 && unit <= UNIT_MAX && unit % 1 === 0 && (unit & (unit - 1)) === 0)) {
    throw new RangeError(`flash: program unit of ${unit} bytes: must be a power of two up to ${UNIT_MAX}`);
  }
  if (!(erased === 0 || erased === ERASED))
    throw new RangeError(`flash: erased value ${erased}: must be 0 or 255`);
  if (!(status.size > 0 && status.blocks > 0 && status.blocks <= SECTORS_MAX)) {
    throw new RangeError(`flash: ${status.size} bytes in ${status.blocks} sectors`);
  }
  const usual = erased === ERASED && !port.blockAt;
  const flash = flashNew(port.partition, status.size, unit, watchdog, usual);
  if (!usual) flash.erased = erased;
  if (port.blockAt) flashMixed(flash, port);
  else {
    if (!(status.blockLength * status.blocks === status.size)) {
      throw new RangeError('flash: mixed sectors need blockAt');
    }
    flash.sectors = status.blocks;
    flash.sectorLength = status.blockLength;
  }
  return flash;
}

function flashMixed(flash: FlashFields, port: FlashPort): void {
  const starts: number[] = [];
  const numbers: number[] = [];
  for (let at = 0; at < flash.size;) {
    const place = port.blockAt!(at);
    if (!(place.offset === at && place.length > 0 && at + place.length <= flash.size))
      throw new RangeError(`flash: no sector starts at ${at}`);
    starts.push(at);
    numbers.push(place.block);
    at += place.length;
  }
  starts.push(flash.size);
  flash.starts = starts;
  flash.numbers = numbers;
  flash.sectors = numbers.length;
  flash.sectorLength = 0;
}

/** `size` bytes of a flash of equal sectors, from `from` on, as a flash of its own. Both are whole sectors. */
export function flashWindow(flash: Flash, from: number, size: number): Flash {
  const window = flashNew(flash.partition, size, flash.unit, flash.watchdog, false);
  window.erased = flash.erased;
  window.sectors = size / flash.sectorLength;
  window.sectorLength = flash.sectorLength;
  window.base = flash.base + from;
  window.firstSector = flash.firstSector + from / flash.sectorLength;
  return window;
}

/** `length` rounded up to whole program units. */
export function flashUp(flash: Flash, length: number): number {
  return Math.ceil(length / flash.unit) * flash.unit;
}

/** The sector that holds `offset`. */
export function flashSectorAt(flash: Flash, offset: number): number {
  if (flash.sectorLength > 0) return Math.floor(offset / flash.sectorLength);
  let sector = 0;
  while (sector + 1 < flash.sectors && flash.starts[sector + 1]! <= offset) sector++;
  return sector;
}

/** Where a sector starts; for the number of sectors, the size. */
export function flashSectorStart(flash: Flash, sector: number): number {
  return flash.sectorLength > 0 ? sector * flash.sectorLength : flash.starts[sector]!;
}

/** Reads into `into[from..to-1]`. */
export function flashRead(flash: Flash, offset: number, into: Uint8Array, from: number, to: number): number {
  if (!(offset >= 0 && to >= from && offset + (to - from) <= flash.size)) return Err.FlashBounds;
  try {
    const part = from === 0 && to === into.length ? into : into.subarray(from, to);
    flash.partition.read(part, flash.base + offset);
  } catch (_) {
    return Err.FlashFailed;
  }
  return Ok;
}

/** Programs `bytes[from..to-1]`: whole units, into erased flash. */
export function flashProgram(
  flash: Flash,
  offset: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  if (!(offset >= 0 && to >= from && offset + (to - from) <= flash.size)) return Err.FlashBounds;
  if (!(offset % flash.unit === 0 && (to - from) % flash.unit === 0)) return Err.FlashAlign;
  try {
    const part = from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
    flash.partition.write(part, flash.base + offset);
  } catch (_) {
    return Err.FlashFailed;
  }
  return Ok;
}

export function flashErase(flash: Flash, sector: number): number {
  if (!(sector >= 0 && sector < flash.sectors)) return Err.FlashBounds;
  const number = flash.sectorLength > 0 ? flash.firstSector + sector : flash.numbers[sector]!;
  try {
    if (flash.watchdog && flash.watchdog.announce) flash.watchdog.announce(SlowStep.Erase);
    flash.partition.eraseBlock(number, number + 1);
  } catch (_) {
    return Err.FlashFailed;
  }
  return Ok;
}

/** Reads `length` bytes back in pieces of `scratch` and compares them with `bytes[from..]`. */
export function flashCompare(
  flash: Flash,
  offset: number,
  bytes: Uint8Array,
  from: number,
  length: number,
  scratch: Uint8Array,
): number {
  for (let done = 0; done < length;) {
    const n = Math.min(scratch.length, length - done);
    const code = flashRead(flash, offset + done, scratch, 0, n);
    if (code < 0) return code;
    for (let i = 0; i < n; i++) if (scratch[i] !== bytes[from + done + i]) return Err.FlashReadBack;
    done += n;
  }
  return Ok;
}

/** Whether `length` bytes read erased: what was erased in this power cycle, and may have ignored it. */
export function flashBlank(flash: Flash, offset: number, length: number, scratch: Uint8Array): number {
  for (let done = 0; done < length;) {
    const n = Math.min(scratch.length, length - done);
    const code = flashRead(flash, offset + done, scratch, 0, n);
    if (code < 0) return code;
    for (let i = 0; i < n; i++) if (scratch[i] !== flash.erased) return Err.FlashReadBack;
    done += n;
  }
  return Ok;
}
