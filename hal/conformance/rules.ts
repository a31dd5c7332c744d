import type { Bench } from './bench.ts';
import {
  Rule,
  allow,
  blank,
  expect,
  patternAt,
  patternOf,
  program,
  refuse,
  report,
  startOf,
} from './bench.ts';

/** Erases sectors `from..to-1`, as far as there are such, and returns the place of their first and their end. */
const clear = (bench: Bench, from: number, to: number): { from: number; to: number } => {
  const first = from < 0 ? 0 : from;
  const end = to > bench.places.length ? bench.places.length : to;
  bench.partition.eraseBlock(first, end);
  return { from: startOf(bench, first), to: startOf(bench, end) };
};

/** One sector of three is erased; with `count` 2, two of four. */
const eraseRange = (bench: Bench, sector: number, count: number, byDefault: boolean): void => {
  const end = sector + count;
  const from = startOf(bench, sector);
  const to = startOf(bench, end);
  const around = clear(bench, sector - 1, end + 1);
  program(bench, 1, around.from, around.to);
  if (byDefault) bench.partition.eraseBlock(sector);
  else bench.partition.eraseBlock(sector, end);
  const what = `erase of sectors ${sector} to ${byDefault ? '(default)' : end}`;
  expect(bench, Rule.EraseValue, what, blank, from, to);
  expect(bench, Rule.EraseExact, what, 1, around.from, from);
  expect(bench, byDefault ? Rule.EraseDefault : Rule.EraseTo, what, 1, to, around.to);
};

export const eraseRules = (bench: Bench, sector: number): void => {
  allow(bench, Rule.EraseValue, `erase of sector ${sector}`, () => eraseRange(bench, sector, 1, false));
  allow(bench, Rule.EraseDefault, `erase of sector ${sector}`, () => eraseRange(bench, sector, 1, true));
  if (sector + 2 > bench.places.length) return;
  allow(bench, Rule.EraseValue, `erase from sector ${sector}`, () => eraseRange(bench, sector, 2, false));
};

/** One write into erased sectors, beside which all stays erased; then beside it, where it stays as it is. */
const writeRange = (bench: Bench, from: number, to: number, clearFrom: number, clearTo: number): void => {
  const what = `write of ${to - from} bytes at ${from}`;
  const around = clear(bench, clearFrom, clearTo);
  program(bench, 2, from, to);
  expect(bench, Rule.Write, what, 2, from, to);
  expect(bench, Rule.WriteNeighbors, what, blank, around.from, from);
  expect(bench, Rule.WriteNeighbors, what, blank, to, around.to);
  const unit = bench.unit;
  if (from - unit >= around.from) program(bench, 3, from - unit, from);
  if (to + unit <= around.to) program(bench, 3, to, to + unit);
  expect(bench, Rule.WriteNeighbors, `writes beside ${from} to ${to}`, 2, from, to);
};

export const writeRules = (bench: Bench, sector: number): void => {
  const unit = bench.unit;
  const from = startOf(bench, sector);
  const to = startOf(bench, sector + 1);
  const write = (start: number, end: number): void =>
    allow(bench, Rule.Write, `write from ${start} to ${end}`, () =>
      writeRange(bench, start, end, sector - 1, sector + 2),
    );
  write(from, from + unit);
  write(to - unit, to);
  write(from, to);
  if (to - from >= 4 * unit) write(from + unit, from + 3 * unit);
  if (to < bench.size) write(to - unit, to + unit);
  allow(bench, Rule.WriteSource, `write at ${from}`, () => sourceRules(bench, sector));
};

const sourceRules = (bench: Bench, sector: number): void => {
  const unit = bench.unit;
  const from = startOf(bench, sector);
  clear(bench, sector, sector + 1);
  // The bytes to write lie in the middle of their buffer, between others.
  const buffer = new Uint8Array(3 * unit);
  for (let i = 0; i < buffer.length; i++) buffer[i] = patternAt(bench, 5, i);
  buffer.set(patternOf(bench, 4, from, unit), unit);
  const view = buffer.subarray(unit, 2 * unit);
  bench.partition.write(view, from);
  expect(bench, Rule.WriteView, `write of a view at ${from}`, 4, from, from + unit);
  for (let i = 0; i < buffer.length; i++) {
    const inside = i >= unit && i < 2 * unit;
    const wanted = inside ? patternAt(bench, 4, from + i - unit) : patternAt(bench, 5, i);
    if (buffer[i] !== wanted)
      report(bench.violations, Rule.WriteSource, `byte ${i - unit} of the buffer changed`);
  }
};

/** Bytes before and after `into` that a read must leave alone. */
const guard = 8;

const readOne = (bench: Bench, offset: number, length: number): void => {
  const what = `read of ${length} bytes at ${offset}`;
  const buffer = new Uint8Array(guard + length + guard);
  for (let i = 0; i < buffer.length; i++) buffer[i] = ~patternAt(bench, 6, offset - guard + i);
  bench.partition.read(buffer.subarray(guard, guard + length), offset);
  for (let i = 0; i < buffer.length; i++) {
    const inside = i >= guard && i < guard + length;
    const pattern = patternAt(bench, 6, offset - guard + i);
    if (inside && buffer[i] !== pattern) {
      report(
        bench.violations,
        Rule.ReadFill,
        `${what}: byte ${offset + i - guard} reads ${buffer[i]}, not ${pattern}`,
      );
    }
    if (!inside && buffer[i] !== (~pattern & 0xff)) {
      report(bench.violations, Rule.ReadView, `${what}: changed byte ${i - guard} of the buffer around it`);
    }
  }
};

