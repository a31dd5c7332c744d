/**
 * Byte code as a list that can be changed: operands without a width, branches with what they lead to, functions inside
 * functions. What is laid down again has the narrowest forms that fit.
 *
 * The engine's compiler takes the wide form of a branch wherever all other branches, were they wide, would ask for it:
 * in a script of 80 KB those of nearly all.
 */
import type { Opcode, Opcodes } from './opcodes.ts';

export interface Instruction {
  /** The name of its byte code; of one with several widths that of the narrowest, `..._1`. */
  name: string;
  /** An operand, or the number of a name. */
  value: number;
  /** Bytes that follow as they are. */
  readonly bytes: Uint8Array | undefined;
  /** What a branch leads to. */
  target: Instruction | undefined;
  /** Of a function. */
  body: Instruction[] | undefined;
}

export const instruction = (name: string, value = 0): Instruction => ({
  name,
  value,
  bytes: undefined,
  target: undefined,
  body: undefined,
});

const WIDTHS = [1, 2, 4] as const;
const FUNCTION_BODY = 'CODE_ARCHIVE_1';
const BRANCHES = /^(BRANCH|CATCH)_/;
/** Operands with a sign. */
const SIGNED = /^(BRANCH_|CATCH_|CODE_|INTEGER_|RUN_)/;

const widthOf = ({ name, size }: Opcode): number => {
  if (!/_[124]$/.test(name)) return 0;
  return size < 0 ? -size : size - 1;
};

const narrowest = (name: string): string => name.replace(/_[24]$/, '_1');

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const operandRead = (code: DataView, at: number, width: number, signed: boolean): number => {
  if (width === 1) return signed ? code.getInt8(at) : code.getUint8(at);
  if (width === 2) return signed ? code.getInt16(at, true) : code.getUint16(at, true);
  return signed ? code.getInt32(at, true) : code.getUint32(at, true);
};

interface Read {
  readonly instruction: Instruction;
  readonly next: number;
  /** Of a branch. */
  readonly leads: number;
}

const oneRead = (opcodes: Opcodes, code: Uint8Array, at: number): Read => {
  const opcode = opcodes.byNumber[code[at]!]!;
  const { size } = opcode;
  const width = widthOf(opcode);
  const found = (name: string, value: number, next: number, bytes?: Uint8Array, leads = -1): Read => ({
    instruction: { name, value, bytes, target: undefined, body: undefined },
    next,
    leads,
  });
  if (size === 0) return found(opcode.name, operandRead(view(code), at + 1, 2, false), at + 3);
  if (width === 0) return found(opcode.name, 0, at + size, code.slice(at + 1, at + size));
  const name = narrowest(opcode.name);
  const value = operandRead(view(code), at + 1, width, SIGNED.test(name));
  const end = at + 1 + width;
  if (size < 0) return found(name, 0, end + value, code.slice(end, end + value));
  return found(name, value, end, undefined, BRANCHES.test(name) ? end + value : -1);
};

/** Reads the instructions of one function, or of a script. */
export const codeRead = (opcodes: Opcodes, code: Uint8Array): Instruction[] => {
  const list: Instruction[] = [];
  const places = new Map<number, Instruction>();
  const branches: Read[] = [];
  for (let at = 0; at < code.length;) {
    const read = oneRead(opcodes, code, at);
    let { next } = read;
    if (read.instruction.name === FUNCTION_BODY) {
      const end = next + read.instruction.value;
      read.instruction.body = codeRead(opcodes, code.subarray(next, end));
      next = end;
    }
    if (read.leads >= 0) branches.push(read);
    places.set(at, read.instruction);
    list.push(read.instruction);
    at = next;
  }
  for (const branch of branches) {
    const target = places.get(branch.leads);
    if (target === undefined) throw new Error(`a branch leads to ${branch.leads}, where no byte code begins`);
    branch.instruction.target = target;
  }
  return list;
};

