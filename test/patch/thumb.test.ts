/** Encodings of the ARMv7-M Architecture Reference Manual, A7.7; every target is led 32 bytes on. */
import test from 'ava';
import { copyAdd, copyMapNew } from '../../agent/payload/patch/copy-map.ts';
import { isWide, thumbNarrow, thumbWide } from '../../agent/payload/patch/thumb.ts';

const Size = 0x10000;
const map = copyMapNew();
copyAdd(map, 32, 0, Size);

const hex = (value: number): string => value.toString(16);

// instruction, where it stands, its halfword before and after
const NARROW: readonly (readonly [string, number, number, number])[] = [
  ['B #16', 0, 0xe008, 0xe018],
  ['B #-4, to itself', 0x100, 0xe7fe, 0xe00e],
  ['B too far', 0, 0xe3ff, 0xe3ff],
  ['BEQ #16', 0, 0xd008, 0xd018],
  ['SVC stays', 0, 0xdf08, 0xdf08],
  ['CBZ r0, #16', 0, 0xb140, 0xb1c0],
  ['CBNZ r1, #48, into i', 0, 0xb9c1, 0xbb41],
  ['LDR r0, [pc, #16]', 0, 0x4804, 0x480c],
  ['ADR r3, #16', 2, 0xa304, 0xa30c],
  ['MOVS r0, #1', 0, 0x2001, 0x2001],
];

// Both halfwords before and after.
const WIDE: readonly (readonly [string, number, readonly [number, number], readonly [number, number]])[] = [
  ['BL #16', 0, [0xf000, 0xf808], [0xf000, 0xf818]],
  ['BL #-256', 0x1000, [0xf7ff, 0xff80], [0xf7ff, 0xff90]],
  ['BL #-32, over zero', 0x1000, [0xf7ff, 0xfff0], [0xf000, 0xf800]],
  ['B.W #16', 0, [0xf000, 0xb808], [0xf000, 0xb818]],
  ['BEQ.W #16', 0, [0xf000, 0x8008], [0xf000, 0x8018]],
  ['BNE.W #-32, over zero', 0x1000, [0xf47f, 0xaff0], [0xf040, 0x8000]],
  ['LDR.W r0, [pc, #16]', 0, [0xf8df, 0x0010], [0xf8df, 0x0030]],
  ['LDR.W r1, [pc, #-16]', 0x1000, [0xf85f, 0x1010], [0xf8df, 0x1010]],
  ['MRS stays', 0, [0xf3ef, 0x8005], [0xf3ef, 0x8005]],
  ['STRD stays', 0, [0xe9cd, 0x0100], [0xe9cd, 0x0100]],
];

for (const [name, from, before, after] of NARROW)
  test(name, (t) => {
    t.false(isWide(before));
    t.is(hex(thumbNarrow(map, before, from, from, Size)), hex(after));
  });

for (const [name, from, before, after] of WIDE)
  test(name, (t) => {
    t.true(isWide(before[0]));
    const word = (halves: readonly [number, number]): number => halves[0] + halves[1] * 0x10000;
    t.is(hex(thumbWide(map, word(before), from, from, Size)), hex(word(after)));
  });
