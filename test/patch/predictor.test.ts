/** What the predictor learns as it goes, and what copies are looked for in. */
import test from 'ava';
import { readU32, writeU32 } from '../../agent/bytes.ts';
import { copyAdd, copyMapNew } from '../../agent/payload/patch/copy-map.ts';
import { FLAG_THUMB } from '../../agent/payload/patch/layout.ts';
import { copyFinder } from '../../publisher/patch/copies.ts';
import { predictedFrom } from '../../publisher/patch/predicted.ts';
import { thumbMasked } from '../../publisher/patch/thumb-image.ts';
import { noise } from './_patches.ts';

const Base = 0x8000;

const words = (...all: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(all.length * 4);
  all.forEach((word, at) => writeU32(bytes, at * 4, word));
  return bytes;
};

/** The words that are predicted for `fresh`, one copy of `old` that goes over all of it. */
const predicted = (old: Uint8Array, fresh: Uint8Array, base: number | undefined): number[] => {
  const map = copyMapNew();
  copyAdd(map, 0, 0, fresh.length);
  const code = base === undefined ? undefined : { references: FLAG_THUMB, base };
  const { bytes } = predictedFrom(map, old, fresh, code, 0);
  const all = Uint8Array.from(bytes.subarray(0, fresh.length));
  return Array.from({ length: fresh.length / 4 }, (_, at) => readU32(all, at * 4));
};

const [Word, Other, Between] = [0x12345678, 0x13355779, 0x01020304];

test('a word that came out otherwise is expected so again', (t) => {
  const old = words(Word, Between, Word, Between, Word);
  const fresh = words(Other, Between, Other, Between, Other);
  t.deepEqual(predicted(old, fresh, Base), [Word, Between, Other, Between, Other]);
  // Not in data.
  t.deepEqual(predicted(old, fresh, undefined), [Word, Between, Word, Between, Word]);
});

test('addresses in RAM move with their neighbours, and with the last that moved', (t) => {
  const old = words(0x20000100, 0x20000104, 0x20000900);
  const fresh = words(0x20000118, 0x2000011c, 0x20000920);
  t.deepEqual(predicted(old, fresh, Base), [0x20000100, 0x2000011c, 0x20000918]);
});

test('code that differs in its references only matches as a whole where they are masked', (t) => {
  /** BL to another place each time, between words that are no code of references. */
  const code = (by: number): Uint8Array => {
    const bytes = noise(2400, 3).map((byte, at) => (at % 2 === 1 ? byte & 0x3f : byte));
    for (let at = 0; at < bytes.length; at += 6)
      writeU32(bytes, at, 0xf800f000 + ((at + by) & 0x7ff) * 0x10000);
    return bytes;
  };
  const [old, fresh] = [code(0), code(77)];
  const masked = copyFinder(thumbMasked(old, Base), thumbMasked(fresh, Base));
  t.deepEqual(masked(0), { length: old.length, old: 0 });
  t.true(copyFinder(old, fresh)(0).length < 10);
});
