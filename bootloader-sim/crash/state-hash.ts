/**
 * When two states of a board are one, from the finest to the coarsest. Wear is left out of all.
 */
import { createHash } from 'node:crypto';
import type { SectorImage } from '../../hal/node/cells.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import { Mark } from '../../hal/node/cells.ts';
import { journalMeaning, journalSectors, journalUnit } from './journal-view.ts';
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

/** What a place may read as is part of the state. */
const contents = new WeakMap<Uint8Array, string>();

const contentText = (bytes: Uint8Array): string => {
  let text = contents.get(bytes);
  if (text === undefined) {
    text = createHash('sha1').update(bytes).digest('base64').slice(0, 12);
    contents.set(bytes, text);
  }
  return text;
};

/** A steady place is all in the content and the marks of its sector. */
const placeText = ({ device, from, to, reads, seed, boots, old, wanted, ripens }: Place): string =>
  reads === 'steady'
    ? `${ripens}`
    : `${device}${from}-${to}${reads}${reads === 'flicker' ? seed : ''}${boots}${contentText(old)}${contentText(wanted)}`;

const badText = ({ device, from, way, later }: BadUnit): string => `${device}${from}${way}${later}`;

const worldText = (profile: BoardProfile, state: WorldState): string =>
  `${state.counter} ${state.cause} ${state.progress} ${promises(profile, state)} ${state.worn} ${JSON.stringify(state.facts)} ` +
  `${state.places.map(placeText).join('')} ${state.bad.map(badText).join()}`;

const hash = (parts: readonly string[]): string => {
  const sha = createHash('sha1');
  for (const part of parts) sha.update(part).update('\n');
  return sha.digest('base64').slice(0, 20);
};

const slotTexts = (
  profile: BoardProfile,
  state: WorldState,
  taken: (image: SectorImage) => string,
): string[] =>
  Object.entries(state.flash).map(([name, sectors]) => {
    const { device, from, count } = profile.journal;
    const texts = sectors.map((image, sector) =>
      name === device && sector >= from && sector < from + count ? '' : taken(image),
    );
    return name + texts.join('');
  });

/** The same to the bit. */
export const exactHash = (profile: BoardProfile, state: WorldState): string =>
  hash([
    worldText(profile, state),
    ...Object.entries(state.flash).map(([name, sectors]) => name + sectors.map(sectorDigest).join('')),
  ]);

const meaning = (profile: BoardProfile, state: WorldState): string =>
  journalMeaning(journalSectors(profile, state.flash), journalUnit(profile));

/** The same to whoever reads the journal by its rules. Places in it that read unsteadily are kept apart by the bit. */
export const stateHash = (profile: BoardProfile, state: WorldState): string =>
  hash([worldText(profile, state), meaning(profile, state), ...slotTexts(profile, state, sectorDigest)]);

const marked = (image: SectorImage): string =>
  image.marks.includes(Mark.Undefined) ? '~' : sectorDigest(image);

/**
 * Coarser: where a record or a block was torn makes no difference as long as it reads as none. Only for states that
 * also lead the same life: explorer.ts.
 */
export const classHash = (profile: BoardProfile, state: WorldState): string =>
  hash([
    worldText(profile, { ...state, places: [] }),
    state.places.map(({ device, reads }) => device + reads).join(),
    meaning(profile, state),
    ...slotTexts(profile, state, marked),
  ]);
