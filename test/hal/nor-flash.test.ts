import test from 'ava';
import { runInNewContext } from 'node:vm';
import type { CutPlan, NorFlashOptions, Operation } from '../../hal/node/index.ts';
import { FlashFailure, FlashMisuse, NorFlash, PowerCut, PowerSupply } from '../../hal/node/index.ts';

const sectors = [1024, 1024, 2048];
const size = 4096;
const make = (options: Partial<NorFlashOptions> = {}): NorFlash =>
  new NorFlash({ sectors, writeAlign: 4, eraseValue: 0xff, ...options });
const bytes = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 37 + seed * 11) & 0x7f);
const readAll = (flash: NorFlash): Uint8Array => {
  const into = new Uint8Array(size);
  flash.read(into, 0);
  return into;
};

const misuses: [string, (flash: NorFlash) => void][] = [
  ['write at an odd offset', (flash) => flash.write(bytes(4), 2)],
  ['write of an odd length', (flash) => flash.write(bytes(6), 0)],
  ['write below', (flash) => flash.write(bytes(4), -4)],
  ['write over the end', (flash) => flash.write(bytes(8), size - 4)],
  ['write at no number', (flash) => flash.write(bytes(4), NaN)],
  ['write at a fraction', (flash) => flash.write(bytes(4), 0.5)],
  ['write of what has no length', (flash) => flash.write(new ArrayBuffer(4) as unknown as Uint8Array, 0)],
  ['second write', (flash) => flash.write(bytes(4), 512)],
  ['second write, the first one all erased bytes', (flash) => flash.write(bytes(4), 516)],
  ['write that ends in a programmed unit', (flash) => flash.write(bytes(16), 500)],
  ['read over the end', (flash) => flash.read(new Uint8Array(2), size - 1)],
  ['read below', (flash) => flash.read(new Uint8Array(2), -1)],
  ['read at no number', (flash) => flash.read(new Uint8Array(2), NaN)],
  ['erase below', (flash) => flash.eraseBlock(-1)],
  ['erase above', (flash) => flash.eraseBlock(3)],
  ['erase over the end', (flash) => flash.eraseBlock(2, 4)],
  ['erase of none', (flash) => flash.eraseBlock(1, 1)],
  ['erase of a fraction', (flash) => flash.eraseBlock(0.5)],
  ['sector beyond the end', (flash) => void flash.blockAt(size)],
];

for (const [what, misuse] of misuses) {
  test(`refused, counted and without effect: ${what}`, (t) => {
    const flash = make();
    flash.write(bytes(4), 512);
    flash.write(new Uint8Array(4).fill(0xff), 516);
    const before = readAll(flash);
    const { operations } = flash;
    t.throws(() => misuse(flash), { instanceOf: FlashMisuse });
    t.is(flash.misuses, 1);
    t.is(flash.operations, operations);
    t.deepEqual(readAll(flash), before);
  });
}

test('geometry that does not fit is refused', (t) => {
  t.throws(() => make({ writeAlign: 24 }), { instanceOf: RangeError });
  t.throws(() => make({ pageSize: 6 }), { instanceOf: RangeError });
  t.throws(() => make({ sectors: [1024, 0] }), { instanceOf: RangeError });
  t.throws(() => make({ bytes: new Uint8Array(size - 1) }), { instanceOf: RangeError });
});

test('erases, programs, units, reads and wear are counted', (t) => {
  const flash = make();
  flash.eraseBlock(0, 2);
  flash.eraseBlock(1);
  flash.write(bytes(16), 1016);
  flash.write(bytes(0), 0);
  flash.read(new Uint8Array(10), 3);
  const { operations, erases, programs, unitsProgrammed, bytesRead, misuses: wrong } = flash;
  t.deepEqual(
    { operations, erases, programs, unitsProgrammed, bytesRead, wrong },
    { operations: 4, erases: 3, programs: 1, unitsProgrammed: 4, bytesRead: 10, wrong: 0 },
  );
  t.deepEqual([...flash.wear], [1, 2, 0]);
  t.is(flash.power.operations, 4);
});

test('a long write is one program operation for each page', (t) => {
  const flash = make({ writeAlign: 1, pageSize: 256 });
  const seen: Operation[] = [];
  flash.power.trace = (operation) => seen.push(operation);
  flash.write(bytes(600), 200);
  t.deepEqual(
    seen.map(({ offset, length, units }) => [offset, length, units]),
    [
      [200, 56, 56],
      [256, 256, 256],
      [512, 256, 256],
      [768, 32, 32],
    ],
  );
  t.is(flash.programs, 4);
  t.deepEqual(readAll(flash).subarray(200, 800), bytes(600));
});

test('arrays of another realm are taken', (t) => {
  const flash = make();
  const code = `
    flash.write(new Uint8Array([1, 2, 3, 4]), 8);
    const into = new Uint8Array(4);
    flash.read(into, 8);
    into.join();
  `;
  t.is(runInNewContext(code, { flash }), '1,2,3,4');
});

