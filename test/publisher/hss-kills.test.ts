/** HSS/LMS signers that are killed, or are several: no leaf may sign twice. test/slow kills them at each operation. */
import { spawn } from 'node:child_process';
import test from 'ava';
import { child, keyNew, killedAtEach, killedByChance } from './_hss-kills.ts';

test('killed after some of the file operations of a signature, no leaf signs twice', (t) => {
  killedAtEach(t, 4);
});

test('killed at moments of chance, no leaf signs twice', (t) => killedByChance(t, 4));

test('four signers at once: each leaf signs once', async (t) => {
  const file = keyNew(5);
  const used: number[] = [];
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      const signer = spawn(process.execPath, [child, file, '8'], { stdio: ['ignore', 'pipe', 'ignore'] });
      let text = '';
      signer.stdout.on('data', (data: Buffer) => (text += data.toString()));
      const code = await new Promise((resolve) => signer.on('close', resolve));
      t.is(code, 0);
      used.push(...text.split('\n').filter(Boolean).map(Number));
    }),
  );
  t.deepEqual(
    [...used].sort((a, b) => a - b),
    Array.from({ length: 32 }, (_, i) => i),
  );
});