export const readRules = (bench: Bench, sector: number): void => {
  const unit = bench.unit;
  const from = startOf(bench, sector);
  const seam = startOf(bench, sector + 1);
  const run = (): void => {
    const filled = clear(bench, sector, sector + 2);
    program(bench, 6, filled.from, filled.to);
    const lengths = [1, 2, 3, unit, unit + 1, 255, 257];
    for (const length of lengths) {
      for (let offset = from; offset < from + 4; offset++) {
        if (offset + length <= filled.to) readOne(bench, offset, length);
      }
      if (filled.to - length >= from) readOne(bench, filled.to - length, length);
    }
    if (seam < filled.to) readOne(bench, seam - 1, 2);
    expect(bench, Rule.ReadHarmless, `reads from ${from}`, 6, filled.from, filled.to);
  };
  allow(bench, Rule.ReadFill, `read from ${from}`, run);
};

export const writeOnceRule = (bench: Bench, sector: number): void => {
  const unit = bench.unit;
  const from = startOf(bench, sector);
  const first = patternOf(bench, 7, from, unit);
  const second = new Uint8Array(unit);
  for (let i = 0; i < unit; i++) second[i] = ~(first[i] as number);
  allow(bench, Rule.WriteOnce, `write at ${from}`, () => {
    clear(bench, sector, sector + 1);
    bench.partition.write(first, from);
    try {
      bench.partition.write(second, from);
    } catch (error) {
      // Refusing is as good as doing nothing; what counts is what the flash holds.
      if (error === undefined) report(bench.violations, Rule.WriteOnce, 'refused with nothing said');
    }
    expect(bench, Rule.WriteOnce, `second write at ${from}`, 7, from, from + unit);
  });
};

/** Calls that reach out of the partition, or are not on units, between sectors that would show it. */
export const refusalRules = (bench: Bench): void => {
  const last = bench.places.length - 1;
  const from = startOf(bench, last);
  const unit = bench.unit;
  const run = (): void => {
    clear(bench, 0, 1);
    clear(bench, last, last + 1);
    // The first sector stays written to its second unit; the last is written but for its last unit.
    program(bench, 8, 0, unit);
    if (last > 0) program(bench, 8, from, bench.size - unit);
    boundsRules(bench);
    if (unit > 1) alignRules(bench);
    expect(bench, Rule.RefusedHarmless, 'after refused calls', 8, 0, unit);
    if (last > 0) expect(bench, Rule.RefusedHarmless, 'after refused calls', 8, from, bench.size - unit);
    expect(bench, Rule.RefusedHarmless, 'after refused calls', blank, bench.size - unit, bench.size);
    if (last > 0) expect(bench, Rule.RefusedHarmless, 'after refused calls', blank, unit, startOf(bench, 1));
  };
  allow(bench, Rule.Bounds, 'setting up', run);
};

const boundsRules = (bench: Bench): void => {
  const size = bench.size;
  const unit = bench.unit;
  const blocks = bench.places.length;
  const read = (offset: number, length: number): void =>
    refuse(bench, Rule.Bounds, `read of ${length} bytes at ${offset} of ${size}`, () => {
      bench.partition.read(new Uint8Array(length), offset);
    });
  const write = (offset: number, bytes: Uint8Array): void =>
    refuse(bench, Rule.Bounds, `write of ${bytes.length} bytes at ${offset} of ${size}`, () => {
      bench.partition.write(bytes, offset);
    });
  const erase = (from: number, to: number): void =>
    refuse(bench, Rule.Bounds, `erase of sectors ${from} to ${to} of ${blocks}`, () => {
      bench.partition.eraseBlock(from, to);
    });
  read(size, 1);
  read(size - 1, 2);
  read(-1, 1);
  // Wholly outside, bytes that change nothing where they are not refused.
  write(size, patternOf(bench, blank, 0, unit));
  write(0 - unit, patternOf(bench, blank, 0, unit));
  write(size - unit, patternOf(bench, 9, 0, 2 * unit));
  erase(blocks, blocks + 1);
  erase(blocks - 1, blocks + 1);
  erase(-1, 0);
  refuse(bench, Rule.Bounds, `erase of sector ${blocks}`, () => {
    bench.partition.eraseBlock(blocks);
  });
};

const alignRules = (bench: Bench): void => {
  const unit = bench.unit;
  const write = (offset: number, length: number): void =>
    refuse(bench, Rule.Align, `write of ${length} bytes at ${offset}, units of ${unit}`, () => {
      bench.partition.write(patternOf(bench, 9, 0, length), offset);
    });
  const last = bench.size - unit;
  write(last + 1, unit - 1);
  write(last, unit - 1);
  write(last, 1);
  write(last - 1, unit);
};
