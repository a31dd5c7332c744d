import test from 'ava';
import fc from 'fast-check';
import { pairsRead } from '../../bench/pairs.ts';
import { patchDecode } from '../../publisher/patch/decode.ts';
import { PatchModes, patchEncode, patchMost } from '../../publisher/patch/encode.ts';
import { sameBytes } from '../_bytes.ts';
import { noise, patchInUnits, tryMutations } from './_patches.ts';
import type { Images } from './_patches.ts';

const modes = PatchModes.slice(0, 1);
const Noise = PatchModes.filter(({ manner }) => manner.plain);
const mqtt = pairsRead()[1]!;
const random = noise(9000, 1);
const text = new TextEncoder().encode('const lamp = (on) => device.log(`lamp ${on}`);\n'.repeat(40));
const one = Uint8Array.of(7);
const none = new Uint8Array(0);
const mixed = Uint8Array.from([...noise(20_000, 6), ...text.subarray(0, 300), ...noise(9000, 7)]);

// name, images, bytes of payload at the most
const ROWS: readonly (readonly [string, Images, number])[] = [
  ['identical', [random, random], 40],
  ['identical text', [text, text], 40],
  ['unrelated', [random, noise(9000, 2)], patchMost(9000)],
  ['unrelated, empty old', [none, random], patchMost(9000)],
  ['text in noise', [random, mixed], patchMost(mixed.length)],
  ['text in noise, empty old', [none, mixed], patchMost(mixed.length)],
  ['text, empty old', [none, text], 200],
  ['one byte', [one, Uint8Array.of(8)], 8],
  ['one byte of many', [text, one], 8],
  ['many bytes of one', [one, text], 200],
];

for (const [name, images, most] of ROWS) {
  const [old, fresh] = images;
  test(name, (t) => {
    const { payload } = patchEncode(old, fresh);
    t.true(payload.length <= most, `${payload.length} bytes`);
  });
  for (const mode of PatchModes.filter(({ map }) => !map?.references))
    test(`${name}, ${mode.name}`, (t) => {
      const { payload, first } = patchEncode(old, fresh, { modes: [mode] });
      sameBytes(t, patchDecode(old, payload, first, fresh.length), fresh);
    });
}

// Around the lengths at which a patch stops to be inline, a piece to be the last, and a unit to be the only one.
const LENGTHS: readonly number[] = [
  0, 1, 2, 100, 1000, 2040, 2043, 2048, 2100, 4080, 4096, 6100, 6144, 8192, 12_300, 20_000, 60_000,
];

test('a patch of noise is at most 1 % and 32 bytes larger', (t) => {
  t.is(patchMost(9000), 9122);
  for (const length of LENGTHS)
    for (const old of [none, random]) {
      const fresh = noise(length, 4);
      const { payload, first } = patchEncode(old, fresh, { modes: Noise });
      t.true(payload.length <= patchMost(length), `${payload.length} for ${length} bytes`);
      sameBytes(t, patchDecode(old, payload, first, length), fresh);
    }
});

test('noise around text costs no more than the noise, and the text is copied', (t) => {
  const old = Uint8Array.from([...text, ...random]);
  const fresh = Uint8Array.from([...noise(5000, 6), ...text, ...noise(5000, 7)]);
  const { payload } = patchEncode(old, fresh, { modes: Noise });
  t.true(payload.length < 10_000 + patchMost(0) + 200, `${payload.length} bytes`);
});

test('two releases, there and back', (t) => {
  for (const [old, fresh] of [
    [mqtt.from, mqtt.to],
    [mqtt.to, mqtt.from],
  ] as const) {
    const { payload, first } = patchEncode(old, fresh, { modes });
    t.true(payload.length < 100, `${payload.length} bytes`);
    sameBytes(t, patchDecode(old, payload, first, fresh.length), fresh);
  }
});

interface Edit {
  readonly way: 'insert' | 'delete' | 'move';
  readonly at: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  way: fc.constantFrom('insert', 'delete', 'move'),
  at: fc.nat(20_000),
  to: fc.nat(20_000),
  bytes: fc.uint8Array({ minLength: 100, maxLength: 300 }),
});

const apply = (image: Uint8Array, { way, at, to, bytes }: Edit): Uint8Array => {
  const from = at % (image.length + 1);
  const rest = [...image];
  const taken = way === 'insert' ? [...bytes] : rest.splice(from, bytes.length);
  if (way !== 'delete') rest.splice(to % (rest.length + 1), 0, ...taken);
  return Uint8Array.from(rest);
};

const edits = fc.tuple(fc.integer(), fc.nat(16_000), fc.array(edit, { minLength: 1, maxLength: 8 }));

test('edits at random, in units', (t) => {
  let most = 0;
  fc.assert(
    fc.property(edits, ([seed, length, all]) => {
      const old = noise(length, seed);
      const fresh = all.reduce(apply, old);
      const { payload, first, units } = patchInUnits([old, fresh], 100);
      most = Math.max(most, units);
      sameBytes(t, patchDecode(old, payload, first, fresh.length), fresh);
    }),
    { numRuns: 25 },
  );
  t.true(most > 1);
});

test('a changed patch ends with a code or an image of its size', (t) => {
  const { refused, made, guarded } = tryMutations(4000, 1, false);
  t.true(refused > 200 && made > 10, `${refused} refused, ${made} made`);
  t.true(guarded > 2000, `${guarded} guarded`);
  t.true(tryMutations(1000, 2, true).refused > 50);
});
