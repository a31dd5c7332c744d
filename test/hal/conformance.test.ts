import test from 'ava';
import type { FlashPort } from '../../hal/ports.ts';
import type { Parts } from './_lax-flash.ts';
import { Rule, flashConformance, partition } from '../../hal/index.ts';
import { BOARDS, openBoard } from '../../hal/node/index.ts';
import { laxFlash, portOf, unit } from './_lax-flash.ts';

const everything = { writeOnce: true, reopen: true };

for (const profile of Object.values(BOARDS)) {
  test(`${profile.name}: devices, slots and journal conform`, (t) => {
    const board = openBoard(profile);
    const ports: FlashPort[] = [...board.slots, board.journal];
    for (const flash of Object.values(board.devices)) ports.push(flash.port());
    for (const port of ports)
      t.deepEqual(
        flashConformance(() => port, everything),
        [],
      );
    t.true(board.misuses() > 0, 'the suite tried what must be refused');
  });
}

test('windows of windows conform, with mixed sectors and without', (t) => {
  const flash = openBoard(BOARDS.stm32f4).devices['flash']!.port();
  for (const [from, count, mixed] of [
    [2, 4, true],
    [3, 3, true],
    [1, 2, false],
    [4, 1, false],
  ] as const) {
    const outer = partition(flash, 1, 8);
    const inner = partition(outer, from, count);
    t.is(inner.blockAt !== undefined, mixed);
    t.deepEqual(
      flashConformance(() => inner, { ...everything, largestWrite: 1024 }),
      [],
    );
  }
});

test('a window never touches what lies outside of it', (t) => {
  const { devices } = openBoard(BOARDS.tiny);
  const flash = devices['flash']!;
  flash.poke(new Uint8Array(flash.bytes.length).fill(0x5a), 0);
  const window = partition(flash.port(), 5, 3);
  t.deepEqual(
    flashConformance(() => window, everything),
    [],
  );
  t.true(flash.bytes.subarray(0, 5 * 4096).every((byte) => byte === 0x5a));
  t.true(flash.bytes.subarray(8 * 4096).every((byte) => byte === 0x5a));
});

test('a window of sectors that are not there is refused', (t) => {
  const flash = openBoard(BOARDS.tiny).devices['flash']!.port();
  for (const [from, count] of [
    [0, 36],
    [35, 1],
    [-1, 2],
    [0, 0],
    [NaN, 1],
  ] as const) {
    t.throws(() => partition(flash, from, count), { instanceOf: RangeError });
  }
});

test('an adapter that says neither unit nor erased value conforms with overrides', (t) => {
  const lax = laxFlash();
  const { size, blocks, blockLength } = lax.status();
  const parts = { ...lax, status: () => ({ size, blocks, blockLength }) };
  const port = { ...portOf(parts), writeAlign: unit, eraseValue: 0xff };
  t.deepEqual(
    flashConformance(() => port, everything),
    [],
  );
  const silent = flashConformance(() => portOf(parts), everything);
  t.deepEqual(
    silent.map(({ rule }) => rule).filter((rule) => rule === Rule.Write),
    [Rule.Write],
    'the default unit of 4 is not this one',
  );
});

test('the adapter that the planted violations start from conforms', (t) => {
  const parts = laxFlash();
  t.deepEqual(
    flashConformance(() => portOf(parts), everything),
    [],
  );
});

interface Planted {
  readonly what: string;
  readonly rule: string;
  /** What to replace in a right adapter. */
  readonly plant: (right: Parts) => Partial<Parts>;
}

