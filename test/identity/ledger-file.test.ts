import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { IdentityError, openLedgerFile } from '../../hal/node/index.ts';

const work = mkdtempSync(join(tmpdir(), 'flipside-ledger-'));
let count = 0;
const fresh = (): string => join(work, `${(count += 1)}`);

test('the ledger in a file: numbers rise over processes, statements stay', (t) => {
  const file = fresh();
  let last = 0;
  for (let run = 1; run <= 5; run++) {
    const ledger = openLedgerFile(file);
    const seen = { sequence: 0, issued: 0 };
    ledger.seen(seen);
    t.deepEqual(seen, run === 1 ? { sequence: 0, issued: 0 } : { sequence: run - 1, issued: 10 * (run - 1) });
    for (let i = 0; i < 100; i++) {
      const number = ledger.next();
      t.true(number > last);
      last = number;
    }
    t.is(ledger.keep(run, 10 * run), 0);
    t.is(ledger.keep(-1, 0), Err.BadArgument);
  }
  t.is(statSync(file).mode & 0o777, 0o600);
});

test('of two that open one ledger the second gives out nothing, and repeats nothing', (t) => {
  const file = fresh();
  const [first, second] = [openLedgerFile(file), openLedgerFile(file)];
  t.is(first.next(), 1);
  t.is(second.next(), Err.LedgerFailed);
  t.is(second.keep(1, 1), Err.LedgerFailed);
  t.is(first.keep(2, 2), 0);
  rmSync(file);
  t.is(first.keep(3, 3), Err.LedgerFailed);
});

test('an altered ledger is refused, and does not begin anew', (t) => {
  const file = fresh();
  openLedgerFile(file).next();
  const good = readFileSync(file);
  t.is(good.length, 32);
  for (let at = 0; at < good.length; at++) {
    const changed = Buffer.from(good);
    changed[at]! ^= 1;
    writeFileSync(file, changed);
    t.throws(() => openLedgerFile(file), { instanceOf: IdentityError }, `byte ${at}`);
  }
  writeFileSync(file, '');
  t.throws(() => openLedgerFile(file), { instanceOf: IdentityError });
});

test('a ledger whose folder takes nothing more gives no number that is not on disk', (t) => {
  const ledger = openLedgerFile(join(work, 'missing', 'ledger'));
  t.is(ledger.next(), Err.LedgerFailed);
  t.is(ledger.keep(1, 1), Err.LedgerFailed);
  t.false(existsSync(join(work, 'missing')));
});
