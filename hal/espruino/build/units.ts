/**
 * Takes emitted modules apart into what they declare. An emitted module is one statement after another, each of which
 * begins in the first column: no parser is needed for that, and what does not look so is refused.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

export type Value = number | string | boolean;

/** One function or table. */
export interface Unit {
  readonly name: string;
  readonly text: string;
}

export interface Module {
  readonly path: string;
  readonly units: readonly Unit[];
  /** A name of this module, and where it comes from. */
  readonly imports: ReadonlyMap<string, { readonly path: string; readonly name: string }>;
  /** What the compiler is told of free names: constants, also as `Phase.Idle`. */
  readonly constants: ReadonlyMap<string, Value>;
}

const Import = /^import \{([^}]*)\} from '([./][^']+)';$/;
const ImportAll = /^import \* as (\w+) from '(\.[^']+)';$/;
const Declaration = /^(?:export )?(function|const) (\w+)/;
const PassedOn = /^export \{([^}]*)\} from '([^']+)';$/;
/** Of what was declared or imported before. */
const Exports = /^export \{[^}]*\};$/;
const Reexport = /^export (?:\{[^}]*\}|\*(?: as \w+)?) from '[^']+';$/;

/** Statements, without comments between them. */
const statements = (text: string, path: string): string[] => {
  const found: string[] = [];
  let comment = false;
  for (const line of text.split('\n')) {
    if (comment || line.startsWith('/*')) comment = !line.includes('*/');
    else if (line === '' || line.startsWith('//')) continue;
    else if (/^[a-z]/.test(line)) found.push(line);
    else if (found.length > 0) found[found.length - 1] += `\n${line}`;
    else throw new Error(`${path}: what is "${line}"?`);
  }
  return found;
};

const isValue = (value: unknown): value is Value => ['number', 'string', 'boolean'].includes(typeof value);

/** A table of numbers by name is as good as so many constants. */
const constantsOf = (name: string, value: unknown): [string, Value][] => {
  if (isValue(value)) return [[name, value]];
  const entries =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  return entries.length > 0 && entries.every(([, one]) => isValue(one))
    ? entries.map(([key, one]) => [`${name}.${key}`, one as Value])
    : [];
};

/** The value of a constant that is made of numbers and of constants before it; undefined of any other. */
const evaluated = (statement: string, constants: ReadonlyMap<string, Value>): unknown => {
  const expression = /^(?:export )?const \w+ = ([^;]*);/s.exec(statement)?.[1];
  if (expression === undefined || /=>|new |function/.test(expression)) return undefined;
  const plain = [...constants].filter(([name]) => !name.includes('.'));
  try {
    const body = `return (${expression});`;
    return new Function(...plain.map(([name]) => name), body)(...plain.map(([, value]) => value));
  } catch {
    return undefined;
  }
};

/** Espruino refuses to set the length of an array: it is a constant there. */
const emptied = (text: string): string =>
  text.replace(/(\w+\.payloads)\.length = 0;/g, '$1.splice(0, $1.length);');

/** Modules that are not on disk, by their path. */
export type Texts = ReadonlyMap<string, string>;

/** Reads modules, each once. */
export class Modules {
  readonly #texts: Texts;
  readonly #modules = new Map<string, Module>();

  constructor(texts: Texts = new Map()) {
    this.#texts = texts;
  }

  get(path: string): Module {
    const known = this.#modules.get(path);
    if (known) return known;
    const read = this.#read(path);
    this.#modules.set(path, read);
    return read;
  }

  /** Follows a name to the module that declares it. */
  #import(path: string, name: string, as: string, constants: Map<string, Value>): void {
    for (const [constant, value] of this.get(path).constants) {
      if (constant === name || constant.startsWith(`${name}.`)) {
        constants.set(as + constant.slice(name.length), value);
      }
    }
  }

  #read(path: string): Module {
    const units: Unit[] = [];
    const imports = new Map<string, { path: string; name: string }>();
    const constants = new Map<string, Value>();
    for (const statement of statements(this.#texts.get(path) ?? readFileSync(path, 'utf8'), path)) {
      const line = statement.replace(/\s+/g, ' ');
      const [, names, from] = Import.exec(line) ?? [];
      const [, all, fromAll] = ImportAll.exec(line) ?? [];
      if (names !== undefined) {
        const source = resolve(dirname(path), from!);
        for (const one of names.split(',').filter((text) => text.trim() !== '')) {
          const [name, as] = one.trim().split(' as ') as [string, string?];
          imports.set(as ?? name, { path: source, name });
          this.#import(source, name, as ?? name, constants);
        }
      } else if (all !== undefined) {
        for (const [name, value] of this.get(resolve(dirname(path), fromAll!)).constants)
          constants.set(`${all}.${name}`, value);
      } else if (Reexport.test(line)) {
        // Constants that a module passes on are its own to whoever imports them there.
        const [, passed, source] = PassedOn.exec(line) ?? [];
        for (const name of (passed ?? '').split(',').map((text) => text.trim()))
          if (name !== '' && source?.startsWith('.'))
            this.#import(resolve(dirname(path), source), name, name, constants);
      } else if (!Exports.test(line)) this.#declare(statement, path, units, constants);
    }
    return { path, units, imports, constants };
  }

  #declare(statement: string, path: string, units: Unit[], constants: Map<string, Value>): void {
    const name = Declaration.exec(statement)?.[2];
    if (name === undefined) throw new Error(`${path}: not a declaration: ${statement.slice(0, 60)}`);
    const found =
      statement.includes(' const ') || statement.startsWith('const ')
        ? constantsOf(name, evaluated(statement, constants))
        : [];
    for (const [key, value] of found) constants.set(key, value);
    // A table of constants may be looked up by a number too, and so is kept; what nobody uses is left out later.
    if (!(found.length === 1 && found[0]![0] === name))
      units.push({ name, text: emptied(statement.replace(/^export /, '')) });
  }
}
