/**
 * References in RISC-V code of 32 bits (RISC-V Instruction Set Manual, volume I, 2.4 to 2.6): JAL, and LUI with what adds
 * to it the low 12 bits of an address. An instruction of the old image, as it reads in the new one, its target led there by
 * the copy map. What does not fit stays as it was.
 */
import { readU32 } from '../../bytes.ts';
import { copyTarget } from './copy-map.ts';
import type { CopyMap } from './copy-map.ts';
import { fits, signed } from './distance.ts';
import type { Predictor } from './predictor.ts';
import {
  ADDI,
  BRANCH,
  JAL,
  LOAD,
  LUI,
  LUI_KEPT,
  LUI_LOW,
  LUI_PLACE,
  PLACE_MASK,
  STORE,
} from './riscv-layout.ts';

/** Whether a halfword is the first of two. */
export function riscvIsWide(half: number): boolean {
  return (half & 3) === 3;
}

export function riscvIsLui(word: number): boolean {
  return (word & 0x7f) === LUI;
}

/** Whether it is an instruction whatever address it reads as: its high bits are often alike. */
export function riscvIsCode(word: number): boolean {
  const opcode = word & 0x7f;
  return opcode === LUI || opcode === JAL || opcode === BRANCH;
}

/** JAL at `from` in the old image, `to` in the new one. Other instructions as they are. */
export function riscvJump(map: CopyMap, word: number, from: number, to: number, size: number): number {
  if ((word & 0x7f) !== JAL) return word;
  const target = from + jumpDistance(word);
  if (!(target >= 0 && target < size)) return word;
  const distance = copyTarget(map, target) - to;
  if (!fits(distance, 21) || (distance & 1) !== 0) return word;
  const high = ((distance & 0x100000) << 11) | ((distance & 0x7fe) << 20) | ((distance & 0x800) << 9);
  return (high | (distance & 0xff000) | (word & 0xfff)) >>> 0;
}

/** The distance of a JAL: 20 bits and a sign. */
export function jumpDistance(word: number): number {
  const low = ((word >>> 20) & 0x7fe) | ((word >>> 9) & 0x800) | (word & 0xff000);
  return signed(((word >>> 31) << 20) | low, 21);
}

/** Whether it adds 12 bits to an address in rs1: ADDI, a load, a store. */
function isLow(word: number): boolean {
  const opcode = word & 0x7f;
  return opcode === LOAD || opcode === STORE || (opcode === ADDI && (word & 0x7000) === 0);
}

/** Those bits, signed. */
function lowOf(word: number): number {
  return (word & 0x7f) === STORE
    ? signed(((word >>> 20) & 0xfe0) | ((word >>> 7) & 31), 12)
    : (word | 0) >> 20;
}

/** Where an address of the old image is now, as 32 bits with a sign; 0: it is none. */
function addressLed(predictor: Predictor, address: number): number {
  const offset = (address - predictor.base) | 0;
  if (!(predictor.base > 0 && offset >= 0 && offset < predictor.oldSize)) return 0;
  return (predictor.base + copyTarget(predictor.map, offset)) | 0;
}

/**
 * LUI at `place` of the old image, whose bytes are `bytes[at..to-1]`: its value is known by the first instruction behind
 * it that adds to its register. Notes what is in that. -1: nothing is known.
 */
export function riscvLui(predictor: Predictor, at: number, to: number, place: number): number {
  const bytes = predictor.bytes;
  const registers = predictor.ram;
  const word = readU32(bytes, at);
  const register = (word >>> 7) & 31;
  registers[register] = word >>> 16;
  registers[LUI_LOW + register] = word & 0xf000;
  registers[LUI_PLACE + register] = (place >>> 1) & PLACE_MASK;
  for (let next = at + 4; next + 4 <= to; next += riscvIsWide(bytes[next]!) ? 4 : 2) {
    if (!riscvIsWide(bytes[next]!)) continue;
    const low = readU32(bytes, next);
    if (!isLow(low) || ((low >>> 15) & 31) !== register) continue;
    const address = addressLed(predictor, ((word & 0xfffff000) + lowOf(low)) | 0);
    return address === 0 ? -1 : (((address + 0x800) & 0xfffff000) | (word & 0xfff)) >>> 0;
  }
  return -1;
}

/** An instruction at `place` of the old image that adds to what a LUI before it put in its register; -1: it is none. */
export function riscvLow(predictor: Predictor, word: number, place: number): number {
  if (!isLow(word)) return -1;
  const registers = predictor.ram;
  const register = (word >>> 15) & 31;
  const since = registers[LUI_PLACE + register]!;
  if (since < 0 || (((place >>> 1) - since) & PLACE_MASK) > LUI_KEPT) return -1;
  const store = (word & 0x7f) === STORE;
  if (!store && ((word >>> 7) & 31) === register) registers[LUI_PLACE + register] = -1;
  const high = (registers[register]! << 16) | (registers[LUI_LOW + register]! & 0xf000);
  const address = addressLed(predictor, (high + lowOf(word)) | 0);
  if (address === 0) return -1;
  if (!store) return (((address & 0xfff) << 20) | (word & 0xfffff)) >>> 0;
  return (((address & 0xfe0) << 20) | ((address & 31) << 7) | (word & 0x1fff07f)) >>> 0;
}
