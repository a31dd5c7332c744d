/**
 * As much of AVA as the tests need that run on the XS engine too, where there is no Node: tests one after another, and
 * for each a line on `print`. Bundled in AVA's place.
 */
declare const print: (line: string) => void;

type Body = (t: Assertions) => unknown;

interface Macro {
  readonly exec: (t: Assertions, ...given: unknown[]) => unknown;
  readonly title?: (provided: string | undefined, ...given: unknown[]) => string;
}

const text = (value: unknown): string => {
  if (value instanceof Uint8Array) return `[${value.join()}]`;
  if (typeof value === 'object' && value !== null)
    return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));
  return String(value);
};

const same = (one: unknown, other: unknown): boolean => {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return (
    names.length === others.length &&
    names.every((name) =>
      same((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
    )
  );
};

class Failed extends Error {}

const fail = (words: string, message?: string): never => {
  throw new Failed(message === undefined ? words : `${message}: ${words}`);
};

interface Expected {
  readonly instanceOf?: new (...given: never[]) => unknown;
  readonly message?: string | RegExp | ((words: string) => boolean);
  readonly name?: string;
}

const fits = (error: unknown, expected: Expected): boolean => {
  const { message, instanceOf, name } = expected;
  const words = (error as Error).message;
  if (instanceOf !== undefined && !(error instanceof instanceOf)) return false;
  if (name !== undefined && (error as Error).name !== name) return false;
  if (typeof message === 'string') return words === message;
  if (message instanceof RegExp) return message.test(words);
  return message === undefined || message(words);
};

const assertions = {
  is: (one: unknown, other: unknown, message?: string): unknown =>
    Object.is(one, other) || fail(`${text(one)} is not ${text(other)}`, message),
  not: (one: unknown, other: unknown, message?: string): unknown =>
    !Object.is(one, other) || fail(`${text(one)} is ${text(other)}`, message),
  true: (one: unknown, message?: string): unknown =>
    one === true || fail(`${text(one)} is not true`, message),
  false: (one: unknown, message?: string): unknown =>
    one === false || fail(`${text(one)} is not false`, message),
  truthy: (one: unknown, message?: string): unknown =>
    Boolean(one) || fail(`${text(one)} is not truthy`, message),
  falsy: (one: unknown, message?: string): unknown => !one || fail(`${text(one)} is not falsy`, message),
  deepEqual: (one: unknown, other: unknown, message?: string): unknown =>
    same(one, other) || fail(`${text(one)} is not like ${text(other)}`, message),
  like: (one: unknown, other: object, message?: string): unknown =>
    Object.entries(other).every(([name, value]) => same((one as Record<string, unknown>)[name], value)) ||
    fail(`${text(one)} is not like ${text(other)}`, message),
  notDeepEqual: (one: unknown, other: unknown, message?: string): unknown =>
    !same(one, other) || fail(`${text(one)} is like ${text(other)}`, message),
  pass: (): unknown => true,
  fail: (message?: string): unknown => fail('fails', message),
  log: (): void => {},
  timeout: (): void => {},
  plan: (): void => {},
  notThrows: (act: () => unknown, message?: string): unknown => {
    try {
      return act();
    } catch (error) {
      return fail(`throws ${String(error)}`, message);
    }
  },
  throws: (act: () => unknown, expected: Expected = {}, message?: string): unknown => {
    let error: unknown;
    try {
      act();
    } catch (thrown) {
      error = thrown;
    }
    if (error === undefined) return fail('does not throw', message);
    return fits(error, expected) ? error : fail(`throws ${String(error)}`, message);
  },
};

type Assertions = typeof assertions & { readonly title: string };

const run = (title: string, body: Body): void => {
  try {
    const result = body({ ...assertions, title });
    if (result instanceof Promise) fail('a test that waits');
    print(`passed ${title}`);
  } catch (error) {
    print(`failed ${title}: ${String(error)}`);
  }
};

type Test = (first: string | Macro, ...rest: unknown[]) => void;

const one: Test = (first, ...rest) => {
  const title = typeof first === 'string' ? first : undefined;
  const [act, ...given] = typeof first === 'string' ? rest : [first, ...rest];
  if (typeof act === 'function') run(title!, act as Body);
  else {
    const { exec, title: name } = act as Macro;
    run(name?.(title, ...given) ?? title!, (t) => exec(t, ...given));
  }
};

interface Extra {
  readonly macro: (macro: Macro | Macro['exec']) => Macro;
  readonly serial: Test;
  readonly before: (act: Body) => void;
}

const test: Test & Extra = Object.assign(one, {
  macro: (macro: Macro | Macro['exec']): Macro => (typeof macro === 'function' ? { exec: macro } : macro),
  serial: one,
  before: (act: Body): void => {
    act({ ...assertions, title: 'before' });
  },
});

export default test;
