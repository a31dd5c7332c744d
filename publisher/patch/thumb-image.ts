/** What an image of ARM Thumb-2 code is known by: where it is linked to run, and its code without its references. */
import { readU16, readU32, writeU16, writeU32 } from '../../agent/bytes.ts';
import { isWide } from '../../agent/payload/patch/thumb.ts';

/** `push {..., lr}` in 16 and in 32 bits: how most functions begin. */
const begins = (half: number): boolean => (half & 0xff00) === 0xb500 || half === 0xe92d;

const Region = 0x100000;
const Step = 0x100;
/** Of all pointers to functions, so many must point to the start of one; and so many there must be. */
const PointersLeast = 16;

/** The address at which as many pointers as possible point to starts of functions; 0: it is no such image. */
export const thumbBase = (image: Uint8Array): number => {
  const starts = new Uint8Array(image.length);
  for (let at = 0; at + 2 <= image.length; at += 2) if (begins(readU16(image, at))) starts[at] = 1;
  const pointers = new Set<number>();
  const regions = new Map<number, number>();
  for (let at = 0; at + 4 <= image.length; at += 4) {
    const word = readU32(image, at);
    // Code lies below 0x20000000 (ARMv7-M, B3.1); bit 0 says Thumb.
    if ((word & 1) === 0 || word >= 0x20000000) continue;
    pointers.add(word - 1);
    regions.set(word >>> 16, (regions.get(word >>> 16) ?? 0) + 1);
  }
  const [region] = [...regions].sort((a, b) => b[1] - a[1])[0] ?? [0];
  let best = { base: 0, hits: PointersLeast - 1 };
  const to = region * 0x10000 + 0x10000;
  for (let base = Math.max(Step, to - Region); base <= to; base += Step) {
    let hits = 0;
    for (const pointer of pointers) if (starts[pointer - base] === 1) hits++;
    if (hits > best.hits) best = { base, hits };
  }
  return best.base;
};

const isAddress = (word: number, base: number, size: number): boolean =>
  word >>> 20 === 0x200 || (word >= base && word < base + size + 0x10000);

/** The same code with nothing in place of its references, so that code alike is alike in its bytes. */
export const thumbMasked = (image: Uint8Array, base: number): Uint8Array => {
  const masked = image.slice();
  for (let at = 0; at + 4 <= image.length;) {
    const word = readU32(image, at);
    if (at % 4 === 0 && isAddress(word, base, image.length)) {
      writeU32(masked, at, 0x01010101);
      at += 4;
      continue;
    }
    const half = word & 0xffff;
    const two = word >>> 16;
    if (!isWide(half)) {
      if (half >> 11 === 9) writeU16(masked, at, half & 0xff00);
      at += 2;
      continue;
    }
    if (half >> 11 === 0x1e && (two & 0x8000) !== 0 && (two & 0x5000) !== 0) {
      writeU16(masked, at, 0xf000);
      writeU16(masked, at + 2, two & 0xd000);
    }
    at += 4;
  }
  return masked;
};
