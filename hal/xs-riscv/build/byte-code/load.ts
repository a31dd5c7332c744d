/**
 * The firmware's script runs once, when the realm is made that then lies in flash. What of its byte code only makes
 * functions and constants is of no use on the board: it is laid down apart, and stays away. In the place of each function
 * it has a branch to it; where the realm is made the function then begins where that leads (board/freeze.c).
 */
import { bodiesLaid, codeWrite } from './instructions.ts';
import type { Instruction } from './instructions.ts';
import type { Opcodes } from './opcodes.ts';

export interface Parted {
  /** Functions, one behind the other. */
  readonly kept: Uint8Array;
  /** What makes them. It comes behind them. */
  readonly load: Uint8Array;
}

const BRANCH = 5;

/** The functions that the functions of the script make: in a bundle all that there are when it has run. */
export const loadApart = (opcodes: Opcodes, script: readonly Instruction[]): Parted => {
  const functions = script.flatMap(({ body }) => body ?? []).filter(({ body }) => body !== undefined);
  const kept = functions.map(({ body }) => Buffer.from(codeWrite(opcodes, body!)));
  const branch = Buffer.alloc(BRANCH, opcodes.byName.get('BRANCH_4')!.number);
  for (const one of functions) Object.assign(one, { body: undefined, bytes: branch, value: BRANCH });
  const load = Buffer.from(codeWrite(opcodes, script));
  const places = bodiesLaid(opcodes, load).flatMap(({ start, end }) =>
    bodiesLaid(opcodes, load.subarray(start, end)).map((inner) => start + inner.start),
  );
  const all = Buffer.concat(kept);
  let leads = 0;
  for (const [index, place] of places.entries()) {
    load.writeInt32LE(leads - (all.length + place + BRANCH), place + 1);
    leads += kept[index]!.length;
  }
  return { kept: all, load };
};
