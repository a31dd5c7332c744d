/**
 * What is on the disk: a LevelDB, of which each write is one batch that is there whole or not at all, and flushed
 * (`sync`). docs/SPEC.md section 15.1 has keys and values.
 */
import { mkdirSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { Exit, PublishError } from '../../publisher/errors.ts';

export interface Change {
  readonly key: string;
  /** Undefined: is to be gone. */
  readonly value: Uint8Array | undefined;
}

export interface Disk {
  /** All there is, in the order of the keys. */
  load(): AsyncIterable<readonly [key: string, value: Uint8Array]>;
  write(changes: readonly Change[]): Promise<void>;
  close(): Promise<void>;
}

const PRIVATE = 0o700;

const trouble = (folder: string, error: unknown): PublishError => {
  const cause = (error as Error).cause ?? error;
  const { code, message } = cause as NodeJS.ErrnoException;
  const locked = code === 'LEVEL_LOCKED';
  return new PublishError(locked ? 'is in use' : `cannot be used (${message})`, {
    file: folder,
    field: 'inventory',
    remedy: locked
      ? 'Another gateway runs on this folder; stop it, or give this one its own'
      : 'Check that the disk has room and can be written to; the last state that was acknowledged is in it',
    exit: Exit.InputOutput,
  });
};

class LevelDisk implements Disk {
  readonly #folder: string;
  #level: ClassicLevel<string, Uint8Array>;
  #failed = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.#level = this.#make();
  }

  #make(): ClassicLevel<string, Uint8Array> {
    return new ClassicLevel(this.#folder, { keyEncoding: 'utf8', valueEncoding: 'view' });
  }

  async open(): Promise<void> {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: PRIVATE });
      await this.#level.open();
    } catch (error) {
      throw trouble(this.#folder, error);
    }
  }

  async *load(): AsyncIterable<readonly [string, Uint8Array]> {
    for await (const [key, value] of this.#level.iterator()) yield [key, value];
  }

  async write(changes: readonly Change[]): Promise<void> {
    try {
      // After an error LevelDB takes no write until it is opened anew.
      if (this.#failed) await this.#again();
      const batch = changes.map(({ key, value }) =>
        value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
      );
      await this.#level.batch(batch, { sync: true });
    } catch (error) {
      this.#failed = true;
      throw trouble(this.#folder, error);
    }
  }

  async #again(): Promise<void> {
    await this.#level.close();
    this.#level = this.#make();
    await this.#level.open();
    this.#failed = false;
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}

export const openDisk = async (folder: string): Promise<Disk> => {
  const disk = new LevelDisk(folder);
  await disk.open();
  return disk;
};