test('content given at first counts as programmed where it is not erased', (t) => {
  const flash = make({ bytes: new Uint8Array(size).fill(0xff).fill(7, 100, 101) });
  flash.write(bytes(4), 104);
  t.throws(() => flash.write(bytes(4), 100), { instanceOf: FlashMisuse });
});

const old = (): NorFlash => {
  const flash = make();
  flash.write(bytes(1024, 3), 1024);
  return flash;
};
const image = readAll(old());
const after = (change: (wanted: Uint8Array) => void): Uint8Array => {
  const wanted = image.slice();
  change(wanted);
  return wanted;
};

interface Cut {
  readonly plan: CutPlan;
  readonly act: (flash: NorFlash) => void;
  readonly leaves: Uint8Array;
  /** Offset and length of what is undefined afterwards. */
  readonly undefinedAt?: [number, number];
}

const writes = (flash: NorFlash): void => flash.write(bytes(16), 32);
const erases = (flash: NorFlash): void => flash.eraseBlock(0, 3);
const cuts: Cut[] = [
  { plan: { operation: 0, where: 'before' }, act: writes, leaves: image },
  {
    plan: { operation: 0, where: 'after' },
    act: writes,
    leaves: after((wanted) => wanted.set(bytes(16), 32)),
  },
  {
    plan: { operation: 0, where: 'inside', unit: 2, torn: 'old' },
    act: writes,
    leaves: after((wanted) => wanted.set(bytes(16).subarray(0, 8), 32)),
    undefinedAt: [40, 4],
  },
  {
    plan: { operation: 0, where: 'inside', unit: 0, torn: 'new' },
    act: writes,
    leaves: after((wanted) => wanted.set(bytes(16).subarray(0, 4), 32)),
    undefinedAt: [32, 4],
  },
  {
    plan: { operation: 0, where: 'inside', unit: 99, torn: 'new' },
    act: writes,
    leaves: after((wanted) => wanted.set(bytes(16), 32)),
    undefinedAt: [44, 4],
  },
  { plan: { operation: 1, where: 'before' }, act: erases, leaves: image },
  {
    plan: { operation: 1, where: 'after' },
    act: erases,
    leaves: after((wanted) => wanted.fill(0xff, 1024, 2048)),
  },
  {
    plan: { operation: 1, where: 'inside', erase: 'old' },
    act: erases,
    leaves: image,
    undefinedAt: [1024, 1024],
  },
  {
    plan: { operation: 1, where: 'inside', erase: 'erased' },
    act: erases,
    leaves: after((wanted) => wanted.fill(0xff, 1024, 2048)),
    undefinedAt: [1024, 1024],
  },
];

for (const { plan, act, leaves, undefinedAt } of cuts) {
  test(`cut ${JSON.stringify(plan)}`, (t) => {
    const flash = old();
    flash.cutAt(plan);
    t.false(flash.cutFired);
    t.throws(() => act(flash), { instanceOf: PowerCut });
    t.true(flash.cutFired);
    t.false(flash.powered);
    t.throws(() => flash.read(new Uint8Array(1), 0), { instanceOf: PowerCut });
    t.throws(() => flash.write(bytes(4), 0), { instanceOf: PowerCut });
    t.throws(() => flash.eraseBlock(0), { instanceOf: PowerCut });
    t.throws(() => flash.status(), { instanceOf: PowerCut });
    flash.powerOn();
    t.deepEqual(readAll(flash), leaves);
    t.is(flash.undefinedIn(0, size), undefinedAt !== undefined);
    if (undefinedAt === undefined) return;
    const [from, length] = undefinedAt;
    t.true(flash.undefinedIn(from, 1) && flash.undefinedIn(from + length - 1, 1));
    t.false(flash.undefinedIn(0, from) || flash.undefinedIn(from + length, size - from - length));
    t.throws(() => flash.write(bytes(4), from), { instanceOf: FlashMisuse });
    const { block } = flash.blockAt(from);
    flash.eraseBlock(block);
    t.false(flash.undefinedIn(0, size));
    t.notThrows(() => flash.write(bytes(4), from));
  });
}

test('a mixed tear is neither old nor new, and the same for the same seed', (t) => {
  const torn = (seed: number): Uint8Array => {
    const flash = make();
    flash.cutAt({ operation: 0, where: 'inside', torn: 'mixed', seed });
    t.throws(() => flash.write(bytes(4), 0));
    return flash.bytes.slice(0, 4);
  };
  const wanted = bytes(4);
  const all = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const found = torn(seed);
    t.deepEqual(found, torn(seed));
    t.notDeepEqual(found, wanted);
    t.notDeepEqual(found, new Uint8Array(4).fill(0xff));
    t.true(found.every((byte, at) => (byte & wanted[at]!) === wanted[at]!));
    all.add(found.join());
  }
  t.true(all.size > 100);
});

