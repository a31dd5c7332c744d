import type { Sectors } from './sectors.ts';
import { FlashFile } from './flash-file.ts';
import { sectorAt } from './sectors.ts';

/** Bytes. Up to here a loop costs less than a view and its copy. */
export const SHORT_READ = 32;

/** What a program unit is, whatever it reads as: marks are kept apart from the content. */
export const Mark = { Erased: 0, Programmed: 1, Undefined: 2 } as const;

/** A sector as it was; never changed once made, so images share the sectors in which they do not differ. */
export interface SectorImage {
  readonly bytes: Uint8Array;
  readonly marks: Uint8Array;
  readonly wear: number;
}

/** The whole flash as it was: content, marks and wear. */
export type FlashImage = readonly SectorImage[];

/** What a flash holds: content, a mark for each program unit, wear for each sector. Kept in a file if so asked. */
export class Cells {
  readonly bytes: Uint8Array;
  readonly wear: Uint32Array;
  readonly #marks: Uint8Array;
  readonly #sectors: Sectors;
  readonly #unit: number;
  readonly #eraseValue: number;
  /** The image each sector still equals, if any. */
  readonly #images: (SectorImage | null)[];
  #file: FlashFile | null = null;
  /** Whether all units marked erased also read erased: not after bit rot or an erase that did nothing. */
  #erasedIsBlank = true;

  constructor(sectors: Sectors, unit: number, eraseValue: number) {
    this.#sectors = sectors;
    this.#unit = unit;
    this.#eraseValue = eraseValue;
    this.bytes = new Uint8Array(sectors.size).fill(eraseValue);
    this.wear = new Uint32Array(sectors.lengths.length);
    this.#marks = new Uint8Array(sectors.size / unit);
    this.#images = sectors.lengths.map(() => null);
  }

  /** Takes content from elsewhere; what is not erased counts as programmed. */
  adopt(bytes: Uint8Array): void {
    this.bytes.set(bytes);
    this.#deriveMarks();
  }

  /** Keeps the cells in a file from now on; content found there comes before the present. */
  openFile(name: string): void {
    const content = { bytes: this.bytes, marks: this.#marks, wear: this.wear };
    const file = new FlashFile(name, content, this.#unit, this.#eraseValue);
    this.#file = file;
    this.#erasedIsBlank = false;
    if (file.found && !file.foundState) {
      this.#deriveMarks();
      file.writeMarks(0, this.#marks.length);
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  #deriveMarks(): void {
    this.#marks.fill(Mark.Erased);
    for (let at = 0; at < this.bytes.length; at++) {
      if (this.bytes[at] !== this.#eraseValue) this.#marks[Math.floor(at / this.#unit)] = Mark.Programmed;
    }
  }

  read(into: Uint8Array, offset: number): void {
    const { bytes } = this;
    const { length } = into;
    if (length <= SHORT_READ) for (let at = 0; at < length; at++) into[at] = bytes[offset + at]!;
    else into.set(bytes.subarray(offset, offset + length));
  }

  /** Of one sector, after `change`; to be written to. */
  view(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(offset, offset + length);
  }

  /** Whether a program unit that the range touches has that mark. */
  marked(mark: number, offset: number, length: number): boolean {
    const end = Math.ceil((offset + length) / this.#unit);
    return this.#marks.subarray(Math.floor(offset / this.#unit), end).includes(mark);
  }

  /** Before content changes: in the file it is undefined until it is settled, should the process be killed between. */
  change(offset: number, length: number): void {
    this.#forgetImages(offset, length);
    if (this.#file === null) return;
    const from = offset / this.#unit;
    const to = (offset + length) / this.#unit;
    this.#marks.fill(Mark.Undefined, from, to);
    this.#file.writeMarks(from, to);
  }

  /** Programs, between `change` and `settle`: bits only ever leave the erased value. */
  program(bytes: Uint8Array, offset: number): void {
    if (this.#erasedIsBlank) {
      this.bytes.set(bytes, offset);
      return;
    }
    const target = this.bytes.subarray(offset, offset + bytes.length);
    for (let i = 0; i < bytes.length; i++) {
      target[i] = this.#eraseValue === 0 ? target[i]! | bytes[i]! : target[i]! & bytes[i]!;
    }
  }

  /** An erase that did nothing, though whoever asked for it thinks otherwise. */
  keepUnerased(): void {
    this.#erasedIsBlank = false;
  }

  /** After content changed; on whole units. */
  settle(offset: number, length: number, mark: number): void {
    const from = offset / this.#unit;
    const to = (offset + length) / this.#unit;
    this.#marks.fill(mark, from, to);
    if (this.#file === null) return;
    this.#file.writeBytes(offset, offset + length);
    this.#file.writeMarks(from, to);
  }

  /** An erase of a sector, whole or not, between `change` and `settle`. */
  wearOut(sector: number): void {
    this.wear[sector]!++;
    this.#file?.writeWear(sector);
  }

  /** Content that changes by itself: the marks stay. */
  poke(bytes: Uint8Array, offset: number): void {
    if (bytes.length === 0) return;
    this.#forgetImages(offset, bytes.length);
    this.#erasedIsBlank = false;
    this.bytes.set(bytes, offset);
    this.#file?.writeBytes(offset, offset + bytes.length);
  }

  #forgetImages(offset: number, length: number): void {
    const last = sectorAt(this.#sectors, offset + length - 1);
    for (let sector = sectorAt(this.#sectors, offset); sector <= last; sector++) this.#images[sector] = null;
  }

  /** Costs as much as the sectors that changed since the last `save` or `load`. */
  save(): FlashImage {
    return this.#images.map((image, sector) => image ?? this.#saveSector(sector));
  }

  #saveSector(sector: number): SectorImage {
    const [from, to] = [this.#sectors.starts[sector]!, this.#sectors.starts[sector + 1]!];
    const image = {
      bytes: this.bytes.slice(from, to),
      marks: this.#marks.slice(from / this.#unit, to / this.#unit),
      wear: this.wear[sector]!,
    };
    this.#images[sector] = image;
    return image;
  }

  /** Costs as much as the sectors that differ. */
  load(image: FlashImage): void {
    if (image.length !== this.wear.length) throw new RangeError('an image of another flash');
    for (let sector = 0; sector < image.length; sector++) {
      if (this.#images[sector] !== image[sector]) this.#loadSector(sector, image[sector]!);
    }
  }

  #loadSector(sector: number, image: SectorImage): void {
    const [from, to] = [this.#sectors.starts[sector]!, this.#sectors.starts[sector + 1]!];
    if (image.bytes.length !== to - from || image.marks.length * this.#unit !== to - from) {
      throw new RangeError('an image of another flash');
    }
    this.bytes.set(image.bytes, from);
    this.#marks.set(image.marks, from / this.#unit);
    this.wear[sector] = image.wear;
    this.#images[sector] = image;
    this.#file?.writeBytes(from, to);
    this.#file?.writeMarks(from / this.#unit, to / this.#unit);
    this.#file?.writeWear(sector);
  }
}
