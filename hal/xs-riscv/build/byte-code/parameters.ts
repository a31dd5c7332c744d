/**
 * Parameters where they are. The engine's compiler copies each to a variable when a function begins; one that is only
 * read is read as well where the caller has put it, for as many bytes, and without a slot of the stack.
 */
import type { Instruction } from './instructions.ts';
import { namesVariable, placesOut } from './places.ts';

/** What may stand before a function copies its parameters, and takes no place but those it says. */
const PROLOGUE =
  /^(BEGIN_STRICT|RESERVE_1|RETRIEVE_1|RETRIEVE_TARGET|RETRIEVE_THIS|NEW_LOCAL|NEW_CLOSURE|LINE)$/;

interface Parameter {
  /** Where the variable is, from 1. */
  readonly place: number;
  /** Which argument it is. */
  readonly index: number;
  /** What makes the variable, and what fills it. */
  readonly gone: readonly Instruction[];
}

/** The variables that a function makes as it begins: by place, what makes them. */
const made = (body: readonly Instruction[], until: number): (Instruction | undefined)[] => {
  const places: (Instruction | undefined)[] = [undefined];
  for (const one of body.slice(0, until)) {
    if (one.name === 'RETRIEVE_1') for (let left = one.value; left > 0; left--) places.push(undefined);
    if (one.name === 'NEW_LOCAL') places.push(one);
    if (one.name === 'NEW_CLOSURE') places.push(undefined);
  }
  return places;
};

/** The copies that a function begins with. */
const copied = (body: readonly Instruction[]): Parameter[] => {
  const parameters: Parameter[] = [];
  let at = body.findIndex(({ name }) => !PROLOGUE.test(name));
  const places = made(body, at);
  for (; body[at]?.name === 'ARGUMENT' && body[at + 2]?.name === 'POP'; at += 3) {
    const [argument, variable, pop] = body.slice(at, at + 3) as [Instruction, Instruction, Instruction];
    const local = variable.name === 'VAR_LOCAL_1' ? places[variable.value] : undefined;
    if (local !== undefined)
      parameters.push({
        place: variable.value,
        index: argument.bytes![0]!,
        gone: [local, argument, variable, pop],
      });
  }
  return parameters;
};

/** Leaves the copies out, where nothing writes to them. */
export const parametersRead = (body: readonly Instruction[]): Instruction[] => {
  const targets = new Set(body.map(({ target }) => target));
  const copies = copied(body).filter(
    ({ place, gone }) =>
      !gone.some((one) => targets.has(one)) &&
      body.every(
        (one) =>
          !namesVariable(one) || one.value !== place || one.name === 'GET_LOCAL_1' || gone.includes(one),
      ),
  );
  const gone = new Set(copies.flatMap((copy) => copy.gone));
  for (const one of body) {
    if (one.name !== 'GET_LOCAL_1') continue;
    const copy = copies.find(({ place }) => place === one.value);
    if (copy !== undefined)
      Object.assign(one, { name: 'ARGUMENT', value: 0, bytes: Uint8Array.of(copy.index) });
  }
  const left = body.filter((one) => !gone.has(one));
  placesOut(
    left,
    copies.map(({ place }) => place),
  );
  return left;
};
