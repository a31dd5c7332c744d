/**
 * Makes of emitted modules a file of leaves: each function by itself, as parameters and body, and each table. The file
 * stays in flash. On the board a leaf becomes a function when it is called, without being read, copied or given a scope,
 * and can be given up at any time: that can be done to code that keeps nothing in variables of a module, which is what
 * the device dialect asks for.
 *
 *   $fs(12)(a,b)   calls leaf 12
 */
import { transformSync } from 'esbuild';
import { keysMark } from './names.ts';
import type { Names } from './names.ts';
import { Modules } from './units.ts';
import type { Module, Texts } from './units.ts';

export interface Leaf {
  readonly path: string;
  readonly name: string;
  /** `a,b;body` of a function, `=;value` of a table. */
  readonly source: string;
}

const Token = /__leaf_(\d+)\b/g;
const FunctionText = /^(?:async )?function \w+\(([^)]*)\) (\{[\s\S]*\})$/;
const ArrowText = /^const \w+ = \(([^)]*)\) => ([\s\S]*);$/;
const FunctionTable = /^=;\[(?:__leaf_\d+,?)+\]$/;
const TableText = /^const \w+ = ([\s\S]*);$/;

interface Making {
  readonly modules: Modules;
  readonly names: Names;
  /** `path name`, in the order they were asked for. */
  readonly keys: string[];
  readonly leaves: Leaf[];
}

const numberOf = (making: Making, path: string, name: string): number => {
  const key = `${path} ${name}`;
  const known = making.keys.indexOf(key);
  return known >= 0 ? known : making.keys.push(key) - 1;
};

/** Through modules that only pass a name on. */
const declaring = (modules: Modules, path: string, name: string): { path: string; name: string } => {
  const module = modules.get(path);
  if (module.units.some((unit) => unit.name === name)) return { path, name };
  const from = module.imports.get(name);
  if (from === undefined) throw new Error(`${path} does not declare ${name}`);
  return declaring(modules, from.path, from.name);
};

/** What a free name of a module stands for: a number, or a mark in place of a leaf. */
const definesOf = (making: Making, module: Module): Record<string, string> => {
  const defines: Record<string, string> = {};
  for (const [name, value] of module.constants) defines[name] = JSON.stringify(value);
  // A table of constants may stand by itself too, as a prototype does.
  for (const { name } of module.units) defines[name] = `__leaf_${numberOf(making, module.path, name)}`;
  for (const [name, from] of module.imports) {
    if (module.constants.has(name)) continue;
    const at = declaring(making.modules, from.path, from.name);
    defines[name] = `__leaf_${numberOf(making, at.path, at.name)}`;
  }
  return defines;
};

const expressionOf = (text: string): string => {
  const [, parameters, body] = FunctionText.exec(text) ?? [];
  if (body !== undefined) return `(function(${parameters!})${body})`;
  const [, given, result] = ArrowText.exec(text) ?? [];
  if (result !== undefined)
    return `(function(${given!})${result.startsWith('{') ? result : `{return ${result}}`})`;
  return `(${TableText.exec(text)![1]!})`;
};

/** What the interpreter stumbles over: `of` is a word of its own there. */
const refuse = (code: string, key: string): string => {
  const bare = code.replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '""');
  if (/[^\w.]of\s*[=,)(;]|(?:let|const|function) of\b/.test(bare))
    throw new Error(`${key}: a name became "of"`);
  return code;
};

const sourceOf = (code: string): string => {
  const [, parameters, body] = /^\(function\(([^)]*)\)\{([\s\S]*)\}\);?\s*$/.exec(code) ?? [];
  return body === undefined ? `=;${code.trim().replace(/;$/, '')}` : `${parameters!};${body}`;
};

const leafMake = (making: Making, key: string): Leaf => {
  const [path, name] = key.split(' ') as [string, string];
  const module = making.modules.get(path);
  const unit = module.units.find((one) => one.name === name)!;
  const names = making.names;
  const result = transformSync(expressionOf(keysMark(names, path, unit.text)), {
    define: definesOf(making, module),
    minifyWhitespace: true,
    minifyIdentifiers: true,
    mangleProps: names.long,
    mangleCache: names.short,
    target: 'es2020',
  });
  Object.assign(names.short, result.mangleCache);
  return { path, name, source: refuse(sourceOf(result.code), key) };
};

/** Where the bracket that opens at `from` closes. */
const closing = (code: string, from: number): number => {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    if (code[at] === '[') depth++;
    else if (code[at] === ']' && --depth === 0) return at;
  }
  throw new Error(`a bracket does not close: ${code.slice(from)}`);
};

/**
 * A table of functions would hold all of them. It becomes one of numbers, and whoever looks a function up in it takes
 * the leaf: `$fs($fs(12)[i])(a,b)`.
 */
const lookedUp = (source: string, isTable: (leaf: number) => boolean): string => {
  let code = source;
  for (const { 0: token, 1: leaf, index } of [...source.matchAll(Token)].reverse()) {
    if (!isTable(Number(leaf))) continue;
    const open = index + token.length;
    if (code[open] !== '[') throw new Error(`a table of functions is not looked up in: ${source}`);
    const end = closing(code, open) + 1;
    code = `${code.slice(0, index)}$fs(${code.slice(index, end)})${code.slice(end)}`;
  }
  return code;
};

/** Leaves nobody needs have been numbered too: the rest move up. */
const compact = (making: Making, first: number): Leaf[] => {
  const order = [first];
  for (const at of order) {
    for (const [, other] of making.leaves[at]!.source.matchAll(Token)) {
      if (!order.includes(Number(other))) order.push(Number(other));
    }
  }
  const isTable = (at: number): boolean => FunctionTable.test(making.leaves[at]!.source);
  const place = (other: string): number => order.indexOf(Number(other));
  return order.map((at) => {
    const leaf = making.leaves[at]!;
    const source = isTable(at)
      ? leaf.source.replace(Token, (_, other: string) => `${place(other)}`)
      : lookedUp(leaf.source, isTable).replace(Token, (_, other: string) => `$fs(${place(other)})`);
    return { ...leaf, source };
  });
};

/** All that `name` of the module at `path` needs; leaf 0 is that itself. `names`: of properties. */
export const leavesMake = (path: string, name: string, names: Names, texts?: Texts): Leaf[] => {
  const modules = new Modules(texts);
  const making: Making = { modules, names, keys: [], leaves: [] };
  const at = declaring(modules, path, name);
  const first = numberOf(making, at.path, at.name);
  for (let made = 0; made < making.keys.length; made++)
    making.leaves.push(leafMake(making, making.keys[made]!));
  return compact(making, first);
};
