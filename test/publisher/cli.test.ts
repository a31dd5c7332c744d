import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { coapGet } from '../../hal/node/coap-get.ts';
import { keyLoad, pack, slotImage } from '../../publisher/index.ts';
import { commandOf, FLIPSIDE } from '../_command.ts';
import type { Ran } from '../_command.ts';
import { sampleImage, seededPem } from './_keys.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-cli-'));
const at = (...parts: string[]): string => join(work, ...parts);

const run = commandOf(FLIPSIDE, { cwd: work });

interface Document {
  version: number;
  command: string;
  rows: Record<string, unknown>[];
  error?: { message: string; file: string | null; field: string | null; remedy: string | null; exit: number };
}

const document = (ran: Ran): Document => JSON.parse(ran.stdout) as Document;

const list = (ran: Ran, name: string): string[] => (document(ran).rows[0]?.[name] ?? []) as string[];

writeFileSync(at('app.js'), sampleImage(30_000));
writeFileSync(at('small.js'), sampleImage(600));
writeFileSync(at('first.pem'), seededPem(1));
writeFileSync(at('second.pem'), seededPem(2));
writeFileSync(at('garbage'), sampleImage(5000, 9));

const identity = ['--vendor', 'example.com', '--class', 'lamp'];
const packed = ['pack', 'app.js', '--key', 'first.pem', ...identity, '--sequence', '2'];
run(...packed, '--out', 'out');
run(...packed, '--out', 'bundled', '--format', 'bundle');

const verbNames = [
  'keygen',
  'provision',
  'pack',
  'sign',
  'publish',
  'inspect',
  'verify',
  'serve',
  'explain',
  'sim',
];
const simVerbs = ['create', 'offer', 'boot', 'status', 'sleep', 'cut'].map((verb) => `sim ${verb}`);

for (const verb of [...verbNames, ...simVerbs]) {
  test(`${verb} --help shows an example, exit 0`, (t) => {
    const ran = run(...verb.split(' '), '--help');
    t.is(ran.status, 0);
    t.true(ran.stdout.includes(`Example:\n  flipside ${verb}`));
    t.is(ran.stderr, '');
  });

  test(`${verb} with an option that is not there: exit 2, and no stack trace`, (t) => {
    const ran = run(...verb.split(' '), 'x', '--no-such-option', '--json');
    t.is(ran.status, 2);
    t.is(document(ran).error?.exit, 2);
    t.notRegex(ran.stderr, /\n\s+at /);
  });
}

test('in a process of its own: the streams and the exit code of both ends', (t) => {
  const own = (...args: string[]): Ran =>
    spawnSync(process.execPath, [FLIPSIDE, ...args], { cwd: work, encoding: 'utf8' });
  const good = own('explain', '-63', '--json');
  t.deepEqual([good.status, good.stderr], [0, '']);
  t.is(document(good).rows[0]?.['name'], 'SequenceOld');
  const bad = own(
    'pack',
    'none.js',
    '--key',
    'first.pem',
    ...identity,
    '--sequence',
    '2',
    '--out',
    'x',
    '--json',
  );
  t.is(bad.status, 3);
  t.is(document(bad).error?.exit, 3);
  t.regex(bad.stderr, /none\.js: IMAGE: there is no such file/);
});

test('--help lists every verb', (t) => {
  const { stdout, status } = run('--help');
  t.is(status, 0);
  for (const verb of verbNames) t.regex(stdout, new RegExp(`^  ${verb} `, 'm'));
  t.regex(stdout, /^ {2}pack \[options\] <image\.\.\.> /m, 'with its arguments');
});

test('help of a verb is its --help, also of one that is two words', (t) => {
  t.is(run('help', 'pack').stdout, run('pack', '--help').stdout);
  t.is(run('sim', 'help', 'boot').stdout, run('sim', 'boot', '--help').stdout);
});

