import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import test from 'ava';

const run = promisify(execFile);

test('the quick start ends with version 2 confirmed', async (t) => {
  const { stdout } = await run(process.execPath, ['dist/examples/node/quick-start.js']);
  const lines = stdout.trim().split('\n');
  t.deepEqual(lines, [
    'lamp, version 1',
    'offer: 0',
    'activate: 0',
    'lamp, version 2',
    'runs 2 from slot B, on trial: 0',
  ]);
});

test('the quick start has at most 30 lines', (t) => {
  const lines = readFileSync('examples/node/quick-start.ts', 'utf8').trimEnd().split('\n');
  t.true(lines.length <= 30, `${lines.length} lines`);
});
