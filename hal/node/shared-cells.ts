import type { FlashImage, SectorImage } from './cells.ts';
import type { Sectors } from './sectors.ts';
import { SHORT_READ } from './cells.ts';
import { sectorAt } from './sectors.ts';

/** Content and marks of a sector, to be changed. */
interface OwnSector {
  readonly bytes: Uint8Array;
  readonly marks: Uint8Array;
}

/**
 * What a flash holds that is like many others but for a few sectors: those that it changed are its own, the others are
 * read from an image that all of them share and none of them changes. Does what `Cells` does, without a file.
 */
export class SharedCells {
  readonly wear: Uint32Array;
  readonly #sectors: Sectors;
  readonly #unit: number;
  readonly #eraseValue: number;
  #image: FlashImage;
  readonly #own = new Map<number, OwnSector>();

  constructor(sectors: Sectors, unit: number, eraseValue: number, image: FlashImage) {
    this.#sectors = sectors;
    this.#unit = unit;
    this.#eraseValue = eraseValue;
    this.wear = new Uint32Array(sectors.lengths.length);
    this.#image = image;
    this.load(image);
  }

  /** A copy: there is no place where all of it lies together. */
  get bytes(): Uint8Array {
    const whole = new Uint8Array(this.#sectors.size);
    this.read(whole, 0);
    return whole;
  }

  /** Bytes that are held beside the image, marks included. */
  get ownBytes(): number {
    let sum = 0;
    for (const { bytes, marks } of this.#own.values()) sum += bytes.length + marks.length;
    return sum;
  }

  #at(sector: number): OwnSector {
    return this.#own.get(sector) ?? this.#image[sector]!;
  }

  /** Calls for each sector that the range touches, with the part of it that lies in the range, from its own start. */
  #each(offset: number, length: number, work: (sector: number, from: number, to: number) => void): void {
    const { starts } = this.#sectors;
    const end = offset + length;
    for (let at = offset; at < end;) {
      const sector = sectorAt(this.#sectors, at);
      const start = starts[sector]!;
      const to = Math.min(end, starts[sector + 1]!);
      work(sector, at - start, to - start);
      at = to;
    }
  }

  read(into: Uint8Array, offset: number): void {
    let done = 0;
    this.#each(offset, into.length, (sector, from, to) => {
      const { bytes } = this.#at(sector);
      if (to - from <= SHORT_READ) for (let at = from; at < to; at++) into[done++] = bytes[at]!;
      else {
        into.set(bytes.subarray(from, to), done);
        done += to - from;
      }
    });
  }

  /** Of one sector, after `change`; to be written to. */
  view(offset: number, length: number): Uint8Array {
    const sector = sectorAt(this.#sectors, offset);
    const from = offset - this.#sectors.starts[sector]!;
    return this.#own.get(sector)!.bytes.subarray(from, from + length);
  }

  marked(mark: number, offset: number, length: number): boolean {
    let found = false;
    this.#each(offset, length, (sector, from, to) => {
      const { marks } = this.#at(sector);
      found ||= marks.subarray(Math.floor(from / this.#unit), Math.ceil(to / this.#unit)).includes(mark);
    });
    return found;
  }

  /** Before content changes: from here on its sectors are this flash's own. */
  change(offset: number, length: number): void {
    this.#each(offset, length, (sector) => {
      if (this.#own.has(sector)) return;
      const { bytes, marks } = this.#image[sector]!;
      this.#own.set(sector, { bytes: bytes.slice(), marks: marks.slice() });
    });
  }

  /** Bits only ever leave the erased value, whatever was there. */
  program(bytes: Uint8Array, offset: number): void {
    let done = 0;
    this.#each(offset, bytes.length, (sector, from, to) => {
      const target = this.#own.get(sector)!.bytes;
      for (let at = from; at < to; at++) {
        const byte = bytes[done++]!;
        target[at] = this.#eraseValue === 0 ? target[at]! | byte : target[at]! & byte;
      }
    });
  }

  /** Nothing to note: `program` never takes for granted what an erase left. */
  keepUnerased(): void {}

  settle(offset: number, length: number, mark: number): void {
    this.#each(offset, length, (sector, from, to) => {
      this.#own.get(sector)!.marks.fill(mark, from / this.#unit, to / this.#unit);
    });
  }

  wearOut(sector: number): void {
    this.wear[sector]!++;
  }

  poke(bytes: Uint8Array, offset: number): void {
    this.change(offset, bytes.length);
    let done = 0;
    this.#each(offset, bytes.length, (sector, from, to) => {
      this.#own.get(sector)!.bytes.set(bytes.subarray(done, done + to - from), from);
      done += to - from;
    });
  }

  /** What was its own is of the image from now on, and copied when it changes again. */
  save(): FlashImage {
    this.#image = this.#image.map((image, sector): SectorImage => {
      const own = this.#own.get(sector);
      return own === undefined ? image : { ...own, wear: this.wear[sector]! };
    });
    this.#own.clear();
    return this.#image;
  }

  load(image: FlashImage): void {
    const { lengths } = this.#sectors;
    const fits = ({ bytes, marks }: SectorImage, sector: number): boolean =>
      bytes.length === lengths[sector] && marks.length * this.#unit === lengths[sector];
    if (image.length !== lengths.length || !image.every(fits))
      throw new RangeError('an image of another flash');
    this.#image = image;
    this.#own.clear();
    image.forEach(({ wear }, sector) => (this.wear[sector] = wear));
  }

  close(): void {}
}
