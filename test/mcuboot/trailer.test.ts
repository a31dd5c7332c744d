import test from 'ava';
import fc from 'fast-check';
import { flashOpen } from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';
import {
  Flag,
  Magic,
  Swap,
  swapDecide,
  SwapType,
  trailerErase,
  trailerOpen,
  trailerRead,
  trailerStateNew,
  trailerWriteByte,
  trailerWriteMagic,
  trailerWriteNumber,
} from '../../hal/mcuboot/trailer.ts';
import type { Trailer, TrailerState } from '../../hal/mcuboot/trailer.ts';
import { NorFlash } from '../../hal/node/nor-flash.ts';

const size = 8192;
const norOf = (writeAlign: number, eraseValue: 0xff | 0 = 0xff): NorFlash =>
  new NorFlash({ sectors: Array.from({ length: 8 }, () => 1024), writeAlign, eraseValue });
const flashOf = (nor: NorFlash): Flash => flashOpen(nor.port(), undefined);

// swap, maxAlign, unit, sectors; then, from the slot's end: image ok, copy done, swap info, TLV sizes, swap size, status
const places: readonly (readonly [string, readonly [number, number, number, number], readonly number[]])[] = [
  ['offset, 8', [Swap.Offset, 8, 4, 16], [24, 32, 40, 48, 56, 56 + 2 * 16 * 4]],
  ['offset, 16', [Swap.Offset, 16, 16, 16], [32, 48, 64, 80, 96, 96 + 2 * 16 * 16]],
  ['offset, 32', [Swap.Offset, 32, 8, 16], [64, 96, 128, 160, 192, 192 + 2 * 16 * 8]],
  ['move, 8', [Swap.Move, 8, 8, 128], [24, 32, 40, -1, 48, 48 + 3 * 128 * 8]],
  ['scratch, 32', [Swap.Scratch, 32, 32, 16], [64, 96, 128, -1, 160, 160 + 3 * 16 * 32]],
];

for (const [name, [swap, maxAlign, unit, maxSectors], wanted] of places) {
  test(`where the fields lie: ${name}`, (t) => {
    const trailer = trailerOpen(flashOf(norOf(unit)), { swap, maxAlign, maxSectors, statusUnit: unit });
    const { imageOkAt, copyDoneAt, swapInfoAt, tlvSizesAt, swapSizeAt, statusAt } = trailer;
    const found = [imageOkAt, copyDoneAt, swapInfoAt, tlvSizesAt, swapSizeAt, statusAt];
    t.deepEqual(
      found.map((at) => (at < 0 ? -1 : size - at)),
      [...wanted],
    );
    t.is(trailer.firstSector, Math.floor(statusAt / 1024));
  });
}

const optionsOf = (maxAlign: number, statusUnit: number) =>
  ({ swap: Swap.Offset, maxAlign, maxSectors: 16, statusUnit }) as const;

const wrong: readonly (readonly [string, Partial<Record<'swap' | 'maxAlign' | 'maxSectors', number>>])[] = [
  ['alignment', { maxAlign: 12 }],
  ['alignment below the unit', { maxAlign: 4 }],
  ['way to swap', { swap: 4 }],
  ['sectors', { maxSectors: 0 }],
  ['trailer larger than the slot', { maxSectors: 4000 }],
];
for (const [name, change] of wrong) {
  test(`wired wrongly: ${name}`, (t) => {
    t.throws(() => trailerOpen(flashOf(norOf(4)), { ...optionsOf(8, 4), ...change }), {
      instanceOf: RangeError,
    });
  });
}

