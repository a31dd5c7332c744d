import type { BlockPlace, FlashPartition, FlashPort, FlashStatus } from '../ports.ts';
import type { FlashImage } from './cells.ts';
import type { FaultHook } from './faults.ts';
import type { CutPlan } from './power.ts';
import type { Sectors } from './sectors.ts';
import { tearErase, tearUnit } from './faults.ts';
import { Cells, Mark } from './cells.ts';
import { PowerSupply } from './power.ts';
import { SharedCells } from './shared-cells.ts';
import { sectorAt, sectorsOf } from './sectors.ts';

/** The caller broke the contract of hal/ports.ts. */
export class FlashMisuse extends Error {
  override readonly name = 'FlashMisuse';
}

/** The flash, with power, said that it did not do it. */
export class FlashFailure extends Error {
  override readonly name = 'FlashFailure';
}

export interface NorFlashOptions {
  /** Lengths of the erase sectors in bytes, from offset 0 on. */
  readonly sectors: readonly number[];
  /** Bytes in a program unit. */
  readonly writeAlign: number;
  readonly eraseValue: 0xff | 0x00;
  /** One program operation never crosses a multiple of this; a longer write becomes several. */
  readonly pageSize?: number | undefined;
  /** Content at first; what is not erased counts as programmed. Default: all erased. */
  readonly bytes?: Uint8Array | undefined;
  /** Keeps the flash in this file and `<file>.state`; content found there comes before `bytes`. */
  readonly file?: string | undefined;
  /**
   * Content, marks and wear at first. Whatever is made of the same image shares it, and each keeps only the sectors that
   * it changes. In place of `bytes` and `file`.
   */
  readonly image?: FlashImage | undefined;
  /** Shared by all flash of a board. Default: its own. */
  readonly power?: PowerSupply | undefined;
  readonly fault?: FaultHook | undefined;
  /** Names the flash in traces and messages. */
  readonly name?: string | undefined;
}

const cellsOf = (options: NorFlashOptions, sectors: Sectors): Cells | SharedCells => {
  const { writeAlign, eraseValue, bytes, file, image } = options;
  if (image !== undefined) {
    if (bytes !== undefined || file !== undefined)
      throw new RangeError('a flash that shares an image has no bytes and no file to begin with');
    return new SharedCells(sectors, writeAlign, eraseValue, image);
  }
  const cells = new Cells(sectors, writeAlign, eraseValue);
  if (bytes !== undefined) cells.adopt(bytes);
  if (file !== undefined) cells.openFile(file);
  return cells;
};

/** A NOR flash that takes nothing but what the contract of hal/ports.ts allows, and can lose power anywhere. */
export class NorFlash implements FlashPartition {
  readonly name: string;
  readonly power: PowerSupply;
  readonly sectors: Sectors;
  /** Faults while there is power. */
  fault: FaultHook | null;
  /** Erases of single sectors, and programs. */
  operations = 0;
  /** Sectors erased. */
  erases = 0;
  /** Program operations: one for each page that a write touches. */
  programs = 0;
  unitsProgrammed = 0;
  bytesRead = 0;
  /** Calls that broke the contract, also where the caller swallowed the exception. */
  misuses = 0;
  readonly #status: Required<FlashStatus>;
  readonly #unit: number;
  readonly #eraseValue: number;
  readonly #page: number;
  readonly #cells: Cells | SharedCells;

