/**
 * When two states of a board are one. Exact but for what can make no difference: wear, and the numbers that journal
 * records bear, of which the code can only tell which is higher.
 */
import { createHash } from 'node:crypto';
import type { SectorImage } from '../../hal/node/cells.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import { journalSectors, sectorView } from './journal-view.ts';
import type { BadUnit, Place } from './place.ts';
import { promises } from './world.ts';
import type { WorldState } from './world.ts';

const digests = new WeakMap<SectorImage, string>();

const sectorDigest = (image: SectorImage): string => {
  let digest = digests.get(image);
  if (digest === undefined) {
    digest = createHash('sha1').update(image.bytes).update(image.marks).digest('base64').slice(0, 16);
    digests.set(image, digest);
  }
  return digest;
};

const placeText = ({ device, from, to, reads, seed, boots }: Place): string =>
  `${device}${from}-${to}${reads}${reads === 'flicker' ? seed : ''}${boots}`;

const badText = ({ device, from, way, later }: BadUnit): string => `${device}${from}${way}${later}`;

const journalUnit = (profile: BoardProfile): number => profile.devices[profile.journal.device]!.unit;

/** Journal records by rank instead of number. `rest`: whether bytes that are no record tell states apart. */
const journalText = (profile: BoardProfile, state: WorldState, rest: boolean): string => {
  const views = journalSectors(profile, state.flash).map((image) => sectorView(image, journalUnit(profile)));
  const numbers = views.flatMap(({ records }) => records.map(({ sequence }) => sequence));
  const ranks = new Map([...new Set(numbers)].sort((a, b) => a - b).map((number, rank) => [number, rank]));
  return views
    .map((view) => {
      const records = view.records.map(
        ({ offset, type, sequence, digest }) => `${offset}.${type}.${ranks.get(sequence)}.${digest}`,
      );
      return records.join() + (rest ? view.rest : '');
    })
    .join(';');
};

const worldText = (profile: BoardProfile, state: WorldState): string =>
  `${state.counter} ${state.cause} ${state.progress} ${promises(profile, state)} ${state.worn} ${JSON.stringify(state.facts)} ` +
  `${state.places.map(placeText).join()} ${state.bad.map(badText).join()}`;

const hash = (parts: readonly string[]): string => {
  const sha = createHash('sha1');
  for (const part of parts) sha.update(part).update('\n');
  return sha.digest('base64').slice(0, 20);
};

const slotTexts = (profile: BoardProfile, state: WorldState, taken: (image: SectorImage) => string): string[] =>
  Object.entries(state.flash).map(([name, sectors]) => {
    const { device, from, count } = profile.journal;
    const texts = sectors.map((image, sector) =>
      name === device && sector >= from && sector < from + count ? '' : taken(image),
    );
    return name + texts.join('');
  });

/** States with the same hash have the same future, but for how records are numbered. */
export const stateHash = (profile: BoardProfile, state: WorldState): string =>
  hash([worldText(profile, state), journalText(profile, state, true), ...slotTexts(profile, state, sectorDigest)]);

const marked = (image: SectorImage): string => (image.marks.includes(2) ? '~' : sectorDigest(image));

/**
 * Coarser: where a record or a block was torn makes no difference as long as it reads as none. Only for states that
 * also lead the same life: explorer.ts.
 */
export const classHash = (profile: BoardProfile, state: WorldState): string =>
  hash([
    worldText(profile, { ...state, places: [] }),
    state.places.map(({ device, reads }) => device + reads).join(),
    journalText(profile, state, false),
    ...slotTexts(profile, state, marked),
  ]);
