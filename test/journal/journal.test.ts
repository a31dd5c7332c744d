import test from 'ava';
import { journalLoad, journalName, journalOpen, journalSave, journalSealed } from '../../agent/journal.ts';
import { NO_SLOT, Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { crc32, writeU16, writeU32 } from '../../agent/bytes.ts';
import { PAYLOAD_AT, recordLength } from '../../agent/format/record.ts';
import { ACCEPTED_DIGEST_AT, STATE_LENGTH } from '../../agent/format/layout.ts';
import { NorFlash } from '../../hal/node/index.ts';
import type { Operation } from '../../hal/node/index.ts';
import { flashOf, geometries, load, titleOf } from './_journal.ts';
import { stateView } from '../../hal/node/state-view.ts';

const small = geometries[0]!;

for (const geometry of geometries) {
  const title = titleOf(geometry);

  test(`blank flash is lost, the first save makes it sealed, and it is loaded: ${title}`, (t) => {
    const flash = flashOf(geometry);
    const first = load(flash);
    t.is(first.code, Err.JournalLost);
    t.false(journalSealed(first.journal));
    t.is(stateView(first.journal.state).confirmed, NO_SLOT);
    Object.assign(stateView(first.journal.state), { confirmed: 1, accepted: 2 ** 40 + 3, floor: 7 });
    first.journal.state.fill(0xa1, ACCEPTED_DIGEST_AT);
    t.is(journalSave(first.journal), Ok);
    t.true(journalSealed(first.journal));
    const second = load(flash);
    t.is(second.code, Ok);
    t.true(journalSealed(second.journal));
    t.deepEqual(second.journal.state, first.journal.state);
    t.is(flash.misuses, 0);
  });

  test(`a full sector is turned over, with state and name: ${title}`, (t) => {
    const flash = flashOf(geometry, 4);
    const { journal } = load(flash);
    const homes = new Set<number>();
    for (let round = 1; round <= 400; round++) {
      stateView(journal.state).accepted = round;
      const code = round % 3 === 0 ? journalSave(journal) : journalName(journal, 1, round * 4096, 4096);
      t.is(code, Ok);
      homes.add(journal.home);
      if (round % 20 > 0) continue;
      const { journal: again } = load(flash);
      t.is(stateView(again.state).nameSlot, 1);
      t.is(stateView(again.state).nameOffset, stateView(journal.state).nameOffset);
      t.is(stateView(again.state).nameLength, 4096);
      t.true(journalSealed(again));
    }
    t.is(homes.size, 4);
    t.is(flash.misuses, 0);
    t.true(Math.max(...flash.wear) - Math.min(...flash.wear) <= 1, 'sectors take turns');
  });
}

test('a settled load does no operation; the first append after a reset erases, later ones do not', (t) => {
  const flash = flashOf(small);
  t.is(journalSave(load(flash).journal), Ok);
  const { operations } = flash;
  const { journal } = load(flash);
  t.true(journalSealed(journal));
  t.is(flash.operations, operations);
  const seen: Operation[] = [];
  flash.power.trace = (operation) => seen.push(operation);
  t.is(journalName(journal, 0, 0, 2048), Ok);
  t.deepEqual(
    seen.map(({ kind }) => kind),
    ['erase', 'program', 'program', 'program'],
  );
  t.true(
    seen.every(({ offset }) => Math.floor(offset / 2048) === journal.home),
    'all in the sector just erased',
  );
  seen.length = 0;
  t.is(journalSave(journal), Ok);
  t.is(journalName(journal, 0, 2048, 2048), Ok);
  t.deepEqual(
    seen.map(({ kind }) => kind),
    ['program', 'program', 'program', 'program'],
  );
});

test('no append goes to a sector that was erased in an earlier power cycle', (t) => {
  const flash = flashOf(small, 4);
  for (let boot = 0; boot < 12; boot++) {
    const { journal } = load(flash);
    const erased = new Set<number>();
    flash.power.trace = ({ kind, offset }) => {
      const sector = Math.floor(offset / 2048);
      if (kind === 'erase') erased.add(sector);
      else t.true(erased.has(sector), `boot ${boot}`);
    };
    for (let i = 0; i <= boot % 3; i++) t.is(journalSave(journal), Ok);
    t.is(erased.size, 1);
  }
});

test('a name says the range, and survives the reset', (t) => {
  const flash = flashOf(small);
  const { journal } = load(flash);
  t.is(journalSave(journal), Ok);
  t.is(journalName(journal, 1, 0x12345678, 0xfedcba98), Ok);
  const { state } = load(flash).journal;
  t.like(stateView(state), { nameSlot: 1, nameOffset: 0x12345678, nameLength: 0xfedcba98 });
});

for (const fate of ['ignored', 'failed'] as const) {
  test(`a unit whose program is ${fate} is passed by, and the record written further on`, (t) => {
    // One of the three records at a time.
    for (let record = 0; record < 3; record++) {
      const flash = flashOf(small);
      let programs = 0;
      let failed = -1;
      flash.fault = {
        program: (offset) => {
          if (programs++ !== record) return 'done';
          failed = offset;
          return fate;
        },
      };
      const { journal } = load(flash);
      stateView(journal.state).accepted = 9;
      t.is(journalSave(journal), Ok);
      t.is(flash.erases, 1);
      t.is(programs, 4);
      t.is(Math.floor(failed / 2048), journal.home);
      const again = load(flash);
      t.true(journalSealed(again.journal), `record ${record}`);
      t.is(stateView(again.journal.state).accepted, 9);
      t.is(flash.misuses, 0);
    }
  });

  test(`a sector whose erase is ${fate} is passed over`, (t) => {
    const flash = flashOf(small, 4);
    for (let value = 1; value <= 6; value++) t.is(journalSave(load(flash).journal), Ok);
    // With the marks of an earlier life, so that an erase that did nothing shows.
    for (let bad = 0; bad < 4; bad++) {
      flash.fault = { erase: (sector) => (sector === bad ? fate : 'done') };
      for (let round = 1; round <= 4; round++) {
        const { journal } = load(flash);
        stateView(journal.state).accepted = bad * 10 + round;
        t.is(journalSave(journal), Ok);
        t.not(journal.home, bad);
        t.is(stateView(load(flash).journal.state).accepted, bad * 10 + round);
      }
    }
  });
}

test('where no sector can be erased the save fails, and the state stays', (t) => {
  const flash = flashOf(small);
  const { journal } = load(flash);
  stateView(journal.state).accepted = 3;
  t.is(journalSave(journal), Ok);
  flash.fault = { erase: () => 'failed' };
  const { journal: later } = load(flash);
  stateView(later.state).accepted = 4;
  t.is(journalSave(later), Err.JournalFailed);
  const again = load(flash);
  t.is(stateView(again.journal.state).accepted, 3);
  t.true(journalSealed(again.journal));
});

test('fewer than three sectors, or sectors too small for a sealed state, are a wiring mistake', (t) => {
  for (const sectors of [1, 2]) {
    t.throws(() => journalOpen(flashOf(small, sectors).port(), undefined), { instanceOf: RangeError });
  }
  for (const lengths of [
    [256, 256, 256],
    [2048, 256, 2048],
  ]) {
    const flash = new NorFlash({ sectors: lengths, writeAlign: 8, eraseValue: 0xff });
    t.throws(() => journalOpen(flash.port(), undefined), { instanceOf: RangeError, message: /too small/ });
  }
});

/** Gives the state at the start of a sector another layout version, its crc made right again. */
const otherVersion = (flash: NorFlash, at: number): void => {
  const record = flash.bytes.slice(at, at + recordLength(STATE_LENGTH));
  writeU16(record, PAYLOAD_AT, 0x7fff);
  const crcAt = PAYLOAD_AT + STATE_LENGTH;
  writeU32(record, crcAt, crc32(record, 0, crcAt));
  flash.poke(record, at);
};

test('a state of a layout that is not known: lost, and an older one is not acted on in its place', (t) => {
  const flash = flashOf(small);
  t.is(journalSave(load(flash).journal), Ok);
  const { journal } = load(flash);
  stateView(journal.state).accepted = 2;
  t.is(journalSave(journal), Ok);
  otherVersion(flash, journal.home * 2048);
  const { journal: later, code } = load(flash);
  t.is(code, Err.JournalLost);
  t.false(journalSealed(later));
  t.is(stateView(later.state).confirmed, NO_SLOT);
  stateView(later.state).accepted = 3;
  t.is(journalSave(later), Ok);
  t.is(stateView(load(flash).journal.state).accepted, 3);
});

test('a later state of a layout that is not known hides the one before it in its sector', (t) => {
  const flash = flashOf(small);
  const { journal } = load(flash);
  t.is(journalSave(journal), Ok);
  const second = journal.at;
  t.is(journalSave(journal), Ok);
  otherVersion(flash, second);
  const { code, journal: later } = load(flash);
  t.is(code, Err.JournalLost);
  t.false(journalSealed(later));
});

test('a journal that cannot be read is lost, not an exception', (t) => {
  const flash = flashOf(small);
  t.is(journalSave(load(flash).journal), Ok);
  flash.fault = {
    read: () => {
      throw new Error('bus');
    },
  };
  const { journal } = load(flash);
  t.is(journalLoad(journal), Err.JournalLost);
});
