/** What is put to the test: a few lines a scenario. The releases are test/crash/images.ts's, or your own by these names. */
import * as Err from '../../agent/err.ts';
import { Reset } from '../../agent/codes.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import type { Scenario } from './scenario.ts';
import { forgive, half, install, loseJournal, refuse, restart, revert, rot, ruin, stage } from './steps.ts';

const REFUSED = [Err.Reverted];

const exchanges = ({ swap, control }: BoardProfile): boolean => swap === true || control?.kind === 'mcuboot';

export const scenarios: readonly Scenario[] = [
  {
    name: 'first-update',
    about: 'the first update of a new board',
    steps: [install('new')],
    ends: 'new',
  },
  {
    name: 'factory',
    about: 'the first boot of all',
    before: [],
    steps: [restart()],
    ends: 'old',
  },
  {
    name: 'stream',
    about: 'an update that comes as a stream',
    steps: [install('new', { mode: 'stream', chunk: 1000 })],
    ends: 'new',
  },
  {
    name: 'plain',
    about: 'a plain image, without index',
    steps: [install('plain', { mode: 'stream', chunk: 1000 })],
    ends: 'plain',
  },
  {
    name: 'integrated',
    about: 'an image inside its envelope',
    steps: [install('integrated')],
    ends: 'integrated',
  },
  {
    name: 'second-update',
    about: 'over the image before the last',
    before: [install('new')],
    steps: [install('next')],
    ends: 'next',
  },
  {
    name: 'update-after-revert',
    about: 'the next update after one that was reverted',
    manners: { new: 'fails' },
    before: [install('new')],
    steps: [install('next')],
    ends: 'next',
  },
  {
    name: 'resume',
    about: 'goes on after half an update',
    before: [half('new', 3000), restart()],
    steps: [install('new')],
    ends: 'new',
  },
  {
    name: 'same-twice',
    about: 'the same update once more over itself',
    before: [stage('new')],
    steps: [stage('new', { mode: 'stream', chunk: 3000 }), install('new')],
    ends: 'new',
  },
  {
    name: 'other-offer',
    about: 'another update over a half-received one',
    steps: [half('new', 3000), half('next', 2000), restart(), install('next')],
    ends: 'next',
  },
  {
    name: 'cancelled',
    about: 'each offer is given up once before its first byte of payload',
    steps: [install('new', { cancels: true })],
    ends: 'new',
  },
  {
    name: 'idle-boots',
    about: 'after a cut the board is switched on and off, and then goes on',
    idles: true,
    before: [stage('new')],
    steps: [install('new')],
    ends: 'new',
  },
  {
    name: 'manual-revert',
    about: 'back by hand, to an image that was confirmed',
    // MCUboot keeps the image before where it takes no update from.
    on: ({ control }) => control?.kind !== 'mcuboot',
    before: [install('next')],
    steps: [revert('old')],
    ends: 'old',
  },
  {
    name: 'confirm-race',
    about: 'confirmed at the second boot; cuts between',
    on: ({ control }) => control === undefined,
    manners: { closing: 'late' },
    before: [stage('closing')],
    steps: [install('closing'), restart()],
    ends: 'closing',
  },
  {
    name: 'floor-rise',
    about: 'the way back is closed at confirm',
    before: [stage('closing')],
    steps: [install('closing'), refuse('low', [Err.BelowFloor]), restart()],
    ends: 'closing',
  },
  {
    name: 'turn-over',
    about: 'the journal goes round',
    steps: [forgive(12), restart(), forgive(2)],
    ends: 'old',
  },
  {
    name: 'crashes',
    about: 'an image that crashes at start',
    manners: { new: 'crashes' },
    before: [stage('new')],
    steps: [install('new'), refuse('new', REFUSED)],
    ends: 'old',
  },
  {
    name: 'hangs',
    about: 'an image that hangs: the watchdog bites',
    manners: { new: 'hangs' },
    before: [stage('new')],
    steps: [install('new'), refuse('new', REFUSED)],
    ends: 'old',
  },
  {
    name: 'fails-check',
    about: 'an image that is not healthy',
    manners: { new: 'fails' },
    before: [stage('new')],
    steps: [install('new'), refuse('new', REFUSED)],
    ends: 'old',
  },
  {
    name: 'rejects',
    about: 'an image that rejects itself',
    manners: { new: 'rejects' },
    before: [stage('new')],
    steps: [install('new'), refuse('new', REFUSED)],
    ends: 'old',
  },
  {
    name: 'refused-later',
    about: 'a bad update is offered again when a good one of a lower sequence runs',
    manners: { next: 'fails' },
    before: [install('next')],
    steps: [install('new'), refuse('next', REFUSED), restart()],
    ends: 'new',
  },
  {
    name: 'offer-in-trial',
    about: 'another update is offered while one is on trial',
    manners: { new: 'offered' },
    before: [stage('new')],
    steps: [install('new')],
    ends: 'new',
  },
  {
    name: 'never-confirms',
    about: 'an image that is never healthy',
    manners: { new: 'idle' },
    before: [stage('new')],
    steps: [install('new')],
    ends: 'old',
  },
  {
    name: 'brown-outs',
    about: 'a supply that gives way at each start',
    manners: { new: 'brownouts' },
    before: [stage('new')],
    steps: [install('new')],
    ends: 'old',
  },
  {
    name: 'wakes',
    about: 'deep sleep in the trial',
    on: ({ control }) => control === undefined,
    manners: { new: 'wakes' },
    before: [stage('new')],
    steps: [install('new')],
    ends: 'new',
  },
  {
    name: 'rot',
    about: 'the running image rots: the other one runs',
    before: [install('new'), rot('old')],
    steps: [restart()],
    ends: 'old',
  },
  {
    name: 'rot-above-floor',
    about: 'the running image rots, and the other one has been withdrawn: the bootloader is told to recover',
    on: ({ control }) => control === undefined,
    before: [install('closing')],
    steps: [rot(), restart()],
    ends: 'closing',
  },
  {
    name: 'both-rot',
    about: 'both images rot: the bootloader is told to recover',
    on: ({ swap }) => swap !== true,
    before: [stage('new')],
    steps: [install('new'), ruin(), restart()],
    ends: 'new',
  },
  {
    name: 'swap-update',
    about: 'both slots hold images of a reach of their own',
    on: ({ swap }) => swap === true,
    before: [install('new')],
    steps: [install('next'), install('large')],
    ends: 'large',
  },
  {
    name: 'swap-revert',
    about: 'exchanged up, and down again',
    on: ({ swap }) => swap === true,
    manners: { large: 'fails' },
    before: [stage('large')],
    steps: [install('large'), refuse('large', REFUSED), restart()],
    ends: 'old',
  },
  {
    name: 'one-sector',
    about: 'exchanged, and neither image is longer than a sector',
    on: exchanges,
    before: [install('low')],
    steps: [install('short')],
    ends: 'short',
  },
  {
    name: 'shrinks',
    about: 'exchanged for an image that is shorter by many sectors, and back',
    on: exchanges,
    manners: { short: 'fails' },
    before: [install('large')],
    steps: [install('short'), refuse('short', REFUSED), restart()],
    ends: 'large',
  },
  {
    name: 'shared-sector',
    about: 'image and tail share an erase sector',
    on: ({ slots }) => slots[0].count === 2,
    steps: [half('large', 6500), restart(), install('large')],
    ends: 'large',
  },
  {
    name: 'blank-journal',
    about: 'the journal is blank: the lower of two images runs',
    on: ({ control }) => control === undefined,
    before: [install('new'), loseJournal('blank')],
    steps: [restart()],
    ends: 'old',
  },
  {
    name: 'lost-journal',
    about: 'the journal is nonsense, an update is staged',
    before: [stage('new'), loseJournal('nonsense')],
    steps: [restart(Reset.Pin)],
    ends: 'old',
  },
];

export const scenarioNamed = (name: string): Scenario => {
  const found = scenarios.find((one) => one.name === name);
  if (found === undefined)
    throw new Error(`no scenario "${name}"; there are ${scenarios.map((one) => one.name).join(', ')}`);
  return found;
};
