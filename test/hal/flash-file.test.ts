import test from 'ava';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOARDS, FlashMisuse, NorFlash, PowerCut, openBoard } from '../../hal/node/index.ts';

const options = { sectors: [1024, 1024, 2048], writeAlign: 4, eraseValue: 0xff } as const;
const directory = mkdtempSync(join(tmpdir(), 'flash-file-'));
const fileOf = (title: string): string => join(directory, `${title.replaceAll(/\W+/g, '-')}.flash`);
const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);

test.after.always(() => rmSync(directory, { recursive: true }));

test('content, marks and wear survive', (t) => {
  const file = fileOf(t.title);
  const one = new NorFlash({ ...options, file });
  one.eraseBlock(1);
  one.write(bytes, 1024);
  one.write(new Uint8Array(4).fill(0xff), 0);
  one.close();
  const other = new NorFlash({ ...options, file });
  t.deepEqual(other.bytes, one.bytes);
  t.deepEqual([...other.wear], [0, 1, 0]);
  t.throws(() => other.write(bytes, 1024), { instanceOf: FlashMisuse });
  t.throws(() => other.write(bytes, 0), { instanceOf: FlashMisuse }, 'erased bytes, but programmed');
  t.notThrows(() => other.write(bytes, 4));
});

test('what a cut left undefined stays so', (t) => {
  const file = fileOf(t.title);
  const one = new NorFlash({ ...options, file });
  one.cutAt({ operation: 1, where: 'inside', unit: 3 });
  one.eraseBlock(0);
  t.throws(() => one.write(bytes, 0), { instanceOf: PowerCut });
  const other = new NorFlash({ ...options, file });
  t.deepEqual(other.bytes, one.bytes);
  t.true(other.undefinedIn(12, 4));
  t.false(other.undefinedIn(0, 12) || other.undefinedIn(16, 4080));
});

test('images are loaded into the file', (t) => {
  const file = fileOf(t.title);
  const one = new NorFlash({ ...options, file });
  one.write(bytes, 512);
  const image = one.save();
  one.eraseBlock(0, 3);
  one.load(image);
  one.poke(new Uint8Array([9]), 4000);
  const other = new NorFlash({ ...options, file });
  t.deepEqual(other.bytes, one.bytes);
  t.deepEqual([...other.wear], [0, 0, 0]);
  t.throws(() => other.write(bytes, 512), { instanceOf: FlashMisuse });
});

test('a dump without state counts as programmed where it is not erased', (t) => {
  const file = fileOf(t.title);
  new NorFlash({ ...options, file }).write(bytes, 0);
  rmSync(`${file}.state`);
  const other = new NorFlash({ ...options, file });
  t.throws(() => other.write(bytes, 0), { instanceOf: FlashMisuse });
  t.notThrows(() => other.write(bytes, 256));
  const third = new NorFlash({ ...options, file });
  t.throws(() => third.write(bytes, 256), { instanceOf: FlashMisuse });
});

test('state without content is of no account', (t) => {
  const file = fileOf(t.title);
  new NorFlash({ ...options, file }).write(bytes, 0);
  rmSync(file);
  const other = new NorFlash({ ...options, file });
  t.true(other.bytes.every((byte) => byte === 0xff));
  t.notThrows(() => other.write(bytes, 0));
});

test('a file of another flash is refused by name', (t) => {
  const file = fileOf(t.title);
  new NorFlash({ ...options, file }).close();
  t.throws(() => new NorFlash({ ...options, file, writeAlign: 8 }), {
    message: /\.state: .*another geometry/,
  });
  t.throws(() => new NorFlash({ ...options, file, sectors: [2048, 2048] }), { message: /another geometry/ });
  truncateSync(file, 4000);
  t.throws(() => new NorFlash({ ...options, file }), { message: /flash: not 4096 bytes/ });
});

test('a killed process loses nothing that was done', (t) => {
  const file = fileOf(t.title);
  const module = new URL('../../hal/node/index.js', import.meta.url).href;
  const script = `
    import { NorFlash } from ${JSON.stringify(module)};
    const flash = new NorFlash(${JSON.stringify({ ...options, file })});
    flash.eraseBlock(2);
    flash.write(Uint8Array.from({ length: 256 }, (_, at) => at), 2048);
    process.kill(process.pid, 'SIGKILL');
  `;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  t.is(signal, 'SIGKILL');
  const flash = new NorFlash({ ...options, file });
  t.deepEqual(flash.bytes.slice(2048, 2304), bytes);
  t.deepEqual([...flash.wear], [0, 0, 1]);
  t.deepEqual(new Uint8Array(readFileSync(file)), flash.bytes);
  t.throws(() => flash.write(bytes, 2048), { instanceOf: FlashMisuse });
});

test('a board keeps each device in its directory', (t) => {
  const home = join(directory, 'boards', 'two');
  const one = openBoard(BOARDS['tiny-two-devices'], { directory: home });
  one.slots[1].partition.write(bytes, 100);
  one.journal.partition.write(bytes, 0);
  one.close();
  const other = openBoard(BOARDS['tiny-two-devices'], { directory: home });
  const into = new Uint8Array(256);
  other.slots[1].partition.read(into, 100);
  t.deepEqual(into, bytes);
  other.journal.partition.read(into, 0);
  t.deepEqual(into, bytes);
  t.is(readFileSync(join(home, 'spi.flash')).length, 128 * 1024);
  other.close();
});
