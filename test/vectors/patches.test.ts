import { readFileSync } from 'node:fs';
import test from 'ava';
import { sha256 } from '../../publisher/bytes.ts';
import { patchDecode } from '../../publisher/patch/decode.ts';
import { bytes } from './_committed.ts';
import { hex } from './_row.ts';
import { patchJson, patchPath, patchVectors } from './make-patches.ts';
import type { PatchVector } from './make-patches.ts';

for (const made of patchVectors()) {
  const committed = readFileSync(patchPath(made.name), 'utf8');
  const row = JSON.parse(committed) as PatchVector;

  test(`patch, ${made.name}: the new image comes of it`, (t) => {
    const patch = bytes(row.patch);
    const fresh = bytes(row.new);
    t.is(hex(patchDecode(bytes(row.old), patch, row.first, fresh.length)), row.new);
    t.is(hex(sha256(patch.subarray(0, row.first))), row.root);
  });

  test(`patch, ${made.name}: the script makes exactly the committed file`, (t) => {
    t.true(patchJson(made) === committed, 'node dist/test/vectors/make-patches.js; then look at what changed');
  });
}
