/**
 * Which properties get short names in a bundle. A property is one variable in Espruino, and one more for each twelve
 * bytes of its name beyond the first four: all that is known within the bundle alone is shortened. What an image or a
 * native function knows by its name stays.
 *
 * Names are told apart, not what they are of. Where a board's wiring uses a native property that the agent has a name
 * for too, it is written as `pin['reset']()`: what is quoted stays.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What an image finds in the global `flipside`, and hands to it: interfaces, by their module. */
const Open: readonly (readonly [string, string])[] = [
  ['hal/espruino/loader', 'Loaded'],
  ['agent/agent', 'Agent'],
  ['agent/agent', 'PayloadRange'],
  ['agent/boot', 'BootDecision'],
  ['agent/report', 'Report'],
  ['agent/report', 'Status'],
];
const Natives = 'hal/espruino/natives';
const Language = [String, Array, Uint8Array, Function, Error, Object, Number, Math, JSON, Date]
  .flatMap((one) => [one, 'prototype' in one ? one.prototype : {}])
  .flatMap((one) => [one, (Object.getPrototypeOf(one) ?? {}) as object])
  .flatMap((one) => Object.getOwnPropertyNames(one));
/** Names of Espruino that natives.d.ts does not know, but a board may use. */
const Engine = ['readFileSync', 'memory', 'usage'];

const Folders = ['agent', 'agent/format', 'agent/payload', 'hal/espruino', 'hal'];
/** Of hal/, what is not for this platform. */
const Foreign = ['noble.js', 'fflate.js', 'driver.js'];

const Property = /(?<=\.)[A-Za-z]\w*|\b[A-Za-z]\w*(?=:)/g;
const Member = /(?:^|[{;])\s*(?:readonly )?(\w+)\??[:(]/gm;
/** Longer than what the variable of a property has room for. */
const Long = 4;

/** Of properties. `short` is what esbuild keeps from one call to the next; false: the name is taken. */
export interface Names {
  /** The folder in which a quoted word is a key. */
  readonly keys: string;
  readonly long: RegExp;
  readonly short: Record<string, string | false>;
}

const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? match[0]);

const members = (text: string, name: string): string[] =>
  found(new RegExp(`^export interface ${name} \\{([\\s\\S]*?)^\\}`, 'm').exec(text)![1]!, Member);

/** `root`: of the emitted modules. */
export const namesOf = (root: string): Names => {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const texts = Folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.js') && !Foreign.includes(name))
      .map((name) => ({ folder, text: read(`${folder}/${name}`) })),
  );
  const open = new Set([
    ...Open.flatMap(([path, name]) => members(read(`${path}.d.ts`), name)),
    ...found(read(`${Natives}.d.ts`), Member),
    ...Language,
    ...Engine,
    // In an adapter, what is quoted is the word of a native. In the agent it is a key: keysMark.
    ...texts.filter(({ folder }) => folder.startsWith('hal')).flatMap(({ text }) => found(text, /'(\w+)'/g)),
  ]);
  const names = [...new Set(texts.flatMap(({ text }) => found(text, Property)))];
  const long = names.filter((name) => name.length > Long && /^[a-z]/.test(name) && !open.has(name));
  const taken = [...names, ...open].filter((name) => name.length <= Long);
  return {
    keys: join(root, 'agent/'),
    long: new RegExp(`^(?:${long.join('|')})$`),
    short: Object.fromEntries(taken.map((name) => [name, false])),
  };
};

/** The agent's tables of field names: esbuild shortens the words that are marked as keys. */
export const keysMark = (names: Names, path: string, text: string): string =>
  path.startsWith(names.keys)
    ? text.replace(/'(\w+)'/g, (quoted, name: string) =>
        names.long.test(name) ? `/* @__KEY__ */ ${quoted}` : quoted,
      )
    : text;
