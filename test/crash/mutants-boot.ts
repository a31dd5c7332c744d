/** Mistakes in the boot decision. */
import * as Err from '../../agent/err.ts';
import { ATTEMPTS_AT, BOOTS_AT } from '../../agent/format/layout.ts';
import type { Mutant } from './mutant.ts';

const file = 'boot-known.js';

export const bootMutants: readonly Mutant[] = [
  {
    name: 'boot-acts-unsealed',
    story: 'an image runs on a state that may not read at the next boot: a trial that was over begins again',
    patches: [
      {
        file,
        find: 'if (!journalSealed(boot.journal)) {',
        replace: 'if (boot.journal.home < 0) {',
      },
      { file, find: '(boot.changed || !journalSealed(boot.journal))', replace: 'boot.changed' },
    ],
    hint: {
      scenario: 'crashes',
      board: 'tiny',
      fault: 'cut in a first seal that reads now and then; reset before the agent is open',
    },
  },
  {
    name: 'lost-journal-boots-the-newer',
    story:
      'with the journal lost, the image with the higher sequence runs, which may never have been confirmed',
    patches: [
      {
        file: 'boot-factory.js',
        find: 'sequence >= boot.lowest',
        replace: 'sequence <= boot.lowest',
      },
    ],
    hint: { scenario: 'lost-journal', board: 'tiny' },
  },
  {
    name: 'torn-journal-boots-nothing',
    story:
      'mcuboot #1966: a journal that is neither blank nor readable has no row in the decision, and the board is dead',
    patches: [
      {
        file: 'boot.js',
        find: "import * as Err from './err.js';",
        replace:
          "import * as Err from './err.js';\nimport { flashRead } from './flash.js';\nimport { nothing } from './boot-way.js';",
      },
      {
        file: 'boot.js',
        find: 'let slot = lost ? bootFactory(boot, into) : bootKnown(boot, into);',
        replace: `const { journal } = boot;
    const head = new Uint8Array(8);
    const torn = flashRead(journal.flash, 0, head, 0, 8) < 0 || head.some((byte) => byte !== journal.flash.erased);
    let slot = !lost ? bootKnown(boot, into) : torn ? nothing(boot, into) : bootFactory(boot, into);`,
      },
    ],
    hint: { scenario: 'blank-journal', board: 'tiny' },
  },
  {
    name: 'attempt-left-to-the-image',
    story:
      'mbed-bootloader PR 72: the image puts its first attempt on record itself, and one that dies before that is tried for ever',
    patches: [
      {
        file,
        find: 'if (code === Ok && (boot.changed || !journalSealed(boot.journal))) {',
        replace: 'if (code === Ok && boot.attempts > 0 && (boot.changed || !journalSealed(boot.journal))) {',
      },
      {
        file: 'agent.js',
        find: '    const policy = policyNew(config, environment, journal, parts);',
        replace: `    const state = journal.state;
    if (state[TRIAL_AT] === running && state[${ATTEMPTS_AT}] === 0) {
        state[${ATTEMPTS_AT}] = 1;
        state[${BOOTS_AT}] = 1;
        journalSave(journal);
    }
    const policy = policyNew(config, environment, journal, parts);`,
      },
    ],
    hint: { scenario: 'crashes', board: 'tiny', fault: 'crash or hang before the agent is open' },
  },
  {
    name: 'innocent-boot-unwritten',
    story: 'a boot after an innocent reset is counted in memory only: brown-outs go on for ever',
    patches: [
      {
        file,
        find: '(boot.changed || !journalSealed(boot.journal))',
        replace:
          '((boot.changed && boot.prover.environment.resetCause() >= 5) || !journalSealed(boot.journal))',
      },
    ],
    hint: { scenario: 'brown-outs', board: 'tiny' },
  },
  {
    name: 'attempts-in-memory',
    story:
      'mcuboot #1588: attempts are counted in a variable that a simulated reset leaves alone and a real one clears',
    patches: [
      {
        file: 'attempt.js',
        find: `export function trialCount(state, environment, cause) {
    const attempts = state[ATTEMPTS_AT];`,
        replace: `let burned = 0;
export function trialCount(state, environment, cause) {
    if (state[BOOTS_AT] === 0)
        burned = 0;
    const attempts = burned;`,
      },
      {
        file: 'attempt.js',
        find: 'state[ATTEMPTS_AT] = Math.min(attempts + 1, 255);',
        replace: 'state[ATTEMPTS_AT] = burned = Math.min(attempts + 1, 255);',
      },
    ],
    hint: { scenario: 'crashes', board: 'tiny', fault: 'each boot in a realm of its own' },
  },
  {
    name: 'watchdog-burns-nothing',
    story: 'a hang is taken for the power supply: an image that hangs is booted until the cap on all boots',
    patches: [
      {
        file: 'attempt.js',
        find: 'Reset.Wake, Reset.Requested]',
        replace: 'Reset.Wake, Reset.Requested, Reset.Watchdog]',
      },
    ],
    hint: { scenario: 'hangs', board: 'tiny' },
  },
  {
    name: 'wakes-burn',
    story: 'a board that sleeps between two readings loses its good update to three wakes',
    patches: [{ file: 'attempt.js', find: 'Reset.Wake, Reset.Requested]', replace: 'Reset.Requested]' }],
    hint: { scenario: 'wakes', board: 'tiny' },
  },
  {
    name: 'boots-without-cap',
    story: 'an image that draws too much current browns the board out, and is booted again for ever',
    patches: [
      {
        file: 'attempt.js',
        find: '[state[BOOTS_AT], Math.min(config.trialBoots ?? DEFAULT_TRIAL_BOOTS, LIMIT_MAX), Err.BootsSpent],',
        replace: '',
      },
    ],
    hint: { scenario: 'brown-outs', board: 'tiny' },
  },
  {
    name: 'trial-without-record',
    story:
      'the journal takes no more records, and the trial boots all the same: its attempts are never counted',
    patches: [{ file, find: 'code = journalSave(boot.journal);', replace: 'journalSave(boot.journal);' }],
    hint: { scenario: 'crashes', board: 'tiny', fault: 'all journal sectors bad from activate on' },
  },
  {
    name: 'revert-in-two-records',
    story:
      'first the trial goes off record, then the reason goes on: power goes between, nobody knows why, and the bad update comes again',
    patches: [
      {
        file,
        find: '    trialEnd(state, code, environment.resetCause(), timeTold(environment));',
        replace: `    state[TRIAL_AT] = NO_SLOT;
    journalSave(boot.journal);
    state[TRIAL_AT] = slot;
    trialEnd(state, code, environment.resetCause(), timeTold(environment));`,
      },
    ],
    hint: { scenario: 'crashes', board: 'tiny' },
  },
  {
    name: 'revert-off-record',
    story:
      'the boot decision goes back and does not write it: after the next innocent reset the bad image runs again',
    patches: [
      {
        file,
        find: `    journalSave(boot.journal);
    step(boot, BootStep.Revert, slot);`,
        replace: '    step(boot, BootStep.Revert, slot);',
      },
    ],
    hint: { scenario: 'crashes', board: 'tiny' },
  },
  {
    name: 'fallback-below-the-floor',
    story: 'the confirmed image has rotted, and one that was withdrawn for its holes runs instead',
    patches: [
      {
        file,
        find: `if (code < 0)
        return nothing(boot, into);`,
        replace: `if (code < 0 && code !== ${Err.BelowFloor})
        return nothing(boot, into);`,
      },
    ],
    hint: { scenario: 'rot-above-floor', board: 'tiny', fault: 'rot after a floor has risen' },
  },
  {
    name: 'fallback-off-record',
    story:
      'the other image runs, the journal still names the rotten one: no report, and no update is taken any more',
    patches: [
      {
        file,
        find: `    journalSave(boot.journal);
    return choose(boot, into, slot);`,
        replace: '    return choose(boot, into, slot);',
      },
    ],
    hint: { scenario: 'rot', board: 'tiny' },
  },
  {
    name: 'settled-boot-writes',
    story: 'each boot erases a sector of the journal: a board that boots often wears it out',
    patches: [{ file, find: 'if (!journalSealed(boot.journal)) {', replace: '{' }],
    hint: { scenario: 'first-update', board: 'tiny' },
  },
];
