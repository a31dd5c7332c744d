/** Mistakes in the exchange of two slots at boot. */
import { NAME_LENGTH_AT } from '../../agent/format/layout.ts';
import type { Mutant } from './mutant.ts';

const file = 'exchange.js';
const board = 'tiny-swap-wide';

export const exchangeMutants: readonly Mutant[] = [
  {
    name: 'exchange-name-unsealed',
    story:
      'a name whose record was torn reads at one boot and is acted on; at the next boot it is gone, and the half step before is done again from a source that was erased',
    patches: [
      {
        file,
        find: `    const code = journalSave(exchanger.journal);
    return code < 0 ? code : exchangeRun(exchanger);`,
        replace: '    return exchangeRun(exchanger);',
      },
    ],
    hint: { scenario: 'swap-revert', board, fault: 'two cuts: in a name that reads once, then in the erase' },
  },
  {
    name: 'exchange-unnamed',
    story:
      'after a cut the exchange begins again from its first half step, over units that were moved already',
    patches: [
      {
        file,
        find: 'if (!stepIsNamed(slots, state, step)) {',
        replace: 'if (step < 0) {',
      },
    ],
    hint: { scenario: 'swap-revert', board },
  },
  {
    name: 'exchange-name-is-progress',
    story:
      'the half step that was named is taken for done (mcuboot #1588: the last move-up, cut, counted as made)',
    patches: [
      {
        file,
        find: 'const first = stepNamed(slots, state);',
        replace: `const first = stepNamed(slots, state) + (stateGet(state, ${NAME_LENGTH_AT}) > 0 ? 1 : 0);`,
      },
    ],
    hint: { scenario: 'swap-revert', board },
  },
  {
    name: 'exchange-read-back-omitted',
    story: 'a program that silently did nothing leaves a hole in the image that runs',
    patches: [
      {
        file: 'exchange-move.js',
        find: 'code = flashCompare(move.to, move.toAt + at, bytes, 0, n, move.scratch);',
        replace: 'code = Ok;',
      },
    ],
    hint: { scenario: 'swap-revert', board, fault: 'program ignored' },
  },
  {
    name: 'exchange-keeps-nothing',
    story: 'the new image is copied over the old one: there is no way back',
    patches: [
      {
        file: 'boot-known.js',
        find: 'proven === Ok ? bring(boot, true) : proven',
        replace: 'proven === Ok ? bring(boot, false) : proven',
      },
    ],
    hint: { scenario: 'swap-revert', board },
  },
  {
    name: 'exchange-down-ascends',
    story: 'going back begins at the wrong end, and runs over what it has yet to bring',
    patches: [
      {
        file: 'exchange-step.js',
        find: 'return goesUp(state) ? place : slots.units - 1 - place;',
        replace: 'return place;',
      },
    ],
    hint: { scenario: 'swap-revert', board },
  },
];
