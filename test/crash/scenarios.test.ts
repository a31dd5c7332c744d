/** That scenarios are what they say: one that has its update already tests nothing. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { replay, runsOn, scenarioNamed, scenarios } from '../../bootloader-sim/crash/index.ts';
import { boardProfile } from '../../hal/node/boards.ts';
import { instance } from './_lead.ts';
import { stockOn } from './images.ts';

const told = (board: string, scenario: string): { words: string; message: string | undefined } => {
  const lines: string[] = [];
  const profile = boardProfile(board);
  const given = { profile, scenario: scenarioNamed(scenario), stock: stockOn(profile), instance };
  const violation = replay({ ...given, trace: [] }, (words) => lines.push(words));
  return { words: lines.join('\n'), message: violation?.message };
};

/** What a bootloader of another make breaks with nothing but the rot that the scenario is. */
const BY_ITSELF: Readonly<Record<string, string>> = {
  'tiny-mcuboot rot': 'nothing is booted: -102, after 0',
};

/** Of the other boards it is the first life of each sweep of `npm run crash`. */
for (const board of ['tiny', 'tiny-mcuboot']) {
  test(`${board}: no scenario breaks a law where nothing fails`, (t) => {
    for (const scenario of scenarios) {
      if (!runsOn(scenario, boardProfile(board))) continue;
      const { name } = scenario;
      t.is(told(board, name).message, BY_ITSELF[`${board} ${name}`], name);
    }
  });
}

/** Bytes of a release that a life fetches in the offer that is taken. */
const fetched = (words: string, name: string): number =>
  Number(new RegExp(`offer ${name}: 0, (\\d+) bytes fetched`).exec(words)![1]);

const all = fetched(told('tiny', 'first-update').words, 'new');

test('resume has some of the update, and not all', (t) => {
  const some = fetched(told('tiny', 'resume').words, 'new');
  t.true(some > 0 && some < all, `${some} of ${all} bytes`);
});

interface Said {
  readonly scenario: string;
  readonly board?: string;
  readonly says: readonly string[];
}

const SAID: readonly Said[] = [
  { scenario: 'other-offer', says: [`offer new: ${Err.Cancelled}`, `offer next: ${Err.Cancelled}`] },
  {
    scenario: 'one-sector',
    board: 'tiny-mcuboot',
    says: ['low in slot', 'boot after 4: short in slot A on trial'],
  },
  {
    scenario: 'shrinks',
    board: 'tiny-mcuboot',
    says: ['large in slot', 'short in slot', `report: short reverted, ${Err.CheckFailed}`],
  },
  { scenario: 'shared-sector', board: 'tiny-shared', says: [`offer large: ${Err.Cancelled}`] },
  { scenario: 'shared-sector', board: 'tiny-swap-wide', says: [`offer large: ${Err.Cancelled}`] },
  {
    scenario: 'offer-in-trial',
    says: [`offer next: ${Err.InTrial}`, 'boot after 4: new in slot B on trial'],
  },
  { scenario: 'refused-later', says: [`offer next: ${Err.Reverted}`] },
  { scenario: 'floor-rise', says: [`offer low: ${Err.BelowFloor}`] },
  { scenario: 'rot-above-floor', says: ['boot after 0: nothing in slot none'] },
  { scenario: 'both-rot', says: ['boot after 0: nothing in slot none'] },
];

for (const { scenario, board = 'tiny', says } of SAID) {
  test(`${board}: ${scenario} comes to what it is for`, (t) => {
    const { words } = told(board, scenario);
    for (const one of says) t.true(words.includes(one), `${one} is not in\n${words}`);
  });
}
