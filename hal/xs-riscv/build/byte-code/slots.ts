/**
 * Slots of the stack for the variables of a function. The engine makes a variable where its block begins and takes it away
 * at its end; a byte code each. What `RESERVE` has put there is good enough for one that is always written before it is
 * read: it has its slot from the beginning, and shares it with others that are not of use at the same time.
 */
import { without } from './instructions.ts';
import type { Instruction } from './instructions.ts';
import { livesOf } from './lives.ts';
import type { Bits, Lives } from './lives.ts';
import { namesVariable } from './places.ts';
import { waysThrough } from './ways.ts';
import type { Ways } from './ways.ts';

const PLAIN = /^(GET|SET|PULL|LET|VAR)_LOCAL_1$/;
const WRITES = /^(SET|PULL|LET|VAR)_LOCAL_1$/;

interface Known {
  readonly body: readonly Instruction[];
  readonly ways: Ways;
  /** By instruction that names a variable, what made it. */
  readonly made: ReadonlyMap<Instruction, Instruction>;
  /** What makes the variables that need not be made. */
  readonly free: ReadonlySet<Instruction>;
  readonly lives: Lives;
}

const known = (body: readonly Instruction[]): Known => {
  const ways = waysThrough(body);
  const made = new Map<Instruction, Instruction>();
  for (const [one, makers] of ways.named) for (const maker of makers) made.set(one, maker);
  const strange = new Set(
    [...ways.named].filter(([one]) => !PLAIN.test(one.name)).map(([one]) => made.get(one)),
  );
  const makers = body.filter(
    (one) => one.name === 'NEW_TEMPORARY' && !ways.early.has(one) && !strange.has(one),
  );
  const lives = livesOf(body, makers, made);
  // Whoever reads it at once reads what it is made as.
  const free = makers.filter((one) => (lives.after.get(one)! & lives.bit.get(one)!) === 0n);
  return { body, ways, made, free: new Set(free), lives };
};

/** What is written to be read at once, or never. */
const passedOn = (body: readonly Instruction[]): Instruction[] => {
  const { made, free, lives } = known(body);
  const targets = new Set(body.map(({ target }) => target));
  const gone = new Set<Instruction>();
  const ofUse = (one: Instruction): boolean => {
    const maker = made.get(one);
    if (maker === undefined || !free.has(maker)) return true;
    return ((lives.after.get(one)! | lives.thrown) & lives.bit.get(maker)!) !== 0n;
  };
  body.forEach((one, at) => {
    const next = body[at + 1];
    if (
      one.name === 'PULL_LOCAL_1' &&
      next?.name === 'GET_LOCAL_1' &&
      next.value === one.value &&
      !targets.has(next)
    ) {
      gone.add(next);
      if (ofUse(next)) one.name = 'SET_LOCAL_1';
      else gone.add(one);
    } else if (one.name === 'PULL_LOCAL_1' && !ofUse(one))
      Object.assign(one, { name: 'POP', value: 0, bytes: new Uint8Array() });
    else if (one.name === 'SET_LOCAL_1' && !ofUse(one)) gone.add(one);
  });
  return without(body, (one) => gone.has(one));
};

/** Which variables may not share a slot with one. */
const besides = ({ body, made, free, lives }: Known): Map<Instruction, Bits> => {
  const all = new Map([...free].map((one) => [one, lives.thrown]));
  for (const one of body) {
    const maker = WRITES.test(one.name) ? made.get(one) : undefined;
    if (maker === undefined || !free.has(maker)) continue;
    const others = (lives.after.get(one)! | lives.thrown) & ~lives.bit.get(maker)!;
    all.set(maker, all.get(maker)! | others);
  }
  for (const [one, others] of all)
    for (const [other, more] of all)
      if ((others & lives.bit.get(other)!) !== 0n || (lives.bit.get(one)! & lives.thrown) !== 0n)
        all.set(other, more | lives.bit.get(one)!);
  return all;
};

/** Numbers of slots, from 0. */
const shared = (one: Known): Map<Instruction, number> => {
  const numbers = new Map<Instruction, number>();
  for (const [maker, others] of besides(one)) {
    const taken = new Set(
      [...numbers]
        .filter(([other]) => (others & one.lives.bit.get(other)!) !== 0n)
        .map(([, number]) => number),
    );
    let number = 0;
    while (taken.has(number)) number++;
    numbers.set(maker, number);
  }
  return numbers;
};

export const slotsShared = (before: readonly Instruction[]): Instruction[] => {
  const all = known(passedOn(before));
  const { body, ways, made, free } = all;
  const numbers = shared(all);
  const places = new Map<Instruction, number>();
  let most = 0;
  const gone = new Set<Instruction>(free);
  for (const one of body) {
    const scope = ways.scopes.get(one)!;
    const ordinary = (from: number, to?: number): number =>
      scope.slice(from, to).filter((variable) => variable.made === undefined || !free.has(variable.made))
        .length;
    most = Math.max(
      most,
      ordinary(0) +
        (/^NEW_(LOCAL|CLOSURE|TEMPORARY)$/.test(one.name) && !free.has(one) ? 1 : 0) +
        (one.name === 'RETRIEVE_1' ? one.value : 0),
    );
    if (one.name === 'UNWIND_1') {
      places.set(one, ordinary(scope.length - one.value));
      if (places.get(one) === 0) gone.add(one);
    } else if (namesVariable(one) && !free.has(made.get(one)!)) places.set(one, ordinary(0, one.value));
  }
  for (const one of body) {
    const number = numbers.get(made.get(one)!);
    if (number !== undefined) one.value = most + 1 + number;
    else one.value = places.get(one) ?? one.value;
  }
  const reserve = body.find(({ name }) => name === 'RESERVE_1');
  if (reserve !== undefined) {
    reserve.value = most + Math.max(0, ...[...numbers.values()].map((number) => number + 1));
    if (reserve.value === 0) gone.add(reserve);
  }
  return without(body, (one) => gone.has(one));
};