test('keygen makes a key that is secret, and an anchor', (t) => {
  const ran = run('keygen', '--out', 'made/key', '--algorithm', 'esp256', ...identity, '--json');
  t.is(ran.status, 0);
  const { version, command, rows } = document(ran);
  t.is(version, 1);
  t.is(command, 'keygen');
  t.is(rows[0]?.['algorithm'], 'esp256');
  t.deepEqual(Buffer.from(keyLoad(at('made/key.pem')).key).toString('hex'), rows[0]?.['key']);
  const again = run('keygen', '--out', 'made/key', '--json');
  t.is(again.status, 3);
});

test('pack writes the same bytes again, as the library does', (t) => {
  const ran = run(...packed, '--out', 'again', '--json');
  t.is(ran.status, 0);
  const image = sampleImage(30_000);
  const fields = {
    image,
    vendor: 'example.com',
    classId: 'lamp',
    sequence: 2,
    keys: [keyLoad(at('first.pem'))],
  };
  const made = pack(fields);
  const [envelope, payload] = list(ran, 'files');
  t.deepEqual(new Uint8Array(readFileSync(at(envelope as string))), made.envelope);
  t.deepEqual(new Uint8Array(readFileSync(at(payload as string))), made.payload);
  t.deepEqual(new Uint8Array(readFileSync(at('bundled/update.bundle'))), made.bundle);
});

test('provision writes the slot that the library makes', (t) => {
  const ran = run(
    'provision',
    'app.js',
    '--envelope',
    'out/update.suit',
    '--slot-size',
    '64k',
    '--out',
    'slot.bin',
    '--json',
  );
  t.is(ran.status, 0);
  const slot = slotImage({
    image: sampleImage(30_000),
    envelope: new Uint8Array(readFileSync(at('out/update.suit'))),
    slotSize: 65536,
  });
  t.deepEqual(new Uint8Array(readFileSync(at('slot.bin'))), slot);
});

test('sign adds a signature; the second time it refuses', (t) => {
  run(...packed, '--out', 'two', '--with-key-id');
  t.is(run('sign', 'two/update.suit', '--key', 'second.pem').status, 0);
  t.is(list(run('inspect', 'two/update.suit', '--json'), 'signatures').length, 2);
  const again = run('sign', 'two/update.suit', '--key', 'second.pem');
  t.is(again.status, 1);
  t.regex(again.stderr, /has signed already/);
});

test('a signature from elsewhere: request, sign, attach, verify', (t) => {
  t.is(run('pack', 'app.js', '--unsigned', ...identity, '--sequence', '2', '--out', 'hsm').status, 0);
  const before = run('verify', 'hsm/update.suit', '--anchor', 'first.pem', ...identity, '--json');
  t.is(before.status, 1);
  const asked = run(
    'sign',
    'hsm/update.suit',
    '--request',
    '--anchor',
    'first.pem',
    '--out',
    'request.bin',
    '--json',
  );
  t.is(asked.status, 0);
  const request = readFileSync(at('request.bin'));
  t.is(request.toString('hex'), document(asked).rows[0]?.['toBeSigned'] as string);
  const signature = keyLoad(at('first.pem')).sign(request);
  writeFileSync(at('wrong.sig'), keyLoad(at('second.pem')).sign(request));
  writeFileSync(at('right.sig'), Buffer.from(signature).toString('base64'));
  const wrong = run('sign', 'hsm/update.suit', '--signature', 'wrong.sig', '--anchor', 'first.pem', '--json');
  t.is(wrong.status, 1);
  t.is(document(wrong).error?.file, 'wrong.sig');
  t.is(run('sign', 'hsm/update.suit', '--signature', 'right.sig', '--anchor', 'first.pem').status, 0);
  t.is(run('verify', 'hsm/update.suit', '--anchor', 'first.pem', ...identity).status, 0);
  t.deepEqual(readFileSync(at('hsm/update.suit')), readFileSync(at('out/update.suit')));
});