  constructor(options: NorFlashOptions) {
    const sectors = sectorsOf(options.sectors);
    const { writeAlign, eraseValue, pageSize = sectors.size, bytes } = options;
    if (!(writeAlign > 0 && sectors.lengths.every((length) => length % writeAlign === 0))) {
      throw new RangeError(`program units of ${writeAlign} bytes do not fill the sectors`);
    }
    if (!(pageSize > 0 && pageSize % writeAlign === 0)) {
      throw new RangeError(`program units of ${writeAlign} bytes do not fill pages of ${pageSize}`);
    }
    if (bytes !== undefined && bytes.length !== sectors.size) {
      throw new RangeError(`${bytes.length} bytes for a flash of ${sectors.size}`);
    }
    this.name = options.name ?? 'flash';
    this.power = options.power ?? new PowerSupply();
    this.fault = options.fault ?? null;
    this.sectors = sectors;
    this.#unit = writeAlign;
    this.#eraseValue = eraseValue;
    this.#page = pageSize;
    this.#status = Object.freeze({
      size: sectors.size,
      blocks: sectors.lengths.length,
      blockLength: sectors.largest,
      writeAlign,
      eraseValue,
    });
    this.#cells = cellsOf(options, sectors);
  }

  /** This flash as a port of the agent. */
  port(): FlashPort {
    if (this.sectors.uniform) return { partition: this };
    return { partition: this, blockAt: (offset) => this.blockAt(offset) };
  }

  status(): Required<FlashStatus> {
    this.power.check();
    return this.#status;
  }

  blockAt(offset: number): BlockPlace {
    if (!(offset >= 0 && offset < this.sectors.size)) this.#misuse(`no sector at ${offset}`);
    const block = sectorAt(this.sectors, offset);
    return { block, offset: this.sectors.starts[block]!, length: this.sectors.lengths[block]! };
  }

  read(into: Uint8Array, offset: number): void {
    this.power.check();
    const length = into.length;
    this.#checkRange('read', offset, length);
    this.#cells.read(into, offset);
    this.bytesRead += length;
    const read = this.fault?.read;
    if (read !== undefined) read(into, offset, read.length > 2 && this.undefinedIn(offset, length));
  }

  write(bytes: Uint8Array, offset: number): void {
    this.power.check();
    const length = bytes.length;
    this.#checkRange('write', offset, length);
    if (offset % this.#unit !== 0 || length % this.#unit !== 0) {
      this.#misuse(`write of ${length} bytes at ${offset} is not on units of ${this.#unit}`);
    }
    const cells = this.#cells;
    if (cells.marked(Mark.Programmed, offset, length) || cells.marked(Mark.Undefined, offset, length)) {
      this.#misuse(`write of ${length} bytes at ${offset} meets a unit that is not erased`);
    }
    for (let done = 0; done < length;) {
      const room = this.#page - ((offset + done) % this.#page);
      const part = Math.min(room, length - done);
      this.#program(bytes.subarray(done, done + part), offset + done);
      done += part;
    }
  }

  #program(bytes: Uint8Array, offset: number): void {
    const { length } = bytes;
    const units = length / this.#unit;
    const cut = this.#begin('program', offset, length, units, bytes);
    this.programs++;
    if (cut?.where === 'inside') {
      this.#tear(bytes, offset, Math.min(cut.unit ?? 0, units - 1), cut);
      this.power.cut();
    }
    const fate = this.fault?.program?.(offset, length) ?? 'done';
    this.#cells.change(offset, length);
    if (fate === 'done') {
      this.#cells.program(bytes, offset);
      this.unitsProgrammed += units;
    }
    this.#cells.settle(offset, length, fate === 'failed' ? Mark.Undefined : Mark.Programmed);
    if (cut !== null) this.power.cut();
    if (fate === 'failed') throw new FlashFailure(`${this.name}: program at ${offset} failed`);
  }

  #tear(bytes: Uint8Array, offset: number, unit: number, cut: CutPlan): void {
    const before = unit * this.#unit;
    const after = before + this.#unit;
    this.#cells.change(offset, after);
    this.#cells.program(bytes.subarray(0, before), offset);
    const target = this.#cells.view(offset + before, this.#unit);
    tearUnit(target, bytes.subarray(before, after), cut.torn ?? 'mixed', cut.seed ?? 1);
    this.unitsProgrammed += unit;
    this.#cells.settle(offset, before, Mark.Programmed);
    this.#cells.settle(offset + before, this.#unit, Mark.Undefined);
  }

  eraseBlock(from: number, to: number = from + 1): void {
    this.power.check();
    const whole = Number.isInteger(from) && Number.isInteger(to);
    if (!(whole && from >= 0 && from < to && to <= this.wear.length)) {
      this.#misuse(`erase of sectors ${from} to ${to}, of ${this.wear.length}`);
    }
    for (let sector = from; sector < to; sector++) this.#erase(sector);
  }

  #erase(sector: number): void {
    const offset = this.sectors.starts[sector]!;
    const length = this.sectors.lengths[sector]!;
    const cut = this.#begin('erase', offset, length, 1);
    const fate = this.fault?.erase?.(sector) ?? 'done';
    this.erases++;
    this.#cells.change(offset, length);
    this.#cells.wearOut(sector);
    const content = this.#cells.view(offset, length);
    if (cut?.where === 'inside') {
      tearErase(content, this.#eraseValue, cut.erase ?? 'mixed', cut.seed ?? 1);
      this.#cells.settle(offset, length, Mark.Undefined);
      this.power.cut();
    }
    if (fate === 'done') content.fill(this.#eraseValue);
    else this.#cells.keepUnerased();
    this.#cells.settle(offset, length, fate === 'failed' ? Mark.Undefined : Mark.Erased);
    if (cut !== null) this.power.cut();
    if (fate === 'failed') throw new FlashFailure(`${this.name}: erase of sector ${sector} failed`);
  }

  #begin(
    kind: 'program' | 'erase',
    offset: number,
    length: number,
    units: number,
    bytes?: Uint8Array,
  ): CutPlan | null {
    const { power } = this;
    const traced = power.trace === null ? null : { device: this.name, kind, offset, length, units, bytes };
    const cut = power.begin(traced);
    this.operations++;
    return cut;
  }

  #checkRange(what: string, offset: number, length: number): void {
    const inside =
      Number.isInteger(offset) && offset >= 0 && length >= 0 && offset + length <= this.sectors.size;
    if (!inside) this.#misuse(`${what} of ${length} bytes at ${offset}, of ${this.sectors.size}`);
  }

  #misuse(message: string): never {
    this.misuses++;
    throw new FlashMisuse(`${this.name}: ${message}`);
  }

  get powered(): boolean {
    return this.power.powered;
  }

  get cutFired(): boolean {
    return this.power.cutFired;
  }

  /** Plans one cut of the power supply: see `PowerSupply.cutAt`. */
  cutAt(plan: CutPlan): void {
    this.power.cutAt(plan);
  }

  powerOn(): void {
    this.power.powerOn();
  }

  /** Whether any byte of the range is in a unit or sector that a power cut left undefined. */
  undefinedIn(offset: number, length: number): boolean {
    return this.#cells.marked(Mark.Undefined, offset, length);
  }

  /** The content as it is, with or without power; a view, not to be written to, or a copy where an image is shared. */
  get bytes(): Uint8Array {
    return this.#cells.bytes;
  }

  /** Bytes that it holds of its own, marks included; all of it where no image is shared. */
  get ownBytes(): number {
    const cells = this.#cells;
    return cells instanceof SharedCells ? cells.ownBytes : this.sectors.size * (1 + 1 / this.#unit);
  }

  /** Erases of each sector. */
  get wear(): Uint32Array {
    return this.#cells.wear;
  }

  /** Changes content behind the back of the flash, as bit rot and a programmer on the bench do. Marks stay. */
  poke(bytes: Uint8Array, offset: number): void {
    this.#checkRange('poke', offset, bytes.length);
    this.#cells.poke(bytes, offset);
  }

  /** Content, marks and wear as they are. Costs as much as the sectors that changed since the last `save` or `load`. */
  save(): FlashImage {
    return this.#cells.save();
  }

  /** Content, marks and wear as they were at `save`; counters go on. Costs as much as the sectors that differ. */
  load(image: FlashImage): void {
    this.#cells.load(image);
  }

  /** Lets go of the file, if any. */
  close(): void {
    this.#cells.close();
  }
}
