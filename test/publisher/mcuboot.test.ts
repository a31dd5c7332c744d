import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { keyGenerate, keyParse, mcubootImage, pack, PublishError } from '../../publisher/index.ts';
import type { McubootOptions } from '../../publisher/index.ts';
import { commandOf, FLIPSIDE } from '../_command.ts';
import { sampleImage, seededKey, seededPem } from './_keys.ts';

const application = sampleImage(2000);
const base: McubootOptions = { application, version: '1.2.3', key: seededKey(1) };

test('the same input and key give the same bytes, of both algorithms', (t) => {
  for (const key of [seededKey(1), keyParse(keyGenerate('esp256'), 'made')])
    t.deepEqual(
      mcubootImage({ ...base, key }),
      mcubootImage({ ...base, key, application: application.slice() }),
    );
});

test('header: fields in their places, and erased up to its size', (t) => {
  const image = mcubootImage({ ...base, version: '1.2.3+70000', headerSize: 64, eraseValue: 0 });
  const view = new DataView(image.buffer);
  t.is(view.getUint32(0, true), 0x96f3b83d);
  t.is(view.getUint16(8, true), 64);
  t.is(view.getUint16(10, true), 0);
  t.is(view.getUint32(12, true), 2000);
  t.deepEqual([...image.subarray(20, 28)], [1, 2, 3, 0, 0x70, 0x11, 1, 0]);
  t.deepEqual([...image.subarray(28, 64)], Array(36).fill(0));
  t.deepEqual(image.slice(64, 2064), application);
});

test('it is packed as any image', (t) => {
  const image = mcubootImage(base);
  const packed = pack({ image, vendor: 'example.com', classId: 'lamp', sequence: 1, keys: [seededKey(2)] });
  t.is(packed.figures.image, image.length);
});

const wrong: readonly (readonly [string, Partial<McubootOptions>, RegExp])[] = [
  ['no application', { application: new Uint8Array(0) }, /application/],
  ['version', { version: '1.2' }, /version 1\.2/],
  ['major above 255', { version: '256.0.0' }, /version 256/],
  ['build above 32 bits', { version: '1.0.0+4294967296' }, /version/],
  ['header of 31 bytes', { headerSize: 31 }, /headerSize/],
  ['header of 65536 bytes', { headerSize: 65536 }, /headerSize/],
  ['header of half a byte', { headerSize: 32.5 }, /headerSize/],
  ['counter below 0', { securityCounter: -1 }, /securityCounter/],
  ['counter above 32 bits', { securityCounter: 2 ** 32 }, /securityCounter/],
  ['trailer without a slot', { trailer: 'confirmed' }, /slot/],
  ['slot too small', { slotSize: 3072 }, /room for/],
  ['slot smaller than a trailer', { slotSize: 1024 }, /trailer/],
  ['alignment', { slotSize: 65536, maxAlign: 12 }, /alignment/],
  ['unit above the alignment', { slotSize: 65536, unit: 32, maxAlign: 8 }, /units of 32/],
];

for (const [name, change, says] of wrong) {
  test(`refused, with what to do: ${name}`, (t) => {
    const error = t.throws(() => mcubootImage({ ...base, ...change }), { instanceOf: PublishError });
    t.regex(`${error?.field}: ${error?.what}`, says);
    t.truthy(error?.remedy);
    t.is(error?.exit, 2);
  });
}

const work = mkdtempSync(join(tmpdir(), 'flipside-mcuboot-'));
const run = commandOf(FLIPSIDE, { cwd: work });
writeFileSync(join(work, 'app.bin'), application);
writeFileSync(join(work, 'key.pem'), seededPem(1));

test('the command writes what the library makes', (t) => {
  const ran = run(
    ...'mcuboot app.bin --image-version 1.2.3+4 --key key.pem --header-size 0x200 --security-counter 5'.split(
      ' ',
    ),
    ...'--slot-size 64k --trailer confirmed --unit 8 --out made/app.mcuboot --json'.split(' '),
  );
  t.is(ran.status, 0, ran.stderr);
  const image = mcubootImage({
    ...base,
    version: '1.2.3+4',
    headerSize: 512,
    securityCounter: 5,
    slotSize: 65536,
    trailer: 'confirmed',
    unit: 8,
  });
  t.deepEqual(new Uint8Array(readFileSync(join(work, 'made/app.mcuboot'))), image);
  const [row] = (JSON.parse(ran.stdout) as { rows: { size: number; version: string }[] }).rows;
  t.like(row, { size: 65536, version: '1.2.3+4' });
});

test('the command refuses: a file, a field, a remedy, and the exit code', (t) => {
  const noVersion = run('mcuboot', 'app.bin', '--key', 'key.pem', '--out', 'x');
  t.is(noVersion.status, 2);
  t.regex(noVersion.stderr, /--image-version/);
  const noFile = run('mcuboot', 'nothing.bin', '--image-version', '1.0.0', '--out', 'x');
  t.is(noFile.status, 3);
  t.regex(noFile.stderr, /nothing\.bin/);
});
