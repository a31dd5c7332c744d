/**
 * The mark beside a key: a line for each leaf that was given away, never replaced and never shortened. It is what a
 * key file that was brought back from a backup is found out by.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';

const Digits = 16;
const LineLength = Digits + 1;

export const markFile = (key: string): string => `${key}.mark`;

/** Number and birth of a file, which a copy does not share. A file system without births says 0. */
export const birthmark = ({ ino, birthtimeNs }: BigIntStats): string => `${ino} ${birthtimeNs}`;

export interface Mark {
  /** The first leaf that was never given away, as far as the mark knows. */
  readonly next: number;
  readonly birthmark: string;
}

export const markNew = (key: string): string => {
  const handle = openSync(markFile(key), 'wx', 0o600);
  try {
    fsyncSync(handle);
    return birthmark(fstatSync(handle, { bigint: true }));
  } finally {
    closeSync(handle);
  }
};

/** Undefined when there is none. */
export const markRead = (key: string): Mark | undefined => {
  let handle: number;
  try {
    handle = openSync(markFile(key), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(handle, { bigint: true });
    // A line that power cut short was never acted on: the last whole one counts.
    const lines = Math.floor(Number(stats.size) / LineLength);
    const last = Buffer.alloc(Digits);
    if (lines > 0) readSync(handle, last, 0, Digits, (lines - 1) * LineLength);
    const next = lines === 0 ? 0 : Number(last.toString('latin1'));
    return { next: Number.isSafeInteger(next) ? next : Infinity, birthmark: birthmark(stats) };
  } finally {
    closeSync(handle);
  }
};

/** On disk when it returns. */
export const markAdd = (key: string, next: number): void => {
  const handle = openSync(markFile(key), 'r+');
  try {
    const lines = Math.floor(Number(fstatSync(handle).size) / LineLength);
    writeSync(handle, `${String(next).padStart(Digits, '0')}\n`, lines * LineLength, 'latin1');
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};
