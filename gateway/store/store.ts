/**
 * Artefacts on disk, each a file that is named by its SHA-256:
 *
 *   whole/<sha256>   proven, and there for good          part/<key>   on its way
 *
 * A part becomes whole by fsync, rename, fsync of the folder: killed before the rename, it goes on as a part; behind it,
 * it is whole. Nothing else is written, so nothing else can be wrong: sizes, ages and what is used are read from the
 * files at open. A name proves nothing: on the first reading after open, and when the file looks changed, all of it is
 * hashed, and one that is another is removed and counts as missing. One process to a folder.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Artefact, ArtefactStore, Digest } from '../contract.ts';
import { folderMake, folderSync, systemFiles } from './files.ts';
import type { Files } from './files.ts';
import { DIGEST } from './hash.ts';
import { PartFile } from './part.ts';
import { ArtefactReader } from './reader.ts';
import { Shelf } from './shelf.ts';
import type { Item } from './shelf.ts';
import { StoreError, storeErrorOf } from './trouble.ts';
import type { Part, Store, StoreOptions } from './types.ts';

export type { Part, Store, StoreOptions } from './types.ts';

/** Milliseconds after which a part that nobody went on with is removed at open. */
const PART_AGE = 30 * 86_400_000;
const PREFIX: RegExp = /^[0-9a-f]{8,64}$/;

class DiskStore implements Store {
  readonly folder: string;
  readonly #whole: string;
  readonly #parts: string;
  readonly #quota: number;
  readonly #files: Files;
  readonly #now: () => number;
  readonly #shelf = new Shelf();
  readonly #reader: ArtefactReader;
  readonly #open = new Set<PartFile>();
  readonly #putting = new Map<Digest, Promise<Artefact>>();
  #closed = false;

