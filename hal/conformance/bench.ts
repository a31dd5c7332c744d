import type { BlockPlace, FlashPartition, FlashPort } from '../ports.ts';

/** A clause of the contract in hal/ports.ts that an adapter broke. */
export interface Violation {
  /** One of `Rule`. */
  readonly rule: string;
  readonly detail: string;
}

/** The clauses, by the name a violation gives. */
export const Rule = {
  Status: 'status', // size, blocks, blockLength, writeAlign and eraseValue make sense, and together
  Blocks: 'blocks', // blockAt covers the partition in order, without gap or overlap
  EraseValue: 'erase-value', // every byte of the sectors asked for reads erased
  EraseExact: 'erase-exact', // and no byte before them changes
  EraseTo: 'erase-to', // nor after them: `to` is exclusive
  EraseDefault: 'erase-default', // without `to`, just one sector
  Write: 'write', // what was written reads back
  WriteNeighbors: 'write-neighbors', // and no other byte changes
  WriteSource: 'write-source', // nor the buffer given
  WriteView: 'write-view', // of a view, the bytes it shows are written
  ReadFill: 'read-fill', // all of `into` is filled, at any offset and length
  ReadView: 'read-view', // and nothing beside it
  ReadHarmless: 'read-harmless', // and the flash stays as it was
  Bounds: 'bounds', // a call that reaches out of the partition throws
  Align: 'align', // so does a write that is not on units
  RefusedHarmless: 'refused-harmless', // a refused call changes nothing
  WriteOnce: 'write-once', // a second program is refused, or changes nothing
  Persistence: 'persistence', // a new adapter finds what was written
} as const;

/** An adapter under test, and what became of it. */
export interface Bench {
  port: FlashPort;
  partition: FlashPartition;
  /** Bytes in a program unit. */
  readonly unit: number;
  /** What an erased byte reads as. */
  readonly erased: number;
  readonly size: number;
  /** All erase sectors. */
  readonly places: BlockPlace[];
  /** The sectors to try. */
  readonly chosen: number[];
  readonly largestWrite: number;
  readonly violations: Violation[];
}

/** In place of a pattern: erased. */
export const blank = -1;

const chunkLength = 512;

/** One violation for each rule is enough: the rest mostly follow from the first. */
export const report = (violations: Violation[], rule: string, detail: string): void => {
  for (const violation of violations) {
    if (violation.rule === rule) return;
  }
  violations.push({ rule, detail });
};

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`);

/** Runs what a conforming adapter does without complaint. */
export const allow = (bench: Bench, rule: string, what: string, run: () => void): void => {
  try {
    run();
  } catch (error) {
    report(bench.violations, rule, `${what}: threw: ${textOf(error)}`);
  }
};

/** Runs what a conforming adapter refuses. */
export const refuse = (bench: Bench, rule: string, what: string, run: () => void): void => {
  try {
    run();
  } catch (error) {
    if (error !== undefined) return;
  }
  report(bench.violations, rule, `${what}: not refused`);
};

/** The byte of a pattern at an offset: differs between neighboring bytes, units, sectors and seeds. */
export const patternAt = (bench: Bench, seed: number, offset: number): number => {
  if (seed === blank) return bench.erased;
  return (offset * 31 + (offset >>> 8) * 17 + (offset >>> 16) * 5 + seed * 101) & 0xff;
};

export const patternOf = (bench: Bench, seed: number, offset: number, length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = patternAt(bench, seed, offset + i);
  return bytes;
};

/** Writes a pattern to an erased range, in as few calls as `largestWrite` allows. */
export const program = (bench: Bench, seed: number, from: number, to: number): void => {
  for (let at = from; at < to; at += bench.largestWrite) {
    const end = at + bench.largestWrite < to ? at + bench.largestWrite : to;
    bench.partition.write(patternOf(bench, seed, at, end - at), at);
  }
};

/** Reports `rule` if the range does not hold the pattern. */
export const expect = (
  bench: Bench,
  rule: string,
  what: string,
  seed: number,
  from: number,
  to: number,
): void => {
  const chunk = new Uint8Array(chunkLength);
  for (let at = from; at < to; at += chunkLength) {
    const part = to - at < chunkLength ? chunk.subarray(0, to - at) : chunk;
    for (let i = 0; i < part.length; i++) part[i] = ~patternAt(bench, seed, at + i);
    bench.partition.read(part, at);
    for (let i = 0; i < part.length; i++) {
      const wanted = patternAt(bench, seed, at + i);
      if (part[i] !== wanted) {
        report(bench.violations, rule, `${what}: byte ${at + i} reads ${part[i]}, not ${wanted}`);
        return;
      }
    }
  }
};

/** First byte of a sector; of one past the last, the end of the partition. */
export const startOf = (bench: Bench, sector: number): number => {
  const place = bench.places[sector];
  return place === undefined ? bench.size : place.offset;
};
