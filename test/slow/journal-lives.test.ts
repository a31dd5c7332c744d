import test from 'ava';
import { lives } from '../journal/_lives.ts';

const COUNT = 2000;

for (const sectors of [3, 4, 5]) {
  test(`${COUNT} lives with ${sectors} sectors: what is acted on is never older than before`, (t) => {
    const { wrong, beyond } = lives(COUNT, { sectors, goesOn: true });
    t.deepEqual(wrong, []);
    t.log(`${beyond} lives with cuts in ${sectors - 1} first seals in a row, and one right after`);
    t.true(beyond > 0 || sectors > 4);
  });
}
