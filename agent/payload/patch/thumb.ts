/**
 * References in ARM Thumb-2 code (ARMv7-M Architecture Reference Manual, A7.7): an instruction of the old image at `from`,
 * as it reads at `to` of the new one, its target led there by the copy map. What does not fit stays as it was.
 */
import { copyTarget } from './copy-map.ts';
import type { CopyMap } from './copy-map.ts';
import { fits, signed } from './distance.ts';

/** Whether a halfword is the first of two. */
export function isWide(half: number): boolean {
  return half >> 11 >= 0x1d;
}

/** Distance from the new place to where the target at `from + 4 + distance` is now. */
function moved(map: CopyMap, from: number, to: number, distance: number, size: number): number {
  const target = from + 4 + distance;
  return target >= 0 && target < size ? copyTarget(map, target) - to - 4 : distance;
}

/** The same for a target that counts from a whole word. */
function movedWord(map: CopyMap, from: number, to: number, distance: number, size: number): number {
  const target = ((from + 4) & ~3) + distance;
  return target >= 0 && target < size ? copyTarget(map, target) - ((to + 4) & ~3) : distance;
}

/** Instructions of 16 bits: B, B<c>, CBZ and CBNZ, LDR from a literal, ADR. */
export function thumbNarrow(map: CopyMap, half: number, from: number, to: number, size: number): number {
  const top = half >> 11;
  if (top === 9 || top === 20) {
    const word = movedWord(map, from, to, (half & 0xff) << 2, size);
    return word >= 0 && word < 1024 && word % 4 === 0 ? (half & 0xff00) | (word >> 2) : half;
  }
  if (top === 28) {
    const distance = moved(map, from, to, signed((half & 0x7ff) << 1, 12), size);
    return fits(distance, 12) ? 0xe000 | ((distance >> 1) & 0x7ff) : half;
  }
  if (half >> 12 === 13 && (half & 0xe00) !== 0xe00) {
    const distance = moved(map, from, to, signed((half & 0xff) << 1, 9), size);
    return fits(distance, 9) ? (half & 0xff00) | ((distance >> 1) & 0xff) : half;
  }
  if ((half & 0xf500) === 0xb100) {
    const distance = moved(map, from, to, ((half >> 3) & 0x40) | ((half >> 2) & 0x3e), size);
    const high = ((distance >> 6) & 1) << 9;
    return distance >= 0 && distance < 128 ? (half & 0xfd07) | high | (((distance >> 1) & 31) << 3) : half;
  }
  return half;
}

/** BL, B.W (T4): 24 bits and a sign. */
function branchLong(map: CopyMap, one: number, two: number, from: number, to: number, size: number): number {
  const sign = (one >> 10) & 1;
  const first = ((two >> 13) & 1) ^ sign ^ 1;
  const second = ((two >> 11) & 1) ^ sign ^ 1;
  const value = (first << 23) | (second << 22) | ((one & 0x3ff) << 12) | ((two & 0x7ff) << 1);
  const distance = moved(map, from, to, sign === 1 ? value - (1 << 24) : value, size);
  if (!fits(distance, 25)) return pair(one, two);
  const now = distance < 0 ? 1 : 0;
  const high = 0xf000 | (now << 10) | ((distance >> 12) & 0x3ff);
  const j1 = ((distance >> 23) & 1) ^ now ^ 1;
  const j2 = ((distance >> 22) & 1) ^ now ^ 1;
  return pair(high, (two & 0xd000) | (j1 << 13) | (j2 << 11) | ((distance >> 1) & 0x7ff));
}

/** B<c>.W (T3): 20 bits and a sign. */
function branchIf(map: CopyMap, one: number, two: number, from: number, to: number, size: number): number {
  const low = ((one & 0x3f) << 12) | ((two & 0x7ff) << 1);
  const value = (((one >> 10) & 1) << 20) | (((two >> 11) & 1) << 19) | (((two >> 13) & 1) << 18) | low;
  const distance = moved(map, from, to, signed(value, 21), size);
  if (!fits(distance, 21)) return pair(one, two);
  const high = (one & 0xfbc0) | (((distance >> 20) & 1) << 10) | ((distance >> 12) & 0x3f);
  const bits = (((distance >> 18) & 1) << 13) | (((distance >> 19) & 1) << 11);
  return pair(high, (two & 0xd000) | bits | ((distance >> 1) & 0x7ff));
}

/** LDR.W from a literal: 12 bits, up or down. */
function loadWide(map: CopyMap, one: number, two: number, from: number, to: number, size: number): number {
  const offset = two & 0xfff;
  const distance = movedWord(map, from, to, (one & 0x80) !== 0 ? offset : -offset, size);
  if (!(distance > -4096 && distance < 4096)) return pair(one, two);
  const up = distance >= 0 ? 0x80 : 0;
  return pair((one & 0xff7f) | up, (two & 0xf000) | Math.abs(distance));
}

function pair(one: number, two: number): number {
  return (one | (two << 16)) >>> 0;
}

/** Instructions of 32 bits, as a little-endian word of both halves. */
export function thumbWide(map: CopyMap, word: number, from: number, to: number, size: number): number {
  const one = word & 0xffff;
  const two = word >>> 16;
  if ((one & 0xff7f) === 0xf85f) return loadWide(map, one, two, from, to, size);
  if (one >> 11 !== 0x1e || (two & 0x8000) === 0) return word;
  if ((two & 0x5000) !== 0) return branchLong(map, one, two, from, to, size);
  return ((one >> 6) & 15) < 14 ? branchIf(map, one, two, from, to, size) : word;
}
