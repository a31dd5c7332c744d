/** From where to where a function's variables are of use. */
import type { Instruction } from './instructions.ts';
import { ENDS } from './ways.ts';

const WRITES = /^(SET|PULL|LET|VAR)_LOCAL_1$/;

/** Variables, by what makes them: a bit for each. */
export type Bits = bigint;

export interface Lives {
  readonly bit: ReadonlyMap<Instruction, Bits>;
  /** By instruction, which are read after it before they are written. */
  readonly after: ReadonlyMap<Instruction, Bits>;
  /** What is read where an exception leads: it may be from anywhere. */
  readonly thrown: Bits;
}

/** `made`: by instruction that names a variable, what made it. */
export const livesOf = (
  body: readonly Instruction[],
  makers: readonly Instruction[],
  made: ReadonlyMap<Instruction, Instruction>,
): Lives => {
  const bit = new Map(makers.map((one, at) => [one, 1n << BigInt(at)]));
  const bitOf = (one: Instruction): Bits => bit.get(made.get(one) ?? one) ?? 0n;
  const before = new Map<Instruction, Bits>();
  const after = new Map<Instruction, Bits>();
  const pass = (): boolean => {
    let news = false;
    for (let at = body.length - 1; at >= 0; at--) {
      const one = body[at]!;
      const next = ENDS.test(one.name) || one.name === 'BRANCH_1' ? undefined : body[at + 1];
      const out = ((next && before.get(next)) ?? 0n) | ((one.target && before.get(one.target)) ?? 0n);
      const kept = WRITES.test(one.name) || bit.has(one) ? out & ~bitOf(one) : out;
      const into = one.name === 'GET_LOCAL_1' ? kept | bitOf(one) : kept;
      after.set(one, out);
      if (into !== before.get(one)) news = true;
      before.set(one, into);
    }
    return news;
  };
  while (pass());
  const caught = body.filter(({ name }) => name === 'CATCH_1').map(({ target }) => before.get(target!) ?? 0n);
  return { bit, after, thrown: caught.reduce((all, some) => all | some, 0n) };
};
