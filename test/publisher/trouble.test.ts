/** What the command says when files and folders are not what they should be. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { commandOf, FLIPSIDE } from '../_command.ts';
import { sampleImage, seededPem } from './_keys.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-trouble-'));
const at = (...parts: string[]): string => join(work, ...parts);

interface Document {
  rows: Record<string, unknown>[];
  error?: { message: string; file: string | null; field: string | null; remedy: string | null };
}

const command = commandOf(FLIPSIDE, { cwd: work });

const run = (...args: string[]): Document & { status: number | null; text: string } => {
  const ran = command(...args, '--json');
  return { status: ran.status, text: ran.stderr, ...(JSON.parse(ran.stdout) as Document) };
};

const identity = ['--vendor', 'example.com', '--class', 'lamp'];
const packing = ['--key', 'key.pem', ...identity, '--sequence', '2', '--out'];
writeFileSync(at('key.pem'), seededPem(1));
writeFileSync(at('app.js'), sampleImage(9000));
writeFileSync(at('empty.js'), '');
run('pack', 'app.js', ...packing, 'out');
run('keygen', '--out', 'release');
run('sim', 'create', 'board', '--board', 'tiny', '--anchor', 'release.anchor.json', ...identity);
run('sim', 'boot', 'board', '--boots', '1');

const board = (name: string, file: string, content: string): string => {
  cpSync(at('board'), at(name), { recursive: true });
  writeFileSync(at(name, file), content);
  return name;
};

const rows: [what: string, args: string[], status: number, file: string][] = [
  ['an empty image', ['pack', 'empty.js', ...packing, 'x'], 2, 'empty.js'],
  ['too large to be inside', ['pack', 'app.js', '--format', 'integrated', ...packing, 'x'], 1, 'app.js'],
  ['a folder below a file', ['pack', 'app.js', ...packing, 'app.js/x'], 3, 'app.js/x'],
  [
    'a slot too small',
    ['provision', 'app.js', '--envelope', 'out/update.suit', '--slot-size', '8k', '--out', 'x'],
    1,
    'app.js',
  ],
  [
    'settings with nothing in them',
    ['sim', 'boot', board('a', 'flipside.json', '{"version":1}')],
    3,
    'a/flipside.json',
  ],
  ['no board', ['sim', 'boot', 'out'], 3, 'out'],
  ['a life that is no JSON', ['sim', 'boot', board('b', 'board.json', 'x')], 3, 'b'],
  ['a flash cut short', ['sim', 'boot', board('c', 'flash.flash', 'x')], 3, 'c'],
  ['a flash cut short, looked at', ['sim', 'status', board('d', 'flash.flash', 'x')], 3, 'd'],
];
for (const [what, args, status, file] of rows) {
  test(`${what}: exit ${status}, names ${file}`, (t) => {
    const ran = run(...args);
    t.is(ran.status, status);
    t.is(ran.error?.file, file);
    t.truthy(ran.error?.field);
    t.truthy(ran.error?.remedy);
    t.notRegex(ran.text, /\n\s+at /);
  });
}

if (process.platform === 'linux')
  test('a folder that nobody can make is an error, not an endless search', (t) => {
    const ran = run('pack', 'app.js', ...packing, '/proc/flipside');
    t.is(ran.status, 3);
    t.is(ran.error?.file, '/proc/flipside');
  });

test('a payload cut short shows as such', (t) => {
  const name = readdirSync(at('out')).find((file) => file.endsWith('.bin')) as string;
  const whole = readFileSync(at('out', name));
  writeFileSync(at('short.bin'), whole.subarray(0, -10));
  t.is(run('inspect', join('out', name)).rows[0]?.['missing'], 0);
  t.is(run('inspect', 'short.bin').rows[0]?.['missing'], 10);
});
