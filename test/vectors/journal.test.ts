import test from 'ava';
import { readU16, readU32 } from '../../agent/bytes.ts';
import {
  PAYLOAD_AT,
  recordCheck,
  recordPayload,
  recordSequence,
  recordType,
} from '../../agent/format/record.ts';
import { STATE_LENGTH } from '../../agent/format/layout.ts';
import { stateNew, stateRead } from '../../agent/format/state.ts';
import { journalLoad, journalOpen, journalSealed } from '../../agent/journal.ts';
import { NorFlash } from '../../hal/node/index.ts';
import { journalRead, stateNewest } from '../../publisher/index.ts';
import { stateFields, stateFill } from './_journal-rows.ts';
import type { JournalRow } from './_journal-rows.ts';
import { bytes, rows, unnoticed } from './_committed.ts';

for (const row of rows.records) {
  test(`record, ${row.name}: read, written again, and refused with any bit flipped`, (t) => {
    const input = bytes(row.bytes);
    t.is(recordCheck(input, 0, input.length), input.length);
    t.is(recordType(input, 0), row.type);
    t.is(recordSequence(input, 0), row.sequence);
    const payload = recordPayload(input, 0);
    if (row.state) {
      const state = stateNew();
      t.is(stateRead(state, input, PAYLOAD_AT, payload), 0);
      t.deepEqual(stateFields(state), row.state);
      const made = stateNew();
      stateFill(made, row.state);
      t.deepEqual(made, input.slice(PAYLOAD_AT, PAYLOAD_AT + payload));
    } else if (row.range) {
      t.is(payload, 12);
      t.is(readU32(input, PAYLOAD_AT), row.range.slot);
      t.is(readU32(input, PAYLOAD_AT + 4), row.range.offset);
      t.is(readU32(input, PAYLOAD_AT + 8), row.range.length);
    } else t.is(readU16(input, 2), 0);
    t.deepEqual(
      unnoticed(input, (flipped) => recordCheck(flipped, 0, flipped.length) > 0),
      [],
    );
    for (let have = 0; have < input.length; have++) t.is(recordCheck(input, 0, have), 0);
  });
}

function flashOf(row: JournalRow): NorFlash {
  const content = new Uint8Array(row.sectors.length * row.sectorLength).fill(row.erased);
  row.sectors.forEach((digits, sector) => content.set(bytes(digits), sector * row.sectorLength));
  return new NorFlash({
    sectors: row.sectors.map(() => row.sectorLength),
    writeAlign: row.unit,
    eraseValue: row.erased === 0 ? 0 : 0xff,
    bytes: content,
  });
}

for (const row of rows.journals) {
  test(`journal, ${row.name}: loads to the state that counts`, (t) => {
    const flash = flashOf(row);
    const journal = journalOpen(flash.port(), undefined);
    t.is(journalLoad(journal), 0);
    t.deepEqual(stateFields(journal.state), row.state);
    t.is(journal.seals, row.seals);
    t.is(journal.sequence, row.sequence);
    t.true(journalSealed(journal));
    const newest = stateNewest(journalRead(flash.bytes, row.sectorLength))!;
    t.true(newest.sealed);
    t.is(newest.payload.length, STATE_LENGTH);
  });
}

test('journal: with a seal too few a state is not sealed; it counts where there is no other', (t) => {
  const row = rows.journals[0]!;
  const seal = rows.records.find(({ name }) => name === 'seal')!.bytes.length;
  const stateEnd = 2 * Math.ceil((PAYLOAD_AT + STATE_LENGTH + 4) / row.unit) * row.unit;
  for (const seals of [2, 1, 0]) {
    const sectors = [row.sectors[0]!.slice(0, stateEnd + seals * seal), '', ''];
    const journal = journalOpen(flashOf({ ...row, sectors }).port(), undefined);
    t.is(journalLoad(journal), 0);
    t.is(journalSealed(journal), seals === 2);
  }
});
