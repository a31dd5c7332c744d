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

/** How dictionary and room lie in the ring. */
interface Layout {
  readonly name: string;
  /** Where the output goes, and the ring's length, for a dictionary and a room of so many bytes. */
  readonly place: (dictionary: number, room: number) => { readonly at: number; readonly length: number };
}

const LAYOUTS: readonly Layout[] = [
  {
    name: 'in line',
    place: (dictionary, room) => ({ at: dictionary, length: dictionary + room + GUARD_SIZE }),
  },
  {
    name: 'at the start, the dictionary at the end',
    place: (dictionary, room) => ({ at: 0, length: dictionary + room + GUARD_SIZE }),
  },
  {
    name: 'half the dictionary at the end',
    place: (dictionary, room) => ({ at: dictionary >> 1, length: dictionary + room + GUARD_SIZE }),
  },
];

/** A ring that is as long as the output: each byte of the dictionary is overwritten. */
const TIGHT: Layout = {
  name: 'over the dictionary',
  place: (dictionary, room) => ({ at: 0, length: Math.max(dictionary, room) }),
};

const decode = (
  inflate: Inflate,
  row: InflateCase,
  stream: Uint8Array,
  cuts: readonly number[],
  layout: Layout = LAYOUTS[0] as Layout,
): Outcome => {
  const have = row.dictionary.length;
  const { at: start, length: size } = layout.place(have, row.room);
  const ring = new Uint8Array(size).fill(GUARD);
  for (let i = 0; i < have; i++) ring[(start - have + i + size) % size] = row.dictionary.charCodeAt(i);
  const before = ring.slice();
  inflate.begin(ring, start, row.room, have);
  let at = 0;
  for (const cut of [...cuts, stream.length]) {
    const took = inflate.push(stream, at, cut);
    if (took > cut - at) return { output: undefined, fault: 'took more than it was given' };
    if (took < 0) break;
    at += took;
  }
  const length = inflate.finish();
  let fault: string | undefined;
  for (let i = 0; i < size; i++)
    if ((i < start || i >= start + row.room) && ring[i] !== before[i]) fault = 'wrote outside its room';
  if (length > row.room) fault = 'says it wrote more than there is room';
  if (at < stream.length || length < 0) return { output: undefined, fault };
  return { output: String.fromCharCode(...ring.subarray(start, start + length)), fault };
};

const caseFaults = (inflate: Inflate, row: InflateCase): string[] => {
  const faults: string[] = [];
  const check = (
    what: string,
    stream: Uint8Array,
    cuts: readonly number[],
    wanted: string | undefined,
    room: number = row.room,
    layout?: Layout,
  ): void => {
    try {
      const outcome = decode(inflate, { ...row, room }, stream, cuts, layout);
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
  for (const layout of LAYOUTS) check(layout.name, row.stream, [], row.output, row.room, layout);
  // What reaches further back than the ring may be refused, or give other bytes.
  if (row.output !== undefined) check(TIGHT.name, row.stream, [], row.output, row.room, TIGHT);
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
      inflate.begin(new Uint8Array(4), 0, 4, 0);
      return inflate.push(empty, from, to) < 0;
    });
  for (const [at, room, have] of [
    [-1, 4, 0],
    [0, 5, 0],
    [3, 2, 0],
    [3, -1, 0],
    [NaN, 4, 0],
    [0, NaN, 0],
    [0, 4, -1],
    [0, 4, 5],
    [0, 4, NaN],
  ] as const)
    refused(`begin at ${at} with room for ${room}, ${have} before it, in 4 bytes`, () => {
      inflate.begin(new Uint8Array(4), at, room, have);
      return inflate.push(empty, 0, 2) < 0 || inflate.finish() < 0;
    });
  refused('finish after no bytes', () => {
    inflate.begin(new Uint8Array(4), 0, 4, 0);
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
