import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import type { Cursor } from '../../agent/format/cbor.ts';
import {
  cborEnter,
  cborInt,
  cborLeave,
  cborOrder,
  cborSkip,
  cborString,
  cborTake,
  cursorOpen,
} from '../../agent/format/cbor.ts';
import { ARRAY, BYTES, MAP, SIMPLE, TAG, TEXT, UNSIGNED } from '../../agent/format/labels.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const open = (text: string): Cursor => cursorOpen(hex(text), 0, text.length / 2, Err.Manifest);

// RFC 8949 appendix A, and its neighbours.
const integers: [string, number][] = [
  ['00', 0],
  ['01', 1],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1000000],
  ['1b000000e8d4a51000', 1000000000000],
  ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
];

const skipped = [
  ...integers.map(([text]) => text),
  ...'f4 f5 f6 40 4401020304 60 6161 6449455446 62c3bc 80 83010203 a0'.split(' '),
  ...'8301820203820405 a201020304 a26161016162820203 c11a514b67b0 d818456449455446 826161a161626163'.split(
    ' ',
  ),
  '98190102030405060708090a0b0c0d0e0f101112131415161718181819',
];

const refused: [string, number][] = [
  ['', Err.Cbor],
  ['1bffffffffffffffff', Err.SequenceRange], // 2^64-1
  ['1b0020000000000000', Err.SequenceRange], // 2^53
  ['3bffffffffffffffff', Err.SequenceRange],
  ['5bffffffffffffffff', Err.SequenceRange],
  ...[
    ...'f7 f0 f8ff f814 f90000 f93e00 fa47c35000 fb3ff199999999999a f97c00'.split(' '), // simple, floats
    ...'5f42010243030405ff 7f61616162ff 9fff 9f018202039f0405ffff bfff ff'.split(' '), // indefinite
    ...'1800 1817 190018 1900ff 1a00000000 1a0000ffff 1b0000000000000000 1b00000000ffffffff'.split(' '), // long
    ...'3800 5803010203 78016161 9800 b800 d801'.split(' '),
    ...'1c 1d 1e 3c 5d 7e 9c bd dc fc fd fe'.split(' '), // reserved
    ...'18 19 1903 1a0102 1b010203 41 4201 62 81 8201 a1 a101 c1 d8'.split(' '), // cut
    ...'9affffffff bb001fffffffffffff 5affffffff 8181'.split(' '), // more than there is
  ].map((text): [string, number] => [text, Err.Cbor]),
];

for (const [text, value] of integers)
  test(`${text} is ${value}`, (t) => {
    const cursor = open(text);
    t.is(cborInt(cursor), value);
    t.is(cursor.error, 0);
    t.is(cursor.at, cursor.end);
  });

for (const text of skipped)
  test(`${text} is one item`, (t) => {
    const cursor = open(`${text}00`);
    cborSkip(cursor);
    t.is(cursor.error, 0);
    t.is(cursor.at, text.length / 2);
  });

for (const [text, code] of refused)
  test(`'${text}' is refused with ${code}`, (t) => {
    const cursor = open(text);
    cborSkip(cursor);
    t.is(cursor.error, code);
  });

test('an item of another type is the shape error, which stays', (t) => {
  const cursor = open('820102');
  t.is(cborTake(cursor, MAP), -1);
  t.is(cursor.error, Err.Manifest);
  const at = cursor.at;
  t.is(cborTake(cursor, ARRAY), -1);
  t.is(cborString(cursor, BYTES), -1);
  cborSkip(cursor);
  t.is(cursor.at, at);
  t.is(cursor.error, Err.Manifest);
});

test('strings say where they lie', (t) => {
  const cursor = open('43010203626162');
  t.is(cborString(cursor, BYTES), 3);
  t.deepEqual([cursor.from, cursor.at], [1, 4]);
  t.is(cborString(cursor, TEXT), 2);
  t.deepEqual([cursor.from, cursor.at], [5, 7]);
});

test('simple values and tags', (t) => {
  t.is(cborTake(open('f4'), SIMPLE), 20);
  t.is(cborTake(open('f5'), SIMPLE), 21);
  t.is(cborTake(open('f6'), SIMPLE), 22);
  t.is(cborTake(open('d86b'), TAG), 107);
});

test('CBOR in a byte string must be read to its end', (t) => {
  const whole = open('420102');
  const end = cborEnter(whole);
  cborTake(whole, UNSIGNED);
  cborTake(whole, UNSIGNED);
  cborLeave(whole, end);
  t.deepEqual([whole.error, whole.at, whole.end], [0, 3, 3]);
  const part = open('420102');
  const outer = cborEnter(part);
  cborTake(part, UNSIGNED);
  cborLeave(part, outer);
  t.is(part.error, Err.Cbor);
  const inside = open('41190100');
  cborEnter(inside);
  t.is(cborTake(inside, UNSIGNED), -1);
  t.is(inside.error, Err.Cbor);
});

for (const [text, code] of [
  ['0102', 0],
  ['171818', 0],
  ['0520', 0],
  ['2021', 0],
  ['176161', 0],
  ['390100390101', 0],
  ['0101', Err.Cbor],
  ['0201', Err.Cbor],
  ['2005', Err.Cbor],
  ['616101', Err.Cbor],
  ['61616161', Err.Cbor],
  ['626161' + '6162', Err.Cbor],
] as [string, number][])
  test(`keys ${text} give ${code}`, (t) => {
    const cursor = open(text);
    cborSkip(cursor);
    const second = cursor.at;
    cborSkip(cursor);
    cborOrder(cursor, -1, 0);
    t.is(cursor.error, 0);
    cborOrder(cursor, 0, second);
    t.is(cursor.error, code);
  });

test('no bytes make it throw, or leave its range', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const cursor = cursorOpen(bytes, 0, bytes.length, Err.Manifest);
      cborSkip(cursor);
      return cursor.at <= cursor.end && cursor.error <= 0;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
