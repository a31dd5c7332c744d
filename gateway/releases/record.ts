/**
 * What outlives the process of a release, `release/<id>.json`: which artefact each file was. Nothing of it is believed:
 * the envelope is verified again, and so are the files that no name binds to it.
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeWholeSecret } from '../../hal/node/identity/whole-file.ts';
import type { Digest, ReleaseFile } from '../contract.ts';
import { folderMake, systemFiles } from '../store/files.ts';
import { DIGEST } from '../store/hash.ts';
import { storeErrorOf } from '../store/trouble.ts';

const RECORD = /^([0-9a-f]{64})\.json$/;
const RECORD_MAX = 1 << 20;

export class ReleaseRecords {
  readonly #folder: string;

  /** Throws StoreError. */
  constructor(folder: string) {
    this.#folder = join(folder, 'release');
    try {
      folderMake(systemFiles, this.#folder);
      for (const name of readdirSync(this.#folder))
        if (name.endsWith('.part')) rmSync(join(this.#folder, name), { force: true });
    } catch (error) {
      throw storeErrorOf(error, this.#folder);
    }
  }

  ids(): readonly Digest[] {
    return readdirSync(this.#folder).flatMap((name) => RECORD.exec(name)?.[1] ?? []);
  }

  /** Digests by name; empty where it is no record. */
  read(id: Digest): ReadonlyMap<string, Digest> {
    const digests = new Map<string, Digest>();
    try {
      const path = this.#path(id);
      if (!(statSync(path).size <= RECORD_MAX)) return digests;
      const { files } = JSON.parse(readFileSync(path, 'utf8')) as { files?: unknown };
      for (const [name, digest] of Object.entries(Object(files) as Record<string, unknown>))
        if (typeof digest === 'string' && DIGEST.test(digest)) digests.set(name, digest);
    } catch {
      // It is fetched again, as far as it has to be.
    }
    return digests;
  }

  /** Throws StoreError. */
  write(id: Digest, files: readonly ReleaseFile[]): void {
    const named = Object.fromEntries(files.map(({ name, digest }) => [name, digest]));
    try {
      writeWholeSecret(this.#path(id), Buffer.from(`${JSON.stringify({ version: 1, files: named })}\n`));
    } catch (error) {
      throw storeErrorOf(error, this.#path(id));
    }
  }

  remove(id: Digest): void {
    rmSync(this.#path(id), { force: true });
  }

  #path(id: Digest): string {
    return join(this.#folder, `${id}.json`);
  }
}
