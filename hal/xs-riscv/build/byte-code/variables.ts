/**
 * Variables that are never read before they are written. The engine makes a variable as one that throws when it is met too
 * early, and with the number of its name, for that error and for a debugger. Where no way through the function can meet
 * it, one byte makes it, and what writes it takes the value off the stack in the same byte code.
 */
import { without } from './instructions.ts';
import type { Instruction } from './instructions.ts';
import { waysThrough } from './ways.ts';

const WRITES = /^(SET|LET|VAR)_LOCAL_1$/;

/** Makes variables and writes them in short where they cannot be met too early. */
export const variablesShort = (body: readonly Instruction[]): Instruction[] => {
  const ways = waysThrough(body);
  const reached = body.filter((one) => ways.scopes.has(one));
  const targets = new Set(reached.map(({ target }) => target));
  const short = new Set(reached.filter((one) => one.name === 'NEW_LOCAL' && !ways.early.has(one)));
  const gone = new Set<Instruction>();
  reached.forEach((one, at) => {
    const pop = reached[at + 1];
    if (!WRITES.test(one.name) || pop?.name !== 'POP' || targets.has(pop)) return;
    const makers = [...(ways.named.get(one) ?? [])];
    // Both hold a write against what the variable is.
    if (one.name !== 'SET_LOCAL_1' && !(makers.length > 0 && makers.every((made) => short.has(made)))) return;
    one.name = 'PULL_LOCAL_1';
    gone.add(pop);
  });
  for (const one of short) Object.assign(one, { name: 'NEW_TEMPORARY', value: 0, bytes: new Uint8Array() });
  // Without the functions inside that would share a variable, its renewal in each round of a loop does nothing.
  return without(reached, (one) => gone.has(one) || one.name === 'REFRESH_LOCAL_1');
};
