import test from 'ava';
import fc from 'fast-check';
import { httpDate } from '../../hal/time/index.ts';

test('the example of RFC 9110', (t) => t.is(httpDate('Sun, 06 Nov 1994 08:49:37 GMT'), 784_111_777));

test('every second that Date can write in this form is read', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
      t.is(httpDate(new Date(seconds * 1000).toUTCString()), seconds);
    }),
    { numRuns: 2000 },
  );
});

const none = [
  '',
  'Sun, 06 Nov 1994 08:49:37 UTC',
  'Sun, 06 Nov 1994 08:49:37 GMT ',
  'Sunday, 06-Nov-94 08:49:37 GMT',
  'Sun Nov  6 08:49:37 1994',
  'Sun, 6 Nov 1994 08:49:37 GMT',
  'Sun, 06 nov 1994 08:49:37 GMT',
  'Sun, 06 ovD 1994 08:49:37 GMT',
  'Sun, 00 Nov 1994 08:49:37 GMT',
  'Sun, 31 Nov 1994 08:49:37 GMT',
  'Tue, 29 Feb 2100 00:00:00 GMT',
  'Wed, 29 Feb 2023 00:00:00 GMT',
  'Sun, 06 Nov 1969 08:49:37 GMT',
  'Sun, 06 Nov 1994 24:49:37 GMT',
  'Sun, 06 Nov 1994 08:60:37 GMT',
  'Sun, 06 Nov 1994 08:49:61 GMT',
  'Sun, 0: Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov -994 08:49:37 GMT',
];
for (const text of none) test(`no date: ${text}`, (t) => t.is(httpDate(text), -1));

test('what is no text is no date', (t) => {
  for (const none of [undefined, null, 5, {}]) t.is(httpDate(none as never), -1);
});

test('a leap day and a leap second', (t) => {
  t.is(httpDate('Thu, 29 Feb 2024 00:00:00 GMT'), 1_709_164_800);
  t.is(httpDate('Sat, 31 Dec 2016 23:59:60 GMT'), 1_483_228_800);
});