for (const maxAlign of [8, 16, 32])
  for (const eraseValue of [0xff, 0] as const) {
    test(`what is written is read: alignment ${maxAlign}, erased ${eraseValue}`, (t) => {
      const nor = norOf(maxAlign, eraseValue);
      const trailer = trailerOpen(flashOf(nor), optionsOf(maxAlign, maxAlign));
      const state = trailerStateNew();
      const read = (): TrailerState => {
        t.is(trailerRead(trailer, state), 0);
        return { ...state };
      };
      const blank = { magic: 3, imageOk: 3, copyDone: 3, swapType: 1, imageNumber: 0 };
      t.deepEqual(read(), blank);
      // In the order of neither MCUboot nor ours: each field has units to itself.
      t.is(trailerWriteMagic(trailer), 0);
      t.deepEqual(read(), { ...blank, magic: Magic.Good });
      t.is(trailerWriteByte(trailer, trailer.imageOkAt, Flag.Set), 0);
      t.is(trailerWriteByte(trailer, trailer.swapInfoAt, 0x23), 0);
      t.is(trailerWriteNumber(trailer, trailer.swapSizeAt, 0x12345678), 0);
      t.is(trailerWriteNumber(trailer, trailer.tlvSizesAt, 1), 0);
      t.is(trailerWriteByte(trailer, trailer.copyDoneAt, Flag.Set), 0);
      t.deepEqual(read(), { magic: 1, imageOk: 1, copyDone: 1, swapType: 3, imageNumber: 2 });
      const number = nor.bytes.slice(trailer.swapSizeAt, trailer.swapSizeAt + 4);
      t.deepEqual([...number], [0x78, 0x56, 0x34, 0x12]);
      t.is(trailerErase(trailer), 0);
      t.deepEqual(read(), blank);
      t.is(nor.misuses, 0);
    });
  }

test('magic: bytes as MCUboot has them', (t) => {
  const magicOf = (maxAlign: number): string => {
    const nor = norOf(4);
    trailerWriteMagic(trailerOpen(flashOf(nor), optionsOf(maxAlign, 4)));
    return Buffer.from(nor.bytes.subarray(size - 16)).toString('hex');
  };
  t.is(magicOf(8), '77c295f360d2ef7f3552500f2cb67980');
  t.is(magicOf(16), '10002de15d29410b8d77679c110f1f8a');
  t.is(magicOf(32), '20002de15d29410b8d77679c110f1f8a');
});

const written = (bytes: Uint8Array): { trailer: Trailer; state: TrailerState } => {
  const nor = norOf(4);
  nor.poke(bytes, size - bytes.length);
  return { trailer: trailerOpen(flashOf(nor), optionsOf(8, 4)), state: trailerStateNew() };
};

test('any bytes in a trailer: a state of the table, never a throw', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (bytes) => {
      const { trailer, state } = written(bytes);
      const code = trailerRead(trailer, state);
      const known = [1, 2, 3];
      return (
        code === 0 &&
        known.includes(state.magic) &&
        known.includes(state.imageOk) &&
        known.includes(state.copyDone) &&
        state.swapType <= SwapType.Revert &&
        state.imageNumber <= 15
      );
    }),
  );
  t.pass();
});

test('a magic of which one bit is wrong is none', (t) => {
  const nor = norOf(4);
  const trailer = trailerOpen(flashOf(nor), optionsOf(8, 4));
  trailerWriteMagic(trailer);
  const good = nor.bytes.slice(size - 16);
  const state = trailerStateNew();
  for (let bit = 0; bit < 128; bit++) {
    const bad = good.slice();
    bad[bit >> 3]! ^= 1 << (bit & 7);
    nor.poke(bad, size - 16);
    trailerRead(trailer, state);
    t.is(state.magic, Magic.Bad, `bit ${bit}`);
  }
});

/** The decision in words, as docs/design.md of MCUboot and swap_offset.c have it. */
const decided = (swap: number, primary: TrailerState, secondary: TrailerState): number => {
  if (secondary.magic === Magic.Good) {
    if (secondary.imageOk === Flag.Set) return SwapType.Permanent;
    if (secondary.imageOk === Flag.Unset)
      return swap === Swap.Offset && secondary.copyDone === Flag.Set ? SwapType.Revert : SwapType.Test;
  }
  const trial = primary.copyDone === Flag.Set && primary.imageOk === Flag.Unset;
  return primary.magic === Magic.Good && trial ? SwapType.Revert : SwapType.None;
};

test('the decision, for every state of both trailers', (t) => {
  let states = 0;
  const values = [1, 2, 3];
  const all = values.flatMap((magic) =>
    values.flatMap((imageOk) =>
      values.map((copyDone) => ({ ...trailerStateNew(), magic, imageOk, copyDone })),
    ),
  );
  for (const swap of [Swap.Offset, Swap.Move, Swap.Scratch])
    for (const primary of all)
      for (const secondary of all) {
        const told = JSON.stringify({ swap, primary, secondary });
        t.is(swapDecide(swap, primary, secondary), decided(swap, primary, secondary), told);
        states++;
      }
  t.is(states, 3 * 27 * 27);
});
