import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { openReporter, REPORT_MAX } from '../../hal/identity/index.ts';
import { keyStoreOpen, nodeIdentity, openLedgerFile } from '../../hal/node/index.ts';
import { commandOf, FLIPSIDE } from '../_command.ts';
import { sampleImage, seededPem } from '../publisher/_keys.ts';
import { factsOf } from './_reports.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-identity-'));
const at = (...parts: string[]): string => join(work, ...parts);

const run = commandOf(FLIPSIDE, { cwd: work });

type Row = Record<string, unknown>;

const rowsOf = (...args: string[]): Row[] => {
  const { status, stdout, stderr } = run(...args, '--json');
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(stdout) as { rows: Row[] }).rows;
};

const refusedBy = (...args: string[]): [number | null, string] => {
  const { status, stdout } = run(...args, '--json');
  return [status, (JSON.parse(stdout) as { error?: { message: string } }).error?.message ?? ''];
};

writeFileSync(at('app.js'), sampleImage(9000));
writeFileSync(at('release.pem'), seededPem(1));
writeFileSync(at('other.pem'), seededPem(2));
const lamp = ['--vendor', 'example.com', '--class', 'lamp'];

test('identity, report: made, shown, sent, verified; replayed it is refused', (t) => {
  rowsOf('keygen', '--kind', 'device-key', '--out', 'keys/device');
  const store = ['--key-file', 'keys/lamp.key'];
  const [made] = rowsOf(
    'identity',
    'create',
    '--out',
    'keys/lamp',
    '--device',
    'd00d',
    ...store,
    '--device-key',
    'keys/device.device-key.json',
    '--psk',
    'lamp-1:00112233445566778899aabbccddeeff',
  );
  t.like(made, { algorithm: 'esp256', device: 'd00d', keys: 3 });
  t.is(statSync(at('keys/lamp.identity')).mode & 0o777, 0o600);
  t.is(statSync(at('keys/lamp.key')).mode & 0o777, 0o600);
  const shown = rowsOf('identity', 'show', 'keys/lamp.identity', ...store);
  t.deepEqual(
    shown.map((row) => row['kind']),
    ['ESP256', 'X25519', 'PSK'],
  );
  t.false(JSON.stringify(shown).includes('00112233445566778899aabbccddeeff'));
  t.is(refusedBy('identity', 'create', '--out', 'keys/lamp', ...store)[0], 3);

  const content = keyStoreOpen(at('keys/lamp.identity'), { keyFile: at('keys/lamp.key') });
  const reporter = openReporter({
    identity: nodeIdentity(content),
    algorithm: -9,
    keyId: content.keys[0]!.keyId,
    device: content.device,
    counter: openLedgerFile(at('ledger')),
  });
  const into = new Uint8Array(REPORT_MAX);
  for (const name of ['first', 'second']) {
    const length = reporter.write(into, factsOf({ nonce: new Uint8Array(8).fill(5) }));
    writeFileSync(at(`${name}.report`), into.subarray(0, length));
  }
  const key = ['--key', 'keys/lamp.report-key.json'];
  const [first] = rowsOf(
    'report',
    'verify',
    'first.report',
    ...key,
    '--nonce',
    '0505050505050505',
    '--device',
    'd00d',
  );
  t.like(first, {
    verified: true,
    device: 'd00d',
    counter: 1,
    code: -112,
    event: 'Reverted',
    check: 'mqtt connects',
  });
  t.like(rowsOf('report', 'verify', 'second.report', ...key, '--after', '1')[0], { counter: 2 });
  t.deepEqual(refusedBy('report', 'verify', 'first.report', ...key, '--after', '1').slice(0, 1), [1]);
  t.regex(
    refusedBy('report', 'verify', 'first.report', ...key, '--after', '1')[1],
    /1 is not above 1: replayed/,
  );
  t.is(refusedBy('report', 'verify', 'first.report', ...key, '--nonce', '0505050505050506')[0], 1);
  t.is(refusedBy('report', 'verify', 'first.report', ...key, '--device', 'beef')[0], 1);
  t.is(refusedBy('report', 'verify', 'first.report', '--key', 'other.pem')[0], 1);
  t.is(refusedBy('report', 'verify', 'first.report')[0], 2);
  t.like(rowsOf('inspect', 'first.report')[0], { kind: 'report', counter: 1 });
  t.regex(run('inspect', 'first.report').stdout, /not verified here/);
  const altered = readFileSync(at('first.report'));
  altered[70]! ^= 1;
  writeFileSync(at('altered.report'), altered);
  t.is(refusedBy('report', 'verify', 'altered.report', ...key)[0], 1);

  chmodSync(at('keys/lamp.key'), 0o644);
  const [status, why] = refusedBy('identity', 'show', 'keys/lamp.identity', ...store);
  t.is(status, 1);
  t.regex(why, /mode 644/);
});

