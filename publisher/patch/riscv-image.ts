/** What an image of RISC-V code of 32 bits is known by: its calls, where it is linked to run, and its code without its references. */
import { readU16, readU32, writeU32 } from '../../agent/bytes.ts';
import { jumpDistance, riscvIsCode, riscvIsLui, riscvIsWide } from '../../agent/payload/patch/riscv.ts';

/** JAL that leaves the way back in ra: by chance one in 8 KiB. */
const isCall = (word: number): boolean => (word & 0xfff) === 0x0ef;
const isJump = (word: number): boolean => (word & 0x7f) === 0x6f;

/** So many calls into the image there must be, and one in so many bytes. */
const CallsLeast = 16;
const BytesPerCall = 2048;

const Region = 0x100000;
const RegionBits = 20;
const Step = 0x100;
/** Of the regions that LUI names most often, so many are looked through. */
const RegionsMost = 8;
/** So many pointers must point to the start of a function. */
const PointersLeast = 16;

/** `addi sp, sp` with a number below 0, in 16 and in 32 bits: how most functions begin. */
const begins = (word: number): boolean =>
  (word & 0xff83) === 0x7101 || (word & 0xff83) === 0x1101 || (word & 0x800fffff) >>> 0 === 0x80010113;

interface Functions {
  readonly calls: number;
  /** By place: 1 where a function starts. */
  readonly starts: Uint8Array;
}

const functionsIn = (image: Uint8Array): Functions => {
  const starts = new Uint8Array(image.length);
  let calls = 0;
  for (let at = 0; at + 4 <= image.length; at += 2) {
    const word = readU32(image, at);
    if (begins(word)) starts[at] = 1;
    if (!isCall(word)) continue;
    const target = at + jumpDistance(word);
    if (!(target >= 0 && target < image.length)) continue;
    starts[target] = 1;
    calls++;
  }
  return { calls, starts };
};

/** The parts of memory whose addresses are made, the most frequent first. */
const regionsIn = (image: Uint8Array): number[] => {
  const counts = new Map<number, number>();
  for (let at = 0; at + 4 <= image.length; at += 2) {
    const word = readU32(image, at);
    if (riscvIsLui(word)) counts.set(word >>> RegionBits, (counts.get(word >>> RegionBits) ?? 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  return sorted.slice(0, RegionsMost).map(([region]) => region * Region);
};

const pointersTo = (image: Uint8Array, region: number): Set<number> => {
  const pointers = new Set<number>();
  for (let at = 0; at + 4 <= image.length; at += 4) {
    const word = readU32(image, at);
    if (word % 2 === 0 && word >= region && word < region + Region) pointers.add(word);
  }
  return pointers;
};

/** The address at which as many pointers as possible point to starts of functions; 0: not known. */
const baseOf = (image: Uint8Array, { starts }: Functions): number => {
  let best = { base: 0, hits: PointersLeast - 1 };
  for (const region of regionsIn(image)) {
    const pointers = [...pointersTo(image, region)];
    for (let base = Math.max(Step, region - Region); base < region + Region; base += Step) {
      let hits = 0;
      for (const pointer of pointers) if (starts[pointer - base] === 1) hits++;
      if (hits > best.hits) best = { base, hits };
    }
  }
  return best.base;
};

/** Where it is linked to run, 0: not known; undefined: it is no such image. */
export const riscvBase = (image: Uint8Array): number | undefined => {
  const functions = functionsIn(image);
  if (functions.calls < Math.max(CallsLeast, image.length / BytesPerCall)) return undefined;
  return baseOf(image, functions);
};

/** Its bytes differ: a table of pointers is not like itself two bytes further on. */
const PointerMask = 0x04030201;

/** The same code with nothing in place of its pointers and jumps, so that code alike is alike in its bytes. */
export const riscvMasked = (image: Uint8Array, base: number): Uint8Array => {
  const masked = image.slice();
  const isPointer = (word: number): boolean =>
    base > 0 && word >= base && word < base + image.length && !riscvIsCode(word);
  for (let at = 0; at + 4 <= image.length;) {
    const word = readU32(image, at);
    if (at % 4 === 0 && isPointer(word)) {
      writeU32(masked, at, PointerMask);
      at += 4;
      continue;
    }
    if (isJump(word)) writeU32(masked, at, word & 0xfff);
    at += riscvIsWide(readU16(image, at)) ? 4 : 2;
  }
  return masked;
};
