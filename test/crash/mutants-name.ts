/** Mistakes in the name of a range that is on record before it is touched. */
import type { Mutant } from './mutant.ts';

/** Without its name a torn place that reads right at the judgement is kept, and may read wrong for ever after. */
const READS_RIGHT = 'cut in a slot, where it reads right at the resume and wrong later';

export const nameMutants: readonly Mutant[] = [
  {
    name: 'no-name',
    story: 'nothing says which sector a cut touched: a torn block that reads right once is kept',
    patches: [
      {
        file: 'payload/transfer.js',
        find: 'return journalName(transfer.journal, transfer.slot, from, to - from);',
        replace: 'return Ok;',
      },
    ],
    hint: { scenario: 'resume', board: 'tiny', fault: READS_RIGHT },
  },
  {
    name: 'name-after-the-touch',
    story: 'the name is written when the block is: a cut in the block finds the name of the one before',
    patches: [
      {
        file: 'payload/block-writer.js',
        find: `    const code = rangeName(transfer, from, to);
    if (code < 0)
        return code;
    const goesOn`,
        replace: '    const goesOn',
      },
      {
        file: 'payload/block-writer.js',
        find: '    transfer.step = BlockStep.ReadBack;',
        replace: `    const named = rangeName(transfer, groupStart(transfer.flash, at), groupEnd(transfer.flash, at));
    if (named < 0)
        return named;
    transfer.step = BlockStep.ReadBack;`,
      },
    ],
    hint: { scenario: 'resume', board: 'tiny', fault: READS_RIGHT },
  },
  {
    name: 'name-cleared-before-the-mark',
    story:
      'nothing counts as in doubt while the footer is programmed: torn, it reads blank and is programmed over, or right and is kept',
    patches: [
      {
        file: 'payload/tail-writer.js',
        find: 'let code = rangeName(transfer, flashSectorStart(flash, sector), flash.size);',
        replace: 'let code = journalName(transfer.journal, NO_SLOT, 0, 0);',
      },
    ],
    hint: {
      scenario: 'resume',
      board: 'tiny',
      fault: 'cut in the footer that leaves it reading blank, or right',
    },
  },
  {
    name: 'recall-ignored',
    story:
      'the name is on record and nobody reads it after the reset: blocks of the torn sector are kept by their digest',
    patches: [
      {
        file: 'session.js',
        find: 'if (state[NAME_SLOT_AT] !== transfer.slot || !(stateGet(state, NAME_LENGTH_AT) > 0))',
        replace: 'if (state.length >= 0)',
      },
    ],
    hint: { scenario: 'resume', board: 'tiny', fault: READS_RIGHT },
  },
  {
    name: 'name-in-memory',
    story:
      'mcuboot #1588: the name stands in a variable that a simulated reset leaves alone and a real one clears',
    patches: [
      {
        file: 'journal.js',
        find: `    if (journal.home >= 0)
        return Ok;`,
        replace: `    if (journal.home >= 0) {
        journal.state[NAME_SLOT_AT] = named.slot;
        stateSet(journal.state, NAME_OFFSET_AT, named.offset);
        stateSet(journal.state, NAME_LENGTH_AT, named.length);
        return Ok;
    }`,
      },
      {
        file: 'journal.js',
        find: `export function journalName(journal, slot, offset, length) {
    const state = journal.state;
    state[NAME_SLOT_AT] = slot;
    stateSet(state, NAME_OFFSET_AT, offset);
    stateSet(state, NAME_LENGTH_AT, length);`,
        replace: `let named = { slot: 255, offset: 0, length: 0 };
export function journalName(journal, slot, offset, length) {
    const state = journal.state;
    state[NAME_SLOT_AT] = slot;
    stateSet(state, NAME_OFFSET_AT, offset);
    stateSet(state, NAME_LENGTH_AT, length);
    named = { slot: slot, offset: offset, length: length };
    if (named.length >= 0)
        return Ok;`,
      },
    ],
    hint: { scenario: 'resume', board: 'tiny', fault: `${READS_RIGHT}; each boot in a realm of its own` },
  },
  {
    name: 'turn-over-forgets-the-name',
    story:
      'a fresh journal sector starts without the name, as does each first one after a reset: the range being touched is not known',
    patches: [
      {
        file: 'journal.js',
        find: '            if (journalAppendState(journal) === Ok)',
        replace: `            stateSet(journal.state, NAME_LENGTH_AT, 0);
            if (journalAppendState(journal) === Ok)`,
      },
    ],
    hint: { scenario: 'resume', board: 'tiny', fault: READS_RIGHT },
  },
];
