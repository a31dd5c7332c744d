/** What OSCORE asks of a board, from Node: its cipher over node:crypto, and a number that lasts, in a file. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Aead, SequenceStore } from '../oscore/ports.ts';

const TAG = 8;
const NONCE = 13;
const KEY = 16;
const TEXT_MAX = 0xffff;
const OPTIONS = { authTagLength: TAG } as const;

/** The answers of the own one (hal/oscore/aes-ccm.ts). */
export function nodeAead(): Aead {
  return {
    seal(key, nonce, associated, length, bytes, from, to) {
      const text = to - from;
      if (
        !(key.length === KEY && nonce.length === NONCE && length >= 0 && length <= associated.length) ||
        !(from >= 0 && text >= 0 && text <= TEXT_MAX && to + TAG <= bytes.length)
      )
        throw new RangeError('no room for a tag, or too long');
      const cipher = createCipheriv('aes-128-ccm', key, nonce, OPTIONS);
      cipher.setAAD(associated.subarray(0, length), { plaintextLength: text });
      bytes.set(cipher.update(bytes.subarray(from, to)), from);
      cipher.final();
      bytes.set(cipher.getAuthTag(), to);
    },
    open(key, nonce, associated, length, bytes, from, to) {
      const end = to - TAG;
      if (
        !(key.length === KEY && nonce.length === NONCE && length >= 0 && length <= associated.length) ||
        !(from >= 0 && end >= from && end - from <= TEXT_MAX && to <= bytes.length)
      )
        return false;
      const decipher = createDecipheriv('aes-128-ccm', key, nonce, OPTIONS);
      decipher.setAuthTag(bytes.subarray(end, to));
      decipher.setAAD(associated.subarray(0, length), { plaintextLength: end - from });
      try {
        const text = decipher.update(bytes.subarray(from, end));
        decipher.final();
        bytes.set(text, from);
        return true;
      } catch {
        bytes.fill(0, from, end);
        return false;
      }
    },
  };
}

/** So that what was renamed lasts, too. */
const folderSync = (path: string): void => {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

const fileWrite = (path: string, flags: 'wx' | 'w', text: string): void => {
  const file = openSync(path, flags, 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/** The file of a context that was never used. Throws where it is there: its number would be lost. */
export function fileSequenceCreate(path: string): void {
  fileWrite(path, 'wx', '0\n');
  folderSync(path);
}

/**
 * The port over a file that `fileSequenceCreate` made: one line, a decimal number. It is replaced as a whole, so that a cut
 * leaves the old number or the new one. A file that is missing or is something else reads as -1.
 */
export function fileSequence(path: string): SequenceStore {
  return {
    read() {
      try {
        const text = readFileSync(path, 'latin1');
        return /^(0|[1-9][0-9]{0,15})\n$/.test(text) ? Number(text) : -1;
      } catch {
        return -1;
      }
    },
    write(next) {
      try {
        fileWrite(`${path}.new`, 'w', `${next}\n`);
        renameSync(`${path}.new`, path);
        folderSync(path);
        return true;
      } catch {
        return false;
      }
    },
  };
}
