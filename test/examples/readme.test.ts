import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { verbs } from '../../publisher/verbs/index.ts';

const readme = readFileSync('README.md', 'utf8');
const found = (pattern: RegExp): string[] => [
  ...new Set([...readme.matchAll(pattern)].map((one) => one[1]!)),
];

test('the README shows the quick start as it is', (t) => {
  t.true(readme.includes(readFileSync('examples/node/quick-start.ts', 'utf8').trimEnd()));
});

test('the README names every verb of the command, and no other', (t) => {
  const rows = found(/^\| `([a-z]+)` \|/gm);
  t.deepEqual(rows.sort(), verbs.map((verb) => verb.name).sort());
  const used = found(/\bflipside ([a-z]+) /g).filter((word) => readme.includes(`npx flipside ${word}`));
  for (const verb of used) t.true(rows.includes(verb), verb);
});

test('every npm script that the README names is there', (t) => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = found(/npm run ([a-z:]+)/g);
  t.true(named.length > 3);
  for (const name of named) t.true(name in scripts, name);
});

test('every file that the README links to is there', (t) => {
  const links = found(/\]\((?!https?:)([^)#]+)/g);
  t.true(links.length > 5);
  for (const link of links) t.true(existsSync(link), link);
});
