import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Exit, PublishError } from './errors.ts';

const reason = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission';
  if (code === 'EISDIR') return 'this is a folder';
  if (code === 'EEXIST') return 'the file exists already';
  if (code === 'ENOTDIR') return 'a part of the path is a file';
  return code ?? (error instanceof Error ? error.message : String(error));
};

export const fileTrouble = (error: unknown, file: string, field: string, remedy: string): PublishError =>
  new PublishError(reason(error), { file, field, remedy, exit: Exit.InputOutput });

/** Reads a whole file; `field` is the name of the argument that gave its path. */
export const readBytes = (file: string, field: string): Uint8Array => {
  try {
    const bytes = readFileSync(file);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    throw fileTrouble(error, file, field, 'Give the path of a readable file');
  }
};

export const readText = (file: string, field: string): string =>
  Buffer.from(readBytes(file, field)).toString('utf8');

/** Node's own recursive way never ends where a parent is there and cannot take the folder, as in /proc. */
const makeParents = (folder: string): void => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(folder);
  if (parent !== folder) makeParents(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been faster.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
};

export const makeFolder = (folder: string, field: string): void => {
  try {
    makeParents(folder);
  } catch (error) {
    throw fileTrouble(error, folder, field, 'Give a folder that can be made and written to');
  }
};

/** Readers of `file` see the old content or the new one, never a part: written beside it, then renamed. */
export const writeWhole = (file: string, content: Uint8Array | string, field: string): void => {
  const beside = `${file}.${process.pid}.part`;
  try {
    makeParents(dirname(file));
    writeFileSync(beside, content);
    renameSync(beside, file);
  } catch (error) {
    throw fileTrouble(error, file, field, 'Give a place that can be written to');
  }
};

const AWAY = 'Give another name, or move the old file away first';

/** For what is to be made beside other files, before any of them is. */
export const refuseExisting = (file: string, field: string): void => {
  if (!existsSync(file)) return;
  throw new PublishError('the file exists already', { file, field, remedy: AWAY, exit: Exit.InputOutput });
};

/** Never replaces a file: for what cannot be made again. */
export const writeNew = (file: string, content: string, mode: number, field: string): void => {
  try {
    makeParents(dirname(file));
    writeFileSync(file, content, { flag: 'wx', mode });
  } catch (error) {
    throw fileTrouble(error, file, field, AWAY);
  }
};