test('a mixed erase leaves old, erased and other bytes, and nothing outside of its sector', (t) => {
  const flash = old();
  flash.write(bytes(1024, 5), 0);
  flash.cutAt({ operation: 0, where: 'inside', seed: 7 });
  t.throws(() => flash.eraseBlock(1), { instanceOf: PowerCut });
  const before = bytes(1024, 3);
  const kinds = new Set<string>();
  flash.bytes.subarray(1024, 2048).forEach((byte, at) => {
    kinds.add(byte === before[at] ? 'old' : byte === 0xff ? 'erased' : 'other');
  });
  t.deepEqual([...kinds].sort(), ['erased', 'old', 'other']);
  t.deepEqual(flash.bytes.subarray(0, 1024), bytes(1024, 5));
  t.true(flash.bytes.subarray(2048).every((byte) => byte === 0xff));
});

test('operations count over all flash of a power supply, and a cut stops all', (t) => {
  const power = new PowerSupply();
  const one = make({ power, name: 'one' });
  const other = make({ power, name: 'other', eraseValue: 0 });
  power.cutAt({ operation: 2, where: 'after' });
  one.write(bytes(4), 0);
  other.eraseBlock(0);
  t.throws(() => one.eraseBlock(2), { instanceOf: PowerCut });
  t.throws(() => other.read(new Uint8Array(1), 0), { instanceOf: PowerCut });
  t.is(power.operations, 3);
  power.powerOn();
  t.notThrows(() => other.read(new Uint8Array(1), 0));
  t.notThrows(() => one.eraseBlock(0));
});

test('a plan counts from when it is made, fires once, and can be dropped', (t) => {
  const flash = make();
  flash.eraseBlock(0);
  flash.cutAt({ operation: 1, where: 'before' });
  flash.eraseBlock(0);
  t.throws(() => flash.eraseBlock(0), { instanceOf: PowerCut });
  flash.powerOn();
  flash.eraseBlock(0, 3);
  flash.cutAt({ operation: 0, where: 'before' });
  t.false(flash.cutFired);
  flash.power.cancelCut();
  t.notThrows(() => flash.eraseBlock(0));
  t.throws(() => flash.cutAt({ operation: -1, where: 'before' }), { instanceOf: RangeError });
});

test('load brings back content, marks and wear', (t) => {
  const flash = old();
  const first = flash.save();
  flash.cutAt({ operation: 2, where: 'inside' });
  flash.eraseBlock(1);
  t.throws(() => flash.eraseBlock(1, 3), { instanceOf: PowerCut });
  flash.powerOn();
  const second = flash.save();
  t.is(second[0], first[0], 'a sector that did not change is shared');
  flash.load(first);
  t.deepEqual(readAll(flash), image);
  t.deepEqual([...flash.wear], [0, 0, 0]);
  t.false(flash.undefinedIn(0, size));
  t.throws(() => flash.write(bytes(4), 1024), { instanceOf: FlashMisuse });
  flash.load(second);
  t.true(flash.undefinedIn(2048, 2048));
  t.deepEqual([...flash.wear], [0, 2, 1]);
  t.throws(() => make({ sectors: [4096] }).load(first), { instanceOf: RangeError });
  t.throws(() => make({ sectors: [2048, 1024, 1024] }).load(first), { instanceOf: RangeError });
});

test('a fault hook can make operations do nothing, or fail, and reads lie', (t) => {
  const flash = make({
    fault: {
      program: (offset) => (offset === 0 ? 'ignored' : offset === 8 ? 'failed' : 'done'),
      erase: (sector) => (sector === 1 ? 'ignored' : sector === 2 ? 'failed' : 'done'),
      read: (into, _, unstable) => void (unstable && into.fill(0x33)),
    },
  });
  flash.write(bytes(4), 0);
  t.throws(() => flash.write(bytes(4), 8), { instanceOf: FlashFailure });
  flash.write(bytes(4, 2), 1024);
  flash.eraseBlock(1);
  flash.write(bytes(4, 9), 1024);
  t.throws(() => flash.eraseBlock(2), { instanceOf: FlashFailure });
  const found = new Uint8Array(4);
  flash.read(found, 0);
  t.deepEqual([...found], [0xff, 0xff, 0xff, 0xff]);
  flash.read(found, 8);
  t.deepEqual([...found], [0x33, 0x33, 0x33, 0x33]);
  flash.read(found, 1024);
  t.deepEqual(
    found,
    bytes(4, 2).map((byte, at) => byte & bytes(4, 9)[at]!),
    'not erased, so bits only fall',
  );
  flash.read(found, 3000);
  t.deepEqual([...found], [0x33, 0x33, 0x33, 0x33]);
});

test('what changed behind the back of the flash is not undone by a program', (t) => {
  const flash = make();
  flash.poke(new Uint8Array([0xfe]), 8);
  flash.write(new Uint8Array([0x0f, 1, 2, 3]), 8);
  t.is(flash.bytes[8], 0x0e);
  t.is(flash.misuses, 0);
});
