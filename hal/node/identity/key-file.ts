/** A key file: 32 random bytes that open a key store on a machine where nobody types a passphrase. */
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { IdentityError } from './trouble.ts';
import { folderFlush } from './whole-file.ts';

export const KEY_FILE_SIZE = 32;
const MODE = 0o600;
/** What group and others may do. */
const LOOSE = 0o077;
/** What others may do, and who else may write. */
const LOOSE_CREDENTIAL = 0o037;

/**
 * A credential of systemd lies in a folder that only its service may enter; where an access list lets the service read
 * it, the mode shows that list's mask as the group's bits (0440).
 */
const looseOf = (path: string): number =>
  dirname(resolve(path)) === process.env['CREDENTIALS_DIRECTORY'] ? LOOSE_CREDENTIAL : LOOSE;

/** Never replaces a file: what it opened would be lost. */
export const keyFileCreate = (path: string): void => {
  const file = openSync(path, 'wx', MODE);
  try {
    writeSync(file, randomBytes(KEY_FILE_SIZE));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  folderFlush(dirname(path));
};

/** Refuses one that others may read: checked on the open file, so that it is the one that is read. */
export const keyFileRead = (path: string): Uint8Array => {
  const file = openSync(path, 'r');
  try {
    const facts = fstatSync(file);
    if (!facts.isFile())
      throw new IdentityError(path, 'not a file', 'Give the key file that was made with the store');
    if ((facts.mode & looseOf(path)) !== 0)
      throw new IdentityError(
        path,
        `mode ${(facts.mode & 0o777).toString(8)}: others may use it`,
        'Make it 600, and take it that the key is known to them: write the store anew with another',
      );
    // One byte more, so that a longer file shows itself.
    const bytes = new Uint8Array(KEY_FILE_SIZE + 1);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    if (length !== KEY_FILE_SIZE)
      throw new IdentityError(
        path,
        `not ${KEY_FILE_SIZE} bytes`,
        'Give the key file that was made with the store',
      );
    return bytes.subarray(0, KEY_FILE_SIZE);
  } finally {
    closeSync(file);
  }
};
