import { join } from 'node:path';
import test from 'ava';
import { build } from 'esbuild';

const dist = join(import.meta.dirname, '../..');

/** What a bundle of these names is made of, and its length in bytes. */
const bundled = async (source: string): Promise<{ inputs: string[]; bytes: number }> => {
  const { metafile, outputFiles } = await build({
    stdin: { contents: source, resolveDir: dist },
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'flipside',
    platform: 'neutral',
    metafile: true,
    write: false,
    absWorkingDir: dist,
  });
  return {
    inputs: Object.keys(metafile.inputs).filter((name) => {
      const { bytesInOutput = 0 } = Object.values(metafile.outputs)[0]!.inputs[name] ?? {};
      return bytesInOutput > 0;
    }),
    bytes: outputFiles[0]!.contents.length,
  };
};

test('who chooses no moment has none of its code; who does pays less than 12 KB minified', async (t) => {
  const names = `export { openAgent } from './agent/agent.js'; export { bootDecide } from './agent/boot.js';`;
  const without = await bundled(names);
  const chosen = await bundled(`${names} export { momentOpen } from './agent/moment/moment.js';`);
  const moment = (inputs: readonly string[]): number =>
    inputs.filter((name) => name.includes('agent/moment/')).length;
  t.is(moment(without.inputs), 0);
  t.true(moment(chosen.inputs) >= 7);
  const more = chosen.bytes - without.bytes;
  t.log(`${more} bytes more than ${without.bytes}`);
  t.true(more > 0 && more < 12 * 1024);
});
