/** The key store of a device under Node: one encrypted file with all its secrets. */
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { CONTENT_MAX, contentRead, contentTrouble, contentWrite } from './content.ts';
import type { KeyStoreContent } from './content.ts';
import { seal, SEALED_AT, unseal } from './seal.ts';
import type { Protection } from './seal.ts';
import { IdentityError } from './trouble.ts';
import { writeWholeSecret } from './whole-file.ts';

const FILE_MAX = SEALED_AT + CONTENT_MAX + 16;

/** Writes a store, over the one that is there. What it is opened by may be another than before. */
export const keyStoreSave = (file: string, content: KeyStoreContent, protection: Protection): void => {
  const trouble = contentTrouble(content);
  if (trouble !== undefined) throw new IdentityError(file, trouble, 'Nothing was written');
  const plain = contentWrite(content);
  writeWholeSecret(file, seal(plain, protection));
  plain.fill(0);
};

/** Never replaces a store: keys cannot be made again. */
export const keyStoreCreate = (file: string, content: KeyStoreContent, protection: Protection): void => {
  if (existsSync(file))
    throw new IdentityError(file, 'there is a file already', 'Give another name, or move it away first');
  keyStoreSave(file, content, protection);
};

const readBounded = (path: string): Uint8Array => {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (!(size <= FILE_MAX)) throw new IdentityError(path, `${size} bytes`, 'Give a key store');
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
};

/** Throws IdentityError, or what the file system says. A wrong passphrase and an altered file look alike. */
export const keyStoreOpen = (file: string, protection: Protection): KeyStoreContent => {
  const plain = unseal(readBounded(file), protection);
  const content = plain && contentRead(plain);
  plain?.fill(0);
  if (content) return content;
  throw new IdentityError(
    file,
    'does not open',
    'The passphrase or key file is another one, or the file was altered, or is no key store',
  );
};
