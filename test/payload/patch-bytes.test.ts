/** Bytes of patches as a device gets them: in any pieces, and changed by someone who could sign them. */
import test from 'ava';
import fc from 'fast-check';
import { Idle, patches } from '../../agent/index.ts';
import type { Agent } from '../../agent/index.ts';
import type { Bench } from '../_bench.ts';
import { benchOpen, install, settle } from '../_bench.ts';
import { sha256 } from '../_crypto.ts';
import { firmware, release } from '../bootloader-sim/_real.ts';
import { mutated, numbers } from '../patch/_patches.ts';
import { patchRelease } from './_patch.ts';

const config = { patches };

const slotBytes = ({ flash }: Bench, slot: 0 | 1, length?: number): Uint8Array => {
  const { partition } = flash.slots[slot];
  const bytes = new Uint8Array(length ?? partition.status().size);
  partition.read(bytes, 0);
  return bytes;
};

/** Pushes all, so many bytes at a time, over and over. */
const pushed = (agent: Agent, bytes: Uint8Array, sizes: readonly number[]): number => {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const code = agent.push(bytes, at, Math.min(bytes.length, at + sizes[turn % sizes.length]!));
    if (code < 0) return code;
    at += code;
    const settled = settle(agent);
    if (settled < 0) return settled;
  }
  return Idle;
};

const old = firmware(1, 16_000);
const fresh = old.slice();
for (let at = 300; at < fresh.length; at += 700)
  fresh.set(firmware(at, 150).subarray(0, fresh.length - at), at);
const parts = release(fresh, 2, { bases: [old], patchUnit: 1200 });

test('any split of the bytes of a patch makes the same image', (t) => {
  const payload = parts.patches[0]!.payload;
  t.true(payload.length > 3600, `${payload.length} bytes`);
  const size = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3000 }));
  fc.assert(
    fc.property(fc.array(size, { minLength: 1, maxLength: 30 }), (sizes) => {
      const bench = benchOpen({ board: 'tiny', image: old, config });
      t.is(bench.agent.offerBegin(), 0);
      t.is(pushed(bench.agent, parts.envelope, [1024]), Idle);
      t.is(pushed(bench.agent, payload, sizes), Idle, `sizes ${sizes.join()}`);
      t.is(bench.agent.activate(), 0);
      bench.boot();
      t.deepEqual(slotBytes(bench, bench.decision.slot as 0 | 1, fresh.length), fresh);
    }),
    { numRuns: 20 },
  );
});

test('whatever a patch says, nothing outside the inactive slot is written', (t) => {
  const base = firmware(3, 3000);
  const image = base.slice(100);
  for (let at = 0; at < image.length; at += 60) image[at]! ^= 3;
  const next = numbers(5);
  const { payload } = patchRelease(base, image, 2).patched;
  let [refused, made] = [0, 0];
  for (let n = 0; n < 40; n++) {
    const changed = n === 0 ? payload : mutated(payload, next);
    const lies = { payload: () => changed, root: sha256(changed), first: changed.length, whole: false };
    const update = patchRelease(base, image, 2, lies);
    const bench = benchOpen({ board: 'tiny', image: base, config });
    const before = slotBytes(bench, 0);
    bench.since();
    const code = install(bench, update);
    const { slots } = bench.since();
    t.deepEqual(slots.slice(0, 1), [0], `change ${n}: slot A was written`);
    // Operations outside slots and journal are counted under no place.
    t.deepEqual(Object.keys(slots), ['0', '1'], `change ${n}`);
    t.deepEqual(slotBytes(bench, 0), before);
    t.is(bench.flash.misuses(), 0);
    if (code < 0) refused++;
    else made++;
    if (slotBytes(bench, 1, image.length).every((byte, at) => byte === image[at])) t.true(code >= 0);
    else t.true(code < 0, `change ${n} is not the image, and boots`);
  }
  t.true(refused > 20 && made >= 1, `${refused} refused, ${made} made`);
});
