import type { FlashPartition } from '../../hal/ports.ts';
import { random } from '../../hal/node/faults.ts';

export const SECTOR = 4096;
export const UNIT = 4;
const OLD = 0;
const OTHER = 2;
/** Bytes that share a fate: a sector has too many units for that each may count. */
const patchOf = (length: number): number => (length === SECTOR ? 64 : UNIT);

/** How an area that a cut left undefined reads in one power cycle. */
type Reading = 'old' | 'new' | 'other' | 'fails' | 'mixed' | 'restless';
const READINGS: readonly Reading[] = ['old', 'new', 'other', 'fails', 'mixed', 'restless'];

interface Torn {
  readonly from: number;
  readonly to: number;
  readonly old: Uint8Array;
  reading: Reading;
  /** For `mixed`: whether each patch reads old, new or as neither. */
  fates: readonly number[];
}

/** What the cut was in: an erase, or the n-th record since its sector was erased, 0 being the state. */
export type Where = 'erase' | number;

/**
 * A flash whose undefined areas are as unpleasant as hal/ports.ts allows: all units of a cut call are undefined, and
 * read differently in each power cycle, or from read to read.
 */
export class UnstableFlash implements FlashPartition {
  readonly next: () => number;
  readonly size: number;
  readonly #bytes: Uint8Array;
  readonly #records: number[];
  #torn: Torn[] = [];
  #left = -1;
  #dead = false;
  /** Told of each operation done, and of each cut. */
  readonly told: (where: Where, sector: number, cut: boolean) => void;

  constructor(sectors: number, seed: number, told: (where: Where, sector: number, cut: boolean) => void) {
    this.next = random(seed);
    this.size = sectors * SECTOR;
    this.#bytes = new Uint8Array(this.size).fill(0xff);
    this.#records = Array.from({ length: sectors }, () => 0);
    this.told = told;
  }

  below(limit: number): number {
    return (this.next() >>> 8) % limit;
  }

  /** A new power cycle; power goes in the operation number `cut` of it, or not at all where that is negative. */
  powerOn(cut: number): void {
    this.#dead = false;
    this.#left = cut;
    for (const torn of this.#torn) {
      torn.reading = READINGS[this.below(READINGS.length)]!;
      torn.fates = this.#fates(torn.old.length);
    }
  }

  #fates(length: number): number[] {
    return Array.from({ length: Math.ceil(length / patchOf(length)) }, () => this.below(3));
  }

  /** How all undefined areas read until the next power cycle. */
  readAll(reading: 'old' | 'new' | 'other' | 'fails'): void {
    for (const torn of this.#torn) torn.reading = reading;
  }

  status(): { size: number; blocks: number; blockLength: number; writeAlign: number; eraseValue: number } {
    const blocks = this.#records.length;
    return { size: this.size, blocks, blockLength: SECTOR, writeAlign: UNIT, eraseValue: 0xff };
  }

  read(into: Uint8Array, offset: number): void {
    into.set(this.#bytes.subarray(offset, offset + into.length));
    for (const torn of this.#torn) {
      const from = Math.max(offset, torn.from);
      const to = Math.min(offset + into.length, torn.to);
      if (from < to && torn.reading !== 'new') this.#readTorn(torn, into, offset, from, to);
    }
  }

  #readTorn(torn: Torn, into: Uint8Array, offset: number, from: number, to: number): void {
    const reading = torn.reading === 'restless' ? READINGS[this.below(5)]! : torn.reading;
    if (reading === 'fails') throw new Error('unreadable');
    if (reading === 'new') return;
    const patch = patchOf(torn.old.length);
    for (let at = from; at < to; at++) {
      const mixed = torn.fates[Math.floor((at - torn.from) / patch)]!;
      const fate = reading === 'old' ? OLD : reading === 'other' ? OTHER : mixed;
      if (fate === OLD) into[at - offset] = torn.old[at - torn.from]!;
      else if (fate === OTHER) into[at - offset] = 0x55;
    }
  }

  write(bytes: Uint8Array, offset: number): void {
    if (this.#dead) throw new Error('no power');
    const to = offset + bytes.length;
    const sector = Math.floor(offset / SECTOR);
    const undefinedHere = this.#torn.some((torn) => torn.from < to && torn.to > offset);
    if (undefinedHere || this.#bytes.subarray(offset, to).some((byte) => byte !== 0xff)) {
      throw new RangeError(`program at ${offset}: not erased`);
    }
    const old = this.#bytes.slice(offset, to);
    this.#bytes.set(bytes, offset);
    this.#operation(this.#records[sector]!++, sector, offset, old);
  }

  eraseBlock(sector: number): void {
    if (this.#dead) throw new Error('no power');
    const from = sector * SECTOR;
    this.#torn = this.#torn.filter((torn) => torn.to <= from || torn.from >= from + SECTOR);
    const old = this.#bytes.slice(from, from + SECTOR);
    this.#bytes.fill(0xff, from, from + SECTOR);
    this.#records[sector] = 0;
    this.#operation('erase', sector, from, old);
  }

  #operation(where: Where, sector: number, from: number, old: Uint8Array): void {
    const cut = this.#left-- === 0;
    this.told(where, sector, cut);
    if (!cut) return;
    this.#dead = true;
    const reading = READINGS[this.below(READINGS.length)]!;
    this.#torn.push({ from, to: from + old.length, old, reading, fates: this.#fates(old.length) });
    throw new Error('power cut');
  }
}
