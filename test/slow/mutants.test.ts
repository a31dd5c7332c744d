/** The mutants that `npm test` leaves out: in the script that is built of each, and hidden where nothing fails. */
import test from 'ava';
import { hides, isHere } from '../crash/_hidden.ts';
import { mutants } from '../crash/mutants.ts';

const others = mutants.filter((mutant, nth) => !isHere(mutant, nth));

test('there are some', (t) => t.true(others.length > 20));

for (const mutant of others)
  test(`${mutant.name}: in the script, and hidden where nothing fails`, (t) => hides(t, mutant));
