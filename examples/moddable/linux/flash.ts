/**
 * "embedded:storage/flash" where the SDK has none: the behaviour of its ESP32 module (8.2.3), over bytes that behave like
 * NOR flash. The words of the errors are the SDK's, the checks those of ESP-IDF's esp_partition below it:
 * - an argument left out is a SyntaxError, a closed partition too; all else that goes wrong is an Error of two words
 * - offsets are cut to 32 bits; a range that is not all inside the partition fails
 * - `eraseBlock(1, undefined)` asks for an end of 0: it fails, or where it begins at 0 erases nothing
 * - a second write clears further bits
 */

/** Where the bytes are; `read` and `write` are inside of them. */
export interface Cells {
  read(at: number, into: Uint8Array): void;
  write(at: number, bytes: Uint8Array): void;
}

/** One partition: in sectors of the flash. */
export interface Place {
  readonly from: number;
  readonly count: number;
}

const SECTOR = 4096;
const ERASED = 0xff;

const integer = (value: unknown): number => {
  if (typeof value === 'bigint') throw new TypeError('Cannot coerce BigInt to integer');
  return Number(value) | 0;
};

const bytesOf = (buffer: unknown): Uint8Array => {
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  const view = buffer as Uint8Array;
  if (!ArrayBuffer.isView(view) || (view as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT! > 1)
    throw new TypeError('invalid buffer');
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
};

class Partition {
  #cells: Cells | undefined;
  readonly #base: number;
  readonly #size: number;
  readonly #readOnly: boolean;

  constructor(cells: Cells, place: Place, readOnly: boolean) {
    this.#cells = cells;
    this.#base = place.from * SECTOR;
    this.#size = place.count * SECTOR;
    this.#readOnly = readOnly;
  }

  close(): void {
    this.#cells = undefined;
  }

  read(...args: [buffer: unknown, offset: unknown]): unknown {
    const cells = this.#open(args.length >= 2);
    const allocate = typeof args[0] === 'number';
    const into = allocate ? new Uint8Array(integer(args[0])) : bytesOf(args[0]);
    const at = integer(args[1]);
    if (!this.#holds(at, into.length)) throw new Error('read failed');
    cells.read(this.#base + at, into);
    return allocate ? into.buffer : into.length;
  }

  write(...args: [buffer: unknown, offset: unknown]): void {
    const cells = this.#open(args.length >= 2);
    if (this.#readOnly) throw new Error('read-only');
    const bytes = bytesOf(args[0]);
    const at = integer(args[1]);
    if (!this.#holds(at, bytes.length)) throw new Error('write failed');
    const now = new Uint8Array(bytes.length);
    cells.read(this.#base + at, now);
    for (let i = 0; i < now.length; i++) now[i]! &= bytes[i]!;
    cells.write(this.#base + at, now);
  }

  eraseBlock(...args: [from: unknown, to?: unknown]): void {
    const cells = this.#open(args.length >= 1);
    if (this.#readOnly) throw new Error('read-only');
    const from = integer(args[0]) * SECTOR;
    const to = (args.length > 1 ? integer(args[1]) : integer(args[0]) + 1) * SECTOR;
    if (from === 0 && to === 0) return;
    if (!(from >= 0 && to >= from && to <= this.#size)) throw new Error('erase failed');
    const blank = new Uint8Array(SECTOR).fill(ERASED);
    for (let at = from; at < to; at += SECTOR) cells.write(this.#base + at, blank);
  }

  status(): { size: number; blocks: number; blockLength: number } {
    this.#open(true);
    return { size: this.#size, blocks: this.#size / SECTOR, blockLength: SECTOR };
  }

  get format(): string {
    return 'buffer';
  }

  set format(value: string) {
    if (value !== 'buffer') throw new RangeError('invalid');
  }

  #open(enough: boolean): Cells {
    if (this.#cells === undefined) throw new SyntaxError('this: not a host object');
    if (!enough) throw new SyntaxError('invalid index');
    return this.#cells;
  }

  #holds(at: number, length: number): boolean {
    return at >= 0 && at + length <= this.#size;
  }
}

export interface FlashModule {
  open(options: { readonly path?: string; readonly mode?: string; readonly format?: string }): Partition;
  [Symbol.iterator](): Iterator<string>;
}

export const flashOver = (cells: Cells, places: Readonly<Record<string, Place>>): FlashModule => ({
  open(options) {
    if (!('path' in options)) throw new Error('no path');
    const place = places[String(options.path)];
    if (place === undefined) throw new Error("can't find partition");
    const mode = options.mode ?? 'r+';
    if (mode !== 'r' && mode !== 'r+') throw new Error('invalid mode');
    if ((options.format ?? 'buffer') !== 'buffer') throw new RangeError('unsupported');
    return new Partition(cells, place, mode === 'r');
  },
  [Symbol.iterator]: () => Object.keys(places)[Symbol.iterator](),
});