  constructor({ folder, quota, now = Date.now, files = systemFiles }: StoreOptions) {
    this.folder = folder;
    this.#whole = join(folder, 'whole');
    this.#parts = join(folder, 'part');
    this.#quota = quota;
    this.#files = files;
    this.#now = now;
    const place = { path: (item: Item) => this.#path(item), remove: (item: Item) => this.#remove(item) };
    this.#reader = new ArtefactReader(files, this.#shelf, now, place);
    try {
      for (const path of [folder, this.#whole, this.#parts]) folderMake(files, path);
      this.#load(this.#whole, false);
      this.#load(this.#parts, true);
      this.#clean();
    } catch (error) {
      throw storeErrorOf(error, folder);
    }
  }

  #load(folder: string, part: boolean): void {
    for (const name of this.#files.readdirSync(folder)) {
      if (!DIGEST.test(name)) continue;
      const { size, mtimeMs } = this.#files.statSync(join(folder, name));
      this.#shelf.add(name, part, size, mtimeMs);
    }
  }

  /** What is left of downloads that nobody goes on with, and what is over a quota that was lowered. */
  #clean(): void {
    const now = this.#now();
    for (const item of this.#shelf.parts) if (now - item.used > PART_AGE) this.#remove(item);
    while (this.#shelf.bytes > this.#quota) {
      const item = this.#shelf.next(now);
      if (item === undefined) return;
      this.#remove(item);
    }
  }

  #path(item: Item): string {
    return join(item.part ? this.#parts : this.#whole, item.name);
  }

  #remove(item: Item): void {
    this.#files.rmSync(this.#path(item), { force: true });
    this.#shelf.remove(item);
  }

  find(digest: Digest): Artefact | undefined {
    return this.#reader.proven(digest, (_, size) => ({ digest, size }));
  }

  findNamed(digits: string): Artefact | undefined {
    const seen = this.look(digits);
    return seen && this.find(seen.digest);
  }

  look(digits: string): Artefact | undefined {
    if (!PREFIX.test(digits)) return undefined;
    const named = ({ name }: Item): boolean => name.startsWith(digits);
    const whole = DIGEST.test(digits);
    const item = whole ? this.#shelf.find(digits, false) : this.#shelf.artefacts.find(named);
    return item && { digest: item.name, size: item.size };
  }

  read(digest: Digest, offset: number, into: Uint8Array): number {
    if (!(Number.isSafeInteger(offset) && offset >= 0)) return -1;
    const read = this.#reader.proven(digest, (file, size) => {
      const length = Math.min(into.length, size - offset);
      if (!(length > 0)) return 0;
      return this.#files.readSync(file, into, 0, length, offset);
    });
    return read ?? -1;
  }

  pin(digests: ReadonlySet<Digest>): void {
    this.#shelf.pin(digests);
  }

  hold(digest: Digest): () => void {
    const item = this.#shelf.find(digest, false);
    if (item === undefined) return () => undefined;
    item.held++;
    let once = true;
    return () => {
      if (once) item.held--;
      once = false;
    };
  }

  usage(): { readonly bytes: number; readonly quota: number; readonly artefacts: number } {
    return { bytes: this.#shelf.bytes, quota: this.#quota, artefacts: this.#shelf.artefacts.length };
  }

  room(bytes: number): void {
    const now = this.#now();
    while (!(this.#shelf.bytes + bytes <= this.#quota)) {
      const item = bytes <= this.#quota ? this.#shelf.next(now) : undefined;
      if (item === undefined) throw this.#noRoom(bytes);
      try {
        this.#remove(item);
      } catch (error) {
        throw storeErrorOf(error, this.#path(item));
      }
    }
  }

  #noRoom(bytes: number): StoreError {
    const { bytes: held } = this.#shelf;
    const what = `${this.folder}: no room for ${bytes} bytes: ${held} of ${this.#quota} are taken`;
    const remedy = 'raise the quota of the configuration, or let the releases that are under way end';
    return new StoreError('quota', `${what} by what is in use; ${remedy}`);
  }

  async part(key: string): Promise<Part> {
    if (!DIGEST.test(key)) throw new RangeError(`no key of a part: ${key}`);
    if (this.#closed) throw this.#closedError();
    const item = this.#shelf.add(key, true, this.#shelf.find(key, true)?.size ?? 0, this.#now());
    if (item.held > 0) throw new RangeError(`the part ${key} is open already`);
    item.held++;
    let file: PartFile | undefined;
    try {
      file = new PartFile(this.#files, this.#path(item));
      this.#open.add(file);
      await file.load();
      if (!this.#open.has(file)) throw this.#closedError();
      this.#shelf.resize(item, file.length);
      return this.#partOf(item, file);
    } catch (error) {
      item.held--;
      if (file !== undefined && this.#open.delete(file)) file.close();
      throw storeErrorOf(error, this.#path(item));
    }
  }

  #closedError(): StoreError {
    return new StoreError('failed', `${this.folder}: the store is closed`);
  }

  #partOf(item: Item, file: PartFile): Part {
    const close = (): void => {
      if (!this.#open.delete(file)) return;
      item.held--;
      item.used = this.#now();
      file.close();
    };
    const attempt = <T>(work: () => T): T => {
      try {
        return work();
      } catch (error) {
        throw storeErrorOf(error, file.path);
      } finally {
        this.#shelf.resize(item, file.length);
      }
    };
    return {
      get length() {
        return file.length;
      },
      get digest() {
        return file.digest;
      },
      append: (bytes) => {
        this.room(bytes.length);
        attempt(() => file.append(bytes));
      },
      restart: () => attempt(() => file.restart()),
      content: () => attempt(() => file.content()),
      keep: () => attempt(() => this.#keep(item, file, close)),
      close,
      drop: () => {
        close();
        attempt(() => this.#remove(item));
      },
    };
  }

  #keep(item: Item, file: PartFile, close: () => void): Artefact {
    const { digest, length: size } = file;
    file.sync();
    this.#files.renameSync(file.path, join(this.#whole, digest));
    // From here on it is whole, and behind the next line also after a power cut.
    this.#shelf.remove(item);
    close();
    const now = this.#now();
    this.#shelf.add(digest, false, size, now).busy = now;
    folderSync(this.#files, this.#whole);
    folderSync(this.#files, this.#parts);
    return { digest, size };
  }

  put(bytes: Uint8Array): Promise<Artefact> {
    const digest = createHash('sha256').update(bytes).digest('hex');
    const work = this.#putting.get(digest) ?? this.#put(digest, bytes);
    this.#putting.set(digest, work);
    return work.finally(() => this.#putting.delete(digest));
  }

  async #put(digest: Digest, bytes: Uint8Array): Promise<Artefact> {
    const there = this.find(digest);
    if (there) return there;
    const part = await this.part(digest);
    try {
      if (part.length > 0) part.restart();
      part.append(bytes);
      return part.keep();
    } finally {
      part.close();
    }
  }

  scrub(pause?: () => Promise<boolean>): Promise<number> {
    return this.#reader.scrub(pause);
  }

  close(): void {
    this.#closed = true;
    this.#reader.close();
    for (const file of this.#open) file.close();
    this.#open.clear();
  }
}

/** Throws StoreError where the folder cannot be made or read. */
export const openStore = (options: StoreOptions): Store => new DiskStore(options);

/** All of an artefact; shorter where it is gone. */
export const contentOf = (store: Pick<ArtefactStore, 'read'>, { digest, size }: Artefact): Uint8Array => {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let count = 1; at < size && count > 0; at += Math.max(0, count))
    count = store.read(digest, at, bytes.subarray(at));
  return bytes.subarray(0, at);
};
