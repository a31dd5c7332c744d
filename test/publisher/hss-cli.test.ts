import { cpSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { keyLoad } from '../../publisher/index.ts';
import { commandOf, FLIPSIDE } from '../_command.ts';
import { sampleImage, seededPem } from './_keys.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-hss-cli-'));
const at = (...parts: string[]): string => join(work, ...parts);

const run = commandOf(FLIPSIDE, { cwd: work });

interface Document {
  readonly rows: readonly Record<string, unknown>[];
  readonly error?: { readonly message: string; readonly remedy: string | null };
}

const rowOf = (...args: string[]): Record<string, unknown> => {
  const { status, stdout, stderr } = run(...args, '--json');
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as Document).rows[0]!;
};

const identity = ['--vendor', 'example.com', '--class', 'lamp'];
const hss = ['--algorithm', 'hss-lms', '--height', '5', '--width', '4'];
const packed = (key: string, out: string): string[] => [
  'pack',
  'app.js',
  '--key',
  key,
  '--sequence',
  '2',
  '--out',
  out,
  ...identity,
];
writeFileSync(at('app.js'), sampleImage(9000));
writeFileSync(at('first.pem'), seededPem(1));

test('keygen, pack, verify, inspect, sign: each says what is left', (t) => {
  const made = rowOf('keygen', '--out', 'keys/a', ...hss);
  t.like(made, {
    algorithm: 'hss-lms',
    keyFile: 'keys/a.lms.json',
    parameters: 'one level, H5 W4, digests of 32 bytes',
    signature: 2352,
    signaturesLeft: 32,
  });
  t.is(statSync(at('keys/a.lms.json')).mode & 0o77, 0);
  t.regex(String(made['source']), /algorithm: -46, \/\/ hss-lms/);

  t.deepEqual(rowOf(...packed('keys/a.lms.json', 'out'))['signaturesLeft'], [31]);
  const verified = run('verify', 'out/update.suit', '--anchor', 'keys/a.anchor.json', ...identity);
  t.is(verified.status, 0, verified.stdout);
  t.regex(run('inspect', 'out/update.suit').stdout, /signed +hss-lms/);
  t.regex(run('inspect', 'keys/a.lms.json').stdout, /left +31 signatures/);
  t.regex(run('inspect', 'keys/a.anchor.json').stdout, /algorithm +hss-lms/);
  // The private key names its anchor, as any does; and nothing of it is shown.
  const { seed } = JSON.parse(readFileSync(at('keys/a.lms.json'), 'utf8')) as { seed: string };
  t.false(run('inspect', 'keys/a.lms.json').stdout.includes(seed));

  const twice = run('sign', 'out/update.suit', '--key', 'keys/a.lms.json');
  t.regex(twice.stderr, /has signed already/);
  t.is(keyLoad(at('keys/a.lms.json')).left!(), 31, 'refused before it signed');
  t.like(rowOf('sign', 'out/update.suit', '--key', 'first.pem'), { signatures: 2, signaturesLeft: [] });

  t.is(run(...packed('first.pem', 'second')).status, 0);
  const signed = run('sign', 'second/update.suit', '--key', 'keys/a.lms.json');
  t.regex(signed.stdout, /left +30 signatures/);
});

test('what does not fit is refused before it is signed', (t) => {
  rowOf('keygen', '--out', 'keys/b', ...hss);
  rowOf('keygen', '--out', 'keys/c', ...hss);
  const both = run(...packed('keys/b.lms.json', 'both'), '--key', 'keys/c.lms.json');
  t.is(both.status, 1);
  t.regex(both.stderr, /a device takes at most 4096\. Shorten .* or sign with keys of shorter signatures/);
  rowOf(...packed('keys/b.lms.json', 'one'));
  t.is(run('sign', 'one/update.suit', '--key', 'keys/c.lms.json').status, 1);
  t.deepEqual(
    ['b', 'c'].map((name) => keyLoad(at(`keys/${name}.lms.json`)).left!()),
    [31, 32],
  );
});

test('a signature made elsewhere is taken back, raw or in hex', (t) => {
  rowOf('keygen', '--out', 'keys/d', ...hss);
  const key = keyLoad(at('keys/d.lms.json'));
  const anchor = ['--anchor', 'keys/d.anchor.json'];
  for (const form of ['raw', 'hex', 'base64'] as const) {
    t.is(run('pack', 'app.js', '--unsigned', ...identity, '--sequence', '2', '--out', form).status, 0);
    const file = `${form}/update.suit`;
    const request = Buffer.from(String(rowOf('sign', file, '--request', ...anchor)['toBeSigned']), 'hex');
    const signature = Buffer.from(key.sign(request));
    writeFileSync(at(form, 'signature'), form === 'raw' ? signature : signature.toString(form));
    t.like(rowOf('sign', file, '--signature', `${form}/signature`, ...anchor), { signatures: 1 });
    t.is(run('verify', file, ...anchor, ...identity).status, 0);
    writeFileSync(at(form, 'wrong'), signature.fill(1, 100, 101));
    t.is(run('sign', file, '--signature', `${form}/wrong`, ...anchor).status, 1);
  }
});

test('a copied key is refused, and adopted on its owner’s word', (t) => {
  rowOf('keygen', '--out', 'keys/e/key', ...hss);
  cpSync(at('keys/e'), at('moved'), { recursive: true });
  const refused = run(...packed('moved/key.lms.json', 'moved-out'));
  t.is(refused.status, 1);
  t.regex(refused.stderr, /this is a copy of .*keygen --adopt/);
  t.is(run('keygen', '--adopt', 'moved/key.lms.json').status, 2);
  t.like(rowOf('keygen', '--adopt', 'moved/key.lms.json', '--skip', '8'), { signaturesLeft: 24 });
  t.deepEqual(rowOf(...packed('moved/key.lms.json', 'moved-out'))['signaturesLeft'], [23]);
});

const usage: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a height there is not', ['--height', '7'], /height: 7 is not known\. Give one of: 5, 10, 15, 20/],
  ['a width there is not', ['--height', '5', '--width', '3'], /width: 3 is not known/],
  ['a digest there is not', ['--digest', '20'], /digest: 20 is not known/],
  ['four levels', ['5', '5', '5', '5'].flatMap((height) => ['--height', height]), /4 heights/],
];

for (const [what, options, says] of usage)
  test(`keygen with ${what}: exit 2, and no file`, (t) => {
    const ran = run('keygen', '--out', 'keys/none', '--algorithm', 'hss-lms', ...options);
    t.is(ran.status, 2);
    t.regex(ran.stderr, says);
    t.false(existsSync(at('keys/none.lms.json')));
  });

test('keygen writes over no key', (t) => {
  rowOf('keygen', '--out', 'keys/f', ...hss);
  const before = readFileSync(at('keys/f.lms.json'));
  t.is(run('keygen', '--out', 'keys/f', ...hss).status, 3);
  t.deepEqual(readFileSync(at('keys/f.lms.json')), before);
});
