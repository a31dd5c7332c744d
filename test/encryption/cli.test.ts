/** Encrypted updates by the command: keys, pack, verify, inspect, publish, and a simulated board that installs them. */
import { copyFileSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { commandOf, FLIPSIDE } from '../_command.ts';
import type { Ran } from '../_command.ts';
import { seededPem } from '../publisher/_keys.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-encryption-'));
const at = (...parts: string[]): string => join(work, ...parts);

const run = commandOf(FLIPSIDE, { cwd: work });

interface Document {
  readonly rows: Record<string, unknown>[];
  readonly error?: { message: string; field: string | null; remedy: string | null; exit: number };
}

const document = (ran: Ran): Document => JSON.parse(ran.stdout) as Document;

/** A program that is healthy, and long enough for some blocks. */
const program = (version: number): string => {
  const lines = Array.from(
    { length: 400 },
    (_, line) => `// line ${line * 7919}: ${(line * 2654435761) >>> 3}`,
  );
  lines[200] = `globalThis.version = ${version};`;
  return `device.health.check('up', 'required', 60, () => true);\n${lines.join('\n')}\n`;
};

writeFileSync(at('old.js'), program(1));
writeFileSync(at('new.js'), program(2));
writeFileSync(at('key.pem'), seededPem(1));
const identity = ['--vendor', 'example.com', '--class', 'lamp'];
const keyed = ['--key', 'key.pem', ...identity];

const algorithms = ['x25519', 'p256', 'a128kw'] as const;
const made = algorithms.map((algorithm) =>
  run('keygen', '--kind', 'device-key', '--algorithm', algorithm, '--out', algorithm, '--json'),
);
const stranger = run('keygen', '--kind', 'device-key', '--key-id', 'lamp-7', '--out', 'stranger', '--json');
const recipients = ['x25519.recipient.json', 'p256.recipient.json', 'a128kw.device-key.json'].flatMap(
  (file) => ['--recipient', file],
);
run('pack', 'old.js', ...keyed, '--sequence', '1', '--out', 'first');
const packing = ['pack', 'new.js', ...keyed, '--sequence', '2', '--base', 'old.js', ...recipients];
const packed = run(...packing, '--encryption', 'aes-128-gcm', '--piece', '512', '--out', 'out', '--json');
const verify = (...more: string[]): Ran =>
  run('verify', 'out/update.suit', '--anchor', 'key.pem', ...identity, '--base', 'old.js', ...more);

test('keygen makes keys that only their owner reads, and recipient files without a secret', (t) => {
  algorithms.forEach((algorithm, number) => {
    const [row] = document(made[number]!).rows;
    t.is(row!['keyFile'], `${algorithm}.device-key.json`);
    t.is(statSync(at(row!['keyFile'] as string)).mode & 0o77, 0);
    const { secret } = JSON.parse(readFileSync(at(row!['keyFile'] as string), 'utf8')) as { secret: string };
    t.false(made[number]!.stdout.includes(secret));
    const recipient = readFileSync(at(row!['recipientFile'] as string), 'utf8');
    t.is(recipient.includes(secret), algorithm === 'a128kw');
  });
  t.is(document(stranger).rows[0]!['keyId'], Buffer.from('lamp-7').toString('hex'));
  const again = run('keygen', '--kind', 'device-key', '--out', 'x25519', '--json');
  t.is(document(again).error?.exit, 3);
});

test('pack says for whom, and what it sends', (t) => {
  const [row] = document(packed).rows;
  t.is((row!['recipients'] as string[]).length, 3);
  const [, payload] = row!['files'] as string[];
  t.is(row!['payload'], statSync(at(payload!)).size);
});

test('verify: with each key taken, with another refused, without one it says so', (t) => {
  for (const algorithm of algorithms) {
    const ran = verify('--device-key', `${algorithm}.device-key.json`);
    t.is(ran.status, 0, ran.stdout);
    t.regex(ran.stdout, /content key unwraps[^]*this device takes it\n/);
  }
  const refused = verify('--device-key', 'stranger.device-key.json');
  t.is(refused.status, 1);
  t.regex(refused.stdout, /refused: -93 NoRecipient/);
  const blind = verify();
  t.is(blind.status, 0);
  t.regex(
    blind.stdout,
    /not decrypted[^]*--device-key is missing\nthis device takes it, as far as can be told/,
  );
});

test('inspect shows for whom; of a device key its name, not its secret', (t) => {
  const ran = run('inspect', 'out');
  t.is(ran.status, 0, ran.stderr);
  t.regex(ran.stdout, /encrypted +aes-128-gcm, pieces of 512 bytes\nrecipient +x25519 /);
  const { secret, keyId } = JSON.parse(readFileSync(at('p256.device-key.json'), 'utf8')) as Record<
    string,
    string
  >;
  const { stdout } = run('inspect', 'p256.device-key.json');
  t.true(stdout.includes(keyId!));
  t.false(stdout.includes(secret!));
  t.regex(run('inspect', 'p256.recipient.json').stdout, /the public half/);
});

