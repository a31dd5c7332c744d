/** Blocks of drawn codes, which no deflater makes: deep ones, of few symbols and of all, with faults. */
import test from 'ava';
import fc from 'fast-check';
import { windowInflate } from '../../hal/inflate.ts';
import { zlibInflate } from '../../hal/node/inflate.ts';
import type { Inflate } from '../../hal/ports.ts';

const DICTIONARY = 600;
const ROOM = 5000;
const BLOCK_END = 256;
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A number below `most`. */
type Draw = (most: number) => number;

const drawOf = (seed: number): Draw => {
  let x = seed;
  return (most) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return Math.floor((x / 2 ** 32) * most);
  };
};

/** Its bits, and how many. */
type Code = readonly [number, number];
type Codes = Map<number, Code>;

class Bits {
  readonly #bits: number[] = [];

  value(value: number, count: number): void {
    for (let i = 0; i < count; i++) this.#bits.push((value >> i) & 1);
  }

  code([value, count]: Code): void {
    for (let i = count - 1; i >= 0; i--) this.#bits.push((value >> i) & 1);
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    for (const [i, bit] of this.#bits.entries()) bytes[i >> 3] = (bytes[i >> 3] as number) | (bit << (i & 7));
    return bytes;
  }
}

/** Lengths of a code for `used` of `all` symbols, complete but for a single one; `must` is among them. */
const lengthsDraw = (draw: Draw, all: number, used: number, most: number, must = 0): number[] => {
  const leaves = used === 1 ? [1] : [0];
  const deep = draw(2) === 1;
  while (leaves.length < used) {
    // Of a deep one the longest is split, of the others any.
    const open = leaves.filter((length) => length < most);
    const length = (deep ? Math.max(...open) : open[draw(open.length)]) as number;
    leaves.splice(leaves.indexOf(length), 1, length + 1, length + 1);
  }
  const lengths = Array.from({ length: all }, () => 0);
  for (let symbol = must; leaves.length > 0; symbol = draw(all))
    if (lengths[symbol] === 0) lengths[symbol] = leaves.splice(draw(leaves.length), 1)[0] as number;
  return lengths;
};

const codesOf = (lengths: readonly number[]): Codes => {
  const codes = new Map<number, Code>();
  let value = 0;
  for (let length = 1; length <= 15; length++) {
    for (const [symbol, one] of lengths.entries()) if (one === length) codes.set(symbol, [value++, length]);
    value <<= 1;
  }
  return codes;
};

/** Lengths as symbols of the code length code: [symbol, extra, bits of it]. */
const runs = (draw: Draw, lengths: readonly number[]): (readonly [number, number, number])[] => {
  const symbols: (readonly [number, number, number])[] = [];
  for (let i = 0; i < lengths.length;) {
    const length = lengths[i] as number;
    let run = 1;
    while (run < 138 && lengths[i + run] === length) run++;
    if (length === 0 && run > 10) symbols.push([18, run - 11, 7]);
    else if (length === 0 && run > 2) symbols.push([17, run - 3, 3]);
    else if (i > 0 && length === lengths[i - 1] && run > 2 && draw(4) > 0) {
      run = Math.min(run, 6);
      symbols.push([16, run - 3, 2]);
    } else {
      run = 1;
      symbols.push([length, 0, 0]);
    }
    i += run;
  }
  return symbols;
};

/** Literals and copies, with extra bits of 0, and the end. */
const symbolsDraw = (draw: Draw, bits: Bits, literals: Codes, distances: Codes): void => {
  const used = [...literals.keys()].filter((symbol) => symbol !== BLOCK_END);
  // Mostly what the dictionary reaches.
  const near = [...distances.keys()].filter((symbol) => symbol < 18 || draw(100) === 0);
  for (let n = draw(80); n > 0 && used.length > 0; n--) {
    const symbol = used[draw(used.length)] as number;
    bits.code(literals.get(symbol) as Code);
    if (symbol < BLOCK_END) continue;
    if (symbol > 264 && symbol < 285) bits.value(0, (symbol - 261) >> 2);
    const distance = near[draw(near.length)] ?? 0;
    bits.code(distances.get(distance) ?? [0, 1]);
    if (distance > 3) bits.value(0, (distance >> 1) - 1);
  }
  bits.code(literals.get(BLOCK_END) ?? [0, 1]);
};

const blockDraw = (draw: Draw, bits: Bits, last: boolean): void => {
  const all = 257 + draw(30);
  const distances = 1 + draw(30);
  const literals = lengthsDraw(draw, all, 1 + draw(all), 9 + draw(7), BLOCK_END);
  const lengths = [...literals, ...lengthsDraw(draw, distances, 1 + draw(distances), 5 + draw(11))];
  if (draw(4) === 0) lengths[draw(lengths.length)] = draw(16);
  const symbols = runs(draw, lengths);
  const kinds = new Set(symbols.map(([symbol]) => symbol));
  // A code of one symbol is not complete, and refused for lengths.
  if (kinds.size === 1) kinds.add(kinds.has(0) ? 1 : 0);
  const depths = lengthsDraw(draw, kinds.size, kinds.size, 5 + draw(3));
  const codeLengths = Array.from({ length: 19 }, () => 0);
  for (const kind of kinds) codeLengths[kind] = depths.pop() as number;
  bits.value((last ? 1 : 0) | 4, 3);
  bits.value((all - 257) | ((distances - 1) << 5) | (15 << 10), 14);
  for (const symbol of LENGTH_ORDER) bits.value(codeLengths[symbol] as number, 3);
  const codes = codesOf(codeLengths);
  for (const [symbol, extra, count] of symbols) {
    bits.code(codes.get(symbol) as Code);
    bits.value(extra, count);
  }
  symbolsDraw(draw, bits, codesOf(lengths.slice(0, all)), codesOf(lengths.slice(all)));
};

/** What came out, in pieces of so many bytes; undefined: refused, or not all of it taken. */
const decode = (inflate: Inflate, stream: Uint8Array, piece: number): string | undefined => {
  const ring = Uint8Array.from({ length: DICTIONARY + ROOM }, (_, at) => (at < DICTIONARY ? at * 7 : 0));
  inflate.begin(ring, DICTIONARY, ROOM, DICTIONARY);
  let at = 0;
  while (at < stream.length) {
    const took = inflate.push(stream, at, Math.min(stream.length, at + piece));
    if (took <= 0) return undefined;
    at += took;
  }
  const length = inflate.finish();
  return length < 0 ? undefined : Buffer.from(ring.subarray(DICTIONARY, DICTIONARY + length)).toString('hex');
};

for (const index of [64, 128, 512])
  test(`drawn codes: window and zlib agree, with an index of ${index}`, (t) => {
    const window = windowInflate(index);
    const zlib = zlibInflate(ROOM);
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 200 }),
        (seed, blocks, piece) => {
          const draw = drawOf(seed);
          const bits = new Bits();
          for (let n = blocks; n > 0; n--) blockDraw(draw, bits, n === 1);
          const stream = bits.bytes();
          const ours = decode(window, stream, piece);
          t.is(ours, decode(zlib, stream, stream.length));
          seen[ours === undefined ? 'refused' : 'accepted']++;
        },
      ),
      { numRuns: 200 },
    );
    t.true(seen.accepted > 20 && seen.refused > 20, JSON.stringify(seen));
  });
