/** The words of the page, which need no browser. */
import test from 'ava';
import { ago, ahead, bytes, isLate, listed, many, span, states } from '../../gateway/status/page/words.ts';
import { shownStates } from '../../gateway/status/words.ts';

const NOW = 1_800_000_000_000;
const said: readonly (readonly [string, string])[] = [
  [ago(0, NOW), 'never'],
  [ago(NOW, NOW), 'now'],
  [ago(NOW + 5000, NOW), 'now'],
  [ago(NOW - 59_000, NOW), '59 s ago'],
  [ago(NOW - 60_000, NOW), '1 min ago'],
  [ago(NOW - 86_400_000 * 3, NOW), '3 d ago'],
  [ahead(0, NOW), ''],
  [ahead(NOW + 3_599_000, NOW), 'in 59 min'],
  [ahead(NOW - 9_000, NOW), 'now'],
  [ahead(NOW - 61_000, NOW), 'late by 1 min'],
  [span(3_600_000 * 23), '23 h'],
  [bytes(0), '0 B'],
  [bytes(1023), '1023 B'],
  [bytes(1536), '1.5 KB'],
  [bytes(1 << 30), '1.0 GB'],
  [bytes(20 * (1 << 20)), '20 MB'],
  [many(1, 'device'), '1 device'],
  [many(1000, 'device'), '1,000 devices'],
  [many(4, 'waits', 'wait'), '4 wait'],
  [listed(['a']), 'a'],
  [listed(['a', 'b', 'c']), 'a, b, and c'],
  [listed(['a'], 1200), 'a and 1,200 more'],
];
for (const [row, [got, wanted]] of said.entries()) test(`row ${row}: "${wanted}"`, (t) => t.is(got, wanted));

test('a device may be a little late', (t) => {
  t.false(isLate(0, NOW));
  t.false(isLate(NOW - 10_000, NOW));
  t.true(isLate(NOW - 10_001, NOW));
});

test('the page has words for each state of the API', (t) => {
  t.deepEqual([...states].sort(), [...shownStates].sort());
});
