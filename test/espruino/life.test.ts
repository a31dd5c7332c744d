import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Reset } from '../../agent/codes.ts';
import { Expected } from '../../examples/espruino/lamp.ts';
import { productMake } from '../../examples/espruino/release.ts';
import type { Product } from '../../examples/espruino/release.ts';
import { Machine } from './_machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'flipside-espruino-'));
test.after.always(() => rmSync(folder, { recursive: true }));
let product: Product;
test.before(() => {
  product = productMake(folder, 'http://server');
});

const machine = (range: boolean, releases = product.releases): Machine =>
  new Machine({ ...product, releases, base: 0x10000000, page: 1024, range });

for (const range of [true, false]) {
  test(`an update is tried and confirmed, an unhealthy one goes back: a server ${range ? 'with' : 'without'} Range`, (t) => {
    const board = machine(range);
    const enough = (): boolean => board.heard.length >= Expected.length;
    for (let lives = 0; lives < 6 && !enough(); lives++)
      board.live(lives === 0 ? Reset.Power : Reset.Requested, enough);
    t.deepEqual(board.heard, Expected);
    t.is(board.chip.twice, 0, 'units programmed twice');
  });
}

test('a settled boot erases and programs nothing', (t) => {
  const board = machine(true, new Map());
  board.live(Reset.Power, () => true);
  const { erases, writes } = board.chip;
  t.true(erases > 0, 'the first boot writes the journal');
  board.live(Reset.Power, () => true);
  t.deepEqual([board.chip.erases, board.chip.writes], [erases, writes]);
});

test('bytes that were changed on the way are not installed', (t) => {
  const releases = new Map([...product.releases].map(([path, bytes]) => [path, Uint8Array.from(bytes)]));
  const payload = releases.get('/lamp-2.bin')!;
  payload[payload.length - 1]! ^= 1;
  const board = machine(true, releases);
  board.live(Reset.Power, () => board.heard.length >= 2);
  t.is(board.heard[0], '1 runs from slot 0');
  t.regex(board.heard[1]!, /^1 was offered an update: -\d+$/);
});

test('a server that has nothing is given up', (t) => {
  const board = machine(true, new Map());
  board.live(Reset.Power, () => board.heard.length >= 2);
  t.regex(board.heard[1]!, /^1 was offered an update: -\d+$/);
});
