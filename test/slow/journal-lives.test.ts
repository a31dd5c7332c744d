import test from 'ava';
import { lives } from '../journal/_lives.ts';

const COUNT = 3000;

for (const sectors of [4, 5]) {
  test(`${COUNT} lives with ${sectors} sectors: what is acted on is never older than before`, (t) => {
    const { wrong } = lives(COUNT, { sectors, goesOn: true });
    t.deepEqual(wrong, []);
  });
}

test(`${COUNT} lives with 3 sectors, up to a cut right after two in first seals in a row: nothing is lost`, (t) => {
  const { wrong, beyond } = lives(COUNT, { sectors: 3 });
  t.deepEqual(wrong, []);
  t.log(`${beyond} lives ended at that chain of cuts`);
  t.true(beyond < COUNT / 10);
});
