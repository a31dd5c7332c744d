import test from 'ava';
import fc from 'fast-check';
import { contentRangeFits, contentRangeNew, contentRangeRead } from '../../hal/http/content-range.ts';
import { dateRead, retryAfterRead, RETRY_AFTER_MAX } from '../../hal/http/date.ts';

// RFC 9110 section 5.6.7
const DATES: readonly (readonly [string, string | null])[] = [
  ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37Z'],
  ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37Z'],
  ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37Z'],
  ['Thu, 01 Jan 1970 00:00:00 GMT', '1970-01-01T00:00:00Z'],
  ['Thu, 29 Feb 2024 23:59:59 GMT', '2024-02-29T23:59:59Z'],
  ['Sat, 31 Dec 2016 23:59:60 GMT', '2016-12-31T23:59:59Z'],
  ['Thu, 29 Feb 2023 23:59:59 GMT', null],
  ['Thu, 31 Apr 2024 00:00:00 GMT', null],
  ['Thu, 00 Apr 2024 00:00:00 GMT', null],
  ['Sun, 06 Nov 1994 24:00:00 GMT', null],
  ['Sun, 06 Nov 1994 8:49:37 GMT', null],
  ['Sun, 06 Nov 1994 08:49:37 CET', null],
  ['Sun, 06 anf 1994 08:49:37 GMT', null],
  ['Wed, 31 Dec 1969 23:59:59 GMT', null],
  ['1994-11-06T08:49:37Z', null],
  ['', null],
  [' '.repeat(40), null],
  [`Sun, 06 Nov 1994 08:49:37 GMT${' '.repeat(30)}`, null],
];
for (const [text, iso] of DATES)
  test(`date: ${JSON.stringify(text)}`, (t) =>
    t.is(dateRead(text), iso === null ? -1 : Date.parse(iso) / 1000));

test('property: a date that is written is read', (t) => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      (date) => {
        return dateRead(date.toUTCString()) === Math.floor(date.getTime() / 1000);
      },
    ),
    { numRuns: 2000 },
  );
  t.pass();
});

test('property: whatever is no date has a code', (t) => {
  fc.assert(fc.property(fc.string(), (text) => Number.isInteger(dateRead(text))));
  t.pass();
});

const NOW = 'Sun, 06 Nov 1994 08:49:37 GMT';
const AFTER: readonly (readonly [string, string, number])[] = [
  ['120', '', 120],
  ['0', '', 0],
  ['Sun, 06 Nov 1994 08:51:37 GMT', NOW, 120],
  ['Sun, 06 Nov 1994 08:00:00 GMT', NOW, 0],
  ['Sun, 06 Nov 1994 08:51:37 GMT', '', 0],
  ['999999999', '', RETRY_AFTER_MAX],
  ['Sun, 06 Nov 2094 08:51:37 GMT', NOW, RETRY_AFTER_MAX],
  ['-5', NOW, 0],
  ['1e9', NOW, 0],
  ['', '', 0],
];
for (const [text, date, seconds] of AFTER)
  test(`Retry-After ${JSON.stringify(text)} at ${JSON.stringify(date)} is ${seconds}`, (t) =>
    t.is(retryAfterRead(text, date), seconds));

const RANGES: readonly (readonly [string, readonly [number, number, number] | null])[] = [
  ['bytes 0-99/20000', [0, 99, 20000]],
  ['bytes 5-5/6', [5, 5, 6]],
  ['bytes 0-99/*', [0, 99, Infinity]],
  ['bytes 0-99/99', null],
  ['bytes 9-5/100', null],
  ['bytes 0--1/100', null],
  ['bytes 0-99', null],
  ['bytes */100', null],
  ['bytes 0-99/100/200', null],
  ['bytes 0-99/-', null],
  ['bits 0-99/100', null],
  ['bytes 0-9999999999999999/*', null],
  ['', null],
];
for (const [text, parts] of RANGES)
  test(`Content-Range ${JSON.stringify(text)}`, (t) => {
    const range = contentRangeNew();
    t.is(contentRangeRead(range, text), parts !== null);
    if (parts !== null) t.deepEqual([range.first, range.last, range.total], [...parts]);
  });

test('a range that begins elsewhere or ends later than asked does not fit', (t) => {
  const range = contentRangeNew();
  t.true(contentRangeRead(range, 'bytes 10-19/100'));
  t.true(contentRangeFits(range, 10, 20));
  t.true(contentRangeFits(range, 10, 30));
  t.false(contentRangeFits(range, 10, 19));
  t.false(contentRangeFits(range, 9, 20));
});
