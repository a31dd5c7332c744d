import { readFileSync } from 'node:fs';
import test from 'ava';
import { treeRead } from '../_tree.ts';

const OWN = ['agent/freeze.ts', 'agent/format/sign1.ts', 'agent/format/statement.ts'];

test('no other file of the agent knows of statements, and its bundle has none of them', (t) => {
  const files = [...treeRead(['.ts'])].filter(([path]) => path.startsWith('agent/') && !OWN.includes(path));
  t.true(files.length > 30);
  for (const [path, text] of files) t.notRegex(text, /from '[./a-z]*(freeze|sign1|statement)\.ts'/, path);
  const bundle = readFileSync('dist/agent.bundle.js', 'utf8');
  t.true(bundle.includes('openAgent'));
  for (const name of ['openFreeze', 'sign1Read', 'statementRead']) t.false(bundle.includes(name), name);
});
