/**
 * A file that is on its way. What is believed of it is what was hashed in this process: opened again, all of it is read
 * again. If the process dies at any point, a start of the file stands; if power dies, perhaps garbage behind it, which
 * the digest of the whole then tells.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { constants } from 'node:fs';
import type { Digest } from '../contract.ts';
import { FILE_MODE } from './files.ts';
import type { Files } from './files.ts';
import { hashSlowly } from './hash.ts';
import { storeErrorOf } from './trouble.ts';

export class PartFile {
  readonly path: string;
  readonly #files: Files;
  readonly #file: number;
  #hash: Hash = createHash('sha256');
  #length = 0;
  #open = true;

  constructor(files: Files, path: string) {
    this.path = path;
    this.#files = files;
    this.#file = files.openSync(path, constants.O_RDWR | constants.O_CREAT, FILE_MODE);
  }

  get length(): number {
    return this.#length;
  }

  get digest(): Digest {
    return this.#hash.copy().digest('hex');
  }

  async load(): Promise<void> {
    const { hash, length } = await hashSlowly(this.#files, this.#file, () => !this.#open);
    this.#hash = hash;
    this.#length = length;
  }

  /** What was written of them when it throws is the start of what belongs there, and counts after the next opening. */
  append(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;)
        at += this.#files.writeSync(this.#file, bytes, at, bytes.length - at, this.#length + at);
    } catch (error) {
      throw storeErrorOf(error, this.path);
    }
    this.#hash.update(bytes);
    this.#length += bytes.length;
  }

  /** Begins anew. */
  restart(): void {
    this.#files.ftruncateSync(this.#file, 0);
    this.#hash = createHash('sha256');
    this.#length = 0;
  }

  /** The bytes so far. */
  content(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (let count = -1; at < bytes.length && count !== 0; at += count)
      count = this.#files.readSync(this.#file, bytes, at, bytes.length - at, at);
    return bytes.subarray(0, at);
  }

  /** What was appended is on the disk. Where that fails nobody knows what is: it begins anew. */
  sync(): void {
    try {
      this.#files.fsyncSync(this.#file);
    } catch (error) {
      this.#forget();
      throw storeErrorOf(error, this.path);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#files.closeSync(this.#file);
  }

  #forget(): void {
    this.#hash = createHash('sha256');
    this.#length = 0;
    try {
      this.#files.ftruncateSync(this.#file, 0);
    } catch {
      // It is read again before it counts.
    }
  }
}