test('identity by a passphrase, with a secret that authenticates', (t) => {
  writeFileSync(at('pass'), 'correct horse\nsecond line\n');
  const opened = ['--passphrase-file', 'pass'];
  const [made] = rowsOf('identity', 'create', '--out', 'hmac', '--algorithm', 'hmac-256', ...opened);
  t.is(String(made!['device']).length, 32);
  t.is(statSync(at('hmac.report-key.json')).mode & 0o077, 0);
  t.like(rowsOf('identity', 'show', 'hmac.identity', ...opened)[0], { kind: 'HMAC', publicKey: null });
  t.like(rowsOf('inspect', 'hmac.identity')[0], { kind: 'key store', openedBy: 'passphrase' });
  t.like(rowsOf('inspect', 'hmac.report-key.json')[0], { kind: 'report key', secret: true, key: null });
  writeFileSync(at('empty'), '\n');
  t.is(refusedBy('identity', 'show', 'hmac.identity', '--passphrase-file', 'empty')[0], 1);
  t.is(refusedBy('identity', 'show', 'hmac.identity')[0], 2);
  t.is(refusedBy('identity', 'show', 'hmac.identity', ...opened, '--key-file', 'pass')[0], 2);
});

test('statement: published, answered to a nonce, read and verified', (t) => {
  const key = ['--key', 'release.pem'];
  for (const sequence of [2, 3])
    rowsOf('pack', 'app.js', ...key, ...lamp, '--sequence', String(sequence), '--out', `out${sequence}`);
  const stated = [...key, '--issued', '2027-01-01', '--expires', '2027-01-31'];
  t.like(rowsOf('publish', 'out2', '--to', 'public', '--statement', ...stated)[0], {
    statement: join('public', 'latest.statement'),
  });
  t.is(rowsOf('publish', 'out2', '--to', 'plain')[0]!['statement'], null);
  t.like(rowsOf('inspect', 'public/latest.statement')[0], { kind: 'statement', sequence: 2, nonce: null });
  t.true(rowsOf('inspect', 'public').some((row) => row['kind'] === 'statement'));

  const device = ['--anchor', 'release.pem', ...lamp];
  const verified = (file: string, ...more: string[]): [number | null, unknown] => {
    const { status, stdout } = run('verify', file, ...device, ...more, '--json');
    return [status, (JSON.parse(stdout) as { rows: Row[] }).rows[0]?.['code']];
  };
  const latest = 'public/latest.statement';
  t.deepEqual(verified(latest, '--at', '2027-01-15'), [0, 0]);
  t.deepEqual(verified(latest, '--at', '2027-02-15'), [1, -184]);
  t.deepEqual(verified(latest, '--at', '2027-01-15', '--nonce', '0011223344556677'), [1, -185]);
  t.deepEqual(verified(latest, '--at', '2027-01-15', '--offered', 'out3/update.suit'), [0, 0]);
  rowsOf('publish', 'out3', '--to', 'public', '--statement', ...stated);
  t.deepEqual(verified(latest, '--at', '2027-01-15', '--offered', 'out2/update.suit'), [1, -187]);
  const other = ['--anchor', 'other.pem', ...lamp];
  t.is(run('verify', latest, ...other).status, 1);
  t.regex(run('verify', latest, ...other).stdout, /SignatureWrong/);

  for (const release of ['public', 'out3', 'out3/update.suit']) {
    const nonce = ['--nonce', '00112233445566778899'];
    rowsOf('statement', release, ...key, ...nonce, '--out', 'answer.statement');
    t.deepEqual(verified('answer.statement', ...nonce), [0, 0]);
    t.deepEqual(verified('answer.statement', '--nonce', '00112233445566778890'), [1, -185]);
    t.like(rowsOf('inspect', 'answer.statement')[0], {
      sequence: 3,
      expires: null,
      nonce: '00112233445566778899',
    });
  }
  for (const more of [[], ['--nonce', '0011'], ['--nonce', 'xyz'], ['--expires', '2001-01-01']])
    t.is(refusedBy('statement', 'public', ...key, ...more, '--out', 'none.statement')[0], 2, more.join(' '));
});

test('help of every new verb has an example', (t) => {
  for (const verb of [
    ['statement'],
    ['report'],
    ['report', 'verify'],
    ['identity', 'create'],
    ['identity', 'show'],
  ])
    t.regex(run(...verb, '--help').stdout, /Example:\n {2}flipside/, verb.join(' '));
});
