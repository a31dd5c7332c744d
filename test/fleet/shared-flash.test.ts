import test from 'ava';
import fc from 'fast-check';
import { flashConformance } from '../../hal/index.ts';
import { BOARDS, openBoard } from '../../hal/node/boards.ts';
import { NorFlash } from '../../hal/node/nor-flash.ts';
import type { PartialErase, Torn } from '../../hal/node/faults.ts';

const everything = { writeOnce: true, reopen: true };

for (const profile of Object.values(BOARDS)) {
  test(`${profile.name}: flash that shares an image conforms, and leaves the image as it was`, (t) => {
    const image = openBoard(profile).save();
    const board = openBoard(profile, { image });
    for (const port of [...board.slots, board.journal])
      t.deepEqual(
        flashConformance(() => port, everything),
        [],
      );
    const other = openBoard(profile, { image });
    for (const [name, { eraseValue }] of Object.entries(profile.devices)) {
      const { bytes, wear, ownBytes } = other.devices[name]!;
      t.true(bytes.every((byte) => byte === eraseValue));
      t.true(wear.every((erases) => erases === 0));
      t.is(ownBytes, 0);
    }
  });
}

const SECTOR = 64;
const SECTORS = 4;
const shape = {
  sectors: Array.from({ length: SECTORS }, () => SECTOR),
  writeAlign: 4,
  eraseValue: 0xff,
} as const;

const cut = fc.record({
  operation: fc.nat(3),
  where: fc.constantFrom('before' as const, 'inside' as const, 'after' as const),
  unit: fc.nat(20),
  torn: fc.constantFrom<Torn>('old', 'new', 'mixed', 'noise'),
  erase: fc.constantFrom<PartialErase>('old', 'erased', 'mixed', 'noise'),
  seed: fc.nat(1000),
});
const step = fc.oneof(
  fc.record({ kind: fc.constant('erase' as const), sector: fc.nat(SECTORS - 1) }),
  fc.record({
    kind: fc.constant('write' as const),
    unit: fc.nat(SECTOR - 1),
    units: fc.integer({ min: 1, max: 24 }),
    fill: fc.nat(255),
  }),
  fc.record({ kind: fc.constant('cut' as const), plan: cut }),
  fc.record({ kind: fc.constant('poke' as const), at: fc.nat(SECTOR * SECTORS - 1), byte: fc.nat(255) }),
  fc.constant({ kind: 'save' as const }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What became of the step, in words that can be compared. */
const apply = (flash: NorFlash, one: Step): string => {
  try {
    if (one.kind === 'erase') flash.eraseBlock(one.sector);
    else if (one.kind === 'write') flash.write(new Uint8Array(one.units * 4).fill(one.fill), one.unit * 4);
    else if (one.kind === 'cut') flash.cutAt(one.plan);
    else if (one.kind === 'poke') flash.poke(Uint8Array.of(one.byte), one.at);
    else flash.load(flash.save());
    return 'done';
  } catch (error) {
    flash.powerOn();
    return (error as Error).name;
  }
};

const stateOf = (flash: NorFlash): unknown => ({
  image: flash.save().map(({ bytes, marks, wear }) => [Buffer.from(bytes).toString('hex'), [...marks], wear]),
  bytes: Buffer.from(flash.bytes).toString('hex'),
  wear: [...flash.wear],
  misuses: flash.misuses,
});

test('it does what flash of its own does, cuts and bit rot included, and none sees what another wrote', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.array(step, { maxLength: 40 }), (first, second) => {
      const factory = new NorFlash(shape);
      factory.write(new Uint8Array(SECTOR).fill(0x5a), 32);
      const image = factory.save();
      const [one, two] = [new NorFlash({ ...shape, image }), new NorFlash({ ...shape, image })];
      const [likeOne, likeTwo] = [new NorFlash(shape), new NorFlash(shape)];
      for (const flash of [likeOne, likeTwo]) flash.load(image);
      for (let at = 0; at < Math.max(first.length, second.length); at++) {
        for (const [flash, like, all] of [
          [one, likeOne, first],
          [two, likeTwo, second],
        ] as const) {
          const wanted = all[at];
          if (wanted !== undefined) t.is(apply(flash, wanted), apply(like, wanted));
        }
      }
      t.deepEqual(stateOf(one), stateOf(likeOne));
      t.deepEqual(stateOf(two), stateOf(likeTwo));
      t.deepEqual(image, factory.save(), 'the image that both began with');
    }),
  );
});

test('a flash holds of its own the sectors that it changed, until it is saved', (t) => {
  const image = new NorFlash(shape).save();
  const flash = new NorFlash({ ...shape, image });
  flash.write(new Uint8Array(8), SECTOR - 4);
  t.is(flash.ownBytes, 2 * (SECTOR + SECTOR / 4));
  flash.save();
  t.is(flash.ownBytes, 0);
  t.deepEqual([...flash.bytes.subarray(SECTOR - 4, SECTOR + 4)], [0, 0, 0, 0, 0, 0, 0, 0]);
});

test('an image of another flash, a file or bytes beside an image are refused', (t) => {
  const image = new NorFlash(shape).save();
  t.throws(() => new NorFlash({ ...shape, writeAlign: 8, image }), { instanceOf: RangeError });
  t.throws(() => new NorFlash({ ...shape, image: image.slice(1) }), { instanceOf: RangeError });
  t.throws(() => new NorFlash({ ...shape, image, bytes: new Uint8Array(SECTOR * SECTORS) }), {
    instanceOf: RangeError,
  });
  t.throws(() => openBoard(BOARDS.tiny, { image: {} }), { instanceOf: RangeError });
});
