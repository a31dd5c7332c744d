/** Images of RISC-V code of our own making: functions that call each other and make addresses, linked at a base. */
import { writeU16, writeU32 } from '../../agent/bytes.ts';
import { numbers } from './_patches.ts';
import type { Images } from './_patches.ts';

export const RiscvBase = 0x42000000;

/** What a function is made of, of so many bytes. Addresses are those of functions, and of bytes in them. */
type Item =
  | { readonly size: 2 | 4; readonly value: number }
  | { readonly size: 4; readonly calls: number }
  /** LUI, an instruction between, and what completes it. */
  | {
      readonly size: 10;
      readonly points: number;
      readonly byte: number;
      readonly low: Low;
      readonly register: number;
    };

export type Low = 'addi' | 'load' | 'store';

export interface Program {
  readonly functions: readonly (readonly Item[])[];
  /** Functions of which pointers stand behind the code. */
  readonly pointers: readonly number[];
}

const Zero: Item = { size: 2, value: 0x4501 };
const Begin: Item = { size: 2, value: 0x1101 };
const Return: Item = { size: 2, value: 0x8082 };

export const jal = (distance: number): number => {
  const high =
    (((distance >> 20) & 1) << 31) | (((distance >> 1) & 0x3ff) << 21) | (((distance >> 11) & 1) << 20);
  return (high | (((distance >> 12) & 0xff) << 12) | 0xef) >>> 0;
};

export const lui = (register: number, address: number): number =>
  (((address + 0x800) & 0xfffff000) | (register << 7) | 0x37) >>> 0;

/** To and from the register itself, but for a store, which is of x0. */
export const low = (kind: Low, register: number, address: number): number => {
  const bits = address & 0xfff;
  if (kind === 'store')
    return (((bits >> 5) << 25) | (register << 15) | 0x2000 | ((bits & 31) << 7) | 0x23) >>> 0;
  const opcode = kind === 'addi' ? 0x13 : 0x2003;
  return ((bits << 20) | (register << 15) | (register << 7) | opcode) >>> 0;
};

const sizeOf = (items: readonly Item[]): number => items.reduce((sum, { size }) => sum + size, 0);

export const link = ({ functions, pointers }: Program): Uint8Array => {
  const starts = [0];
  for (const items of functions) starts.push(starts.at(-1)! + sizeOf(items));
  const code = Math.ceil(starts.at(-1)! / 4) * 4;
  const image = new Uint8Array(code + pointers.length * 4);
  const put = (at: number, item: Item): void => {
    if ('calls' in item) return writeU32(image, at, jal(starts[item.calls]! - at));
    if ('value' in item)
      return item.size === 2 ? writeU16(image, at, item.value) : writeU32(image, at, item.value);
    const address = RiscvBase + starts[item.points]! + item.byte;
    writeU32(image, at, lui(item.register, address));
    writeU16(image, at + 4, Zero.value);
    writeU32(image, at + 6, low(item.low, item.register, address));
  };
  for (const [number, items] of functions.entries()) {
    let at = starts[number]!;
    for (const item of items) {
      put(at, item);
      at += item.size;
    }
  }
  pointers.forEach((to, at) => writeU32(image, code + at * 4, RiscvBase + starts[to]!));
  return image;
};

const Lows: readonly Low[] = ['addi', 'load', 'store'];

/** So many functions of some items each. */
export const program = (count: number, items: number, seed: number): Program => {
  const next = numbers(seed);
  const below = (most: number): number => Math.floor(next() * most);
  const item = (): Item => {
    const kind = next();
    if (kind < 0.3) return { size: 4, calls: below(count) };
    if (kind < 0.5)
      return {
        size: 10,
        points: below(count),
        byte: 2 * below(8),
        low: Lows[below(3)]!,
        register: 10 + below(6),
      };
    // XOR of registers, or a move.
    if (kind < 0.7) return { size: 4, value: (0x4033 | (below(32) << 7) | (below(1024) << 15)) >>> 0 };
    return { size: 2, value: 0x8002 | ((8 + below(8)) << 7) | ((8 + below(8)) << 2) };
  };
  const functions = Array.from({ length: count }, () => [
    Begin,
    ...Array.from({ length: 1 + below(2 * items) }, item),
    Return,
  ]);
  return { functions, pointers: [...functions.keys()] };
};

/** The same with other code in one function. */
export const longer = ({ functions, pointers }: Program, which: number, by: number): Program => ({
  functions: functions.map((items, number) =>
    number === which ? [Begin, ...Array.from({ length: by }, () => Zero), ...items.slice(1)] : items,
  ),
  pointers,
});

/** A program, and the same with one function longer. */
export const riscvPair = (count: number, items: number, seed: number): Images => {
  const old = program(count, items, seed);
  return [link(old), link(longer(old, count >> 1, 7))];
};
