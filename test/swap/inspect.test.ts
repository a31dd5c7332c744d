/** A dump of the whole flash of a board in swap mode, as `flipside inspect` reads it. */
import test from 'ava';
import { BOARDS } from '../../hal/node/boards.ts';
import { describeJournal } from '../../publisher/describe-journal.ts';
import { envelopeEnd } from '../../publisher/read-envelope.ts';
import { journalRead } from '../../publisher/read-journal.ts';
import { slotsFind } from '../../publisher/read-slot.ts';
import { install, installConfirm, offer } from '../_bench.ts';
import type { Bench } from '../_bench.ts';
import { placesOpen, update } from './_places.ts';

const SECTOR = 4096;
const dumpOf = ({ flash }: Bench): Uint8Array => flash.devices['flash']!.bytes.slice();
const startOf = (slot: 0 | 1): number => BOARDS['tiny-swap'].slots[slot].from * SECTOR;

/** Sequence and start of each slot found. */
const found = (bench: Bench): [sequence: number, from: number][] =>
  slotsFind(dumpOf(bench)).map(({ from, slot }) => [Number(slot.envelope?.manifest.sequence), from]);

const stateText = (bench: Bench): string => {
  const journal = dumpOf(bench).subarray(0, 3 * SECTOR);
  return describeJournal(journalRead(journal, [SECTOR, SECTOR, SECTOR])).text;
};

test('the slots are found where an exchange left them, and old tails are not taken for slots', (t) => {
  const bench = placesOpen();
  t.is(installConfirm(bench, update), 0);
  t.deepEqual(found(bench), [
    [2, startOf(0)],
    [1, startOf(1)],
  ]);
  t.regex(stateText(bench), /secondLow +1/);
  t.is(bench.agent.revert(), 0);
  t.is(bench.boot(), 0);
  t.deepEqual(found(bench), [
    [1, startOf(0)],
    [2, startOf(1) + SECTOR],
  ]);
});

test('an exchange under way is named, and what it does', (t) => {
  const bench = placesOpen();
  t.is(offer(bench.agent, update), 0);
  t.is(bench.agent.activate(), 0);
  bench.flash.power.cutAt({ operation: 20, where: 'after' });
  bench.boot();
  const text = stateText(bench);
  t.regex(text, /exchange +Up\n/);
  for (const name of ['keepEnd', 'keepTail', 'takeEnd', 'takeTail'])
    t.regex(text, new RegExp(`${name} +\\d+`));
});

test('a flash that begins with its journal is not taken for an envelope', (t) => {
  const bench = placesOpen();
  t.is(install(bench, update), 0);
  for (const at of [0, SECTOR, 2 * SECTOR]) t.is(envelopeEnd(dumpOf(bench).subarray(at)), NaN);
  t.is(envelopeEnd(update.envelope), update.envelope.length);
});
