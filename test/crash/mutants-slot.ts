/** Mistakes in what is written to the inactive slot, and in what is proven of it. */
import type { Mutant } from './mutant.ts';

export const slotMutants: readonly Mutant[] = [
  {
    name: 'mark-before-blocks',
    story:
      'the footer goes in with the envelope: after a cut a slot bears the mark of a whole image and holds half of one',
    patches: [
      {
        file: 'session-poll.js',
        find: `        if (code === Ok)
            session.phase = Phase.Judge;
        return code < 0 ? code : More;`,
        replace: `        if (code !== Ok)
            return code;
        const marked = tailComplete(transfer);
        if (marked === Ok)
            session.phase = Phase.Judge;
        return marked < 0 ? marked : More;`,
      },
    ],
    hint: { scenario: 'first-update', board: 'tiny' },
  },
  {
    name: 'blocks-proven-in-memory',
    story:
      'what was digested is what was sent, not what stands in flash: a unit that took nothing is marked as right',
    patches: [
      {
        file: 'payload/block-writer.js',
        find: 'const code = flashCompare(transfer.flash, at, transfer.buffer, transfer.place, length, transfer.scratch);',
        replace: 'const code = Ok;',
      },
      {
        file: 'payload/image-digest.js',
        find: '    if (transfer.verified === 0)',
        replace: `    if (transfer.format === FORMAT_FRAMED)
        return Ok;
    if (transfer.verified === 0)`,
      },
    ],
    hint: { scenario: 'first-update', board: 'tiny', fault: 'program ignored, or bad unit, in a block' },
  },
  {
    name: 'tail-read-back-omitted',
    story: 'an envelope that flash did not take stands under the mark: the update is staged, and cannot boot',
    patches: [
      {
        file: 'payload/tail-writer.js',
        find: '    code = flashCompare(flash, transfer.cursor, bytes, from, padded, transfer.scratch);\n',
        replace: '',
      },
    ],
    hint: { scenario: 'first-update', board: 'tiny', fault: 'program ignored, or bad unit, in the envelope' },
  },
  {
    name: 'resume-trusts-the-offset',
    story: 'zephyr #51798: all below the offset last named counts as received, of whichever image',
    patches: [
      {
        file: 'session.js',
        find: '    transfer.slot = running <= 1 ? 1 - running : NO_SLOT;',
        replace: `    transfer.slot = running <= 1 ? 1 - running : NO_SLOT;
    transfer.progress = state[NAME_SLOT_AT] === transfer.slot ? stateGet(state, NAME_OFFSET_AT) : 0;`,
      },
      {
        file: 'payload/plan.js',
        find: 'right = blockMatches(transfer, transfer.flash, block, length);',
        replace:
          'right = block * BLOCK + length <= transfer.progress || blockMatches(transfer, transfer.flash, block, length);',
      },
    ],
    hint: { scenario: 'other-offer', board: 'tiny' },
  },
  {
    name: 'erase-skipped-when-blank',
    story:
      'mcuboot #2169: after a cut just before the end of an erase the sector reads blank, and is programmed as it is',
    patches: [
      {
        file: 'payload/transfer.js',
        find: 'export function rangeErase(',
        replace: `function sectorBlank(transfer, sector) {
    const flash = transfer.flash;
    const end = flashSectorStart(flash, sector + 1);
    for (let at = flashSectorStart(flash, sector); at < end; at += 256) {
        if (flashRead(flash, at, transfer.scratch, 0, 256) < 0)
            return false;
        for (let i = 0; i < 256; i++)
            if (transfer.scratch[i] !== flash.erased)
                return false;
    }
    return true;
}
export function rangeErase(`,
      },
      {
        file: 'payload/transfer.js',
        find: 'const code = flashErase(transfer.flash, sector);',
        replace: 'const code = sectorBlank(transfer, sector) ? Ok : flashErase(transfer.flash, sector);',
      },
    ],
    hint: { scenario: 'resume', board: 'tiny', fault: 'cut in an erase that leaves a sector reading blank' },
  },
  {
    name: 'clean-at-open',
    story:
      'what a cut touched is erased at start-up, before the slot to write is set: in slot A, where the board runs from it',
    patches: [
      {
        file: 'agent.js',
        find: "import { policyNew } from './policy.js';",
        replace: `import { rangeClean } from './payload/transfer.js';
import { policyNew } from './policy.js';`,
      },
      {
        file: 'agent.js',
        find: '    sessionRecall(agent.session, running);',
        replace: `    sessionRecall(agent.session, running);
    while (rangeClean(agent.session.transfer) > 0)
        ;`,
      },
    ],
    hint: { scenario: 'resume', board: 'tiny' },
  },
];