test('publish finds the payloads by their lengths and names, and refuses another', (t) => {
  const ran = run('publish', 'out', '--to', 'public', '--json');
  t.is(ran.status, 0, ran.stderr);
  t.is((document(ran).rows[0]!['payloads'] as string[]).length, 2);
  const wrong = run('pack', 'new.js', ...keyed, '--sequence', '2', ...recipients, '--out', 'wrong', '--json');
  const files = document(wrong).rows[0]!['files'] as string[];
  const bytes = readFileSync(at(files[1]!));
  bytes[99]! ^= 1;
  writeFileSync(at(files[1]!), bytes);
  const refused = run('publish', 'wrong', '--to', 'public', '--json');
  t.is(refused.status, 1);
  t.regex(document(refused).error!.message, /not the one that its name in the envelope says/);
});

/** A board that runs the old program. */
const board = (name: string, ...more: string[]): void => {
  const from = ['--image', 'old.js', '--envelope', 'first/update.suit'];
  run('sim', 'create', name, '--anchor', 'key.pem', ...identity, ...from, ...more);
};

const outcome = (ran: Ran): unknown => document(ran).rows[0]!['name'];

const installs = (t: ExecutionContext, name: string, ...more: string[]): void => {
  const offer = run('sim', 'offer', name, 'out', ...more, '--json');
  t.is(outcome(offer), 'Ok', offer.stdout);
  t.true(document(offer).rows[0]!['activated'] as boolean);
};

for (const algorithm of algorithms)
  test(`a board with its own ${algorithm} key installs it`, (t) => {
    board(algorithm, '--device-key', `${algorithm}.device-key.json`);
    t.is(statSync(at(algorithm, 'board.device-key.json')).mode & 0o77, 0);
    installs(t, algorithm, ...(algorithm === 'p256' ? ['--mode', 'stream'] : []));
    t.regex(run('sim', 'boot', algorithm).stdout, /sequence 2/);
  });

test('a board without a key refuses, with another key too; the right one can be given at the offer', (t) => {
  board('keyless');
  t.is(outcome(run('sim', 'offer', 'keyless', 'out', '--json')), 'EncryptionUnsupported');
  const other = run('sim', 'offer', 'keyless', 'out', '--device-key', 'stranger.device-key.json', '--json');
  t.is(outcome(other), 'NoRecipient');
  installs(t, 'keyless', '--device-key', 'x25519.device-key.json');
});

test('an altered piece stops a board before anything of it is used', (t) => {
  board('altered', '--device-key', 'x25519.device-key.json');
  const bundling = ['pack', 'new.js', ...keyed, '--sequence', '3', '--format', 'bundle', ...recipients];
  const sent = run(...bundling, '--out', 'bundle', '--json');
  const file = (document(sent).rows[0]!['files'] as string[])[0]!;
  const bytes = readFileSync(at(file));
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(at('altered.bundle'), bytes);
  t.is(outcome(run('sim', 'offer', 'altered', 'altered.bundle', '--json')), 'PieceTag');
  t.is(outcome(run('sim', 'offer', 'altered', file, '--json')), 'Ok');
});

copyFileSync(at('x25519.recipient.json'), at('short.recipient.json'));
writeFileSync(
  at('short.recipient.json'),
  readFileSync(at('x25519.recipient.json'), 'utf8').replace(/"key": "../, '"key": "'),
);
writeFileSync(
  at('low.recipient.json'),
  readFileSync(at('x25519.recipient.json'), 'utf8').replace(/"key": "[^"]*"/, `"key": "${'00'.repeat(32)}"`),
);
const pack = ['pack', 'new.js', ...keyed, '--sequence', '2', '--out', 'never'];
const usage: [args: string[], exit: number, message: RegExp][] = [
  [[...pack, '--piece', '512'], 2, /--piece: nothing is encrypted\. Give --recipient too/],
  [[...pack, '--encryption', 'aes-128-gcm'], 2, /--encryption: nothing is encrypted/],
  [[...pack, ...recipients, '--encryption', 'rot13'], 2, /rot13 is not known\. Give one of: chacha20/],
  [[...pack, ...recipients, '--piece', '4k'], 2, /4096 is out of range/],
  [[...pack, ...recipients, '--format', 'integrated'], 2, /inside the envelope cannot be encrypted/],
  [[...pack, '--recipient', 'missing.json'], 3, /missing\.json: --recipient: there is no such file/],
  [[...pack, '--recipient', 'new.js'], 1, /new\.js: key: not JSON/],
  [
    [...pack, '--recipient', 'short.recipient.json'],
    1,
    /short\.recipient\.json: key: 31 bytes instead of 32/,
  ],
  [
    [...pack, '--recipient', 'low.recipient.json'],
    1,
    /low\.recipient\.json: key: not a public key of x25519/,
  ],
  [
    [
      'verify',
      'out/update.suit',
      '--anchor',
      'key.pem',
      ...identity,
      '--device-key',
      'x25519.recipient.json',
    ],
    1,
    /a public key decrypts nothing/,
  ],
  [['keygen', '--kind', 'device-key', '--algorithm', 'ed25519', '--out', 'x'], 2, /ed25519 is not known/],
  [
    ['keygen', '--kind', 'device-key', '--vendor', 'a.com', '--out', 'x'],
    2,
    /--vendor: is for keys that sign/,
  ],
  [['keygen', '--kind', 'device-key', '--key-id', 'x'.repeat(33), '--out', 'x'], 2, /--key-id: 33 bytes/],
];

for (const [args, exit, message] of usage)
  test(`refused: ${message.source}`, (t) => {
    const { error } = document(run(...args, '--json'));
    t.is(error?.exit, exit);
    t.regex(error!.message, message);
  });
