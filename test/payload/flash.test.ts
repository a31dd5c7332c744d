import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { openAgent } from '../../agent/index.ts';
import type { Config } from '../../agent/index.ts';
import {
  flashCompare,
  flashErase,
  flashOpen,
  flashProgram,
  flashRead,
  flashSectorAt,
  flashSectorStart,
  flashUp,
} from '../../agent/flash.ts';
import type { Flash } from '../../agent/flash.ts';
import type { FlashPort, FlashStatus, Ports } from '../../hal/ports.ts';
import { BOARDS, openBoard } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { benchOpen } from '../_bench.ts';

const good: FlashStatus = { size: 65536, blocks: 16, blockLength: 4096, writeAlign: 4, eraseValue: 0xff };

/** A partition that notes what it was asked, and does it or throws. */
const noted = (status: Partial<FlashStatus> = {}, more: Partial<FlashPort> = {}, thrown?: unknown) => {
  const calls: string[] = [];
  const call = (text: string): void => {
    calls.push(text);
    if (thrown !== undefined) throw thrown;
  };
  const port: FlashPort = {
    partition: {
      status: () => ({ ...good, ...status }),
      read: (into, offset) => call(`read ${offset} ${into.length}`),
      write: (bytes, offset) => call(`write ${offset} ${bytes.length}`),
      eraseBlock: (from, to) => call(`erase ${from} ${to}`),
    },
    ...more,
  };
  return { port, calls };
};

const wrong: readonly [name: string, status: Partial<FlashStatus>, more?: Partial<FlashPort>][] = [
  ['unit 0', { writeAlign: 0 }],
  ['unit 3', { writeAlign: 3 }],
  ['unit 64', { writeAlign: 64 }],
  ['unit NaN', { writeAlign: NaN }],
  ['unit -4', { writeAlign: -4 }],
  ['unit 0.5', { writeAlign: 0.5 }],
  ['unit 64 by override', {}, { writeAlign: 64 }],
  ['erased value 1', { eraseValue: 1 }],
  ['erased value 256', { eraseValue: 256 }],
  ['no size', { size: 0 }],
  ['size NaN', { size: NaN }],
  ['no sectors', { blocks: 0 }],
  ['more sectors than can be', { blocks: 65537, size: 65537 * 4096 }],
  ['sectors that do not fill it', { blocks: 15 }],
  ['sectors of NaN', { blockLength: NaN }],
  ['mixed sectors with a gap', {}, { blockAt: (offset) => ({ block: 0, offset: offset + 1, length: 4096 }) }],
  ['mixed sectors of no length', {}, { blockAt: (offset) => ({ block: 0, offset, length: 0 }) }],
  ['mixed sectors of NaN', {}, { blockAt: (offset) => ({ block: 0, offset, length: NaN }) }],
  ['mixed sectors beyond the end', {}, { blockAt: (offset) => ({ block: 0, offset, length: 60_000 }) }],
];

for (const [name, status, more] of wrong) {
  test(`wired wrongly: ${name}`, (t) => {
    t.throws(() => flashOpen(noted(status, more).port, undefined), { instanceOf: RangeError });
  });
}

test('what the platform leaves out has defaults, and overrides come first', (t) => {
  const bare = noted({ writeAlign: undefined, eraseValue: undefined }).port;
  t.like(flashOpen(bare, undefined), { unit: 4, erased: 0xff, sectors: 16 });
  t.like(flashOpen({ ...bare, writeAlign: 16, eraseValue: 0 }, undefined), { unit: 16, erased: 0 });
});

const numbers = fc.oneof(
  fc.integer({ min: -10, max: 70_000 }),
  fc.constantFrom(NaN, Infinity, -Infinity, 0.5, 65536, 65532, undefined as unknown as number),
);

