/**
 * Doubles of Espruino's native modules (2v29), with their argument orders and their silences: `write` and `erasePage`
 * return nothing and say nothing when they do nothing, `read` takes the length first, an unaligned write programs its
 * neighbours a second time, programming only clears bits, and the hash takes its message in one piece.
 */
import { createHash } from 'node:crypto';
import type { NativeCrypto, NativeE, NativeFlash } from '../../hal/espruino/natives.ts';

export interface Page {
  readonly addr: number;
  readonly length: number;
}

export class Chip {
  readonly base: number;
  readonly bytes: Uint8Array;
  readonly pages: Page[] = [];
  /** JSF_ALIGNMENT. */
  readonly alignment: number;
  /** Calls that are to do nothing, without a word, as on a guarded page. */
  deaf = false;
  erases = 0;
  writes = 0;
  digests: number[] = [];
  /** Units that were programmed since their erase. */
  readonly #programmed = new Set<number>();
  twice = 0;

  constructor(base: number, lengths: readonly number[], alignment = 4) {
    this.base = base;
    this.alignment = alignment;
    let addr = base;
    for (const length of lengths) {
      this.pages.push({ addr, length });
      addr += length;
    }
    this.bytes = new Uint8Array(addr - base).fill(0xff);
  }

  page(address: number): Page | undefined {
    return this.pages.find(({ addr, length }) => address >= addr && address < addr + length);
  }

  program(address: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += this.alignment) {
      const unit = Math.floor((address + at) / this.alignment);
      if (this.#programmed.has(unit)) this.twice++;
      this.#programmed.add(unit);
    }
    for (const [i, byte] of bytes.entries()) this.bytes[address - this.base + i]! &= byte;
  }

  erase({ addr, length }: Page): void {
    this.bytes.fill(0xff, addr - this.base, addr - this.base + length);
    for (let at = addr; at < addr + length; at += this.alignment)
      this.#programmed.delete(at / this.alignment);
  }
}

/** As src/jshardware_common.c `jshFlashWriteAligned`: what is around an unaligned write is read and programmed again. */
const writeAligned = (chip: Chip, bytes: Uint8Array, address: number): void => {
  const from = address - (address % chip.alignment);
  const to = Math.ceil((address + bytes.length) / chip.alignment) * chip.alignment;
  const whole = chip.bytes.slice(from - chip.base, to - chip.base);
  whole.set(bytes, address - from);
  chip.program(from, whole);
};

const inside = (chip: Chip, address: number, length: number): boolean =>
  address >= chip.base && address + length <= chip.base + chip.bytes.length;

export const flashDouble = (chip: Chip): NativeFlash => ({
  getPage: (address) => chip.page(address),
  erasePage: (address) => {
    if (typeof address !== 'number') throw new Error('Address should be an integer');
    const page = chip.page(address);
    if (!page || chip.deaf) return;
    chip.erases++;
    chip.erase(page);
  },
  write: (bytes, address) => {
    if (bytes === undefined) throw new Error('Data is not defined');
    if (bytes.length === 0 || chip.deaf || !inside(chip, address, bytes.length)) return;
    chip.writes++;
    writeAligned(chip, bytes, address);
  },
  read: (length, address) => {
    if (!(length > 0)) return undefined;
    const read = new Uint8Array(length);
    if (inside(chip, address, length))
      read.set(chip.bytes.subarray(address - chip.base, address - chip.base + length));
    return read;
  },
});

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** `mapped` false: whoever uses the area brings the interpreter down, so that the double throws. */
export const eDouble = (chip: Chip, mapped: boolean, reboot: () => void = () => {}): NativeE => ({
  memoryArea: (address, length) => {
    if (!mapped || !inside(chip, address, length)) throw new Error('crash: nothing is mapped there');
    return latin1(chip.bytes.subarray(address - chip.base, address - chip.base + length));
  },
  toString: (bytes) => latin1(bytes),
  reboot,
  enableWatchdog: () => {},
  kickWatchdog: () => {},
});

export const cryptoDouble = (chip: Chip): NativeCrypto => ({
  SHA256: (message) => {
    const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message;
    chip.digests.push(bytes.length);
    return Uint8Array.from(createHash('sha256').update(bytes).digest()).buffer;
  },
});
