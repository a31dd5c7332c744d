import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';

interface Started {
  readonly child: ChildProcess;
  readonly folder: string;
  output: string;
}

/** The demo, with a folder of its own for temporary files. */
const start = (t: ExecutionContext, ...words: string[]): Started => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-test-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const environment = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, ['dist/examples/demo/demo.js', ...words], { env: environment });
  const started: Started = { child, folder, output: '' };
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    started.output += piece;
  });
  return started;
};

interface Document {
  readonly ok: boolean;
  readonly rows: readonly { readonly title: string; readonly ok: boolean; readonly error?: string }[];
  readonly figures: readonly Readonly<Record<string, number | string>>[];
}

test('the demo: every step is as it should be, and nothing is left behind', async (t) => {
  const started = start(t, '--json');
  const [exit] = (await once(started.child, 'close')) as [number | null];
  const { ok, rows, figures } = JSON.parse(started.output) as Document;
  t.deepEqual(
    rows.filter((row) => !row.ok),
    [],
  );
  t.true(ok);
  t.true(rows.length >= 25);
  t.is(exit, 0);
  const [firmware, application] = figures;
  t.like(firmware, { product: 'firmware', 'blocks shared with release 1': 0, 'blocks copied': 0 });
  t.true(Number(application!['blocks copied']) >= Number(application!['blocks shared with release 1']));
  t.true(Number(application!['blocks shared with release 1']) > 0);
  t.deepEqual(readdirSync(started.folder), []);
});

test('a demo that is stopped half-way says so by its exit code, and leaves nothing behind', async (t) => {
  const started = start(t);
  while (!started.output.includes('slot A runs')) await once(started.child.stdout!, 'data');
  started.child.kill('SIGTERM');
  const [exit] = (await once(started.child, 'close')) as [number | null];
  t.is(exit, 1);
  t.deepEqual(readdirSync(started.folder), []);
});
