/** `npm run xs` and `flipside serial` as a person uses them: every step is a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { cache } from '../../hal/xs-riscv/build/places.ts';
import { seededPem } from '../publisher/_keys.ts';

const script = (...names: string[]): string => join(import.meta.dirname, '../..', ...names);
const PROGRAMS = { flipside: script('publisher', 'cli.js'), xs: script('hal', 'xs-riscv', 'command.js') };
const work = mkdtempSync(join(tmpdir(), 'flipside-command-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const env = { ...process.env, NO_COLOR: '1' };
const at = (...names: string[]): string => join(work, ...names);

interface Ran {
  readonly status: number | null;
  readonly stderr: string;
  readonly row: Record<string, unknown>;
}

/** `line`: program, verb and arguments, without blanks in them. */
const command = (line: string, more: NodeJS.ProcessEnv = {}): Ran => {
  const [program, ...given] = line.split(' ');
  const path = PROGRAMS[program as keyof typeof PROGRAMS];
  const { status, stderr, stdout } = spawnSync(process.execPath, [path, ...given, '--json'], {
    cwd: work,
    encoding: 'utf8',
    env: { ...env, ...more },
  });
  const { rows } = JSON.parse(stdout) as { rows: Record<string, unknown>[] };
  return { status, stderr, row: rows[0] ?? {} };
};

interface Running {
  readonly child: ChildProcess;
  readonly lines: () => string[];
  readonly until: (words: string) => Promise<void>;
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>;
}

/** `xs run`, and what it prints on stdout. */
const running = (...args: string[]): Running => {
  const child = spawn(process.execPath, [PROGRAMS.xs, 'run', ...args], { cwd: work, env });
  let [text, said] = ['', ''];
  let look = (): void => {};
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    look();
  });
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    child,
    lines: () => text.split('\n').filter((line) => line !== ''),
    until: (words) =>
      new Promise((resolve, reject) => {
        look = () => {
          if (text.includes(words)) resolve();
        };
        void ended.then((status) => reject(new Error(`ended with ${status}, no "${words}": ${text}${said}`)));
        look();
      }),
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
};

const PRODUCT = '--vendor example.com --class lamp';
const PORT = '--port unix:line';
const sources = {
  'one.js': `boardLog('lamp, version 1'); device.agent.check('lamp is lit', 1, 0, () => 1);`,
  'two.ts': `const version: number = 2;
    boardLog('lamp, version ' + version);
    device.agent.check('lamp is lit', 1, 0, () => 1);`,
  'garbled.js': 'const = 1;',
  'loose.js': 'with ({ a: 1 }) boardLog(a);',
  'other.pem': seededPem(21),
};

const FACTORY = [
  'flipside keygen --out release',
  'flipside keygen --out p256 --algorithm esp256',
  `xs create board --anchor release.anchor.json ${PRODUCT} --watchdog 5`,
  'xs image one.js -o one.xsb --board board',
  'xs image two.ts -o two.xsb --board board',
  `flipside pack one.xsb --key release.pem ${PRODUCT} --sequence 1 --out one`,
  'flipside provision one.xsb --envelope one/update.suit --slot-size 1m --out slot.bin',
  'xs flash board slot.bin',
  `flipside pack two.xsb --key release.pem ${PRODUCT} --sequence 2 --format bundle --out two`,
];

test.before((t) => {
  for (const [name, text] of Object.entries(sources)) writeFileSync(at(name), text);
  for (const line of FACTORY) {
    const { status, stderr } = command(line);
    t.is(status, 0, `${line}: ${stderr}`);
  }
});

test.serial('from version 1 to version 2, over the socket', async (t) => {
  const board = running('board', '--socket', 'line');
  await board.until('lamp, version 1');
  t.like(command(`flipside serial status ${PORT}`).row, { sequence: 1, running: 'A' });
  const installed = command(`flipside serial install two/update.bundle ${PORT}`);
  t.is(installed.status, 0, installed.stderr);
  t.is(installed.row['outcome'], 'confirmed');
  const { row } = command(`flipside serial status ${PORT}`);
  t.like(row, { sequence: 2, running: 'B', trial: false, event: 'Confirmed' });
  t.is(await board.end('SIGINT'), 0);
  t.deepEqual(board.lines(), [
    'boot 0 slot 0 sequence 1',
    'lamp, version 1',
    'boot 0 slot 1 sequence 2 trial 1',
    'lamp, version 2',
  ]);
  t.false(existsSync(at('line')));
  t.false(existsSync(at('board', 'run.lock')));
});

test.serial('a board is run once at a time; a run that was killed leaves nothing in the way', async (t) => {
  const first = running('board', '--socket', 'line');
  await first.until('lamp, version 2');
  for (const line of ['xs run board', 'xs flash board slot.bin']) {
    const { status, stderr } = command(line);
    t.is(status, 3, line);
    t.true(stderr.includes(`process ${first.child.pid} has this board`), stderr);
  }
  const { status, stderr } = command(
    `xs create other --anchor other.pem ${PRODUCT} --image one.js --key other.pem`,
  );
  t.is(status, 0, stderr);
  t.regex(command('xs run other --socket line').stderr, /another process listens there/);
  await first.end('SIGKILL');
  t.true(existsSync(at('line')));
  t.true(existsSync(at('board', 'run.lock')));
  const second = running('board', '--socket', 'line');
  await second.until('lamp, version 2');
  t.like(command(`flipside serial status ${PORT}`).row, { sequence: 2, trial: false });
  t.is(await second.end('SIGTERM'), 0);
});

