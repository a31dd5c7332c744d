import test from 'ava';
import { flashOpen } from '../../agent/flash.ts';
import { BLOCK } from '../../agent/format/index.ts';
import { FLAG_RISCV, FLAG_THUMB, PLACES_OFFSET } from '../../agent/payload/patch/layout.ts';
import { patchMake, patchNew, patchOpen, patchUnit } from '../../agent/payload/patch/patch.ts';
import { PatchModes, patchEncode } from '../../publisher/patch/encode.ts';
import { pieceFeed } from '../../publisher/patch/decode.ts';
import { partitionOf } from '../../publisher/partition.ts';
import { firmware } from '../bootloader-sim/_real.ts';
import type { Images } from '../patch/_patches.ts';
import { riscvPair } from '../patch/_riscv.ts';

const base = firmware(1, 20_000);
const edited = base.slice();
for (let at = 0; at < edited.length; at += 200)
  edited.set(firmware(at, 90).subarray(0, edited.length - at), at);
const data: Images = [base, edited];

const code = riscvPair(500, 10, 5);
code[1].set(firmware(2, 12_000), 4000);

for (const mode of PatchModes.filter(({ map }) => map?.references !== FLAG_THUMB))
  test(`units can be made in any order, by one decoder: ${mode.name}`, (t) => {
    const [old, fresh] = mode.map?.references === FLAG_RISCV ? code : data;
    const { payload, first, units } = patchEncode(old, fresh, { modes: [mode], unit: 1 });
    t.true(units > 3);
    const flash = (bytes: Uint8Array) => flashOpen({ partition: partitionOf(bytes) }, undefined);
    const patch = patchNew(flash(old), flash(fresh));
    const piece = payload.subarray(0, first);
    t.is(patchOpen(patch, piece, first, old.length, fresh.length, payload.length), 0);
    for (const unit of [2, 0, units - 1, 1, 1]) {
      patchUnit(patch, unit);
      let at = patch.head.places[PLACES_OFFSET + unit]!;
      const block = new Uint8Array(BLOCK);
      while (patch.at < patch.end) {
        const start = Math.floor(patch.at / BLOCK) * BLOCK;
        const to = Math.min(start + BLOCK, patch.end);
        const code = patchMake(patch, block, start, Math.min(to, patch.at + 500));
        t.true(code >= 0, `unit ${unit}: ${code}`);
        if (code === 1) at = pieceFeed(patch, payload, at, patch.head.places[PLACES_OFFSET + unit + 1]!);
        if (patch.at === to)
          t.is(Buffer.compare(block.subarray(0, to - start), fresh.subarray(start, to)), 0, `unit ${unit}`);
        if (code < 0) break;
      }
    }
  });

test('a decoder that made a patch of one image knows nothing of it when it makes one of another', (t) => {
  const flash = (bytes: Uint8Array) => flashOpen({ partition: partitionOf(bytes) }, undefined);
  const bases = [firmware(5, 300), firmware(6, 300)];
  const patch = patchNew(flash(bases[0]!), flash(bases[0]!));
  for (const base of bases) {
    const image = base.slice();
    for (let at = 150; at < 210; at += 6) image[at]! ^= 1;
    const { payload, first } = patchEncode(base, image, { modes: PatchModes.slice(0, 1) });
    patch.predictor.old = flash(base);
    t.is(patchOpen(patch, payload, first, base.length, image.length, payload.length), 0);
    patchUnit(patch, 0);
    const block = new Uint8Array(BLOCK);
    t.is(patchMake(patch, block, 0, image.length), 0);
    t.deepEqual(block.subarray(0, image.length), image);
  }
});
