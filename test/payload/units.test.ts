import test from 'ava';
import { flashOpen } from '../../agent/flash.ts';
import { BLOCK } from '../../agent/format/index.ts';
import { patchMake, patchNew, patchOpen, patchUnit } from '../../agent/payload/patch/patch.ts';
import { PatchModes, patchEncode } from '../../publisher/patch/encode.ts';
import { pieceFeed } from '../../publisher/patch/decode.ts';
import { partitionOf } from '../../publisher/partition.ts';
import { firmware } from '../bootloader-sim/_real.ts';

const old = firmware(1, 20_000);
const fresh = old.slice();
for (let at = 0; at < fresh.length; at += 200) fresh.set(firmware(at, 90).subarray(0, fresh.length - at), at);

for (const mode of PatchModes.filter(({ map }) => !map?.thumb))
  test(`units can be made in any order, by one decoder: ${mode.name}`, (t) => {
    const { payload, first, units } = patchEncode(old, fresh, { modes: [mode], unit: 1 });
    t.true(units > 3);
    const flash = (bytes: Uint8Array) => flashOpen({ partition: partitionOf(bytes) }, undefined);
    const patch = patchNew(flash(old), flash(fresh));
    const piece = payload.subarray(0, first);
    t.is(patchOpen(patch, piece, first, old.length, fresh.length, payload.length), 0);
    for (const unit of [2, 0, units - 1, 1, 1]) {
      patchUnit(patch, unit);
      let at = patch.head.offsets[unit]!;
      const block = new Uint8Array(BLOCK);
      while (patch.at < patch.end) {
        const start = Math.floor(patch.at / BLOCK) * BLOCK;
        const to = Math.min(start + BLOCK, patch.end);
        const code = patchMake(patch, block, start, Math.min(to, patch.at + 500));
        t.true(code >= 0, `unit ${unit}: ${code}`);
        if (code === 1) at = pieceFeed(patch, payload, at, patch.head.offsets[unit + 1]!);
        if (patch.at === to)
          t.is(Buffer.compare(block.subarray(0, to - start), fresh.subarray(start, to)), 0, `unit ${unit}`);
        if (code < 0) break;
      }
    }
  });
