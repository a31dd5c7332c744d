/**
 * Each mutant is in the script that is built of it, and hides: where nothing fails, the board lives as it should. One
 * that broke every update would prove nothing of whoever finds it. Some of them here, the others in test/slow.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { hides, isHere, live, SHOWS } from './_hidden.ts';
import type { Mutant } from './mutant.ts';
import { mutantBundle } from './mutant-build.ts';
import { mutants } from './mutants.ts';

test('names are given once', (t) => {
  t.is(new Set(mutants.map(({ name }) => name)).size, mutants.length);
  t.true(mutants.length >= 36);
  for (const name of Object.keys(SHOWS))
    t.true(
      mutants.some((mutant) => mutant.name === name),
      name,
    );
});

test('without a mutant the script is the one of the build', async (t) => {
  const built = fileURLToPath(new URL('../../agent.bundle.js', import.meta.url));
  t.is(await mutantBundle(undefined), readFileSync(built, 'utf8'));
  t.deepEqual(live(undefined), []);
});

test('a patch that meets no place, or two, is told', async (t) => {
  const mutant = (file: string, find: string): Mutant => ({
    name: 'none',
    story: '',
    patches: [{ file, find, replace: '' }],
    hint: { scenario: 'first-update', board: 'tiny' },
  });
  await t.throwsAsync(mutantBundle(mutant('boot.js', 'no such text')), {
    message: /mutant none: .*boot\.js/,
  });
  await t.throwsAsync(mutantBundle(mutant('boot.js', 'prover')), { message: /mutant none: .*boot\.js/ });
  await t.throwsAsync(mutantBundle(mutant('no-such.js', 'x')), { message: /mutant none: .*no-such\.js/ });
});

for (const mutant of mutants.filter(isHere))
  test(`${mutant.name}: in the script, and hidden where nothing fails`, (t) => hides(t, mutant));
