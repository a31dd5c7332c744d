/** A few bytes that outlive the process, in a file of their own: replaced whole, by a rename, or not at all. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import type { Keep } from '../ports.ts';

/** For its owner only: accounts of servers hold keys. */
const MODE = 0o600;

export const keepFile = (file: string): Keep => ({
  load(into) {
    if (!existsSync(file)) return 0;
    const bytes = readFileSync(file);
    if (bytes.length > into.length) return 0;
    into.set(bytes);
    return bytes.length;
  },
  save(bytes) {
    const next = `${file}.new`;
    const descriptor = openSync(next, 'w', MODE);
    try {
      writeSync(descriptor, bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(next, file);
  },
});

/** The same in memory: it outlives a reset of what is simulated. */
export const keepMemory = (): Keep => {
  let kept = new Uint8Array(0);
  return {
    load(into) {
      into.set(kept);
      return kept.length;
    },
    save(bytes) {
      kept = bytes.slice();
    },
  };
};