test.serial('an image for another board: not flashed; installed, it is put back', async (t) => {
  const pack = (key: string, sequence: number): string =>
    `flipside pack alien.xsb --key ${key} ${PRODUCT} --sequence ${sequence}`;
  for (const line of [
    'xs image two.ts -o alien.xsb --board other',
    `${pack('release.pem', 3)} --out alien`,
    `${pack('release.pem', 3)} --format bundle --out alien`,
    'flipside provision alien.xsb --envelope alien/update.suit --slot-size 1m --out alien.bin',
  ])
    t.is(command(line).status, 0, line);
  const flashed = command('xs flash board alien.bin');
  t.is(flashed.status, 1);
  t.regex(flashed.stderr, /alien\.bin: SLOT: the image was made for the firmware of another board\. Make it/);
  const board = running('board', '--socket', 'line');
  await board.until('lamp, version 2');
  const { status, row } = command(`flipside serial install alien/update.bundle ${PORT}`);
  t.is(status, 1);
  t.like(row, { outcome: 'reverted', sequence: 2, from: 2, to: 3 });
  await board.end('SIGINT');
  t.true(board.lines().includes('image: compiled for another firmware'));
});

test.serial(
  'without a socket the line is on stdin and stdout; made with --image it runs at once',
  async (t) => {
    const board = running('other');
    await board.until('lamp, version 1');
    t.deepEqual(board.lines(), ['boot 0 slot 0 sequence 1', 'lamp, version 1']);
    t.is(await board.end('SIGINT'), 0);
  },
);

test.serial('two boards are not made at a time: they would share files', (t) => {
  const lock = join(cache('firmware'), 'create.lock');
  writeFileSync(lock, `${process.pid}`);
  const line = `xs create third --anchor other.pem ${PRODUCT}`;
  const { status, stderr } = command(line);
  t.true(stderr.includes(`process ${process.pid} makes a board`), stderr);
  t.is(status, 3);
  // Of a process that is gone: the highest number that Linux gives is lower.
  writeFileSync(lock, '4194305');
  t.is(command(line).status, 0);
  t.false(existsSync(lock));
});

const BOARD = '--board board';
const NEW = `xs create new ${PRODUCT}`;

/** Command, exit code, and how the words begin. */
const REFUSED: readonly (readonly [line: string, exit: number, words: string])[] = [
  ['xs image garbled.js -o x ' + BOARD, 1, 'image: garbled.js: ENTRY: garbled.js:1:7: Expected identifier'],
  [
    'xs image loose.js -o x ' + BOARD,
    1,
    'image: loose.js: ENTRY: in its bundled form, line 1: with (strict code). ',
  ],
  ['xs image none.js -o x ' + BOARD, 3, 'image: none.js: ENTRY: there is no such file. '],
  [
    'xs image one.js -o x --board nowhere',
    3,
    'image: nowhere/board.json: --board: there is no such file. Give a folder',
  ],
  ['xs image one.js -o x', 2, 'image: --board: is missing. '],
  ['xs run nowhere', 3, 'run: nowhere/board.json: DIR: there is no such file. Give a folder'],
  ['xs flash nowhere slot.bin', 3, 'flash: nowhere/board.json: DIR: there is no such file. Give a folder'],
  [
    'xs flash board garbled.js',
    1,
    'flash: garbled.js: SLOT: 10 bytes, and a slot of this board has 1048576. Make it',
  ],
  ['xs run board --socket one.js', 3, 'run: one.js: --socket: there is a file of this name. '],
  [
    `${NEW} --anchor p256.anchor.json`,
    1,
    'create: p256.anchor.json: --anchor: a key of esp256; the firmware of this board verifies Ed25519 only. ',
  ],
  [`${NEW} --anchor none.json`, 3, 'create: none.json: anchor: there is no such file. '],
  [NEW, 2, 'create: --anchor: is missing. '],
  [`${NEW} --anchor other.pem --image one.js`, 2, 'create: --image: one without the other. '],
  [`${NEW} --anchor other.pem --write-unit 12`, 2, 'create: --write-unit: 12 is not a program unit. '],
  [
    `${NEW} --anchor other.pem --slot-sectors 63`,
    2,
    'create: --slot-sectors: 63 is out of range. Give 1 to 62',
  ],
  [`${NEW} --anchor other.pem --slot slot.bin`, 1, 'create: slot.bin: --slot: -27 SignatureWrong: '],
  [
    `xs create board --anchor other.pem ${PRODUCT}`,
    3,
    'create: board/board.json: DIR: there is a board already. ',
  ],
];

for (const [line, exit, words] of REFUSED) {
  test.serial(`refused: ${line}`, (t) => {
    const { status, stderr } = command(line);
    t.true(stderr.startsWith(`xs ${words}`), stderr);
    t.is(status, exit);
    t.false(existsSync(at('x')));
    t.false(existsSync(at('new', 'board.json')));
  });
}

for (const [line, missing] of [
  [
    `${NEW} --anchor other.pem`,
    'gcc, riscv64-unknown-elf-gcc, riscv64-unknown-elf-objcopy, setpriv, qemu-system-riscv32',
  ],
  [`xs image one.js -o x ${BOARD}`, 'gcc'],
  ['xs run board', 'setpriv, qemu-system-riscv32'],
] as const) {
  test.serial(`without its tools: ${line}`, (t) => {
    const { status, stderr } = command(line, { PATH: at('nothing') });
    t.is(stderr.split('. ')[0], `xs ${line.split(' ')[1]}: not installed: ${missing}`);
    t.true(stderr.includes('Run hal/xs-riscv/install.sh as root'));
    t.is(status, 3);
  });
}
