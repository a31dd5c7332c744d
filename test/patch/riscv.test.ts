/** Encodings of the RISC-V Instruction Set Manual, volume I, 2.4 to 2.6, as an assembler makes them. */
import test from 'ava';
import fc from 'fast-check';
import { readU32, writeU16, writeU32 } from '../../agent/bytes.ts';
import { flashOpen } from '../../agent/flash.ts';
import { copyAdd, copyMapNew } from '../../agent/payload/patch/copy-map.ts';
import { FLAG_RISCV } from '../../agent/payload/patch/layout.ts';
import {
  predictorByte,
  predictorNew,
  predictorStart,
  predictorTake,
} from '../../agent/payload/patch/predictor.ts';
import { jumpDistance, riscvIsWide, riscvJump } from '../../agent/payload/patch/riscv.ts';
import { patchDecode } from '../../publisher/patch/decode.ts';
import { PatchModes, patchEncode } from '../../publisher/patch/encode.ts';
import { predictedFrom } from '../../publisher/patch/predicted.ts';
import { riscvBase } from '../../publisher/patch/riscv-image.ts';
import type { FlashPartition } from '../../hal/ports.ts';
import { partitionOf } from '../../publisher/partition.ts';
import { noise } from './_patches.ts';
import { RiscvBase, jal, link, longer, low, lui, program, riscvPair } from './_riscv.ts';
import type { Low } from './_riscv.ts';

const modes = PatchModes.filter(({ map }) => map?.references === FLAG_RISCV);
const hex = (value: number): string => value.toString(16);

const Size = 0x200000;
const map = copyMapNew();
copyAdd(map, 32, 0, Size);

// instruction, where it stands, its word before and after; every target is led 32 bytes on
const JUMPS: readonly (readonly [string, number, number, number])[] = [
  ['JAL ra, 16', 0, 0x010000ef, 0x030000ef],
  ['JAL ra, -256', 0x1000, 0xf01ff0ef, 0xf21ff0ef],
  ['JAL ra, -32, over zero', 0x1000, 0xfe1ff0ef, 0x000000ef],
  ['JAL ra, 2032, into bit 11', 0, 0x7f0000ef, 0x011000ef],
  ['J 16', 0, 0x0100006f, 0x0300006f],
  ['JAL t0, 1048544, too far', 0, 0x7e1ff2ef, 0x7e1ff2ef],
  ['JAL ra, -256, before the image', 0, 0xf01ff0ef, 0xf01ff0ef],
  ['JALR ra, 16(a0) stays', 0, 0x010500e7, 0x010500e7],
  ['AUIPC a0, 1 stays', 0, 0x00001517, 0x00001517],
  ['BEQ a0, a1, 16 stays', 0, 0x00b50863, 0x00b50863],
];

for (const [name, from, before, after] of JUMPS)
  test(name, (t) => {
    t.true(riscvIsWide(before & 0xffff));
    t.is(hex(riscvJump(map, before, from, from, Size)), hex(after));
  });

test('a distance is read as it was put', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: -(1 << 19), max: (1 << 19) - 1 }), (half) => {
      t.is(jumpDistance(jal(half * 2)), half * 2);
    }),
  );
});

/** One copy of `old` to 32 bytes further on. What is predicted for it. */
const shifted = (old: Uint8Array, fresh: Uint8Array): Uint8Array => {
  const copies = copyMapNew();
  copyAdd(copies, 32, 0, old.length);
  const code = { references: FLAG_RISCV, base: RiscvBase };
  return Uint8Array.from(predictedFrom(copies, old, fresh, code, 0).bytes.subarray(0, fresh.length));
};

/** LUI a5, an instruction of 16 bits, and what completes it, at the start of 8 KiB. */
const pair = (kind: Low, address: number, at: number): Uint8Array => {
  const image = new Uint8Array(0x2000 + at);
  writeU32(image, at, lui(15, address));
  writeU16(image, at + 4, 0x4501);
  writeU32(image, at + 6, low(kind, 15, address));
  return image;
};

for (const kind of ['addi', 'load', 'store'] as const)
  for (const [name, place] of [
    ['in the low half', 0x123],
    ['that needs another LUI', 0x7f0],
    ['in the high half', 0x900],
    ['that goes over 4 KiB', 0xff0],
  ] as const)
    test(`LUI and ${kind}: an address ${name} is led as one`, (t) => {
      const [old, fresh] = [pair(kind, RiscvBase + place, 0), pair(kind, RiscvBase + place + 32, 32)];
      t.notDeepEqual(old.subarray(0, 10), fresh.subarray(32, 42));
      t.deepEqual(shifted(old, fresh).subarray(32), fresh.subarray(32));
    });