test('sign refuses a published test key unless told', (t) => {
  // RFC 8032 section 7.1, test 1.
  const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex').toString('base64');
  writeFileSync(at('published.pem'), `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`);
  const refused = run('sign', 'out/update.suit', '--key', 'published.pem', '--out', 'never.suit', '--json');
  t.is(refused.status, 1);
  t.is(document(refused).error?.file, 'published.pem');
  t.truthy(document(refused).error?.remedy);
  t.is(
    run('sign', 'out/update.suit', '--key', 'published.pem', '--allow-test-keys', '--out', 'told.suit')
      .status,
    0,
  );
});

test('publish writes payload, envelope and statement; a lower sequence is refused', (t) => {
  const ran = run('publish', 'out', '--to', 'public', '--json');
  t.is(ran.status, 0);
  const latest = JSON.parse(readFileSync(at('public/latest.json'), 'utf8')) as Record<string, unknown>;
  t.is(latest['version'], 1);
  t.is(latest['sequence'], 2);
  t.is(readFileSync(at('public', latest['payload'] as string)).length, latest['payloadSize'] as number);
  t.deepEqual(readFileSync(at('public', latest['envelope'] as string)), readFileSync(at('out/update.suit')));
  t.is(run('publish', 'out', '--to', 'public').status, 0);
  run('pack', 'app.js', '--key', 'first.pem', ...identity, '--sequence', '1', '--out', 'older');
  const refused = run('publish', 'older', '--to', 'public', '--json');
  t.is(refused.status, 1);
  t.is(document(refused).error?.field, 'sequence');
  t.is(run('publish', 'older', '--to', 'public', '--replace').status, 0);
});

test('publish refuses a payload that is not the one signed', (t) => {
  run(...packed, '--out', 'broken');
  const name = list(run(...packed, '--out', 'broken', '--json'), 'files')[1] as string;
  const bytes = readFileSync(at(name));
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  writeFileSync(at(name), bytes);
  const refused = run('publish', 'broken', '--to', 'public-broken', '--json');
  t.is(refused.status, 1);
  t.is(document(refused).error?.field, 'payload');
});

test('publish takes a bundle, and an update with its payload inside', (t) => {
  t.is(run('publish', 'bundled', '--to', 'public-bundle').status, 0);
  run(
    'pack',
    'small.js',
    '--key',
    'first.pem',
    ...identity,
    '--sequence',
    '3',
    '--format',
    'integrated',
    '--out',
    'inside',
  );
  const ran = run('publish', 'inside', '--to', 'public-inside', '--json');
  t.is(ran.status, 0);
  t.is(document(ran).rows[0]?.['payload'], null);
});

const inspected: [string[], string][] = [
  [['out/update.suit'], 'envelope'],
  [['bundled/update.bundle'], 'envelope'],
  [['first.pem'], 'anchor'],
];
for (const [args, kind] of inspected) {
  test(`inspect ${args.join(' ')}`, (t) => {
    const ran = run('inspect', ...args, '--json');
    t.is(ran.status, 0);
    t.is(document(ran).rows[0]?.['kind'], kind);
    t.is(run('inspect', ...args).status, 0);
  });
}

test('inspect of something else is refused, of nothing an input error', (t) => {
  const other = run('inspect', 'garbage', '--json');
  t.is(other.status, 1);
  t.is(document(other).error?.file, 'garbage');
  t.is(run('inspect', 'not-there').status, 3);
});

const verified: [string[], number, string | undefined][] = [
  [[], 0, undefined],
  [['--accepted', '1', '--floor', '0', '--slot-size', '64k'], 0, undefined],
  [['--accepted', '2'], 1, 'sequence'],
  [['--floor', '1'], 1, 'security version'],
  [['--slot-size', '16k'], 1, 'room'],
  [['--threshold', '2'], 1, 'signatures'],
];
for (const [args, status, failed] of verified) {
  test(`verify ${args.join(' ')}: ${failed ?? 'taken'}`, (t) => {
    const ran = run('verify', 'out/update.suit', '--anchor', 'first.pem', ...identity, ...args, '--json');
    t.is(ran.status, status);
    const { rows } = document(ran);
    t.is(rows.find((row) => row['passed'] === false)?.['check'], failed);
    t.true(rows.some((row) => row['check'] === 'payload' && row['passed'] === true));
  });
}

