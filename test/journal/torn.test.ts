import test from 'ava';
import { NO_SLOT } from '../../agent/codes.ts';
import { journalLoad, journalOpen, journalSave, journalSealed } from '../../agent/journal.ts';
import type { Journal } from '../../agent/journal.ts';
import { BOARDS, openBoard } from '../../hal/node/boards.ts';
import type { BoardFlash } from '../../hal/node/boards.ts';
import { stateView } from '../../hal/node/state-view.ts';

const load = (board: BoardFlash): Journal => {
  board.power.powerOn();
  const journal = journalOpen(board.journal, undefined);
  journalLoad(journal);
  return journal;
};

/** What a cut left undefined reads as nothing for now, or as it is. */
const hidden = (board: BoardFlash, hide: boolean): void => {
  const flash = board.devices['flash']!;
  flash.fault = !hide
    ? null
    : {
        read(_into, _offset, unstable) {
          if (unstable) throw new Error('ECC');
        },
      };
};

test('a torn state that reads right later never passes for newer than what was sealed after it', (t) => {
  const board = openBoard(BOARDS['tiny']);
  for (let turn = 0; turn < 2; turn++) {
    const journal = load(board);
    stateView(journal.state).confirmed = 0;
    t.is(journalSave(journal), 0);
  }
  // A mark is torn in the first record of the third sector, and reads right all the same.
  const marked = load(board);
  stateView(marked.state).trial = 1;
  board.power.cutAt({ operation: 1, where: 'inside', unit: Number.MAX_SAFE_INTEGER, torn: 'new' });
  t.true(journalSave(marked) < 0);
  t.true(board.power.cutFired);
  // The erase of the next write is cut.
  const next = load(board);
  t.is(stateView(next.state).trial, NO_SLOT);
  board.power.cutAt({ operation: 0, where: 'inside', erase: 'mixed' });
  t.true(journalSave(next) < 0);
  // Now neither can be read: the number of the torn state is given again.
  hidden(board, true);
  const other = load(board);
  t.is(stateView(other.state).trial, NO_SLOT);
  t.true(journalSealed(other));
  stateView(other.state).floor = 7;
  t.is(journalSave(other), 0);
  hidden(board, false);
  const last = load(board);
  t.is(stateView(last.state).floor, 7);
  t.is(stateView(last.state).trial, NO_SLOT);
});
