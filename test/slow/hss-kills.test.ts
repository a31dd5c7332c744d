/** HSS/LMS signers that are killed at each of their file operations, and often: no leaf may sign twice. */
import test from 'ava';
import { killedAtEach, killedByChance } from '../publisher/_hss-kills.ts';

test('killed after each file operation of a signature, no leaf signs twice', (t) => {
  killedAtEach(t, 1);
});

test('killed at moments of chance, no leaf signs twice', (t) => killedByChance(t, 25));
