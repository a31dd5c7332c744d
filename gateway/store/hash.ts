/** SHA-256 of files, in steps that let others work. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Digest } from '../contract.ts';
import type { Files } from './files.ts';

/** Bytes that are hashed in one go: about a millisecond. */
const STEP = 1 << 20;

export const DIGEST: RegExp = /^[0-9a-f]{64}$/;

/** Feeds the file to `hash` step by step; each step is the bytes so far. */
function* steps(files: Files, file: number, hash: Hash): Generator<number, number> {
  const buffer = new Uint8Array(STEP);
  let at = 0;
  for (;;) {
    const count = files.readSync(file, buffer, 0, STEP, at);
    if (count === 0) return at;
    hash.update(buffer.subarray(0, count));
    at += count;
    yield at;
  }
}

export const hashNow = (files: Files, file: number): Digest => {
  const hash = createHash('sha256');
  const course = steps(files, file, hash);
  while (course.next().done !== true);
  return hash.digest('hex');
};

/** The same, with others' work between the steps; `stopped` ends it early. */
export const hashSlowly = async (
  files: Files,
  file: number,
  stopped: () => boolean = () => false,
): Promise<{ readonly hash: Hash; readonly length: number }> => {
  const hash = createHash('sha256');
  const course = steps(files, file, hash);
  let length = 0;
  // Looked at before each step: whoever stops it closes the file.
  while (!stopped()) {
    const step = course.next();
    if (step.done === true) break;
    length = step.value;
    await turn();
  }
  return { hash, length };
};
