/** Makes an archive of the engine's compiler shorter. It does what it did, on less stack. */
import { crc32 } from 'node:zlib';
import { archiveRead, archiveWrite } from './archive.ts';
import { branchesShort } from './branches.ts';
import { commonRead } from './common.ts';
import { leftAlone } from './functions-made.ts';
import { codeRead, codeWrite } from './instructions.ts';
import type { Instruction } from './instructions.ts';
import { loadApart } from './load.ts';
import type { Opcode, Opcodes } from './opcodes.ts';
import { parametersRead } from './parameters.ts';
import { slotsShared } from './slots.ts';
import { variablesShort } from './variables.ts';

/** Whose name is only for who debugs: functions have none on the board (board/defaults.c). */
const NAMELESS = /^(NEW_LOCAL|NEW_CLOSURE|(CONSTRUCTOR_)?FUNCTION)$/;
const NO_NAME = 0;

/** What is worked out of a number, where that is but one value: `-1`, `!0`, `void 0`. There is no integer -0. */
const workedOut = (name: string, number: number): Pick<Instruction, 'name' | 'value'> | undefined => {
  if (name === 'MINUS' && number > 0) return { name: 'INTEGER_1', value: -number };
  if (name === 'NOT') return { name: number === 0 ? 'TRUE' : 'FALSE', value: 0 };
  return name === 'VOID' ? { name: 'UNDEFINED', value: 0 } : undefined;
};

const constants = (body: readonly Instruction[]): Instruction[] => {
  const targets = new Set(body.map(({ target }) => target));
  return body.filter((one, at) => {
    const before = body[at - 1];
    if (before?.name !== 'INTEGER_1' || targets.has(one)) return true;
    const constant = workedOut(one.name, before.value);
    if (constant !== undefined) Object.assign(before, constant);
    return constant === undefined;
  });
};

const functionShort = (body: Instruction[]): Instruction[] => {
  for (const one of body) {
    if (one.body) one.body = functionShort(one.body);
    if (NAMELESS.test(one.name)) one.value = NO_NAME;
  }
  const plain = constants(body);
  return leftAlone(plain) ? plain : branchesShort(slotsShared(variablesShort(parametersRead(plain))));
};

/** The names that are left, with their numbers anew. */
const namesUsed = (
  opcodes: Opcodes,
  list: readonly Instruction[],
  keys: number,
  names: readonly string[],
): string[] => {
  const opcodeOf = ({ name }: Instruction): Opcode => opcodes.byName.get(name)!;
  const all = (of: readonly Instruction[]): Instruction[] =>
    of.flatMap((one) => (one.body ? [one, ...all(one.body)] : [one]));
  const naming = all(list).filter((one) => opcodeOf(one).size === 0 && one.value >= keys);
  const used = names.map((_, at) => at).filter((at) => naming.some(({ value }) => value === keys + at));
  const numbers = new Map(used.map((at, number) => [keys + at, keys + number]));
  for (const one of naming) one.value = numbers.get(one.value)!;
  return used.map((at) => names[at]!);
};

export interface Shortened {
  readonly archive: Uint8Array;
  /** Of a firmware: byte code that makes the realm, behind the archive, and is of no use when it is made. */
  readonly load: Uint8Array;
}

export const archiveShorten = (opcodes: Opcodes, bytes: Uint8Array): Shortened => {
  const archive = archiveRead(bytes);
  const list = codeRead(opcodes, archive.code);
  // An application runs in RAM, each time: its functions keep their copies, and it all that it does.
  const firmware = archive.after === 0;
  if (firmware) commonRead(list);
  // The script itself defines names of the global object: its functions alone.
  for (const one of list) if (one.body) one.body = functionShort(one.body);
  const names = namesUsed(opcodes, list, archive.keys, archive.names);
  const { kept, load } = firmware
    ? loadApart(opcodes, list)
    : { kept: codeWrite(opcodes, list), load: new Uint8Array() };
  return { archive: archiveWrite({ ...archive, names, code: kept, load: crc32(load) }), load };
};
