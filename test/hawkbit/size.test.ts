/** What the client costs on a board. */
import test from 'ava';
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';

test('its code, with the parts of hal/http that it needs, is less than 25 KB, and 10 KB in gzip', async (t) => {
  const { outputFiles } = await build({
    entryPoints: ['dist/hal/hawkbit/index.js'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
  });
  const [{ contents }] = outputFiles as [(typeof outputFiles)[0]];
  t.log(`${contents.length}, gzip ${gzipSync(contents).length}`);
  t.true(contents.length < 25 * 1024);
  t.true(gzipSync(contents).length < 10 * 1024);
});
