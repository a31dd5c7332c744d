/** Mistakes in what the journal takes for true, and in what it erases. */
import type { Mutant } from './mutant.ts';

const file = 'journal.js';

export const journalMutants: readonly Mutant[] = [
  {
    name: 'one-seal',
    story:
      'the only seal is the torn record: it reads at one boot, the state is acted on, and at the next boot the state does not count any more',
    patches: [{ file, find: 'const SEALS = 2;', replace: 'const SEALS = 1;' }],
    hint: { scenario: 'first-update', board: 'tiny', fault: 'cut in a seal that reads now and then' },
  },
  {
    name: 'any-record-is-sealed',
    story: 'whatever can be read is acted on; a state whose seal was torn is gone at the next boot',
    patches: [
      {
        file,
        find: 'return journal.home >= 0 && journal.seals >= SEALS;',
        replace: 'return journal.home >= 0;',
      },
    ],
    hint: { scenario: 'crashes', board: 'tiny', fault: 'cut in a first seal that reads now and then' },
  },
  {
    name: 'record-crc-ignored',
    story: 'a torn record has a likely head and is taken, with whatever stands in the rest of it',
    patches: [
      {
        file: 'format/record.js',
        find: 'return readU32(bytes, crcAt) === crc32(bytes, at, crcAt) ? crcAt + CRC_LENGTH - at : 0;',
        replace: 'return crcAt + CRC_LENGTH - at;',
      },
    ],
    hint: { scenario: 'blank-journal', board: 'tiny' },
  },
  {
    name: 'record-read-back-omitted',
    story: 'a worn unit swallows an attempt or a confirm, and the caller is told that it is on record',
    patches: [
      {
        file,
        find: 'flashCompare(flash, at, journal.buffer, 0, padded, journal.scratch) === Ok',
        replace: 'at >= 0',
      },
    ],
    hint: { scenario: 'crashes', board: 'tiny', fault: 'program ignored, or bad unit, in the journal' },
  },
  {
    name: 'old-copy-erased-first',
    story:
      'the sector of the newest state is erased to make room for its own copy; power goes, and what is left is older or nothing',
    patches: [
      {
        file,
        find: '    let keptFrom = UNREADABLE;',
        replace: `    if (journal.sector < 0 && journal.home >= 0 && !journal.bad[journal.home])
        return journal.home;
    let keptFrom = UNREADABLE;`,
      },
    ],
    hint: { scenario: 'first-update', board: 'tiny' },
  },
  {
    name: 'two-sectors-suffice',
    story:
      'two sectors in turn, the lower number is erased: after a torn state that happens to read, that is the last good copy',
    patches: [
      {
        file,
        find: 'const kept = journal.after[sector] > 0 && journal.first[sector] >= keptFrom;',
        replace: 'const kept = sector > 1;',
      },
    ],
    hint: {
      scenario: 'first-update',
      board: 'tiny',
      fault: 'two cuts: in a state that reads now and then, then in the next erase',
    },
  },
  {
    name: 'append-behind-last-record',
    story:
      'after a reset the next record goes behind the last one that reads, into units that the cut may have touched',
    patches: [
      {
        file,
        find: `    if (journal.home >= 0)
        return Ok;`,
        replace: `    if (journal.home >= 0) {
        journal.sector = journal.home;
        return Ok;
    }`,
      },
      {
        file,
        find: `        at += flashUp(flash, length);
        gap = 0;`,
        replace: `        at += flashUp(flash, length);
        if (take)
            journal.at = at;
        gap = 0;`,
      },
    ],
    hint: { scenario: 'turn-over', board: 'stm32l4' },
  },
  {
    name: 'sequence-from-newest-only',
    story:
      'the number of a state that does not read now is given to another; when both read, the wrong one may win',
    patches: [
      {
        file,
        find: 'if (sequence >= journal.sequence)',
        replace: 'if (take && sequence >= journal.sequence)',
      },
    ],
    hint: {
      scenario: 'crashes',
      board: 'tiny',
      fault: 'cut in a first seal that does not read at first, and reads later',
    },
  },
  {
    name: 'first-state-counts',
    story:
      'a state with nothing behind it counts: torn, it reads once its number belongs to another state that was acted on',
    patches: [{ file, find: 'if (journalSearch(journal, 1) < 0)', replace: 'if (journal.home < 0)' }],
    hint: {
      scenario: 'idle-boots',
      board: 'tiny',
      fault: 'cut in a state that does not read at first, and reads later',
    },
  },
  {
    name: 'scan-stops-at-a-gap',
    story:
      'what was written again behind a bad unit is not found: the journal is lost with a sealed state in it',
    patches: [{ file, find: 'gap <= GAP_MAX', replace: 'gap <= 0' }],
    hint: { scenario: 'first-update', board: 'tiny', fault: 'bad unit in the journal' },
  },
  {
    name: 'bad-sector-again',
    story: 'a worn sector is chosen again, and then the journal is given up: one unit ends all updates',
    patches: [
      {
        file,
        find: 'if (journal.bad[sector] || sector === journal.sector)',
        replace: 'if (sector === journal.sector)',
      },
      {
        file,
        find: '        journal.bad[target] = true;',
        replace: `        if (journal.bad[target])
            return Err.JournalFailed;
        journal.bad[target] = true;`,
      },
    ],
    hint: {
      scenario: 'first-update',
      board: 'tiny',
      fault: 'two bad units, or a dead sector, in the journal',
    },
  },
  {
    name: 'journal-erase-skipped-when-blank',
    story:
      'mcuboot #2169, in the journal: after a cut in an erase the sector reads blank, and is written to as it is',
    patches: [
      {
        file,
        find: 'function journalTurn(journal) {',
        replace: `function journalBlank(journal, sector) {
    const flash = journal.flash;
    const piece = journal.scratch;
    for (let at = flashSectorStart(flash, sector); at < flashSectorStart(flash, sector + 1); at += piece.length) {
        if (flashRead(flash, at, piece, 0, piece.length) < 0)
            return false;
        for (let i = 0; i < piece.length; i++)
            if (piece[i] !== flash.erased)
                return false;
    }
    return true;
}
function journalTurn(journal) {`,
      },
      {
        file,
        find: 'if (flashErase(journal.flash, target) === Ok) {',
        replace: 'if (journalBlank(journal, target) || flashErase(journal.flash, target) === Ok) {',
      },
    ],
    hint: {
      scenario: 'first-update',
      board: 'tiny',
      fault: 'cut in an erase that leaves a sector reading blank',
    },
  },
];
