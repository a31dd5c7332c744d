/** What the client costs on a board. */
import test from 'ava';
import { sizeOf } from '../_size.ts';

test('its code, with the parts of hal/http that it needs, is less than 25 KB, and 10 KB in gzip', async (t) => {
  const { minified, gzip } = await sizeOf('dist/hal/hawkbit/index.js');
  t.log(`${minified}, gzip ${gzip}`);
  t.true(minified < 25 * 1024);
  t.true(gzip < 10 * 1024);
});
