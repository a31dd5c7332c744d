import { readFileSync } from 'node:fs';
import test from 'ava';
import { treeRead } from './_tree.ts';

const LINES_MOST = 400;
const LINES_WORTH_A_LOOK = 300;

// Put together here, so that this file is not its own first find.
const UNFINISHED = new RegExp(
  [`\\b(${['TO', 'FIX', 'XX'].map((start, row) => start + ['DO', 'ME', 'X'][row]).join('|')})\\b`]
    .concat(['todo', 'skip', 'only', 'failing'].map((way) => `\\btest\\.${way}\\(`))
    .join('|'),
);

function unfinished(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [path, text] of files) {
    for (const [row, line] of text.split('\n').entries()) {
      if (UNFINISHED.test(line)) found.push(`${path}:${row + 1}: ${line.trim()}`);
    }
  }
  return found;
}

const lineCount = (text: string): number => text.split('\n').length - 1;

function tooLong(files: ReadonlyMap<string, string>, most: number): string[] {
  return [...files]
    .filter(([, text]) => lineCount(text) > most)
    .map(([path, text]) => `${path}: ${lineCount(text)} lines, at most ${most}`);
}

const sources = treeRead(['.ts', '.js']);

test('nothing is marked as unfinished', (t) => {
  t.true(sources.size > 3, 'the tree was found');
  t.deepEqual(unfinished(treeRead(['.ts', '.js', '.md', '.json'])), []);
});

test('an unfinished mark is found', (t) => {
  const planted = ['TO' + 'DO: later', 'FIX' + 'ME', 'test' + ".skip('x')", 'test' + '.only(1)'];
  for (const line of planted) t.is(unfinished(new Map([['a.ts', `\n${line}\n`]])).length, 1, line);
});

test(`no file is longer than ${LINES_MOST} lines`, (t) => {
  for (const line of tooLong(sources, LINES_WORTH_A_LOOK)) t.log(line);
  t.deepEqual(tooLong(sources, LINES_MOST), []);
});

test('a file that is too long is found', (t) => {
  t.is(tooLong(new Map([['a.ts', '\n'.repeat(LINES_MOST)]]), LINES_MOST).length, 0);
  t.is(tooLong(new Map([['a.ts', '\n'.repeat(LINES_MOST + 1)]]), LINES_MOST).length, 1);
});

test('the lock file carries no download address', (t) => {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, object> };
  const entries = Object.entries(lock.packages);
  t.true(entries.length > 1);
  t.deepEqual(
    entries.filter(([, entry]) => 'resolved' in entry && !('link' in entry)).map(([name]) => name),
    [],
  );
});
