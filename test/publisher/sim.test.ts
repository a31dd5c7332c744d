import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { keyParse, pack, publish, releaseRead, serve, serveCoap } from '../../publisher/index.ts';
import { commandAsyncOf, commandOf, FLIPSIDE } from '../_command.ts';
import { sampleImage, seededPem } from './_keys.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-sim-'));

interface Document {
  rows: Record<string, unknown>[];
  error?: { field: string | null; file: string | null; remedy: string | null };
}

interface Ran extends Document {
  status: number | null;
}

const command = commandOf(FLIPSIDE, { cwd: work });
const commandAsync = commandAsyncOf(FLIPSIDE, { cwd: work });

const run = (...args: string[]): Ran => {
  const { status, stdout } = command(...args, '--json');
  return { status, ...(JSON.parse(stdout) as Document) };
};

const runAsync = async (...args: string[]): Promise<Ran> => {
  const { status, stdout } = await commandAsync(...args, '--json');
  return { status, ...(JSON.parse(stdout) as Document) };
};

const key = keyParse(seededPem(1), 'key');
const images = [1, 2, 3].map((seed) => sampleImage(30_000 + seed, seed));
writeFileSync(join(work, 'key.pem'), seededPem(1));
images.forEach((image, at) => {
  const fields = { image, vendor: 'example.com', classId: 'lamp', sequence: at + 1, keys: [key] };
  writeFileSync(join(work, `image${at + 1}.bin`), image);
  writeFileSync(join(work, `update${at + 1}.bundle`), pack(fields).bundle);
});

const identity = ['--vendor', 'example.com', '--class', 'lamp'];
const firstFlash = ['--image', 'image1.bin', '--envelope', 'update1.bundle'];

const create = (name: string, ...more: string[]): Ran =>
  run('sim', 'create', name, '--board', 'tiny', '--anchor', 'key.pem', ...identity, ...firstFlash, ...more);

const last = (ran: Ran): Record<string, unknown> | undefined =>
  ran.rows.filter((row) => 'boot' in row).at(-1);

test('swap mode: the update runs in slot A, and slot B holds what ran before', (t) => {
  const small = [1, 2].map((seed) => sampleImage(9000 + seed, seed));
  small.forEach((image, at) => {
    const fields = { image, vendor: 'example.com', classId: 'lamp', sequence: at + 1, keys: [key] };
    writeFileSync(join(work, `small${at + 1}.bin`), image);
    writeFileSync(join(work, `small${at + 1}.bundle`), pack(fields).bundle);
  });
  const anchored = [
    '--anchor',
    'key.pem',
    ...identity,
    '--image',
    'small1.bin',
    '--envelope',
    'small1.bundle',
  ];
  t.is(run('sim', 'create', 'swapped', '--board', 'tiny-swap', ...anchored).status, 0);
  t.is(run('sim', 'offer', 'swapped', 'small2.bundle').status, 0);
  const trial = run('sim', 'boot', 'swapped');
  t.is(last(trial)?.['slot'], 'A');
  t.is(last(trial)?.['sequence'], 2);
  const slots = run('sim', 'status', 'swapped').rows.filter(({ kind }) => kind === 'slot');
  t.deepEqual(
    slots.map(({ name, good, imageSize }) => [name, good, imageSize]),
    [
      ['slot A', true, 9002],
      ['slot B', true, 9001],
    ],
  );
});

test('an update, from the first flash to the confirm, and once more', (t) => {
  t.is(create('board').status, 0);
  const first = run('sim', 'boot', 'board');
  t.is(first.status, 0);
  t.is(last(first)?.['slot'], 'A');

  const offered = run('sim', 'offer', 'board', 'update2.bundle');
  t.is(offered.status, 0);
  t.is(offered.rows[0]?.['activated'], true);
  const trial = run('sim', 'boot', 'board');
  t.is(trial.status, 0);
  t.is(last(trial)?.['slot'], 'B');
  t.is(last(trial)?.['sequence'], 2);

  const again = run('sim', 'offer', 'board', 'update2.bundle');
  t.is(again.status, 1);
  t.is(again.rows[0]?.['name'], 'AlreadyRunning');
  t.is(again.rows[0]?.['erases'], 0);
  const older = run('sim', 'offer', 'board', 'update1.bundle');
  t.is(older.rows[0]?.['name'], 'SequenceOld');

  const status = run('sim', 'status', 'board');
  t.is(status.status, 0);
  t.deepEqual(
    status.rows.filter((row) => row['kind'] === 'slot').map((row) => [row['name'], row['good']]),
    [
      ['slot A', true],
      ['slot B', true],
    ],
  );
  t.is(status.rows.find((row) => row['kind'] === 'state')?.['confirmed'], 'B');
});

