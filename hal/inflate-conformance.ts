/** What an inflate provider must do, to be run against a native one: an empty list means it does. */
import { inflateCases, type InflateCase } from './inflate-cases.ts';
import type { Inflate } from './ports.ts';

const GUARD = 0xa5;
const GUARD_SIZE = 16;

interface Outcome {
  /** What came out; undefined when the stream was refused or not all of it was taken. */
  readonly output: string | undefined;
  readonly fault: string | undefined;
}

const decode = (inflate: Inflate, row: InflateCase, stream: Uint8Array, cuts: readonly number[]): Outcome => {
  const start = row.dictionary.length;
  const end = start + row.room;
  const window = new Uint8Array(end + GUARD_SIZE).fill(GUARD);
  for (let i = 0; i < start; i++) window[i] = row.dictionary.charCodeAt(i);
  inflate.begin(window, start, end);
  let at = 0;
  for (const cut of [...cuts, stream.length]) {
    const took = inflate.push(stream, at, cut);
    if (took > cut - at) return { output: undefined, fault: 'took more than it was given' };
    if (took < 0) break;
    at += took;
  }
  const length = inflate.finish();
  let fault: string | undefined;
  for (let i = 0; i < start; i++)
    if (window[i] !== row.dictionary.charCodeAt(i)) fault = 'wrote to the dictionary';
  for (let i = end; i < window.length; i++) if (window[i] !== GUARD) fault = 'wrote past the end';
  if (length > row.room) fault = 'says it wrote more than there is room';
  if (at < stream.length || length < 0) return { output: undefined, fault };
  return { output: String.fromCharCode(...window.subarray(start, start + length)), fault };
};

const caseFaults = (inflate: Inflate, row: InflateCase): string[] => {
  const faults: string[] = [];
  const check = (
    what: string,
    stream: Uint8Array,
    cuts: readonly number[],
    wanted: string | undefined,
    room: number = row.room,
  ): void => {
    try {
      const outcome = decode(inflate, { ...row, room }, stream, cuts);
      if (outcome.fault !== undefined) faults.push(`${row.name}, ${what}: ${outcome.fault}`);
      else if (outcome.output !== wanted)
        faults.push(
          `${row.name}, ${what}: ${wanted === undefined ? 'not refused' : 'wrong output, or refused'}`,
        );
    } catch (error) {
      faults.push(`${row.name}, ${what}: threw ${String(error)}`);
    }
  };
  check('in one piece', row.stream, [], row.output);
  check('byte by byte', row.stream, [...row.stream.keys()], row.output);
  for (let cut = 0; cut < row.stream.length; cut++) {
    check(`cut at ${cut}`, row.stream, [cut], row.output);
    if (row.output !== undefined) check(`only ${cut} bytes`, row.stream.subarray(0, cut), [], undefined);
  }
  if (row.output !== undefined) {
    const longer = new Uint8Array(row.stream.length + 1);
    longer.set(row.stream);
    check('a byte after the end', longer, [], undefined);
    const room = row.output.length - 1;
    if (room >= 0) check('one byte of room too few', row.stream, [], undefined, room);
  }
  return faults;
};

const rangeFaults = (inflate: Inflate): string[] => {
  const faults: string[] = [];
  const empty = new Uint8Array([3, 0]);
  const refused = (name: string, run: () => boolean): void => {
    try {
      if (!run()) faults.push(`${name}: not refused`);
    } catch (error) {
      faults.push(`${name}: threw ${String(error)}`);
    }
  };
  for (const [from, to] of [
    [-1, 2],
    [0, 3],
    [2, 1],
    [NaN, 2],
    [0, NaN],
  ] as const)
    refused(`push of ${from}..${to} of 2 bytes`, () => {
      inflate.begin(new Uint8Array(4), 0, 4);
      return inflate.push(empty, from, to) < 0;
    });
  for (const [at, end] of [
    [-1, 4],
    [0, 5],
    [3, 2],
    [NaN, 4],
    [0, NaN],
  ] as const)
    refused(`begin with ${at}..${end} of 4 bytes`, () => {
      inflate.begin(new Uint8Array(4), at, end);
      return inflate.push(empty, 0, 2) < 0 || inflate.finish() < 0;
    });
  refused('finish after no bytes', () => {
    inflate.begin(new Uint8Array(4), 0, 4);
    return inflate.finish() < 0;
  });
  return faults;
};

/**
 * Runs the cases of inflate-cases.ts; returns what went wrong, in words. Without `strict`, streams that only a decoder
 * that checks its codes refuses are left out.
 */
export function inflateConformance(inflate: Inflate, strict: boolean = true): string[] {
  const cases = inflateCases().filter((row) => strict || !row.strict);
  return [...cases.flatMap((row) => caseFaults(inflate, row)), ...rangeFaults(inflate)];
}
