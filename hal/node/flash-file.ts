import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/*
 * Two files: `<file>` is the bare content of the flash, `<file>.state` what a dump cannot tell:
 *
 *   0    8           12           16           20            24          24 + 4 n     24 + 4 n + size / unit
 *   +----+-----------+------------+------------+-------------+-----------+------------+
 *   |magic| size u32 | sectors u32| unit u32   | erased u32  | wear u32s | marks u8s  |
 *   +----+-----------+------------+------------+-------------+-----------+------------+
 *
 * Little-endian, as every machine that runs Node. Every write goes to the system at once, so a killed process loses
 * nothing that it was told is done.
 */

const magic = new TextEncoder().encode('norflash');
const headerLength = 24;

export interface FlashContent {
  readonly bytes: Uint8Array;
  readonly marks: Uint8Array;
  readonly wear: Uint32Array;
}

export class FlashFile {
  readonly #content: FlashContent;
  readonly #bytesFile: number;
  readonly #stateFile: number;
  readonly #marksAt: number;
  /** Whether `file` was there. */
  readonly found: boolean;
  /** Whether its state was there too; without it, `content.marks` is for the caller to derive. */
  readonly foundState: boolean;

  /** Loads `content` from the files where they exist, else makes them from it. */
  constructor(file: string, content: FlashContent, writeAlign: number, eraseValue: number) {
    const stateFile = `${file}.state`;
    const header = headerOf(content, writeAlign, eraseValue);
    this.#content = content;
    this.#marksAt = headerLength + content.wear.byteLength;
    this.found = existsSync(file);
    this.foundState = this.found && existsSync(stateFile);
    if (this.foundState) loadState(stateFile, header, content);
    else {
      const state = Buffer.concat([header, bytesOf(content.wear), content.marks]);
      writeWhole(stateFile, state);
    }
    if (!this.found) writeWhole(file, content.bytes);
    this.#bytesFile = openSync(file, 'r+');
    this.#stateFile = openSync(stateFile, 'r+');
    if (this.found) this.#loadBytes(file);
  }

  #loadBytes(file: string): void {
    const { bytes } = this.#content;
    const length = readSync(this.#bytesFile, bytes, 0, bytes.length, 0);
    if (length !== bytes.length || readSync(this.#bytesFile, new Uint8Array(1), 0, 1, bytes.length) !== 0) {
      throw new Error(
        `${file}: not ${bytes.length} bytes, so not this flash; remove it or name another file`,
      );
    }
  }

  writeBytes(from: number, to: number): void {
    writeAll(this.#bytesFile, this.#content.bytes.subarray(from, to), from);
  }

  writeMarks(from: number, to: number): void {
    writeAll(this.#stateFile, this.#content.marks.subarray(from, to), this.#marksAt + from);
  }

  writeWear(sector: number): void {
    const place = sector * 4;
    writeAll(this.#stateFile, bytesOf(this.#content.wear).subarray(place, place + 4), headerLength + place);
  }

  close(): void {
    closeSync(this.#bytesFile);
    closeSync(this.#stateFile);
  }
}

const bytesOf = (wear: Uint32Array): Uint8Array =>
  new Uint8Array(wear.buffer, wear.byteOffset, wear.byteLength);

const headerOf = (content: FlashContent, writeAlign: number, eraseValue: number): Buffer => {
  const header = Buffer.alloc(headerLength);
  header.set(magic);
  header.writeUInt32LE(content.bytes.length, 8);
  header.writeUInt32LE(content.wear.length, 12);
  header.writeUInt32LE(writeAlign, 16);
  header.writeUInt32LE(eraseValue, 20);
  return header;
};

const loadState = (file: string, header: Buffer, content: FlashContent): void => {
  const state = readFileSync(file);
  const { wear, marks } = content;
  const marksAt = headerLength + wear.byteLength;
  if (!state.subarray(0, headerLength).equals(header) || state.length !== marksAt + marks.length) {
    throw new Error(`${file}: the state of a flash of another geometry; remove it or name another file`);
  }
  bytesOf(wear).set(state.subarray(headerLength, marksAt));
  marks.set(state.subarray(marksAt));
};

/** A process killed half-way leaves no half file. */
const writeWhole = (file: string, bytes: Uint8Array): void => {
  writeFileSync(`${file}.new`, bytes);
  renameSync(`${file}.new`, file);
};

const writeAll = (file: number, bytes: Uint8Array, place: number): void => {
  let done = 0;
  while (done < bytes.length) done += writeSync(file, bytes, done, bytes.length - done, place + done);
};
