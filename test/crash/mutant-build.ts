/** The agent's script with a mutant in it. The patches meet what the compiler made: production code knows nothing of them. */
import { readFile } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import type { Mutant } from './mutant.ts';

const agent = fileURLToPath(new URL('../../agent/', import.meta.url));

/** The text with the mutant's patches for this file. A patch that does not meet exactly one place would be no mutant. */
const patched = (mutant: Mutant, file: string, text: string): string => {
  let made = text;
  for (const patch of mutant.patches) {
    if (patch.file !== file) continue;
    const found = made.split(patch.find).length - 1;
    if (found !== 1) {
      throw new Error(
        `mutant ${mutant.name}: dist/agent/${file}: ${found} places, not one, read ${JSON.stringify(patch.find)}`,
      );
    }
    made = made.replace(patch.find, () => patch.replace);
  }
  return made;
};

const pluginOf = (mutant: Mutant, seen: Set<string>): Plugin => ({
  name: 'mutant',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const file = relative(agent, path).split(sep).join('/');
      seen.add(file);
      return { contents: patched(mutant, file, await readFile(path, 'utf8')), loader: 'js' };
    });
  },
});

/** The script that makes global `flipside`, as bootloader-sim/bundle.ts makes it; without mutant: the agent as it is. */
export const mutantBundle = async (mutant: Mutant | undefined): Promise<string> => {
  const seen = new Set<string>();
  const { outputFiles } = await build({
    entryPoints: [`${agent}index.js`],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'flipside',
    platform: 'neutral',
    target: 'es2020',
    legalComments: 'none',
    // The error says all; what a mutant leaves unreachable is not worth a warning.
    logLevel: 'silent',
    plugins: mutant === undefined ? [] : [pluginOf(mutant, seen)],
  });
  for (const { file } of mutant?.patches ?? []) {
    if (!seen.has(file)) throw new Error(`mutant ${mutant!.name}: dist/agent/${file} is not in the bundle`);
  }
  return outputFiles[0]!.text;
};
