/** Files that are there whole or not at all, whenever power goes: written beside, flushed, renamed, and the folder flushed. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const SECRET_MODE = 0o600;

const flush = (path: string): void => {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

/**
 * If power dies before the rename, the old file stands, and a part beside it that the next write replaces; behind it, the
 * new one. Only its owner may read it. Not for two processes at once.
 */
export const writeWholeSecret = (path: string, bytes: Uint8Array): void => {
  const part = `${path}.part`;
  rmSync(part, { force: true });
  // New each time: of a file that is there, its mode would stay.
  const file = openSync(part, 'wx', SECRET_MODE);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
  flush(dirname(path));
};
