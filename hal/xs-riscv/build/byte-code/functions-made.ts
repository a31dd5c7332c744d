/** Functions as the byte code of another function makes them: `FUNCTION`, the body, and what they take along. */
import type { Instruction } from './instructions.ts';
import { placesOut } from './places.ts';

/** Functions that stop and go on, and names that are found while they run, are left as they are. */
const LEFT = /^(START_|AWAIT|YIELD|EVAL|WITH|ARGUMENTS)/;

export const leftAlone = (body: readonly Instruction[]): boolean => body.some(({ name }) => LEFT.test(name));

export interface FunctionMade {
  /** Where its body is in the list. */
  readonly at: number;
  readonly body: Instruction[];
  /** Variables of its maker that it takes along; its `RETRIEVE` gives them the places from 1. */
  readonly stores: readonly Instruction[];
  /** It takes `this` and `new.target` along, too. */
  readonly arrow: boolean;
}

export const functionsMade = (list: readonly Instruction[]): FunctionMade[] =>
  list.flatMap((one, at) => {
    if (one.body === undefined) return [];
    const stores: Instruction[] = [];
    let next = at + 1;
    if (list[next]?.name === 'ENVIRONMENT') while (list[++next]?.name === 'STORE_1') stores.push(list[next]!);
    return [{ at, body: one.body, stores, arrow: list[next]?.name === 'STORE_ARROW' }];
  });

/** How many variables a function has from outside. */
export const retrieved = (body: readonly Instruction[]): number =>
  body.find(({ name }) => name === 'RETRIEVE_1')?.value ?? 0;

/** Takes variables from outside out that a function no more names; their places, from 1. */
export const retrievedOut = (body: readonly Instruction[], out: readonly number[]): Instruction[] => {
  placesOut(body, out);
  const retrieve = body.find(({ name }) => name === 'RETRIEVE_1');
  if (retrieve !== undefined) retrieve.value -= out.length;
  // It leads to what an arrow function takes along, too.
  const needed = body.some(({ name }) => name === 'RETRIEVE_TARGET') || retrieve?.value !== 0;
  return body.filter((one) => needed || one !== retrieve);
};