test('an address outside the image stays, and what LUI put in a register is known for 128 bytes', (t) => {
  const outside = pair('addi', 0x80000010, 0);
  t.deepEqual(shifted(outside, pair('addi', 0x80000010, 32)).subarray(32), outside);
  const late = (at: number, by: number): Uint8Array => {
    const image = new Uint8Array(0x2000 + by);
    writeU32(image, by, lui(15, RiscvBase + 0x100 + by));
    writeU32(image, by + at, low('load', 15, RiscvBase + 0x100 + by));
    return image;
  };
  for (const [at, known] of [
    [128, true],
    [132, false],
  ] as const) {
    const predicted = shifted(late(at, 0), late(at, 32));
    t.is(readU32(predicted, 32 + at) === readU32(late(at, 32), 32 + at), known, `${at}`);
  }
});

test('a register that its own address was put in is forgotten', (t) => {
  const twice = (by: number): Uint8Array => {
    const image = pair('addi', RiscvBase + 0x100 + by, by);
    // 8 bytes behind that address, not an address itself.
    writeU32(image, by + 12, low('load', 15, 0x100));
    return image;
  };
  t.deepEqual(shifted(twice(0), twice(32)).subarray(32), twice(32).subarray(32));
});

test('where what stands behind a LUI cannot be read, nothing is predicted', (t) => {
  // Of the first 64 bytes, which are read at once, the LUI is in, but not all that stands behind it.
  const at = 0x30;
  const image = new Uint8Array(0x100);
  image.set(pair('addi', RiscvBase + 0x80, 0).subarray(0, 10), at);
  let refused = 0;
  const partition: FlashPartition = {
    ...partitionOf(image),
    read(into, offset) {
      if (offset === at) {
        refused++;
        throw new Error('not readable');
      }
      into.set(image.subarray(offset, offset + into.length));
    },
  };
  const copies = copyMapNew();
  copyAdd(copies, 0, 0, image.length);
  const predictor = predictorNew(copies, flashOpen({ partition }, undefined));
  Object.assign(predictor, { oldSize: image.length, references: FLAG_RISCV, base: RiscvBase });
  predictorStart(predictor, 0);
  for (let place = 0; place < at; place++) predictorTake(predictor, predictorByte(predictor));
  t.false(predictor.failed);
  t.is(predictorByte(predictor), -1);
  t.true(predictor.failed);
  t.true(refused > 0);
});

test('code of RISC-V is known by its calls, and where it is linked to run', (t) => {
  t.is(riscvBase(link(program(60, 12, 1))), RiscvBase);
  t.is(riscvBase(link({ ...program(60, 12, 1), pointers: [] })), 0);
  t.is(riscvBase(noise(100_000, 1)), undefined);
  t.is(riscvBase(new TextEncoder().encode('do re mi fa so, o no '.repeat(999))), undefined);
});

test('a function longer: what is predicted leaves next to nothing', (t) => {
  const [old, fresh] = riscvPair(200, 12, 2);
  const others = PatchModes.filter(({ map: copies }) => copies?.references !== FLAG_RISCV);
  const without = patchEncode(old, fresh, { modes: others }).payload.length;
  const { payload, mode } = patchEncode(old, fresh);
  t.regex(mode, /RISC-V/);
  t.true(payload.length < 120 && without > 20 * payload.length, `${payload.length} bytes, else ${without}`);
});

const programs = fc.tuple(
  fc.integer(),
  fc.integer({ min: 20, max: 120 }),
  fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 300 })), { minLength: 1, maxLength: 4 }),
);

test('programs changed at random, there and back, in units', (t) => {
  let most = 0;
  fc.assert(
    fc.property(programs, ([seed, count, edits]) => {
      const before = program(count, 10, seed);
      const after = edits.reduce((one, [which, by]) => longer(one, which % count, by), before);
      for (const [old, fresh] of [
        [link(before), link(after)],
        [link(after), link(before)],
      ] as const)
        for (const mode of modes) {
          const { payload, first, units } = patchEncode(old, fresh, { modes: [mode], unit: 30, threads: 1 });
          most = Math.max(most, units);
          t.deepEqual(patchDecode(old, payload, first, fresh.length), fresh);
        }
    }),
    { numRuns: 20 },
  );
  t.true(most > 1);
});
