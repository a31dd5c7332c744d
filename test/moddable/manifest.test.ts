import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';

interface Manifest {
  readonly include: readonly string[];
  readonly modules: Readonly<Record<string, string | readonly string[]>>;
  readonly preload: readonly string[];
}

const FOLDER = 'dist/hal/moddable';
const read = (name: string): Manifest => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Manifest;
const { modules, preload } = read('manifest.json');

/** What the SDK makes of a manifest: module by file. */
const namedBy = (all: Manifest['modules']): Map<string, string> => {
  const found = new Map<string, string>();
  for (const [name, sources] of Object.entries(all))
    for (const source of [sources].flat()) {
      const path = join(FOLDER, source);
      const files = path.endsWith('*')
        ? readdirSync(dirname(path)).filter((file) => file.endsWith('.js'))
        : [`${path.slice(path.lastIndexOf('/') + 1)}.js`];
      for (const file of files) found.set(join(dirname(path), file), name.replace('*', file.slice(0, -3)));
    }
  return found;
};
const named = namedBy(modules);

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b.*\bfrom '([^']+)'/gm)].map(
    (found) => found[1]!,
  );

/** All that the entries import, and what that imports, is named where it is looked for. */
const followed = (t: ExecutionContext, all: ReadonlyMap<string, string>, entries: string[]): number => {
  const queue = [...entries];
  const seen = new Set(queue);
  for (const file of queue) {
    t.true(all.has(file), `${file} is not in the manifest`);
    for (const target of importsOf(file)) {
      t.true(target.startsWith('.'), `${file} imports ${target}`);
      const path = join(dirname(file), target);
      t.is(all.get(path), join(dirname(all.get(file)!), target).slice(0, -3), path);
      if (!seen.has(path)) queue.push(path);
      seen.add(path);
    }
  }
  return seen.size;
};

test('every module that the agent and the adapters import is named, where they look for it', (t) => {
  t.true(followed(t, named, ['dist/agent/index.js', `${FOLDER}/index.js`]) > 30, 'they were followed');
});

test('the same of hawkBit, by a manifest of its own', (t) => {
  const own = read('manifest_hawkbit.json');
  t.deepEqual(own.include, ['./manifest.json']);
  t.deepEqual(own.preload, Object.keys(own.modules));
  const all = new Map([...named, ...namedBy(own.modules)]);
  t.true(followed(t, all, ['dist/hal/hawkbit/index.js']) > 15, 'they were followed');
});

test('every file and folder that the manifests name is there, and preloaded', (t) => {
  for (const [file] of named) t.true(existsSync(file), file);
  for (const name of Object.keys(modules)) t.true(preload.includes(name), name);
  t.deepEqual(read('manifest_p256.json').include, ['./manifest.json']);
});
