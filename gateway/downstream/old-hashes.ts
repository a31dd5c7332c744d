/**
 * SHA-1 of artefacts, for clients of DDI that hold what they fetched against it and know nothing else. It proves nothing:
 * what is served is proven by signature and SHA-256 before.
 */
import { createHash } from 'node:crypto';
import type { Desk, ReleaseFile } from '../contract.ts';

const CHUNK = 256 << 10;
/** Of how many files it is kept. */
const KEPT = 1024;

export class OldHashes {
  readonly #desk: Pick<Desk, 'read'>;
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(desk: Pick<Desk, 'read'>) {
    this.#desk = desk;
  }

  /** By digest; undefined: a file is not there any more. */
  async of(files: readonly ReleaseFile[]): Promise<ReadonlyMap<string, string> | undefined> {
    const found = new Map<string, string>();
    for (const { digest, size } of files) {
      const hash = await this.#one(digest, size);
      if (hash === undefined) return undefined;
      found.set(digest, hash);
    }
    return found;
  }

  #one(digest: string, size: number): Promise<string | undefined> {
    const known = this.#known.get(digest) ?? this.#read(digest, size);
    this.#known.delete(digest);
    this.#known.set(digest, known);
    if (this.#known.size > KEPT) this.#known.delete(this.#known.keys().next().value!);
    const forget = (): void => {
      if (this.#known.get(digest) === known) this.#known.delete(digest);
    };
    // A file that is not there may be fetched again.
    void known.then((hash) => hash === undefined && forget(), forget);
    return known;
  }

  async #read(digest: string, size: number): Promise<string | undefined> {
    const hash = createHash('sha1');
    const bytes = new Uint8Array(CHUNK);
    for (let at = 0; at < size;) {
      const count = this.#desk.read(digest, at, bytes);
      if (!(count > 0)) return undefined;
      hash.update(bytes.subarray(0, count));
      at += count;
      // Others have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return hash.digest('hex');
  }
}
