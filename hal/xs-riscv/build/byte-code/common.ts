/**
 * What the functions of the firmware have in common. The engine's compiler has each function copy all it names of the
 * bundle, functions and constants, to its stack when it begins: a slot each for as long as it runs. What is written only
 * while the realm is made is put into one array, too, which lies in the frozen realm, and is read from there (`HOST`)
 * where it is wanted.
 *
 * At 0 the array has itself: engine/realm.h.
 */
import { functionsMade, leftAlone, retrieved, retrievedOut } from './functions-made.ts';
import { instruction, without } from './instructions.ts';
import type { Instruction } from './instructions.ts';
import { namesVariable } from './places.ts';

/** What a function of the bundle may begin with before anything is called. */
const QUIET =
  /^(BEGIN_STRICT|RESERVE_1|RETRIEVE_\w+|NEW_(CLOSURE|LOCAL|TEMPORARY)|UNDEFINED|(VAR|LET|PULL)_(CLOSURE|LOCAL)_1|POP|(CONSTRUCTOR_)?FUNCTION|CODE_ARCHIVE_1|ENVIRONMENT|STORE_1|STORE_ARROW)$/;
const MAKES = /^NEW_(CLOSURE|LOCAL|TEMPORARY)$/;
const WRITES = /^(VAR|LET|SET|PULL)_CLOSURE_1$/;
const STRANGE = /^(CONST|REFRESH|RESET)_CLOSURE_1$|_PRIVATE_1$/;

/** By place of a variable, its number in the array. */
type Numbers = ReadonlyMap<number, number>;

const numbered = (places: readonly number[]): Numbers =>
  new Map(places.map((place, index) => [place, index + 1]));

const host = (number: number): Instruction => ({
  ...instruction('HOST'),
  bytes: Uint8Array.of(number & 0xff, number >> 8),
});

/** Of the places of its maker those that a function has, by its own places. */
const taken = (stores: readonly Instruction[], of: Numbers): Numbers => {
  const numbers = new Map<number, number>();
  stores.forEach(({ value }, index) => {
    const number = of.get(value);
    if (number !== undefined) numbers.set(index + 1, number);
  });
  return numbers;
};

/** Numbers of variables that functions inside write, or take along in a way that is not known here. */
const changed = (list: readonly Instruction[], all: Numbers): number[] =>
  functionsMade(list).flatMap(({ body, stores }) => {
    const own = taken(stores, all);
    if (retrieved(body) !== stores.length || leftAlone(body)) return [...own.values()];
    const written = body.filter((one) => namesVariable(one) && !/^(GET_CLOSURE|STORE)_1$/.test(one.name));
    return [...written.flatMap(({ value }) => own.get(value) ?? []), ...changed(body, own)];
  });

/** The variables of the bundle that have a value before anything is called: by place, numbers from 1. */
const early = (bundle: readonly Instruction[]): Numbers => {
  const targets = new Set(bundle.map(({ target }) => target));
  const start = bundle.slice(
    0,
    bundle.findIndex((one) => !QUIET.test(one.name) || targets.has(one)),
  );
  const written = new Set(start.filter(({ name }) => WRITES.test(name)).map(({ value }) => value));
  const strange = new Set(bundle.filter(({ name }) => STRANGE.test(name)).map(({ value }) => value));
  const places = start
    .filter(({ name }) => MAKES.test(name))
    .flatMap(({ name }, index) => (name === 'NEW_CLOSURE' ? [index + 1] : []))
    .filter((place) => written.has(place) && !strange.has(place));
  return numbered(places);
};

/** Functions read from the array what they had copied. */
const fromArray = (list: readonly Instruction[], numbers: Numbers): Instruction[] => {
  const gone = new Set<Instruction>();
  for (const { at, body, stores, arrow } of functionsMade(list)) {
    const own = taken(stores, numbers);
    for (const one of body)
      if (one.name === 'GET_CLOSURE_1' && own.has(one.value)) Object.assign(one, host(own.get(one.value)!));
    list[at]!.body = retrievedOut(fromArray(body, own), [...own.keys()]);
    for (const place of own.keys()) gone.add(stores[place - 1]!);
    if (own.size === stores.length && own.size > 0 && !arrow) {
      // With nothing to take along: ENVIRONMENT, and the POP behind it.
      gone.add(list[at + 1]!);
      gone.add(list[at + 2 + stores.length]!);
    }
  }
  return without(list, (one) => gone.has(one));
};

/** Whatever is written to a variable is written to the array, too. */
const toArray = (bundle: readonly Instruction[], numbers: Numbers): Instruction[] =>
  bundle.flatMap((one) => {
    const number = WRITES.test(one.name) ? numbers.get(one.value) : undefined;
    if (number === undefined) return [one];
    const value = instruction('GET_CLOSURE_1', one.value);
    const plain = (name: string): Instruction => instruction(name);
    return [
      one,
      host(0),
      instruction('INTEGER_1', number),
      plain('AT'),
      value,
      plain('SET_PROPERTY_AT'),
      plain('POP'),
    ];
  });

/** Of the firmware's script: a function that is called once, and makes all others. */
export const commonRead = (script: readonly Instruction[]): void => {
  const bundles = script.filter(({ body }) => body !== undefined);
  const [bundle] = bundles;
  if (bundle?.body === undefined || bundles.length > 1 || retrieved(bundle.body) > 0) return;
  const found = early(bundle.body);
  const away = new Set(changed(bundle.body, found));
  const numbers = numbered([...found].filter(([, number]) => !away.has(number)).map(([place]) => place));
  bundle.body = toArray(fromArray(bundle.body, numbers), numbers);
};