/** Where the bodies of the functions are that a function, laid down, makes. */
export const bodiesLaid = (opcodes: Opcodes, code: Uint8Array): { start: number; end: number }[] => {
  const places: { start: number; end: number }[] = [];
  for (let at = 0; at < code.length;) {
    const { instruction: one, next } = oneRead(opcodes, code, at);
    at = one.name === FUNCTION_BODY ? next + one.value : next;
    if (one.name === FUNCTION_BODY) places.push({ start: next, end: at });
  }
  return places;
};

const fits = (value: number, width: number, signed: boolean): boolean => {
  const most = 2 ** (8 * width);
  return signed ? value >= -most / 2 && value < most / 2 : value < most;
};

/** One instruction on its way out. */
interface Laid {
  readonly instruction: Instruction;
  readonly opcode: Opcode;
  /** Bytes of the operand; 0: of a fixed length. */
  width: number;
  readonly tail: Uint8Array;
  at: number;
}

const laidOf = (opcodes: Opcodes, one: Instruction): Laid => {
  const opcode = opcodes.byName.get(one.name)!;
  const tail = one.body ? codeWrite(opcodes, one.body) : (one.bytes ?? new Uint8Array());
  return { instruction: one, opcode, width: widthOf(opcode), tail, at: 0 };
};

const lengthOf = ({ opcode, width, tail }: Laid): number => {
  if (width > 0) return 1 + width + tail.length;
  return opcode.size === 0 ? 3 : opcode.size;
};

const operandOf = (laid: Laid, where: ReadonlyMap<Instruction, Laid>): number => {
  const { instruction: one, tail, opcode } = laid;
  if (one.target) return where.get(one.target)!.at - (laid.at + 1 + laid.width);
  return opcode.size < 0 || one.body ? tail.length : one.value;
};

const emit = (opcodes: Opcodes, laid: Laid, operand: number, into: DataView): void => {
  const { opcode, width, tail, at } = laid;
  const { number } = width > 0 ? opcodes.byName.get(opcode.name.replace(/1$/, String(width)))! : opcode;
  into.setUint8(at, number);
  if (width === 1) into.setInt8(at + 1, operand);
  else if (width === 2 || opcode.size === 0) into.setInt16(at + 1, operand, true);
  else if (width === 4) into.setInt32(at + 1, operand, true);
  const from = at + lengthOf(laid) - tail.length;
  new Uint8Array(into.buffer).set(tail, from);
};

/** Lays instructions down. Widths only grow, until each holds its operand. */
export const codeWrite = (opcodes: Opcodes, list: readonly Instruction[]): Uint8Array => {
  const all = list.map((one) => laidOf(opcodes, one));
  const where = new Map(all.map((laid) => [laid.instruction, laid]));
  const grow = (laid: Laid): boolean => {
    if (laid.width === 0) return false;
    const operand = operandOf(laid, where);
    const width = WIDTHS.find(
      (some) => some >= laid.width && fits(operand, some, SIGNED.test(laid.opcode.name)),
    )!;
    if (width === laid.width) return false;
    laid.width = width;
    return true;
  };
  let length = 0;
  do {
    length = 0;
    for (const laid of all) {
      laid.at = length;
      length += lengthOf(laid);
    }
  } while (all.filter(grow).length > 0);
  const bytes = new Uint8Array(length);
  for (const laid of all) emit(opcodes, laid, operandOf(laid, where), new DataView(bytes.buffer));
  return bytes;
};

/** Leaves instructions out. What leads to one of them leads to what comes after it. */
export const without = (list: readonly Instruction[], gone: (one: Instruction) => boolean): Instruction[] => {
  const next = new Map<Instruction, Instruction>();
  let after: Instruction | undefined;
  for (let at = list.length - 1; at >= 0; at--) {
    const one = list[at]!;
    if (!gone(one)) after = one;
    if (after !== undefined) next.set(one, after);
  }
  const left = list.filter((one) => !gone(one));
  for (const one of left) if (one.target !== undefined) one.target = next.get(one.target);
  return left;
};
