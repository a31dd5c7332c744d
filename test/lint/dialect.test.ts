import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';

/** Runs the project's own lint configuration over `files` (path to text); gives what the dialect rule said of each. */
function lint(files: ReadonlyMap<string, string>): Map<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-dialect-'));
  try {
    const config = JSON.parse(readFileSync('.oxlintrc.json', 'utf8')) as { jsPlugins: string[] };
    config.jsPlugins = config.jsPlugins.map((path) => resolve(path));
    writeFileSync(join(folder, '.oxlintrc.json'), JSON.stringify(config));
    for (const [path, text] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const oxlint = resolve('node_modules/oxlint/bin/oxlint');
    const run = spawnSync(process.execPath, [oxlint, '--format', 'json'], { cwd: folder, encoding: 'utf8' });
    const said = new Map([...files.keys()].map((path): [string, string[]] => [path, []]));
    const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: Diagnostic[] };
    for (const { code, filename, message } of diagnostics) {
      // A file that does not parse has no code: let the row fail with what the parser said.
      if (code === undefined || code === 'device(dialect)') said.get(filename)?.push(message);
    }
    return said;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Diagnostic {
  readonly code?: string;
  readonly filename: string;
  readonly message: string;
}

const inFunction = (body: string): string =>
  `export function f(a: number[], n: number): unknown { ${body} }\n`;

// title, code, and what the rule says of it after `device dialect: `
const BANNED: readonly (readonly [string, string, string])[] = [
  ['class declaration', 'export class A {}', 'class'],
  ['class expression', inFunction('return class {};'), 'class'],
  ['async function', 'export async function f(): Promise<void> {}', 'async or await'],
  ['async arrow', 'export const f = async (): Promise<void> => {};', 'async or await'],
  ['await at load', 'export const x = await 1;', 'async or await'],
  ['dynamic import', inFunction("return import('./b.ts');"), 'async or await'],
  ['generator', 'export function* f(): Iterable<number> {}', 'generator or yield'],
  ['destructured constant', inFunction('const { length } = a; return length;'), 'destructuring'],
  ['destructured array', inFunction('const [x] = a; return x;'), 'destructuring'],
  ['destructured parameter', 'export const f = ({ n }: { n: number }): number => n;', 'destructuring'],
  ['destructuring assignment', inFunction('let x = 0; [x] = a; return x;'), 'destructuring'],
  ['spread in an array', inFunction('return [...a];'), 'spread'],
  ['spread in a call', inFunction('return Math.max(...a);'), 'spread'],
  ['spread in an object', inFunction('return { ...a };'), 'spread'],
  ['rest parameter', 'export const f = (...a: number[]): number => a.length;', 'rest parameter or element'],
  ['default parameter', 'export const f = (n = 1): number => n;', 'default parameter'],
  ['?. member', inFunction('return a?.length;'), 'optional chaining (?.)'],
  ['?. call', 'export const f = (g?: () => number): unknown => g?.();', 'optional chaining (?.)'],
  ['??=', inFunction('n ??= 1; return n;'), 'logical assignment (??=, ||=, &&=)'],
  ['||=', inFunction('n ||= 1; return n;'), 'logical assignment (??=, ||=, &&=)'],
  ['&&=', inFunction('n &&= 1; return n;'), 'logical assignment (??=, ||=, &&=)'],
  ['**', inFunction('return n ** 2;'), 'exponent (**)'],
  ['**=', inFunction('n **= 2; return n;'), 'exponent (**)'],
  ['computed key', inFunction('return { [n]: a };'), 'computed key in an object literal'],
  ['getter', inFunction('return { get x() { return n; } };'), 'getter or setter'],
  ['setter', inFunction('return { set x(v: number) { a.push(v); } };'), 'getter or setter'],
  ['label', inFunction('out: while (n > 0) { break out; } return n;'), 'label'],
  ['BigInt literal', inFunction('return 1n;'), 'BigInt'],
  ['BigInt call', inFunction('return BigInt(n);'), 'BigInt'],
  ['BigInt array', inFunction('return new BigUint64Array(n);'), 'BigInt'],
  ['Symbol', inFunction("return Symbol('x');"), 'Symbol'],
  ['Symbol.iterator', inFunction('return Symbol.iterator;'), 'Symbol'],
  ['Map', inFunction('return new Map<string, number>();'), 'Map or WeakMap'],
  ['WeakMap', inFunction('return new WeakMap();'), 'Map or WeakMap'],
  ['Map behind a type assertion', inFunction('return Map as unknown;'), 'Map or WeakMap'],
  ['Set', inFunction('return new Set(a);'), 'Set or WeakSet'],
  ['Promise', inFunction('return Promise.resolve(n);'), 'Promise'],
  ['regular expression', inFunction("return /x/.test('x');"), 'regular expression'],
  ['RegExp', inFunction("return RegExp('x');"), 'regular expression'],
  [
    'Uint8Array.from',
    inFunction('return Uint8Array.from(a);'),
    'Uint8Array.from does not exist on every engine',
  ],
  [
    'Uint32Array.of',
    inFunction("return Uint32Array['of'](n);"),
    'Uint32Array.of does not exist on every engine',
  ],
  ['Array.from', inFunction('return Array.from(a);'), 'Array.from does not exist on every engine'],
  ['Math.imul', inFunction('return Math.imul(n, n);'), 'Math.imul does not exist on every engine'],
  ["Math['imul']", inFunction("return Math['imul'](n, n);"), 'Math.imul does not exist on every engine'],
  ['Math.clz32', inFunction('return Math.clz32(n);'), 'Math.clz32 does not exist on every engine'],
  ['Math.trunc', inFunction('return Math.trunc(n);'), 'Math.trunc does not exist on every engine'],
  ['Math.sign', inFunction('return Math.sign(n);'), 'Math.sign does not exist on every engine'],
  [
    'Number.isSafeInteger',
    inFunction('return Number.isSafeInteger(n);'),
    'Number.isSafeInteger does not exist on every engine',
  ],
  ['Object.freeze', inFunction('return Object.freeze(a);'), 'Object.freeze does not exist on every engine'],
  ['TextEncoder', inFunction('return new TextEncoder();'), 'TextEncoder does not exist on every engine'],
  [
    'slice',
    inFunction('return a.slice(1);'),
    '.slice() is missing, or gives a plain Array, on a typed array; use subarray and set',
  ],
  [
    'map',
    inFunction('return a.map(Number);'),
    '.map() is missing, or gives a plain Array, on a typed array; use subarray and set',
  ],
  [
    'copyWithin',
    inFunction('return a.copyWithin(0, 1);'),
    '.copyWithin() is missing, or gives a plain Array, on a typed array; use subarray and set',
  ],
  ['comma in return', inFunction('return n++, n;'), 'comma in return'],
  ['comma in return, in parentheses', inFunction('return (n++, n);'), 'comma in return'],
  [
    'return before a line break',
    inFunction('if (n) return\n n++; return n;'),
    'return before a line break; one engine returns what stands on the next line',
  ],
  [
    'return before a comment and a line break',
    inFunction('if (n) return // n\n n++; return n;'),
    'return before a line break; one engine returns what stands on the next line',
  ],
  ['`of` as a constant', inFunction('const of = n; return of;'), '`of` as a name'],
  ['`of` as a parameter', 'export const f = (of: number): void => {};', '`of` as a name'],
  ['`of` as a function', 'export function of(): void {}', '`of` as a name'],
  ['`of` as a key', 'export const t = { of: 1 };', '`of` as a name'],
  ['var in a function', inFunction('var x = n; return x;'), 'var (it is not hoisted on every engine)'],
  ['tagged template', inFunction('return String.raw`x`;'), 'tagged template'],
  ['module-level let', 'export let x = 1;', 'module-level let or var is mutable state'],
  ['module-level var', 'var x = 1;\nexport { x };', 'module-level let or var is mutable state'],
  [
    'write to a module-level record',
    'const r = { n: 1 };\nexport const f = (): void => { r.n = 2; };',
    '`r` is module-level, and written to: mutable state',
  ],
  [
    'count in a module-level array',
    'const r = [1];\nexport const f = (): number => r[0]++;',
    '`r` is module-level, and written to: mutable state',
  ],
  [
    'delete from a module-level record',
    'const r: { n?: number } = { n: 1 };\nexport const f = (): void => { delete r.n; };',
    '`r` is module-level, and written to: mutable state',
  ],
  ['module-level call', 'const f = (): number => 1;\nexport const x = f();', 'work at module load'],
  ['module-level new', 'export const x = new Uint8Array(8);', 'work at module load'],
  ['module-level loop', 'for (const x of [1]) { if (x > 1) { } }\nexport {};', 'work at module load'],
  ['module-level condition', 'if (1 > 2) { }\nexport {};', 'work at module load'],
  [
    'function in a table above its definition',
    'export const t = [f];\nfunction f(): void {}',
    '`f` is used above its definition; functions are not hoisted on every engine',
  ],
  [
    'arrow in a table above its definition',
    'export const t = { f: f };\nconst f = (): void => {};',
    '`f` is used above its definition; functions are not hoisted on every engine',
  ],
  [
    'inner function called above its definition',
    inFunction('g(); function g(): void {} return n;'),
    '`g` is used above its definition; functions are not hoisted on every engine',
  ],
];

const ALLOWED: readonly (readonly [string, string])[] = [
  [
    'constants and tables',
    "const A = 1;\nconst B = [A, A + 1] as const;\nexport const C = { a: A, b: B, c: 'x', d: -1 };",
  ],
  [
    'functions in a table below them',
    'function f(): number { return 1; }\nexport const t = [f, (): number => 2];',
  ],
  [
    'a call to a later function, from a function',
    'export function f(): number { return g(); }\nfunction g(): number { return 1; }',
  ],
  ['an export above the definition', 'export { f };\nfunction f(): void {}'],
  [
    'let, const, arrow, template, ??',
    inFunction('let x = 0; const g = (y: number): string => `${y + x}`; x = n; return g(x) ?? a;'),
  ],
  ['for-of over an array', inFunction('let sum = 0; for (const x of a) sum += x; return sum;')],
  [
    'typed arrays and subarray',
    inFunction('const b = new Uint8Array(n); b.set(a, 0); return b.subarray(1, 2);'),
  ],
  ['DataView', inFunction('return new DataView(new ArrayBuffer(8)).getUint32(0, true);')],
  ['Math.floor, >>> and bit operations', inFunction('return (Math.floor(n / 2) >>> 0) ^ ~n;')],
  ['return alone', 'export function f(n: number): void { if (n > 1) return; if (n > 0) { return } }'],
  ['return of what goes over lines', inFunction('return (\n n + 1\n);')],
  [
    'switch, try, throw',
    inFunction(
      "switch (n) { case 1: try { return 1; } catch { return 2; } default: throw new RangeError('n'); }",
    ),
  ],
  [
    'a write to a record that was handed in',
    'export function f(state: { n: number }): void { state.n += 1; }',
  ],
  [
    'a local that hides a module-level name',
    'const r = { n: 1 };\nexport function f(r: { n: number }): void { r.n = 2; }\nexport const g = r;',
  ],
  [
    'types: Map, Set, Promise, Symbol, RegExp, bigint',
    'export interface A { a: Map<string, Set<number>>; b: Promise<void>; c: symbol; d: RegExp; e: bigint; f: 1n }',
  ],
  [
    'types: rest, tuple, optional',
    'export type A = (...of: number[]) => [first: number, ...rest: string[]];',
  ],
  [
    'types: a name of its own',
    "import type { of } from './b.ts';\nexport type A = of | typeof Symbol.iterator;",
  ],
  [
    'types: import and export',
    "import type { A } from './b.ts';\nimport { type B, c } from './c.ts';\nexport type { A, B };\nexport const d: B = c;",
  ],
  [
    'types: assertion and satisfies',
    'export const f = (n: unknown): number => (n as { n: number }).n;\nexport const t = { a: 1 } satisfies Record<string, number>;',
  ],
  ['types: declared later', 'export const t: A = { n: 1 };\ninterface A { n: number }'],
  [
    'types: overload and readonly array',
    'export function f(a: readonly number[]): number;\nexport function f(a: number): number;\nexport function f(a: unknown): number { return a as number; }',
  ],
  ['properties named like globals', inFunction('const t = { Map: 1, Set: 2 }; return t.Map + t.Set;')],
];

const bannedPath = (row: number): string => `agent/banned-${row}.ts`;
const allowedPath = (row: number): string => `agent/deep/er/allowed-${row}.ts`;

const PLACES: readonly (readonly [string, boolean])[] = [
  ['agent/format/x.ts', true],
  ['hal/inflate.ts', true],
  ['hal/partition.ts', true],
  ['hal/conformance.ts', true],
  ['hal/serial/x.ts', true],
  ['hal/xs-riscv/firmware/x.ts', true],
  ['hal/xs-riscv/build/x.ts', false],
  ['hal/node/flash.ts', false],
  ['publisher/pack.ts', false],
];

const said = lint(
  new Map<string, string>([
    ...BANNED.map(([, code], row): [string, string] => [bannedPath(row), code]),
    ...ALLOWED.map(([, code], row): [string, string] => [allowedPath(row), code]),
    ...PLACES.map(([path]): [string, string] => [path, 'export class A {}']),
  ]),
);

for (const [row, [title, , says]] of BANNED.entries()) {
  test(`the dialect does not take: ${title}`, (t) => {
    t.deepEqual([...new Set(said.get(bannedPath(row)))], [`device dialect: ${says}`]);
  });
}

for (const [row, [title]] of ALLOWED.entries()) {
  test(`the dialect takes: ${title}`, (t) => {
    t.deepEqual(said.get(allowedPath(row)), []);
  });
}

for (const [path, bound] of PLACES) {
  test(`${path} is ${bound ? '' : 'not '}bound to the dialect`, (t) => {
    t.is(said.get(path)?.length, bound ? 1 : 0);
  });
}

test('every message of the rule has a row', async (t) => {
  const plugin = (await import(pathToFileURL(resolve('lint/dialect.js')).href)) as {
    messages: Record<string, string>;
  };
  for (const message of Object.values(plugin.messages)) {
    const pattern = message.slice('device dialect: '.length).split(/\{\{\w+\}\}/);
    const shown = BANNED.some(([, , says]) => pattern.every((part) => says.includes(part)));
    t.true(shown, message);
  }
});
