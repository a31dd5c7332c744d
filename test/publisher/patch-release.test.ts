import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { commandOf, FLIPSIDE } from '../_command.ts';
import { sampleImage, seededPem } from './_keys.ts';
import { envelopeRead, publish, releaseRead } from '../../publisher/index.ts';
import { patchMakes, patchTrouble } from '../../publisher/patch-proof.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-patch-'));
const run = commandOf(FLIPSIDE, { cwd: work });
const image = sampleImage(30_000);
const base = Uint8Array.from(image, (byte, at) => (at % 1500 < 900 ? byte : (byte * 7 + at) & 0xff));
writeFileSync(join(work, 'new.js'), image);
writeFileSync(join(work, 'old.js'), base);
writeFileSync(join(work, 'key.pem'), seededPem(1));
const packing = 'pack new.js --key key.pem --vendor example.com --class lamp --sequence 2'.split(' ');
const packed = run(...packing, '--base', 'old.js', '--out', 'out', '--json');

test('pack writes a payload for each, and a row for each base', (t) => {
  t.is(packed.status, 0, packed.stderr);
  const { rows } = JSON.parse(packed.stdout) as { rows: Record<string, unknown>[] };
  t.is(rows.length, 2);
  t.is(rows[1]?.file, 'old.js');
  t.is((rows[0]?.['files'] as string[] | undefined)?.length, 3);
});

test('the release is whole, and published whole', (t) => {
  const release = releaseRead(join(work, 'out'));
  t.is(release.patches.length, 1);
  const latest = publish({ release, to: join(work, 'public') });
  t.is(latest.payloads.length, 2);
  t.is(readdirSync(join(work, 'public')).length, 4);
});

test('any changed byte of a patch is found; the base decides what it makes', (t) => {
  const release = releaseRead(join(work, 'out'));
  const { manifest } = envelopeRead(release.envelope);
  const [patch, variant, payload] = [manifest.patches[0]!, manifest.variants[0]!, release.patches[0]!];
  t.is(patchMakes(payload, patch, variant, base), undefined);
  t.truthy(patchMakes(payload, patch, variant, image));
  for (let at = 0; at < payload.length; at += 131) {
    const damaged = payload.slice();
    damaged[at]! ^= 1;
    t.truthy(patchTrouble(damaged, patch, image.length), `byte ${at}`);
  }
});

test('inspect names the base', (t) => {
  const ran = run('inspect', 'out/update.suit');
  t.regex(ran.stdout, /patch +for [0-9a-f]{16}, [\d,]+ bytes, /);
});

test('an unreadable base is named', (t) => {
  const ran = run(...packing, '--base', 'none.js', '--out', 'none');
  t.is(ran.status, 3);
  t.true(ran.stderr.includes('none.js'));
  const same = run(...packing, '--base', 'new.js', '--out', 'none');
  t.regex(same.stderr, /new\.js: base 1: is the new image itself/);
});

test('a bundle is envelope and whole payload', (t) => {
  t.is(run(...packing, '--base', 'old.js', '--out', 'bundled', '--format', 'bundle').status, 0);
  const { envelope, payloads, patches } = releaseRead(join(work, 'bundled'));
  const bundle = readFileSync(join(work, 'bundled/update.bundle'));
  t.is(bundle.length, envelope.length + payloads[0]!.length);
  t.is(patches.length, 1);
});

test('a whole image without a base is packed, inspected, and tried by verify', (t) => {
  const words = 'lamp on lamp off device log every second blink '.repeat(400);
  writeFileSync(join(work, 'words.js'), Array.from(words, (letter, at) => letter + (at % 7)).join(''));
  const ran = run(
    ...packing.map((word) => (word === 'new.js' ? 'words.js' : word)),
    '--encoding',
    'patch',
    '--out',
    'whole',
  );
  t.is(ran.status, 0, ran.stderr);
  t.regex(ran.stdout, /patch +[\d,]+ bytes, .* for any image/);
  t.regex(run('inspect', 'whole/update.suit').stdout, /patch +for any image, /);
  const tried = run(
    'verify',
    'whole/update.suit',
    ...'--anchor key.pem --vendor example.com --class lamp'.split(' '),
  );
  t.regex(tried.stdout, /patch, no base +\d+ bytes make the image/);
  t.is(tried.status, 0, tried.stdout);
});

const patchFile = (JSON.parse(packed.stdout) as { rows: { files: string[] }[] }).rows[0]!.files[2]!;
const device = '--anchor key.pem --vendor example.com --class lamp'.split(' ');

test('inspect tells what a patch alone says, and where it is damaged', (t) => {
  const { rows } = JSON.parse(run('inspect', patchFile, '--json').stdout) as {
    rows: Record<string, unknown>[];
  };
  const { manifest } = envelopeRead(releaseRead(join(work, 'out')).envelope);
  const { root, firstPiece, payloadSize } = manifest.patches[0]!;
  const { kind, size, units, damagedUnit } = rows[0]!;
  t.deepEqual(
    [kind, rows[0]!['root'], rows[0]!['firstPiece'], size, damagedUnit],
    ['patch', Buffer.from(root!).toString('hex'), firstPiece, payloadSize, null],
  );
  t.true(payloadSize! - firstPiece! > 2048, 'it has several pieces');
  const bytes = readFileSync(join(work, patchFile));
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(join(work, 'damaged'), bytes);
  t.true(run('inspect', 'damaged').stdout.includes(`a piece of unit ${String(units)} is damaged`));
  // In the table of units: the digest of the first piece.
  bytes[10]! ^= 1;
  writeFileSync(join(work, 'no-patch'), bytes);
  t.is(run('inspect', 'no-patch').status, 1);
});

test('verify takes one of the patches as the payload', (t) => {
  const moved = mkdtempSync(join(work, 'moved-'));
  writeFileSync(join(moved, 'update.suit'), readFileSync(join(work, 'out/update.suit')));
  const verify = (payload: string) =>
    run('verify', join(moved, 'update.suit'), ...device, '--payload', payload, '--base', 'old.js', '--json');
  const right = verify(patchFile);
  t.is(right.status, 0, right.stdout);
  t.regex(right.stdout, /"check": "patch [0-9a-f]{8}"/);
  t.is(verify('damaged').status, 1);
});

test('under MCUboot a base has its header, and nothing behind it', (t) => {
  const wrap = (file: string, out: string, ...more: string[]) =>
    run('mcuboot', file, '--image-version', '1.0.0', '--out', out, ...more).status;
  t.is(wrap('old.js', 'old.mcuboot'), 0);
  t.is(wrap('old.js', 'padded.mcuboot', '--slot-size', '64k'), 0);
  const given = [...packing, '--format', 'mcuboot', '--image-version', '1.1.0'];
  for (const [file, said] of [
    ['old.js', /old\.js.*is no image for MCUboot.*with its header/s],
    ['padded.mcuboot', /padded\.mcuboot.*of which \d+ are the image.*without padding/s],
  ] as const) {
    const refused = run(...given, '--base', file, '--out', 'none');
    t.is(refused.status, 2);
    t.regex(refused.stderr, said);
  }
  const taken = run(...given, '--base', 'old.mcuboot', '--out', 'wrapped');
  t.is(taken.status, 0, taken.stderr);
  t.is(releaseRead(join(work, 'wrapped')).patches.length, 1);
});
