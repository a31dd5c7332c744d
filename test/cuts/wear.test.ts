import test from 'ava';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { wearOf } from './_wear.ts';

for (const board of Object.keys(BOARDS) as BoardName[]) {
  test(`an update without cuts erases each sector of ${board} once`, (t) => {
    const wear = wearOf(board);
    t.log(JSON.stringify(wear));
    t.is(wear.slotErases, wear.slotErasesIdeal);
    t.is(wear.exchangeErasesMost, BOARDS[board].swap ? 1 : 0);
    // One turn-over in each of the three boots that write: receive, first attempt, confirm.
    t.true(wear.journalErases <= 3);
  });
}
