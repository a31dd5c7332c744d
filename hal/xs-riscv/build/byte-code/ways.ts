/** The ways through a function, and which variables there are on them. */
import type { Instruction } from './instructions.ts';

/** Here a function ends, whatever variables there are. */
export const ENDS: RegExp = /^(END|END_ARROW|END_BASE|END_DERIVED|RETURN|THROW|RETHROW)$/;
/** What meets a variable, and throws where it has not been written. */
const READS = /^(GET|SET|PULL|REFRESH)_LOCAL_1$|^STORE_1$/;
const WRITES = /^(LET|VAR)_LOCAL_1$/;
/** The engine holds these against what the variable was made as. */
const CHECKS = /^(RESET|CONST)_LOCAL_1$/;

/** Of each place in use, from 1: what made it, and whether it may not have been written yet. */
interface Variable {
  readonly made: Instruction | undefined;
  readonly empty: boolean;
}
type Scope = readonly Variable[];

/** What is none of the function's own variables: what it shares with others. */
const NONE: Variable = { made: undefined, empty: false };

export interface Ways {
  /** By instruction that can be come to, what there may be when it begins. */
  readonly scopes: Map<Instruction, Scope>;
  /** What makes a variable that may be met too early, or that two ways have made. */
  readonly early: Set<Instruction>;
  /** By instruction that names a variable: what may have made it. */
  readonly named: Map<Instruction, Set<Instruction>>;
}

const note = (ways: Ways, one: Instruction, { made, empty }: Variable): void => {
  if (made === undefined) return;
  if ((READS.test(one.name) && empty) || CHECKS.test(one.name)) ways.early.add(made);
  ways.named.set(one, (ways.named.get(one) ?? new Set()).add(made));
};

/** What there is after an instruction. */
const after = (ways: Ways, one: Instruction, scope: Scope): Scope => {
  const { name, value } = one;
  if (name === 'NEW_LOCAL') return [...scope, { made: one, empty: true }];
  if (name === 'NEW_TEMPORARY') return [...scope, { made: one, empty: false }];
  if (name === 'NEW_CLOSURE') return [...scope, NONE];
  if (name === 'RETRIEVE_1') return [...scope, ...Array.from({ length: value }, () => NONE)];
  if (name === 'UNWIND_1') return scope.slice(0, scope.length - value);
  if (!/_LOCAL_1$|^STORE_1$/.test(name)) return scope;
  const variable = scope[value - 1];
  if (variable === undefined) throw new Error(`byte code: ${name} of a variable that there is not`);
  note(ways, one, variable);
  if (!WRITES.test(name)) return scope;
  const filled = { made: variable.made, empty: false };
  return scope.map((other, place) => (place === value - 1 ? filled : other));
};

/** Two ways come together. Undefined: that brings nothing new. */
const joined = (ways: Ways, before: Scope | undefined, scope: Scope): Scope | undefined => {
  if (before === undefined) return scope;
  if (before.length !== scope.length) throw new Error('byte code: two ways with different variables');
  let news = false;
  const both = before.map((variable, place) => {
    const other = scope[place]!;
    if (variable.made !== other.made)
      for (const made of [variable.made, other.made]) if (made !== undefined) ways.early.add(made);
    if (variable.empty || !other.empty) return variable;
    news = true;
    return { made: variable.made, empty: true };
  });
  return news ? both : undefined;
};

export const waysThrough = (body: readonly Instruction[]): Ways => {
  const ways: Ways = { scopes: new Map(), early: new Set(), named: new Map() };
  const where = new Map(body.map((one, at) => [one, at]));
  const waiting: [number, Scope][] = [[0, []]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [at, scope] = next;
    const one = body[at]!;
    const before = ways.scopes.get(one);
    const more = before !== undefined && ENDS.test(one.name) ? undefined : joined(ways, before, scope);
    if (more === undefined) continue;
    ways.scopes.set(one, more);
    if (ENDS.test(one.name)) continue;
    const then = after(ways, one, more);
    // What is thrown later finds variables that have been written since: that is no news.
    if (one.target !== undefined) waiting.push([where.get(one.target)!, then]);
    if (one.name !== 'BRANCH_1') waiting.push([at + 1, then]);
  }
  return ways;
};