const planted: Planted[] = [
  {
    what: 'the size is not a number of bytes',
    rule: Rule.Status,
    plant: (right) => ({ status: () => ({ ...right.status(), size: NaN }) }),
  },
  {
    what: 'the erased value is one that no flash has',
    rule: Rule.Status,
    plant: (right) => ({ status: () => ({ ...right.status(), eraseValue: 0x55 }) }),
  },
  {
    what: 'units do not fill sectors',
    rule: Rule.Status,
    plant: (right) => ({ status: () => ({ ...right.status(), writeAlign: 24 }) }),
  },
  { what: 'status throws', rule: Rule.Status, plant: () => ({ status: () => raise('no status') }) },
  {
    what: 'blockLength is that of the first sector, not of the largest',
    rule: Rule.Blocks,
    plant: (right) => ({ status: () => ({ ...right.status(), blockLength: 1024 }) }),
  },
  {
    what: 'the sectors end before the partition does',
    rule: Rule.Blocks,
    plant: (right) => ({ status: () => ({ ...right.status(), blocks: 5 }) }),
  },
  {
    what: 'blockAt is off by one at the end of a sector',
    rule: Rule.Blocks,
    plant: (right) => ({ blockAt: (offset) => right.blockAt(Math.min(offset + 1, 6143)) }),
  },
  {
    what: 'erase leaves the last byte of the sector',
    rule: Rule.EraseValue,
    plant: (right) => ({
      eraseBlock: (from, to = from + 1) => {
        const kept = right.bytes[right.starts[to]! - 1]!;
        right.eraseBlock(from, to);
        right.bytes[right.starts[to]! - 1] = kept;
      },
    }),
  },
  {
    what: 'erase of several sectors erases the first',
    rule: Rule.EraseValue,
    plant: (right) => ({
      eraseBlock: (from, to = from + 1) => {
        if (to > 6) throw new RangeError('no such sectors');
        right.eraseBlock(from);
      },
    }),
  },
  {
    what: 'erase begins in the sector before',
    rule: Rule.EraseExact,
    plant: (right) => ({
      eraseBlock: (from, to) => {
        right.eraseBlock(from, to);
        right.bytes.fill(0xff, Math.max(0, right.starts[from]! - 16), right.starts[from]);
      },
    }),
  },
  {
    what: 'erase takes `to` as the last sector',
    rule: Rule.EraseTo,
    plant: (right) => ({
      eraseBlock: (from, to) => {
        right.eraseBlock(from, to);
        if (to !== undefined && to < 6) right.eraseBlock(to);
      },
    }),
  },
  {
    what: 'erase without `to` goes on to the end',
    rule: Rule.EraseDefault,
    plant: (right) => ({ eraseBlock: (from, to = 6) => right.eraseBlock(from, to) }),
  },
  {
    what: 'write stops at the end of a sector',
    rule: Rule.Write,
    plant: (right) => ({
      write: (bytes, offset) => {
        const { offset: start, length } = right.blockAt(offset);
        right.write(
          bytes.length + offset > 6144 ? bytes : bytes.subarray(0, start + length - offset),
          offset,
        );
      },
    }),
  },
  {
    what: 'write swaps the bytes of each pair',
    rule: Rule.Write,
    plant: (right) => ({
      write: (bytes, offset) =>
        right.write(
          Uint8Array.from(bytes, (_, at) => bytes[at ^ 1] ?? 0),
          offset,
        ),
    }),
  },
  {
    what: 'write fills up to 16 bytes',
    rule: Rule.WriteNeighbors,
    plant: (right) => ({
      write: (bytes, offset) => {
        right.write(bytes, offset);
        const end = offset + bytes.length;
        right.bytes.fill(0, end, Math.min(6144, Math.ceil(end / 16) * 16));
      },
    }),
  },
  {
    what: 'write scrambles the buffer it was given',
    rule: Rule.WriteSource,
    plant: (right) => ({
      write: (bytes, offset) => {
        right.write(bytes, offset);
        bytes.fill(0);
      },
    }),
  },
  {
    what: 'write takes the buffer under a view',
    rule: Rule.WriteView,
    plant: (right) => ({
      write: (bytes, offset) => right.write(new Uint8Array(bytes.buffer, 0, bytes.length), offset),
    }),
  },
  {
    what: 'read rounds the offset down to words',
    rule: Rule.ReadFill,
    plant: (right) => ({ read: (into, offset) => right.read(into, offset < 0 ? offset : offset & ~3) }),
  },
  {
    what: 'read leaves the bytes after the last word',
    rule: Rule.ReadFill,
    plant: (right) => ({
      read: (into, offset) => {
        right.read(new Uint8Array(into.length), offset);
        right.read(into.subarray(0, into.length & ~3), offset);
      },
    }),
  },
  {
    what: 'read fills whole words, over the end of the view',
    rule: Rule.ReadView,
    plant: (right) => ({
      read: (into, offset) => {
        right.read(into, offset);
        const room = into.buffer.byteLength - into.byteOffset;
        const whole = Math.min(room, (into.length + 3) & ~3, 6144 - offset);
        right.read(new Uint8Array(into.buffer, into.byteOffset, whole), offset);
      },
    }),
  },
  {
    what: 'reads disturb the cells',
    rule: Rule.ReadHarmless,
    plant: (right) => {
      let reads = 0;
      const read = (into: Uint8Array, offset: number): void => {
        right.read(into, offset);
        if (into.length === 257 && ++reads % 5 === 0) right.bytes[offset]! ^= 1;
      };
      return { read };
    },
  },
  {
    what: 'read stops at the end of the partition, as ECMA-419 has it',
    rule: Rule.Bounds,
    plant: (right) => ({
      read: (into, offset) =>
        right.read(into.subarray(0, Math.max(0, 6144 - offset)), Math.min(offset, 6144)),
    }),
  },
  {
    what: 'erase beyond the last sector does nothing',
    rule: Rule.Bounds,
    plant: (right) => ({ eraseBlock: (from, to = from + 1) => to > 6 || right.eraseBlock(from, to) }),
  },
  {
    what: 'write drops what is not a whole unit',
    rule: Rule.Align,
    plant: (right) => ({
      write: (bytes, offset) => right.write(bytes.subarray(0, bytes.length - (bytes.length % unit)), offset),
    }),
  },
  {
    what: 'write does what fits before it throws',
    rule: Rule.RefusedHarmless,
    plant: (right) => ({
      write: (bytes, offset) => {
        if (offset >= 0) right.write(bytes.subarray(0, Math.max(0, 6144 - offset)), Math.min(offset, 6144));
        if (offset < 0 || offset + bytes.length > 6144) throw new RangeError('out of bounds');
      },
    }),
  },
  {
    what: 'erase does what fits before it throws',
    rule: Rule.RefusedHarmless,
    plant: (right) => ({
      eraseBlock: (from, to = from + 1) => {
        if (from >= 0 && from < 6) right.eraseBlock(from, Math.min(to, 6));
        if (from < 0 || to > 6) throw new RangeError('no such sectors');
      },
    }),
  },
  {
    what: 'a second write clears further bits',
    rule: Rule.WriteOnce,
    plant: (right) => ({
      write: (bytes, offset) => {
        if (offset < 0 || offset % unit !== 0 || bytes.length % unit !== 0 || offset + bytes.length > 6144) {
          throw new RangeError('out of bounds, or not on units');
        }
        bytes.forEach((byte, at) => (right.bytes[offset + at]! &= byte));
      },
    }),
  },
];

const raise = (message: string): never => {
  throw new Error(message);
};

for (const { what, rule, plant } of planted) {
  test(`caught by ${rule}: ${what}`, (t) => {
    const right = laxFlash();
    const port = portOf({ ...right, ...plant(right) });
    const found = flashConformance(() => port, everything);
    t.true(
      found.some((violation) => violation.rule === rule),
      JSON.stringify(found),
    );
  });
}

test('caught by persistence: writes stay in a cache', (t) => {
  const open = (): FlashPort => portOf(laxFlash());
  const found = flashConformance(open, everything);
  t.deepEqual(
    found.map(({ rule }) => rule),
    [Rule.Persistence],
  );
});

test('every rule has a planted violation', (t) => {
  const caught = new Set([...planted.map(({ rule }) => rule), Rule.Persistence]);
  t.deepEqual([...caught].sort(), Object.values(Rule).sort());
});

test('each violation is named once', (t) => {
  const right = laxFlash();
  const port = portOf({ ...right, read: (into) => void into.fill(0) });
  const rules = flashConformance(() => port, everything).map(({ rule }) => rule);
  t.is(new Set(rules).size, rules.length);
});
