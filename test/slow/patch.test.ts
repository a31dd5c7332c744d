import test from 'ava';
import { PatchModes, patchEncode } from '../../publisher/patch/encode.ts';
import { noise, tryMutations } from '../patch/_patches.ts';

test('a million changed patches', (t) => {
  const { refused, made, guarded } = tryMutations(1_000_000, 3, false);
  t.log(`${refused} refused, ${made} made, ${guarded} guarded`);
  t.true(refused > 50_000 && made > 2500, `${refused} refused, ${made} made`);
  t.true(guarded > 500_000, `${guarded} guarded`);
});

test('an image of 4 MB', (t) => {
  const old = noise(4 << 20, 4);
  const fresh = Uint8Array.from(old);
  for (let at = 0; at < fresh.length; at += 4096) fresh[at]! ^= 1;
  const begun = performance.now();
  const { payload } = patchEncode(old, fresh, { modes: PatchModes.slice(0, 1) });
  t.log(`${payload.length} bytes in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  t.true(payload.length < 8192);
});
