/** What lies in the store, how much that is, and what may go when there is no room. In memory, made anew at open. */
import type { Digest } from '../contract.ts';

export interface Item {
  /** A digest, or the key of a part. */
  readonly name: string;
  readonly part: boolean;
  size: number;
  /** When it was last used, milliseconds since 1970. */
  used: number;
  /** Read, or written to, in this process: not before READING is over does it go. */
  busy: number;
  /** How often it is held: by a release that is being fetched, by a download. */
  held: number;
  /** How the file looked when it was proven; '' while it has not been. */
  proven: string;
}

/** Milliseconds: a device that read of it so long ago may still be at it. */
export const READING: number = 60_000;

export class Shelf {
  readonly #items = new Map<string, Item>();
  #pinned: ReadonlySet<Digest> = new Set();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get artefacts(): readonly Item[] {
    return [...this.#items.values()].filter((item) => !item.part);
  }

  get parts(): readonly Item[] {
    return [...this.#items.values()].filter((item) => item.part);
  }

  pin(digests: ReadonlySet<Digest>): void {
    this.#pinned = new Set(digests);
  }

  find(name: string, part: boolean): Item | undefined {
    return this.#items.get(`${part}:${name}`);
  }

  add(name: string, part: boolean, size: number, used: number): Item {
    const before = this.find(name, part);
    if (before) {
      this.resize(before, size);
      before.proven = '';
      return before;
    }
    const item: Item = { name, part, size, used, busy: -Infinity, held: 0, proven: '' };
    this.#items.set(`${part}:${name}`, item);
    this.#bytes += size;
    return item;
  }

  resize(item: Item, size: number): void {
    this.#bytes += size - item.size;
    item.size = size;
  }

  remove(item: Item): void {
    if (this.#items.delete(`${item.part}:${item.name}`)) this.#bytes -= item.size;
  }

  /** What goes next: the least recently used of what may. */
  next(now: number): Item | undefined {
    let oldest: Item | undefined;
    for (const item of this.#items.values()) {
      const stays = item.held > 0 || (!item.part && this.#pinned.has(item.name));
      if (stays || Math.abs(now - item.busy) < READING) continue;
      if (oldest === undefined || item.used < oldest.used) oldest = item;
    }
    return oldest;
  }
}
