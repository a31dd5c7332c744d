/** One signer at a time: a lock file beside the key. */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Exit, PublishError } from '../errors.ts';
import { fileTrouble } from '../files.ts';

const readOr = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    return '';
  }
};

/**
 * Where a process number means something: this boot of this machine, and this space of process numbers. Two containers
 * over one folder do not see each other's processes, and must not take each other for dead.
 */
const processSpace = (): string =>
  [
    hostname(),
    readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    readOr(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' ');

interface Holder {
  readonly pid: number;
  readonly space: string;
}

const holderOf = (file: string): Holder | undefined => {
  try {
    const { pid, space } = Object(JSON.parse(readFileSync(file, 'utf8'))) as Partial<Holder>;
    return typeof pid === 'number' && typeof space === 'string' ? { pid, space } : undefined;
  } catch {
    return undefined;
  }
};

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
};

/** Only what is certain: a process that is gone, of this very space. */
const isDead = (holder: Holder | undefined): boolean =>
  holder !== undefined && holder.space === processSpace() && !runs(holder.pid);

/** Makes `file`, with its whole content, or says that it is there. A link, because a created file is empty at first. */
const claim = (file: string): boolean => {
  // Of a name that no other has: two containers may have the same process number.
  const beside = `${file}.${randomUUID()}`;
  try {
    writeFileSync(beside, JSON.stringify({ pid: process.pid, space: processSpace() } satisfies Holder));
    linkSync(beside, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw fileTrouble(
      error,
      file,
      'lock',
      'Keep the key in a folder that can be written to and has hard links',
    );
  } finally {
    rmSync(beside, { force: true });
  }
};

/**
 * Takes away the lock of a process that was killed. Under a lock of its own: of two that found the same dead holder,
 * the second would else take away the new lock of the first.
 */
const clearDead = (file: string): void => {
  const takeover = `${file}.takeover`;
  if (!isDead(holderOf(file)) || !claim(takeover)) return;
  try {
    if (isDead(holderOf(file))) rmSync(file, { force: true });
  } finally {
    rmSync(takeover, { force: true });
  }
};

/** Runs `work` while no other process signs with this key. */
export const locked = <T>(key: string, work: () => T): T => {
  const file = `${key}.lock`;
  if (!claim(file)) {
    clearDead(file);
    if (!claim(file)) {
      const holder = holderOf(file);
      const who = holder ? `process ${holder.pid}` : 'another process';
      throw new PublishError(`${who} is signing with this key`, {
        file: key,
        field: 'lock',
        remedy: `Wait for it. If you are sure that it is gone, remove ${file} (and ${file}.takeover, if it is there)`,
        exit: Exit.InputOutput,
      });
    }
  }
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
  }
};
