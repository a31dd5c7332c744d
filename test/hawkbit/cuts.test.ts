/** Power goes at every operation of flash and record, and behind every request: the image is whole, the server hears what is so. */
import test from 'ava';
import { COURSES, cutAt, dieAt, operationsOf, requestsOf } from './_cuts.ts';

for (const course of COURSES) {
  test(`${course.name}: a cut inside each operation of the flash`, (t) => {
    const operations = operationsOf(course, 'flash');
    t.true(operations > 20, `${operations}`);
    t.log(operations);
    for (let operation = 0; operation < operations; operation++)
      cutAt(t, course, 'flash', { operation, where: 'inside', seed: operation });
  });
  test(`${course.name}: the board dies with each request on the server`, (t) => {
    const requests = requestsOf(course, 'flash');
    t.true(requests >= 8, `${requests}`);
    for (let request = 1; request <= requests; request++) dieAt(t, course, 'flash', request);
  });
}