test('verify says wrong class, and a signature of another key', (t) => {
  const other = run(
    'verify',
    'out/update.suit',
    '--anchor',
    'first.pem',
    '--vendor',
    'example.com',
    '--class',
    'x',
    '--json',
  );
  t.is(other.status, 1);
  t.true(document(other).rows.some((row) => row['code'] === -61));
  const key = run('verify', 'out/update.suit', '--anchor', 'second.pem', ...identity, '--json');
  t.true(document(key).rows.some((row) => row['code'] === -27));
});

test('explain takes a number with a sign, and lists all', (t) => {
  t.is(document(run('explain', '-63', '--json')).rows[0]?.['name'], 'SequenceOld');
  t.true(document(run('explain', '--json')).rows.length > 50);
  t.is(run('explain', '-12345').status, 2);
});

const usage: [string[], string][] = [
  [['pack', 'app.js'], '--out'],
  [['pack', 'app.js', '--out', 'x'], '--vendor'],
  [['pack', 'app.js', '--out', 'x', ...identity], '--sequence'],
  [['pack', 'app.js', '--out', 'x', ...identity, '--sequence', 'two'], '--sequence'],
  [['pack', 'app.js', '--out', 'x', ...identity, '--sequence', '2'], '--key'],
  [['pack', 'app.js', '--out', 'x', ...identity, '--format', 'zip'], '--format'],
  [['provision', 'app.js'], '--envelope'],
  [['publish', 'out'], '--to'],
  [['verify', 'out/update.suit'], '--anchor'],
  [['keygen'], '--out'],
  [['serve', 'out', '--port', '99999'], '--port'],
  [['serve', 'out', '--coap', '99999'], '--coap'],
  [
    ['provision', 'app.js', '--envelope', 'out/update.suit', '--slot-size', '99999999999999', '--out', 'x'],
    'slot size',
  ],
];
for (const [args, field] of usage) {
  test(`${args.join(' ')}: usage, names ${field}`, (t) => {
    const ran = run(...args, '--json');
    t.is(ran.status, 2);
    t.is(document(ran).error?.field, field);
    t.truthy(document(ran).error?.remedy);
  });
}

test('a file that is missing is named: exit 3', (t) => {
  const ran = run(
    'pack',
    'none.js',
    '--key',
    'first.pem',
    ...identity,
    '--sequence',
    '2',
    '--out',
    'x',
    '--json',
  );
  t.is(ran.status, 3);
  t.is(document(ran).error?.file, 'none.js');
  t.regex(ran.stderr, /none\.js: IMAGE: there is no such file/);
});

test('serve answers a range, by CoAP too, and says its URLs', async (t) => {
  const child = spawn(
    process.execPath,
    [FLIPSIDE, 'serve', 'out', '--port', '0', '--coap', '0', '--quiet', '--rate', '1000000', '--json'],
    { cwd: work },
  );
  try {
    const text = await new Promise<string>((resolve) => {
      let all = '';
      child.stdout.on('data', (chunk: Buffer) => {
        all += chunk.toString();
        if (all.includes('\n}\n')) resolve(all);
      });
    });
    const url = (JSON.parse(text) as Document).rows[0]?.['url'] as string;
    const answer = await fetch(`${url}update.suit`, { headers: { Range: 'bytes=10-19' } });
    t.is(answer.status, 206);
    t.deepEqual(
      Buffer.from(await answer.arrayBuffer()),
      readFileSync(at('out/update.suit')).subarray(10, 20),
    );
    t.is((await fetch(`${url}none`)).status, 404);
    const coap = (JSON.parse(text) as Document).rows[0]?.['coap'] as string;
    const got = await coapGet(`${coap}update.suit`, 5000);
    t.deepEqual(Buffer.from(got.bytes), readFileSync(at('out/update.suit')));
  } finally {
    child.kill();
  }
});
