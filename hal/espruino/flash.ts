/**
 * The module `Flash` as a flash port. The native calls report nothing, so whatever they were asked to do is read back
 * and compared: what did not happen throws.
 *
 * Written in the device dialect, like agent/.
 */
import type { BlockPlace, FlashPartition, FlashPort, FlashStatus } from '../ports.ts';
import type { NativeE, NativeFlash } from './natives.ts';

/** Bytes read at a time: a native read makes an array of its own, and a large one may find no room in one piece. */
const PIECE = 256;
const ERASED = 0xff;
const UNIT = 4;

/** What was read last: lets the hash find in flash what it is given (hash.ts). */
export interface LastRead {
  address: number;
  length: number;
}

export interface EspruinoFlashOptions {
  readonly flash: NativeFlash;
  readonly E: NativeE;
  /** Absolute, the first byte of a page. */
  readonly address: number;
  /** Bytes: whole pages. */
  readonly size: number;
  /** Bytes in a program unit: 4, or 8 where the chip programs 64 bits at once. Default 4. */
  readonly unit?: number | undefined;
  readonly last?: LastRead | undefined;
}

/** The partition, with what it knows: a function shared by all costs less than one of its own for each. */
interface Region extends FlashPartition {
  readonly flash: NativeFlash;
  readonly E: NativeE;
  readonly address: number;
  readonly size: number;
  readonly unit: number;
  readonly last: LastRead | undefined;
  pages: number;
  /** Bytes in the largest page. */
  largest: number;
  mixed: boolean;
}

/** Where a page starts and ends, as offsets in the region. */
function pageAt(region: Region, block: number, offset: number): BlockPlace {
  const page = region.flash.getPage(region.address + offset);
  if (!(page && page.length > 0 && page.addr === region.address + offset)) {
    throw new RangeError(`flash: no page starts at ${region.address + offset}`);
  }
  return { block: block, offset: offset, length: page.length };
}

/** Where pages are mixed. Walks from the first: asked at open only. */
function placeOf(region: Region, offset: number): BlockPlace {
  let place = pageAt(region, 0, 0);
  while (place.offset + place.length <= offset)
    place = pageAt(region, place.block + 1, place.offset + place.length);
  return place;
}

function pagesCount(region: Region): void {
  for (let at = 0; at < region.size;) {
    const length = pageAt(region, 0, at).length;
    region.pages++;
    if (at > 0 && length !== region.largest) region.mixed = true;
    if (length > region.largest) region.largest = length;
    at += length;
    if (at > region.size) throw new RangeError(`flash: ${region.size} bytes end inside a page`);
  }
}

function rangeCheck(region: Region, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset % 1 === 0 && offset + length <= region.size)) {
    throw new RangeError(`flash: ${length} bytes at ${offset} of ${region.size}`);
  }
}

function pieceRead(region: Region, offset: number, length: number): Uint8Array {
  const piece = region.flash.read(length, region.address + offset);
  if (!(piece && piece.length === length)) throw new Error('flash: no memory for a read');
  return piece;
}

function read(region: Region, into: Uint8Array, offset: number): void {
  const length = into.length;
  rangeCheck(region, offset, length);
  for (let at = 0; at < length; at += PIECE) {
    into.set(pieceRead(region, offset + at, Math.min(PIECE, length - at)), at);
  }
  if (region.last) {
    region.last.address = region.address + offset;
    region.last.length = length;
  }
}

function write(region: Region, bytes: Uint8Array, offset: number): void {
  const length = bytes.length;
  rangeCheck(region, offset, length);
  if (!(offset % region.unit === 0 && length % region.unit === 0)) {
    throw new RangeError(`flash: ${length} bytes at ${offset} are not whole units of ${region.unit}`);
  }
  if (length === 0) return;
  region.flash.write(bytes, region.address + offset);
  for (let at = 0; at < length; at += PIECE) {
    const n = Math.min(PIECE, length - at);
    const piece = pieceRead(region, offset + at, n);
    if (region.E.toString(piece) !== region.E.toString(bytes.subarray(at, at + n))) {
      throw new Error(`flash: ${length} bytes at ${offset} were not programmed`);
    }
  }
}

function pageErase(region: Region, place: BlockPlace): void {
  // An address that is whole, but came of a division, is refused: not an integer to the engine.
  region.flash.erasePage((region.address + place.offset) | 0);
  const erased = new Uint8Array(PIECE);
  erased.fill(ERASED);
  for (let at = 0; at < place.length; at += PIECE) {
    const n = Math.min(PIECE, place.length - at);
    const text = region.E.toString(pieceRead(region, place.offset + at, n));
    if (text !== region.E.toString(n === PIECE ? erased : erased.subarray(0, n))) {
      throw new Error(`flash: the page at ${place.offset} was not erased`);
    }
  }
}

function regionRead(this: Region, into: Uint8Array, offset: number): void {
  read(this, into, offset);
}

function regionWrite(this: Region, bytes: Uint8Array, offset: number): void {
  write(this, bytes, offset);
}

function regionErase(this: Region, from: number, to?: number): void {
  const end = to ?? from + 1;
  if (!(from >= 0 && from < end && end <= this.pages && from % 1 === 0 && end % 1 === 0)) {
    throw new RangeError(`flash: pages ${from} to ${end} of ${this.pages}`);
  }
  let offset = this.mixed ? 0 : from * this.largest;
  for (let block = this.mixed ? 0 : from; block < end; block++) {
    const place = pageAt(this, block, offset);
    if (block >= from) pageErase(this, place);
    offset += place.length;
  }
}

function regionStatus(this: Region): FlashStatus {
  return {
    size: this.size,
    blocks: this.pages,
    blockLength: this.largest,
    writeAlign: this.unit,
    eraseValue: ERASED,
  };
}

/** Throws RangeError where the region is not whole pages of flash. */
export function espruinoFlash(options: EspruinoFlashOptions): FlashPort {
  const region: Region = {
    flash: options.flash,
    E: options.E,
    address: options.address,
    size: options.size,
    unit: options.unit ?? UNIT,
    last: options.last,
    pages: 0,
    largest: 0,
    mixed: false,
    read: regionRead,
    write: regionWrite,
    eraseBlock: regionErase,
    status: regionStatus,
  };
  pagesCount(region);
  if (!region.mixed) return { partition: region };
  return { partition: region, blockAt: (offset: number): BlockPlace => placeOf(region, offset) };
}
