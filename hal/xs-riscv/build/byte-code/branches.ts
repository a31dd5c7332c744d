/** Branches that lead to branches, tests of what was tested already, endings that are there twice, what is never come to. */
import { instruction, without } from './instructions.ts';
import type { Instruction } from './instructions.ts';
import { ENDS } from './ways.ts';

const TEST = /^BRANCH_(ELSE|IF)_1$/;
const other = (name: string): string => (name === 'BRANCH_IF_1' ? 'BRANCH_ELSE_1' : 'BRANCH_IF_1');

interface Places {
  readonly after: (one: Instruction | undefined) => Instruction | undefined;
  /** Whether it comes only after what stands before it. */
  readonly inner: (one: Instruction) => boolean;
}

const placesOf = (list: readonly Instruction[]): Places => {
  const where = new Map(list.map((one, at) => [one, at]));
  const targets = new Set(list.map(({ target }) => target));
  return {
    after: (one) => one && list[where.get(one)! + 1],
    inner: (one) => !targets.has(one),
  };
};

/** Of a branch to a branch: where that leads. */
const threaded = (list: readonly Instruction[]): void => {
  for (const one of list) {
    const seen = new Set<Instruction>();
    while (one.target?.name === 'BRANCH_1' && !seen.has(one.target)) {
      seen.add(one.target);
      one.target = one.target.target;
    }
  }
};

/** Where a test leads whose value is tested, or thrown away, again: there that need not be kept. */
const knownNext = (places: Places, { name, target }: Instruction): Instruction | undefined => {
  const next = places.after(target);
  if (target?.name === 'POP') return next;
  if (target?.name === name) return target.target;
  if (target?.name === other(name)) return next;
  // NOT of what is tested.
  if (target?.name === 'NOT' && next?.name === name) return places.after(next);
  if (target?.name === 'NOT' && next?.name === other(name)) return next.target;
  const test = target?.name === 'DUB' ? next : undefined;
  return test?.name === other(name) && places.after(test)?.name === 'POP'
    ? places.after(places.after(test))
    : undefined;
};

/** `a && b` where only its truth counts: what is tested is not kept for another test. */
const tests = (list: readonly Instruction[], gone: Set<Instruction>): void => {
  const places = placesOf(list);
  for (const dub of list) {
    const test = places.after(dub);
    const pop = places.after(test);
    if (dub.name !== 'DUB' || test === undefined || !TEST.test(test.name) || pop?.name !== 'POP') continue;
    if (!places.inner(test) || !places.inner(pop) || gone.has(test.target!)) continue;
    const { target } = test;
    // The same question of the same value, which is kept there, too.
    if (target?.name === 'DUB' && places.after(target)?.name === test.name) {
      test.target = places.after(target)!.target;
      continue;
    }
    const leads = knownNext(places, test);
    if (leads === undefined || leads === test || gone.has(leads)) continue;
    test.target = leads;
    gone.add(dub).add(pop);
  }
};

/** A test that only leads around a branch; one of `!`; a branch to an end, or to what comes next. */
const branches = (list: readonly Instruction[], gone: Set<Instruction>): void => {
  const places = placesOf(list);
  for (const one of list) {
    const next = places.after(one);
    if (gone.has(one) || next === undefined || gone.has(next)) continue;
    if (one.name === 'NOT' && TEST.test(next.name) && places.inner(next)) {
      next.name = other(next.name);
      gone.add(one);
    } else if (
      TEST.test(one.name) &&
      next.name === 'BRANCH_1' &&
      places.inner(next) &&
      one.target === places.after(next)
    ) {
      Object.assign(one, { name: other(one.name), target: next.target });
      gone.add(next);
    } else if (one.name === 'BRANCH_1' && one.target === next) gone.add(one);
    else if (one.name === 'BRANCH_1' && one.target!.name.startsWith('END'))
      Object.assign(one, { name: one.target!.name, target: undefined, bytes: new Uint8Array() });
  }
};

/** Short of this many bytes a branch is no gain. */
const ENDING_LEAST = 4;
const INNER = /^(BRANCH|CATCH)_/;

const sizeOf = ({ name, bytes, value }: Instruction): number => {
  if (name.endsWith('_1')) return (value >= -128 && value < 128 ? 2 : 3) + (bytes?.length ?? 0);
  return /^(GET|SET|NEW)_PROPERTY$|VARIABLE|REFERENCE|HOST|FUNCTION$/.test(name) ? 3 : 1;
};
const nameOf = ({ name, value, bytes }: Instruction): string => `${name} ${value} ${bytes?.join() ?? ''}`;

/** Endings that are there twice: a branch to the first. What is on the stack, and in variables, ends with a function. */
const endings = (list: readonly Instruction[], gone: Set<Instruction>): void => {
  const targets = new Set(list.map(({ target }) => target));
  const known = new Map<string, { start: Instruction; last: Instruction }>();
  list.forEach((last, end) => {
    if (!ENDS.test(last.name)) return;
    let [text, size, start] = ['', 0, end];
    const longer: { text: string; size: number; start: number }[] = [];
    for (; start >= 0; start--) {
      const one = list[start]!;
      if (
        gone.has(one) ||
        one.body !== undefined ||
        INNER.test(one.name) ||
        (start < end && ENDS.test(one.name))
      )
        break;
      text = `${nameOf(one)}; ${text}`;
      size += sizeOf(one);
      longer.push({ text, size, start });
      if (targets.has(one)) break;
    }
    const same = longer.filter((some) => some.size >= ENDING_LEAST && known.has(some.text)).at(-1);
    for (const some of longer)
      if (!known.has(some.text)) known.set(some.text, { start: list[some.start]!, last });
    if (same === undefined) return;
    const { start: leads } = known.get(same.text)!;
    if (leads === list[same.start]) return;
    const [first, ...rest] = list.slice(same.start, end + 1);
    for (const one of rest) gone.add(one);
    Object.assign(first!, { ...instruction('BRANCH_1'), target: leads });
  });
};

/** Only what can be come to. */
const reached = (list: readonly Instruction[]): Instruction[] => {
  const where = new Map(list.map((one, at) => [one, at]));
  const found = new Set<Instruction>();
  const waiting = list.slice(0, 1);
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (found.has(one)) continue;
    found.add(one);
    if (one.target !== undefined) waiting.push(one.target);
    const next = list[where.get(one)! + 1];
    if (next !== undefined && one.name !== 'BRANCH_1' && !ENDS.test(one.name)) waiting.push(next);
  }
  return list.filter((one) => found.has(one));
};

const step = (
  list: readonly Instruction[],
  act: (of: readonly Instruction[], gone: Set<Instruction>) => void,
): Instruction[] => {
  const gone = new Set<Instruction>();
  act(list, gone);
  return reached(without(list, (one) => gone.has(one)));
};

export const branchesShort = (body: readonly Instruction[]): Instruction[] => {
  let list = reached(body);
  for (let before = Infinity; list.length < before;) {
    before = list.length;
    threaded(list);
    for (const act of [tests, branches, endings]) list = step(list, act);
  }
  return list;
};
