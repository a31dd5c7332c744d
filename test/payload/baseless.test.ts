/** Whole images in the patch coding: from `pack` to the slot, on devices that run anything. */
import test from 'ava';
import { Err, Reset, encryption, patches } from '../../agent/index.ts';
import { payloadFor } from '../../bootloader-sim/deliver.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { nodeDecryption } from '../../hal/node/decryption.ts';
import { portKey } from '../../publisher/sim/board.ts';
import { isNoBase } from '../../publisher/patch/no-base.ts';
import type { Bench } from '../_bench.ts';
import { benchOpen, install, offer } from '../_bench.ts';
import { firmware, release, source } from '../bootloader-sim/_real.ts';
import { deviceKey } from '../encryption/_keys.ts';
import { numbers } from '../patch/_patches.ts';
import { patchRelease } from './_patch.ts';

const config = { patches };
const image = ((): Uint8Array => {
  const next = numbers(3);
  const line = (): string =>
    `device.on('${Math.floor(next() * 1e6).toString(36)}', () => lamp.set(${Math.floor(next() * 100)}));\n`;
  return source(Array.from({ length: 330 }, line).join(''));
})();
const packed = release(image, 2, { encoding: 'patch', patchUnit: 2000 });
const patch = packed.patches[0]!;
const update = { envelope: packed.envelope, payload: patch.payload };

const holds = (bench: Bench, wanted: Uint8Array): boolean => {
  const got = new Uint8Array(wanted.length);
  bench.flash.slots[bench.decision.slot as 0 | 1].partition.read(got, 0);
  return Buffer.compare(got, wanted) === 0;
};

test('the whole image is packed for all, and smaller for devices that take patches', (t) => {
  t.is(packed.patches.length, 1);
  t.true(isNoBase(patch.base));
  t.true(patch.payload.length < 0.9 * packed.payload.length, `${patch.payload.length} bytes`);
  t.is(packed.figures.patches[0]?.baseSize, 0);
});

const boards: readonly BoardName[] = ['tiny', 'tiny-large-sectors', 'tiny-swap'];
for (const board of boards)
  for (const mode of ['range', 'stream'] as const)
    test(`it is installed over any image, as a ${mode}, on ${board}`, (t) => {
      const bench = benchOpen({ board, image: firmware(8, 900), config });
      t.is(install(bench, update, { mode }), 0);
      t.true(holds(bench, image));
      t.is(bench.flash.misuses(), 0);
    });

test('a device that takes no patches takes the other payload', (t) => {
  const bench = benchOpen({ board: 'tiny' });
  t.is(install(bench, { envelope: packed.envelope, payload: packed.payload }), 0);
  t.true(holds(bench, image));
});

test('beside patches for bases it is the last but one choice', (t) => {
  const base = image.slice(100);
  const all = release(image, 2, { bases: [base], encoding: 'patch' });
  t.deepEqual(
    all.patches.map((one) => isNoBase(one.base)),
    [false, true],
  );
  const offered = { ...all, patches: all.patches };
  for (const [runs, given, payload] of [
    [base, config, all.patches[0]!.payload],
    [firmware(8, 900), config, all.patches[1]!.payload],
    [firmware(8, 900), {}, all.payload],
  ] as const) {
    const bench = benchOpen({ board: 'tiny', image: runs, config: given });
    offer(bench.agent, { envelope: all.envelope, payload: new Uint8Array(0) });
    t.is(payloadFor(bench.agent, offered), payload);
    const again = benchOpen({ board: 'tiny', image: runs, config: given });
    t.is(install(again, { envelope: all.envelope, payload }), 0);
    t.true(holds(again, image));
  }
});

test('cut anywhere, it goes on', (t) => {
  const bench = benchOpen({ board: 'tiny', image: firmware(8, 900), config });
  for (let at = 300; at < patch.payload.length; at += 1100) {
    t.true(offer(bench.agent, { envelope: update.envelope, payload: patch.payload.subarray(0, at) }) < 0);
    bench.boot(Reset.Power);
  }
  t.is(install(bench, update), 0);
  t.true(holds(bench, image));
});

test('a patch that is signed as if it needed no base, and reads one, is malformed', (t) => {
  const old = firmware(8, 9000);
  const bench = benchOpen({ board: 'tiny', image: old, config });
  const lie = patchRelease(old, old.slice(50), 2, { base: new Uint8Array(32), whole: false });
  t.is(offer(bench.agent, lie), Err.PatchMalformed);
});

for (const kind of ['a128kw', 'x25519'] as const) {
  const own = deviceKey(kind);
  const base = image.slice(100);
  const sealed = release(image, 2, {
    bases: [base],
    encoding: 'patch',
    patchUnit: 2000,
    encryption: { recipients: [own], piece: 512 },
  });
  for (const mode of ['range', 'stream'] as const)
    test(`encrypted for a key ${kind}, it is installed over any image, and beside a patch, as a ${mode}`, (t) => {
      t.is(sealed.patches.length, 2);
      const [forBase, forAll] = sealed.patches.map(({ payload }) => payload);
      for (const [runs, payload] of [
        [base, forBase!],
        [firmware(8, 900), forAll!],
      ] as const) {
        const given = {
          image: runs,
          config: { patches, encryption },
          decryption: nodeDecryption([portKey(own)]),
        };
        const bench = benchOpen({ board: 'tiny', ...given });
        t.is(install(bench, { envelope: sealed.envelope, payload }, { mode }), 0);
        t.true(holds(bench, image));
        const damaged = payload.slice();
        damaged[600]! ^= 1;
        const other = benchOpen({ board: 'tiny', ...given });
        const code = install(other, { envelope: sealed.envelope, payload: damaged }, { mode });
        // A patch of a few bytes is over by then.
        t.is(code, payload.length > 600 ? Err.PieceTag : 0);
      }
      t.true(forAll!.length > 600);
      const blind = benchOpen({ board: 'tiny', image: base, config: { patches } });
      t.true(install(blind, { envelope: sealed.envelope, payload: forBase! }, { mode }) < 0);
    });
}

test('noise is left to the other payload', (t) => {
  const noise = release(firmware(4), 2, { encoding: 'patch', format: 'plain' });
  t.deepEqual(noise.patches, []);
  t.true(noise.figures.patches[0]?.leftOut);
});

for (const [what, more] of [
  ['two images', { image: [image, image.slice(1)] as const }],
  ['an image in the envelope', { image: image.subarray(0, 500), format: 'integrated' }],
] as const)
  test(`there is no such patch for ${what}`, (t) => {
    const error = t.throws(() => release(image, 2, { encoding: 'patch', ...more }));
    t.is((error as { field?: string } | undefined)?.field, 'encoding');
  });
