import test from 'ava';
import * as Err from '../../agent/err.ts';
import { openLedger } from '../../hal/identity/index.ts';
import type { Ledger } from '../../hal/identity/index.ts';
import { NorFlash } from '../../hal/node/index.ts';
import { flashOf, geometries, titleOf } from '../journal/_journal.ts';
import { lives } from './_ledger-lives.ts';

const open = (flash: NorFlash): Ledger => openLedger({ partition: flash }, undefined);
const seenOf = (ledger: Ledger): [number, number] => {
  const seen = { sequence: 0, issued: 0 };
  ledger.seen(seen);
  return [seen.sequence, seen.issued];
};

for (const geometry of geometries) {
  test(`numbers rise over boots, and a statement stays: ${titleOf(geometry)}`, (t) => {
    const flash = flashOf(geometry);
    let last = 0;
    for (let boot = 1; boot <= 12; boot++) {
      const ledger = open(flash);
      t.deepEqual(seenOf(ledger), boot === 1 ? [0, 0] : [boot - 1, 1000 + boot - 1]);
      for (let i = 0; i < 200; i++) {
        const number = ledger.next();
        t.true(number > last, `${number} after ${last}`);
        last = number;
      }
      t.is(ledger.keep(boot, 1000 + boot), 0);
      t.deepEqual(seenOf(ledger), [boot, 1000 + boot]);
    }
    t.is(flash.misuses, 0);
  });
}

test('who asks for nothing writes nothing; a reserve serves 64 numbers', (t) => {
  const flash = flashOf(geometries[0]!);
  open(flash);
  t.is(flash.operations, 0);
  const ledger = open(flash);
  t.is(ledger.next(), 1);
  const after = flash.operations;
  for (let i = 0; i < 63; i++) ledger.next();
  t.is(flash.operations, after);
  ledger.next();
  t.is(flash.programs > 0 && flash.operations, after + 1);
});

test('a sector is turned over when it is full, in one power cycle', (t) => {
  const flash = flashOf({ sector: 512, unit: 8, eraseValue: 0xff });
  const ledger = open(flash);
  for (let i = 1; i <= 100; i++) t.is(ledger.keep(i, i), 0);
  t.true(flash.erases > 3);
  t.deepEqual(seenOf(open(flash)), [100, 100]);
});

/** A board that reports twice in each of five boots, and keeps a statement. */
interface Course {
  readonly given: number[];
  /** Statements that were kept, and were not there at the next boot. */
  readonly lost: number[];
}

const course = (flash: NorFlash): Course => {
  const given: number[] = [];
  const lost: number[] = [];
  let kept = 0;
  for (let at = 1; at <= 5; at++) {
    flash.power.powerOn();
    const ledger = open(flash);
    if (seenOf(ledger)[0] < kept) lost.push(kept);
    for (let i = 0; i < 2; i++) {
      const number = ledger.next();
      if (number > 0) given.push(number);
    }
    if (ledger.keep(at, at) === 0) kept = at;
  }
  return { given, lost };
};

const WHERES = ['before', 'inside', 'after'] as const;

for (const torn of ['old', 'new', 'mixed'] as const) {
  test(`power goes at each operation, torn cells ${torn}: no number is given twice, no statement lost`, (t) => {
    const whole = flashOf(geometries[0]!);
    t.is(course(whole).given.length, 10);
    const total = whole.operations;
    t.true(total >= 20);
    let fired = 0;
    for (let operation = 0; operation < total; operation++) {
      for (const where of WHERES) {
        const flash = flashOf(geometries[0]!);
        flash.power.cutAt({ operation, where, torn, erase: torn === 'new' ? 'erased' : torn });
        const { given, lost } = course(flash);
        if (flash.power.cutFired) fired++;
        const replay = `cut ${operation} ${where}: ${given.join()}`;
        t.deepEqual(lost, [], replay);
        const rises = given.every((number, i) => i === 0 || number > given[i - 1]!);
        t.true(rises, replay);
        t.is(flash.misuses, 0, replay);
      }
    }
    t.is(fired, total * WHERES.length);
  });
}

test('400 lives on flash whose torn places read differently at each boot: no number twice, no statement lost', (t) => {
  const { wrong, beyond, given } = lives(400, { sectors: 4 });
  t.deepEqual(wrong, []);
  t.true(given > 2000);
  t.true(beyond < 40);
});

test('300 lives on three sectors', (t) => {
  const { wrong, given } = lives(300, { sectors: 3 });
  t.deepEqual(wrong, []);
  t.true(given > 1500);
});

test('a ledger that gives numbers before their record is whole goes wrong', (t) => {
  t.true(lives(60, { sectors: 4, hasty: true }).wrong.length > 0);
});

test('worn sectors: it goes on in another one, and says when there is none', (t) => {
  const flash = flashOf(geometries[0]!);
  const dead = new Set([0]);
  flash.fault = {
    erase: (sector) => (dead.has(sector) ? 'failed' : 'done'),
  };
  const ledger = open(flash);
  t.is(ledger.next(), 1);
  dead.add(1).add(2);
  let code = 0;
  for (let i = 1; i < 300 && code === 0; i++) code = ledger.keep(i, i);
  t.is(code, Err.LedgerFailed);
  // What was not kept is not said to be.
  const [sequence] = seenOf(ledger);
  t.is(seenOf(open(flash))[0], sequence);
  let last = 0;
  while (last >= 0 && last < 1000) last = ledger.next();
  t.is(last, Err.LedgerFailed);
});

test('it wants three sectors that hold its records', (t) => {
  t.throws(() => open(flashOf(geometries[0]!, 2)), { instanceOf: RangeError });
  t.throws(() => open(new NorFlash({ sectors: [64, 64, 64], writeAlign: 4, eraseValue: 0xff })), {
    instanceOf: RangeError,
  });
});

test('a statement outside the numbers is refused, and what is blank or foreign reads as nothing', (t) => {
  const flash = flashOf(geometries[2]!);
  flash.eraseBlock(0);
  flash.write(new Uint8Array(2000).fill(0xa1), 0);
  const ledger = open(flash);
  t.deepEqual(seenOf(ledger), [0, 0]);
  for (const [sequence, issued] of [
    [-1, 1],
    [NaN, 1],
    [1, 2 ** 53],
    [1, Infinity],
  ] as const)
    t.is(ledger.keep(sequence, issued), Err.BadArgument);
});
