/** The committed rows, for the tests that hold them against the code. */
import { readFileSync } from 'node:fs';
import { formatsPath } from './make-formats.ts';
import type { Formats } from './make-formats.ts';

export const committed: string = readFileSync(formatsPath, 'utf8');
export const rows: Formats = JSON.parse(committed) as Formats;
export const bytes = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'));

/** The bits of `input` whose flip `takes` does not refuse. */
export function unnoticed(input: Uint8Array, takes: (flipped: Uint8Array) => boolean): number[] {
  const found: number[] = [];
  for (let bit = 0; bit < 8 * input.length; bit++) {
    const flipped = input.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    if (takes(flipped)) found.push(bit);
  }
  return found;
}
