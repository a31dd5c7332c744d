/** The byte codes of the engine, as its sources have them: their numbers and how long they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineSources } from '../source.ts';

/** How an operand is laid down: xsCommon.c `gxCodeSizes`. */
export interface Opcode {
  readonly name: string;
  readonly number: number;
  /** Bytes in all; 0: a name's number follows; -1, -2, -4: so many bytes of length, and then what is so long. */
  readonly size: number;
}

export interface Opcodes {
  readonly byNumber: readonly Opcode[];
  readonly byName: ReadonlyMap<string, Opcode>;
}

const between = (text: string, from: string, to: string): string => {
  const start = text.indexOf(from);
  const end = text.indexOf(to, start);
  if (start < 0 || end < 0) throw new Error(`the engine's sources have no ${from}`);
  return text.slice(start, end);
};

/** Reads the tables of the engine's sources. */
export const opcodesRead = (): Opcodes => {
  const source = (name: string): string => readFileSync(join(engineSources(), 'sources', name), 'utf8');
  const names = [
    ...between(source('xsCommon.h'), 'XS_NO_CODE', 'XS_CODE_COUNT').matchAll(/XS_(?:NO_CODE|CODE_\w+)/g),
  ].map(([name]) => name.replace('XS_CODE_', ''));
  const table = between(source('xsCommon.c'), 'gxCodeSizes[', '};');
  // Two sizes for the last one: with numbers of names of 32 bits, and of 16.
  const sizes = [...table.replace(/#ifdef[^]*?#else/, '').matchAll(/(-?\d+) \/\*/g)].map(([, size]) =>
    Number(size),
  );
  if (names.length !== sizes.length) throw new Error('the engine has byte codes without a size');
  const byNumber = names.map((name, number) => ({ name, number, size: sizes[number]! }));
  return { byNumber, byName: new Map(byNumber.map((opcode) => [opcode.name, opcode])) };
};