test('a check that fails brings the old image back, and says why', (t) => {
  create('unwell', '--behaviour', 'image2.bin=failsCheck');
  run('sim', 'boot', 'unwell');
  t.is(run('sim', 'offer', 'unwell', 'update2.bundle').status, 0);
  const ran = run('sim', 'boot', 'unwell');
  t.is(ran.status, 0);
  t.is(last(ran)?.['slot'], 'A');
  t.is(run('sim', 'offer', 'unwell', 'update2.bundle').rows[0]?.['name'], 'Reverted');
  t.is(run('sim', 'offer', 'unwell', 'update3.bundle').status, 0);
});

for (const where of ['before', 'inside', 'after']) {
  test(`a cut ${where} an operation, then the same offer again`, (t) => {
    const board = `cut-${where}`;
    create(board);
    run('sim', 'boot', board);
    t.is(run('sim', 'cut', board, '--operation', '20', '--where', where).status, 0);
    const cut = run('sim', 'offer', board, 'update2.bundle');
    t.is(cut.status, 1);
    t.is(cut.rows[0]?.['cut'], true);
    const again = run('sim', 'offer', board, 'update2.bundle');
    t.is(again.status, 0);
    t.is(last(run('sim', 'boot', board))?.['slot'], 'B');
  });
}

test('from a server: the folder of publish, and a server that is not there', async (t) => {
  create('online');
  run('sim', 'boot', 'online');
  const folder = join(work, 'packed');
  t.is(
    run('pack', 'image2.bin', '--key', 'key.pem', ...identity, '--sequence', '2', '--out', folder).status,
    0,
  );
  publish({ release: releaseRead(folder), to: join(work, 'public') });
  const serving = await serve({ folder: join(work, 'public'), port: 0 });
  try {
    const offered = await runAsync('sim', 'offer', 'online', serving.url);
    t.is(offered.status, 0);
    t.true((offered.rows[0]?.['received'] as number) > 0);
  } finally {
    await serving.close();
  }
  const gone = await runAsync('sim', 'offer', 'online', serving.url);
  t.is(gone.status, 3);
  t.is(gone.error?.field, 'UPDATE');
});

test('from a server over CoAP: the folder of publish, and an envelope that is not there', async (t) => {
  create('radio');
  run('sim', 'boot', 'radio');
  const folder = join(work, 'packed-coap');
  run('pack', 'image2.bin', '--key', 'key.pem', ...identity, '--sequence', '2', '--out', folder);
  publish({ release: releaseRead(folder), to: join(work, 'public-coap') });
  const serving = await serveCoap({ folder: join(work, 'public-coap'), port: 0 });
  t.teardown(() => serving.close());
  const none = await runAsync('sim', 'offer', 'radio', `${serving.url}none.suit`);
  t.is(none.status, 3);
  t.is(none.error?.field, 'UPDATE');
  const offered = await runAsync('sim', 'offer', 'radio', serving.url);
  t.is(offered.status, 0);
  t.true((offered.rows[0]?.['received'] as number) > 0);
});

test('a board that is there already, and one that is not', (t) => {
  create('twice');
  t.is(create('twice').status, 3);
  const none = run('sim', 'boot', 'nowhere');
  t.is(none.status, 3);
  t.truthy(none.error?.remedy);
  t.is(run('sim', 'create', 'x', '--board', 'abacus', '--anchor', 'key.pem', ...identity).status, 2);
});

test('over a simulated link, the same for the same seed', (t) => {
  const once = (name: string, ...more: string[]): Ran => {
    create(name);
    return run('sim', 'offer', name, 'update2.bundle', '--link', 'nb-iot', ...more);
  };
  const first = once('linked', '--seed', '5', '--loss', '10');
  t.is(first.status, 0);
  t.like(first.rows[0], { name: 'Ok', activated: true, wakes: 1 });
  t.true((first.rows[0]?.['lost'] as number) > 0);
  t.true((first.rows[0]?.['millijoules'] as number) > 0);
  t.deepEqual(once('linked-again', '--seed', '5', '--loss', '10').rows, first.rows);
  const asleep = once('linked-asleep', '--awake', '10', '--asleep', '60');
  t.is(asleep.status, 0);
  t.true((asleep.rows[0]?.['wakes'] as number) > 1);
  t.is(last(run('sim', 'boot', 'linked'))?.['sequence'], 2);
  t.is(run('sim', 'offer', 'linked', 'update3.bundle', '--link', 'carrier-pigeon').error?.field, '--link');
  const url = run('sim', 'offer', 'linked', 'http://127.0.0.1:1/x.suit', '--link', 'wifi');
  t.like(url, { status: 2, error: { field: '--link' } });
});
