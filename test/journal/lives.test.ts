import test from 'ava';
import { journalLoad, journalOpen, journalSave, journalSealed } from '../../agent/journal.ts';
import type { Journal } from '../../agent/journal.ts';
import { lives } from './_lives.ts';
import { UnstableFlash } from './_unstable-flash.ts';
import { stateView } from '../../hal/node/state-view.ts';

test('300 lives with 4 sectors: what is acted on is never older than what was acted on before', (t) => {
  const { wrong } = lives(300, { sectors: 4 });
  t.deepEqual(wrong, []);
});

test('lives that act on states that are not sealed go wrong', (t) => {
  t.true(lives(40, { sectors: 4, sealed: (journal) => journal.home >= 0 }).wrong.length > 0);
});

const flashOf = (sectors: number): UnstableFlash => new UnstableFlash(sectors, 1, () => undefined);

const load = (flash: UnstableFlash): Journal => {
  const journal = journalOpen({ partition: flash }, undefined);
  journalLoad(journal);
  return journal;
};

/** A boot that writes this state; power goes in operation `cut`, counted from the erase. */
const bootSave = (flash: UnstableFlash, accepted: number, cut = -1): number => {
  flash.powerOn(cut);
  // Until a test says otherwise, torn records read as if they were whole.
  flash.readAll('new');
  const journal = load(flash);
  stateView(journal.state).accepted = accepted;
  return journalSave(journal);
};

const read = (flash: UnstableFlash, reading: 'old' | 'new' | 'other' | 'fails'): Journal => {
  flash.powerOn(-1);
  flash.readAll(reading);
  return load(flash);
};

const IN_ERASE = 0;
const IN_STATE = 1;
const IN_FIRST_SEAL = 2;

for (const reading of ['old', 'other', 'fails'] as const) {
  test(`a torn state that reads as ${reading} for a while does not come back over a newer one`, (t) => {
    const flash = flashOf(3);
    t.is(bootSave(flash, 1), 0);
    t.is(bootSave(flash, 2), 0);
    t.true(bootSave(flash, 3, IN_STATE) < 0);
    t.is(stateView(read(flash, 'new').state).accepted, 2);
    t.true(bootSave(flash, 3, IN_STATE) < 0);
    const journal = read(flash, reading);
    t.is(stateView(journal.state).accepted, 2);
    t.true(journalSealed(journal));
    stateView(journal.state).accepted = 5;
    t.is(journalSave(journal), 0);
    for (const later of ['new', 'old', 'other', 'fails'] as const) {
      const { state } = read(flash, later);
      t.is(stateView(state).accepted, 5, later);
    }
  });
}

const lastCuts: [name: string, cut: number][] = [
  ['erase', IN_ERASE],
  ['state', IN_STATE],
  ['first seal', IN_FIRST_SEAL],
];
for (const [name, cut] of lastCuts) {
  test(`cuts in two first seals in a row and in the ${name} after them: no state that was acted on is lost`, (t) => {
    for (const sectors of [3, 4]) {
      const flash = flashOf(sectors);
      t.is(bootSave(flash, 1), 0);
      t.true(bootSave(flash, 2, IN_FIRST_SEAL) < 0);
      // Had it been read as whole, the next save would keep the sector, as it does after the other cuts.
      t.is(stateView(read(flash, 'new').state).accepted, 2);
      t.true(bootSave(flash, 2, IN_FIRST_SEAL) < 0);
      t.true(bootSave(flash, 2, cut) < 0);
      flash.powerOn(-1);
      flash.readAll('fails');
      const journal = journalOpen({ partition: flash }, undefined);
      t.is(journalLoad(journal), 0, `${sectors} sectors`);
      t.true(stateView(journal.state).accepted >= 1, `${sectors} sectors`);
    }
  });
}

for (const cut of [IN_ERASE, IN_STATE, IN_FIRST_SEAL]) {
  test(`3 sectors, a cut in a first seal and then one in operation ${cut}: the sealed state stays`, (t) => {
    const flash = flashOf(3);
    t.is(bootSave(flash, 1), 0);
    t.true(bootSave(flash, 2, IN_FIRST_SEAL) < 0);
    t.true(bootSave(flash, 2, cut) < 0);
    for (const reading of ['fails', 'old', 'other', 'new'] as const) {
      const { state } = read(flash, reading);
      t.true(stateView(state).accepted >= 1, reading);
    }
    t.true(journalSealed(read(flash, 'fails')));
  });
}
