/** Sender sequence numbers out of a ledger on flash, whose undefined places read differently at each boot. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { openLedger } from '../../hal/identity/index.ts';
import { numberedStore } from '../../hal/oscore/numbered-store.ts';
import { sequenceNew, sequenceTake } from '../../hal/oscore/sequence.ts';
import { Chain } from '../journal/_lives.ts';
import { UnstableFlash } from '../journal/_unstable-flash.ts';

const LIVES = 300;
const BOOTS = 25;

/** `each` for the store, `ahead` for the sequence; the two need not be one. Numbers given, boots, and what was given twice. */
const lives = (each: number, ahead: number, forgets = false) => {
  const seen = { given: 0, boots: 0, cuts: 0, twice: [] as string[] };
  for (let seed = 1; seed <= LIVES; seed++) {
    const chain = new Chain(3);
    const flash = new UnstableFlash(3, seed, (where, sector, cut) => {
      seen.cuts += cut ? 1 : 0;
      chain.told(where, sector, cut);
    });
    const given = new Set<number>();
    for (; chain.boot < BOOTS && !chain.beyond; chain.boot++) {
      flash.powerOn(flash.below(3) > 0 ? flash.below(9) : -1);
      seen.boots++;
      const ledger = openLedger({ partition: flash }, undefined);
      const numbers = forgets ? { next: () => 1 } : ledger;
      const sequence = sequenceNew(numberedStore(numbers, each), ahead);
      for (let step = flash.below(3 * ahead); step > 0; step--) {
        const number = sequenceTake(sequence);
        if (number < 0) break;
        if (given.has(number)) seen.twice.push(`seed ${seed}, boot ${chain.boot}: ${number}`);
        given.add(number);
        // A report takes one in between.
        if (step % 7 === 0) ledger.next();
      }
    }
    seen.given += given.size;
  }
  return seen;
};

for (const [each, ahead] of [
  [16, 16],
  [4, 16],
  [16, 5],
] as const)
  test(`no number twice: ${each} for a number of the ledger, ${ahead} ahead`, (t) => {
    const { given, boots, cuts, twice } = lives(each, ahead);
    t.deepEqual(twice, []);
    t.true(given > 1000 && boots > 1000 && cuts > 500, `${given} numbers, ${boots} boots, ${cuts} cuts`);
  });

test('a source that forgets is found', (t) => {
  t.true(lives(16, 16, true).twice.length > 100);
});

test('a source that does not rise gives no more numbers', (t) => {
  const sequence = sequenceNew(numberedStore({ next: () => 7 }, 2), 2);
  t.deepEqual(
    Array.from({ length: 4 }, () => sequenceTake(sequence)),
    [14, 15, Err.SequenceSpent, Err.SequenceSpent],
  );
});

test('a ledger that fails gives no number', (t) => {
  const failing = { next: () => Err.LedgerFailed as number };
  t.is(sequenceTake(sequenceNew(numberedStore(failing, 16), 16)), Err.SequenceSpent);
  let left = 2;
  const ending = { next: () => (left-- > 0 ? 3 - left : (Err.LedgerFailed as number)) };
  const sequence = sequenceNew(numberedStore(ending, 1), 1);
  t.deepEqual(
    Array.from({ length: 4 }, () => sequenceTake(sequence)),
    [2, 3, Err.SequenceSpent, Err.SequenceSpent],
  );
  t.throws(() => numberedStore(ending, 0), { instanceOf: RangeError });
});