test('no call goes out of bounds or off a unit, whatever is asked', (t) => {
  fc.assert(
    fc.property(numbers, numbers, numbers, fc.constantFrom(1, 4, 32), (offset, from, to, unit) => {
      const { port, calls } = noted({ writeAlign: unit });
      const flash = flashOpen(port, undefined);
      const bytes = new Uint8Array(4096);
      const inside =
        from >= 0 && to >= from && to <= bytes.length && offset >= 0 && offset + (to - from) <= 65536;
      const whole = [offset, from, to].every(Number.isInteger);
      if (!(inside && whole) && from >= 0 && to <= 4096 && whole) {
        t.is(flashRead(flash, offset, bytes, from, to), Err.FlashBounds);
        t.is(flashProgram(flash, offset, bytes, from, to), Err.FlashBounds);
        t.deepEqual(calls, []);
      }
      if (inside && whole) {
        t.is(flashRead(flash, offset, bytes, from, to), 0);
        const aligned = offset % unit === 0 && (to - from) % unit === 0;
        t.is(flashProgram(flash, offset, bytes, from, to), aligned ? 0 : Err.FlashAlign);
        t.is(calls.length, aligned ? 2 : 1);
      }
      const sector = Number.isInteger(offset) && offset >= 0 && offset < 16;
      const before = calls.length;
      if (sector || !(offset > 0 && offset < 16)) {
        t.is(flashErase(flash, offset), sector ? 0 : Err.FlashBounds);
        t.is(calls.length, before + (sector ? 1 : 0));
      }
    }),
    { numRuns: 500 },
  );
});

test('foreign exceptions become a code', (t) => {
  for (const thrown of [new Error('bus'), new TypeError('x'), 'text', null, 7]) {
    const flash = flashOpen(noted({}, {}, thrown).port, undefined);
    const bytes = new Uint8Array(8);
    t.is(flashRead(flash, 0, bytes, 0, 8), Err.FlashFailed);
    t.is(flashProgram(flash, 0, bytes, 0, 8), Err.FlashFailed);
    t.is(flashErase(flash, 3), Err.FlashFailed);
    t.is(flashCompare(flash, 0, bytes, 0, 8, new Uint8Array(4)), Err.FlashFailed);
  }
});

test('a watchdog hears of an erase before it happens', (t) => {
  const { port, calls } = noted();
  const flash = flashOpen(port, { feed: () => {}, announce: (step) => calls.push(`announce ${step}`) });
  t.is(flashErase(flash, 5), 0);
  t.deepEqual(calls, ['announce 2', 'erase 5 6']);
});

const sectorsOf = (flash: Flash): [number, number][] =>
  Array.from({ length: flash.sectors }, (_, sector) => [
    flashSectorStart(flash, sector),
    flashSectorStart(flash, sector + 1),
  ]);

for (const board of Object.keys(BOARDS) as BoardName[]) {
  test(`sectors cover the flash without gaps: ${board}`, (t) => {
    const opened = openBoard(BOARDS[board]);
    for (const port of [...opened.slots, opened.journal]) {
      const flash = flashOpen(port, undefined);
      let end = 0;
      sectorsOf(flash).forEach(([from, to], sector) => {
        t.is(from, end);
        t.is(flashSectorAt(flash, from), sector);
        t.is(flashSectorAt(flash, to - 1), sector);
        end = to;
      });
      t.is(end, flash.size);
      t.is(flashUp(flash, 1), flash.unit);
      t.is(flashUp(flash, flash.unit), flash.unit);
    }
  });
}

const changed = (change: Partial<Ports>): (() => unknown) => {
  const { ports, config } = benchOpen();
  return () => openAgent({ ...ports, ...change }, config);
};

test('an agent on a board that is wired wrongly is not opened', (t) => {
  const { ports, config } = benchOpen();
  for (const running of [2, 255, NaN, -1, 0.5]) {
    t.throws(changed({ environment: { ...ports.environment, running: () => running } }), {
      instanceOf: RangeError,
    });
  }
  t.throws(changed({ journal: noted({ blocks: 2, size: 8192 }).port }), { instanceOf: RangeError });
  t.throws(changed({ journal: noted({ blocks: 4, size: 1024, blockLength: 256 }).port }), {
    instanceOf: RangeError,
  });
  const configs: Partial<Config>[] = [
    { vendor: new Uint8Array(15) },
    { classId: new Uint8Array(17) },
    { anchors: [] },
    { threshold: 0 },
    { threshold: 2 },
    { threshold: NaN },
  ];
  for (const one of configs)
    t.throws(() => openAgent(ports, { ...config, ...one }), { instanceOf: RangeError });
  t.notThrows(() => openAgent(ports, config));
});
