/** Stores for tests, and file systems that fail or end at an operation. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { random } from '../../hal/node/faults.ts';
import type { Files } from '../../gateway/store/files.ts';

export const folderOf = (t: ExecutionContext): string => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'flipside-store-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The same bytes for the same seed. */
export const bytesOf = (length: number, seed: number): Uint8Array => {
  const next = random(seed);
  return Uint8Array.from({ length }, () => next() & 255);
};

/** Operations after which something else is on the disk, or was to be. */
const COUNTED = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'ftruncateSync',
  'futimesSync',
  'renameSync',
  'rmSync',
  'mkdirSync',
  'chmodSync',
  'closeSync',
] as const;
type Counted = (typeof COUNTED)[number];

export interface Watched {
  readonly files: Files;
  /** How many operations there were. */
  readonly count: () => number;
  readonly names: string[];
}

/**
 * Calls `before` ahead of each operation, with its number from 1 on; what that throws, the operation throws, and it does
 * nothing.
 */
export const watched = (before: (number: number, name: Counted, args: unknown[]) => void): Watched => {
  let count = 0;
  const names: string[] = [];
  const files: Record<string, unknown> = { ...fs };
  for (const name of COUNTED) {
    const native = fs[name] as (...args: unknown[]) => unknown;
    files[name] = (...args: unknown[]): unknown => {
      names.push(name);
      before(++count, name, args);
      return native(...args);
    };
  }
  return { files: files as unknown as Files, count: () => count, names };
};

/**
 * A file system that ends before operation `cut`: what was not flushed is lost, as far as `seed` says: the ends of files
 * written to read as zeros, and renames may not have been.
 */
export const powered = (cut: number, seed: number): Watched & { settle: () => void } => {
  const next = random(seed);
  const names = new Map<number, string>();
  const unflushed = new Set<string>();
  let renames: { from: string; to: string }[] = [];
  let off = false;
  const seen = watched((number, name, args) => {
    if (off || number >= cut) {
      off = true;
      throw new Error(`power off before operation ${number}, ${name}`);
    }
    const file = names.get(args[0] as number);
    if (name === 'writeSync' && file !== undefined) unflushed.add(file);
    if (name === 'fsyncSync' && file !== undefined) {
      unflushed.delete(file);
      renames = renames.filter(({ to }) => dirname(to) !== file);
    }
    // Its number may soon be another file's.
    if (name === 'closeSync') names.delete(args[0] as number);
    if (name === 'renameSync') {
      const [from, to] = args as [string, string];
      renames.push({ from, to });
      if (unflushed.delete(from)) unflushed.add(to);
    }
  });
  const open = seen.files.openSync;
  (seen.files as { openSync: unknown }).openSync = (...args: Parameters<typeof open>) => {
    const file = open(...args);
    names.set(file, String(args[0]));
    return file;
  };
  const settle = (): void => {
    for (const file of names.keys()) fs.closeSync(file);
    for (const file of unflushed) {
      if (!fs.existsSync(file) || next() % 3 === 0) continue;
      const bytes = fs.readFileSync(file);
      bytes.fill(0, next() % (bytes.length + 1));
      fs.writeFileSync(file, bytes);
    }
    for (const { from, to } of renames) if (next() & 1 && fs.existsSync(to)) fs.renameSync(to, from);
  };
  return { ...seen, settle };
};
