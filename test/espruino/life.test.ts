import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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
let productMapped: Product;
test.before(() => {
  product = productMake(folder, 'http://server');
  const other = join(folder, 'mapped');
  mkdirSync(other);
  productMapped = productMake(other, 'http://server', { mapped: true });
});

const Base = 0x10000000;
const machine = (range: boolean, releases = product.releases): Machine =>
  new Machine({ ...product, releases, base: Base, page: 1024, range, mapped: false });

const rows = [
  ['flash that is not mapped, a server with Range', () => machine(true)],
  ['flash that is not mapped, a server without Range', () => machine(false)],
  [
    'flash that is mapped',
    () => new Machine({ ...productMapped, base: Base, page: 1024, range: true, mapped: true }),
  ],
] as const;
for (const [name, open] of rows) {
  test(`an update is tried and confirmed, an unhealthy one goes back: ${name}`, (t) => {
    const board = open();
    const enough = (): boolean => board.heard.length >= Expected.length;
    for (let lives = 0; lives < 6 && !enough(); lives++) {
      board.live(lives === 0 ? Reset.Power : Reset.Requested, enough);
    }
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
