/**
 * Reads artefacts, and finds those that are not what their name says. A file is hashed on the first reading after open,
 * and again when it looks changed; what does not hold is removed, and counts as missing.
 */
import type { Digest } from '../contract.ts';
import type { Files } from './files.ts';
import { hashNow, hashSlowly } from './hash.ts';
import type { Item, Shelf } from './shelf.ts';
import { errnoOf } from './trouble.ts';

/** Where artefacts are, and how one is taken away. */
export interface Place {
  path(item: Item): string;
  remove(item: Item): void;
}

/** Milliseconds between two notes on the disk that an artefact is in use. */
const NOTED = 60_000;

type Look = Pick<ReturnType<Files['fstatSync']>, 'size' | 'mtimeMs' | 'ino'>;
const looks = ({ size, mtimeMs, ino }: Look): string => `${size} ${mtimeMs} ${ino}`;

export class ArtefactReader {
  readonly #files: Files;
  readonly #shelf: Shelf;
  readonly #now: () => number;
  readonly #place: Place;
  #closed = false;

  constructor(files: Files, shelf: Shelf, now: () => number, place: Place) {
    this.#files = files;
    this.#shelf = shelf;
    this.#now = now;
    this.#place = place;
  }

  close(): void {
    this.#closed = true;
  }

  /** Runs `work` on the file of an artefact that is proven; undefined where there is none. Throws nothing. */
  proven<T>(digest: Digest, work: (file: number, size: number) => T): T | undefined {
    const item = this.#shelf.find(digest, false);
    if (item === undefined || this.#closed) return undefined;
    let file: number;
    try {
      file = this.#files.openSync(this.#place.path(item), 'r');
    } catch (error) {
      // Out of descriptors, say: it is there, and not to be had now.
      if (errnoOf(error) === 'ENOENT') this.#shelf.remove(item);
      return undefined;
    }
    try {
      if (this.#holdsTrue(item, file)) return work(file, item.size);
      this.#place.remove(item);
      return undefined;
    } catch (error) {
      // A sector that cannot be read: of no use to anybody, and fetched anew.
      if (errnoOf(error) === 'EIO') this.#spoilt(item);
      return undefined;
    } finally {
      this.#files.closeSync(file);
    }
  }

  #spoilt(item: Item): void {
    try {
      this.#place.remove(item);
    } catch {
      this.#shelf.remove(item);
    }
  }

  #holdsTrue(item: Item, file: number): boolean {
    const look = this.#files.fstatSync(file);
    if (item.proven !== looks(look)) {
      if (hashNow(this.#files, file) !== item.name) return false;
      this.#shelf.resize(item, look.size);
      item.proven = looks(look);
    }
    const now = this.#now();
    item.busy = now;
    if (Math.abs(now - item.used) < NOTED) return true;
    item.used = now;
    try {
      this.#files.futimesSync(file, now / 1000, now / 1000);
      item.proven = looks(this.#files.fstatSync(file));
    } catch {
      // After the next open it counts as older than it is, and no more.
    }
    return true;
  }

  /** Reads everything, with `pause` before each (false ends it); how many were not what their name says, and are gone. */
  async scrub(pause?: () => Promise<boolean>): Promise<number> {
    let bad = 0;
    for (const item of this.#shelf.artefacts) {
      if (pause !== undefined && !(await pause())) return bad;
      if (this.#closed || this.#shelf.find(item.name, false) !== item) continue;
      if (!(await this.#scrubOne(item))) bad++;
    }
    return bad;
  }

  async #scrubOne(item: Item): Promise<boolean> {
    let file: number;
    try {
      file = this.#files.openSync(this.#place.path(item), 'r');
    } catch {
      return true;
    }
    let right = false;
    try {
      const { hash } = await hashSlowly(this.#files, file, () => this.#closed);
      right = this.#closed || hash.digest('hex') === item.name;
    } catch (error) {
      right = errnoOf(error) !== 'EIO';
    } finally {
      this.#files.closeSync(file);
    }
    if (!right && this.#shelf.find(item.name, false) === item) this.#spoilt(item);
    return right;
  }
}
