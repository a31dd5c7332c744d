/** What an update does to the flash, against what it cannot do without. */
import type { Agent } from '../agent/index.ts';
import { BLOCK } from '../agent/format/index.ts';
import { BOARDS } from '../hal/node/boards.ts';
import type { BoardImage, BoardName, BoardProfile } from '../hal/node/boards.ts';
import { sectorAt, sectorsOf } from '../hal/node/sectors.ts';
import type { Sectors } from '../hal/node/sectors.ts';
import { FooterLength, frame, tailPlaces } from '../publisher/index.ts';
import type { Pack } from '../publisher/index.ts';
import type { Pair } from './pairs.ts';
import { expect, release, rigBoot, rigOffer, rigOpen } from './rig.ts';
import type { Rig } from './rig.ts';
import { row } from './row.ts';
import type { Row } from './row.ts';
import { trafficWatch } from './traffic.ts';
import type { Traffic } from './traffic.ts';

/** Cut places tried on each board, evenly over the operations of an update. */
const CUTS = 12;

interface Ideal {
  /** Erase sectors of slot B that image and tail touch. */
  readonly erases: number;
  readonly units: number;
}

/** Those of slot B that an update is received in: in swap mode all but the first. */
const slotSectors = ({ devices, slots, swap }: BoardProfile): Sectors => {
  const { device, from, count } = slots[1];
  return sectorsOf(devices[device]!.sectors.slice(from + (swap ? 1 : 0), from + count));
};

const unitOf = ({ devices, slots }: BoardProfile): number => devices[slots[1].device]!.unit;

const places = (profile: BoardProfile, { figures }: Pack): ReturnType<typeof tailPlaces> =>
  tailPlaces(slotSectors(profile).size, unitOf(profile), figures.index, figures.envelope);

const ideal = (profile: BoardProfile, update: Pack): Ideal => {
  const sectors = slotSectors(profile);
  const unit = unitOf(profile);
  const { image, index, envelope } = update.figures;
  const touched = new Set<number>();
  for (let sector = 0; sector <= sectorAt(sectors, image - 1); sector++) touched.add(sector);
  const tailFrom = sectorAt(sectors, places(profile, update).indexAt);
  for (let sector = tailFrom; sector < sectors.lengths.length; sector++) touched.add(sector);
  const units = [image, index, envelope, FooterLength].map((length) => Math.ceil(length / unit));
  return {
    erases: touched.size,
    units: units.reduce((sum, one) => sum + one),
  };
};

const holds = (profile: BoardProfile, update: Pack): boolean =>
  update.figures.image <= places(profile, update).indexAt;

/** Sectors erased together: those that one block lies in. */
const groupErases = (profile: BoardProfile): number =>
  Math.max(1, Math.ceil(BLOCK / Math.max(...slotSectors(profile).lengths)));

/** Activate, the boot on trial, confirm. In swap mode that boot exchanges the slots. */
const adopt = (rig: Rig, agent: Agent): void => {
  expect('activate', agent.activate());
  expect('confirm', rigBoot(rig).confirm());
};

/** The boot back to the image before, by hand. */
const goBack = (rig: Rig): Traffic => {
  const agent = rigBoot(rig);
  const traffic = trafficWatch(rig.flash);
  expect('revert', agent.revert());
  rigBoot(rig);
  return traffic;
};

const swapRows = (board: BoardName, after: Traffic, back: Traffic, goal: number): Row[] => [
  row('swap: erases in the boot that exchanges', after.slots.erases, 'erases', { board, goal }),
  row('swap: program operations in the boot that exchanges', after.slots.programs, 'calls', { board }),
  row('swap: units programmed in the boot that exchanges', after.slots.units, 'units', { board }),
  row('swap: erases in the boot that goes back', back.slots.erases, 'erases', { board, goal }),
  row('swap: erases in the journal, in the boot that goes back', back.journal.erases, 'erases', { board }),
  row('swap: program operations in the boot that goes back', back.slots.programs, 'calls', { board }),
];

/** In select mode an image runs from where it was written. */
const selectRows = (board: BoardName, after: Traffic): Row[] => [
  row('activate to confirm: erases in the slots', after.slots.erases, 'erases', { board, goal: 0 }),
  row('activate to confirm: program operations in the slots', after.slots.programs, 'calls', {
    board,
    goal: 0,
  }),
];

const wholeUpdate = (board: BoardName, pair: Pair, update: Pack): Row[] => {
  const rig = rigOpen(board, pair.from);
  const agent = rigBoot(rig);
  const profile = BOARDS[board];
  const goal = ideal(profile, update);
  // Each image is written once, into the slot that the other one leaves.
  const exchangeMost = goal.erases + ideal(profile, release(pair.from, 1)).erases;
  const receive = trafficWatch(rig.flash);
  rigOffer(rig, agent, update);
  const after = trafficWatch(rig.flash);
  adopt(rig, agent);
  const settled = trafficWatch(rig.flash);
  rigBoot(rig).poll();
  const exchange = profile.swap
    ? swapRows(board, after, goBack(rig), exchangeMost)
    : selectRows(board, after);
  return [
    row('receive: erases in the slot', receive.slots.erases, 'erases', { board, goal: goal.erases }),
    row('receive: units programmed in the slot', receive.slots.units, 'units', { board, goal: goal.units }),
    row('receive: program operations in the slot', receive.slots.programs, 'calls', { board }),
    row('receive: erases in the journal', receive.journal.erases, 'erases', { board }),
    row('receive: program operations in the journal', receive.journal.programs, 'calls', { board }),
    row('receive: units programmed in the journal', receive.journal.units, 'units', { board }),
    ...exchange,
    row('activate to confirm: erases in the journal', after.journal.erases, 'erases', { board }),
    row('activate to confirm: program operations in the journal', after.journal.programs, 'calls', { board }),
    row('settled boot: erases', settled.slots.erases + settled.journal.erases, 'erases', { board, goal: 0 }),
    row('settled boot: programs', settled.slots.programs + settled.journal.programs, 'calls', {
      board,
      goal: 0,
    }),
  ];
};

interface Course {
  readonly bytes: number;
  readonly traffic: Traffic;
}

/** Receives the update on flash as it was in `image`, with a cut inside operation `cut`, or without. */
const receive = (rig: Rig, image: BoardImage, update: Pack, cut?: number): Course => {
  rig.flash.load(image);
  let agent = rigBoot(rig);
  const traffic = trafficWatch(rig.flash);
  if (cut === undefined) return { bytes: rigOffer(rig, agent, update).bytesSent, traffic };
  rig.flash.power.cutAt({ operation: cut, where: 'inside' });
  const before = rigOffer(rig, agent, update).bytesSent;
  if (!rig.flash.power.cutFired) throw new Error(`the cut at operation ${cut} did not fire`);
  agent = rigBoot(rig);
  return { bytes: before + rigOffer(rig, agent, update).bytesSent, traffic };
};

/**
 * What one cut may cost: the frames, and the index, of the sector named last; and the frame at work, which was in
 * memory only.
 */
const lossAllowed = (profile: BoardProfile, update: Pack, image: Uint8Array): number => {
  const sectors = slotSectors(profile);
  const frames = frame(image).frames.map(({ length }) => length);
  const tail = places(profile, update);
  const losses = sectors.lengths.map((length, sector) => {
    const from = sectors.starts[sector]!;
    const inside = frames.filter((_, block) => block * BLOCK < from + length && (block + 1) * BLOCK > from);
    const index = Math.max(0, Math.min(from + length, tail.envelopeAt) - Math.max(from, tail.indexAt));
    return inside.reduce((sum, one) => sum + one, 0) + index;
  });
  return Math.max(...losses) + Math.max(...frames);
};

/** The same update with one cut: in the middle, and the worst of some. */
const resumed = (board: BoardName, pair: Pair, update: Pack): Row[] => {
  const rig = rigOpen(board, pair.from);
  rigBoot(rig);
  const image = rig.flash.save();
  const straight = receive(rig, image, update);
  const { operations } = straight.traffic;
  const extra = (cut: number): { bytes: number; erases: number; journal: number } => {
    const { bytes, traffic } = receive(rig, image, update, cut);
    return {
      bytes: bytes - straight.bytes,
      erases: traffic.slots.erases - straight.traffic.slots.erases,
      journal: traffic.journal.erases - straight.traffic.journal.erases,
    };
  };
  const middle = extra(Math.floor(operations / 2));
  const some = Array.from({ length: CUTS }, (_, at) => extra(Math.floor(((at + 0.5) * operations) / CUTS)));
  const worst = (of: keyof typeof middle): number => Math.max(...some.map((one) => one[of]));
  // Offered again, the envelope comes again.
  const bytes = update.figures.envelope + lossAllowed(BOARDS[board], update, pair.to);
  return [
    row('cut in the middle, resumed: bytes sent more', middle.bytes, 'bytes', { board, goal: bytes }),
    row('cut in the middle, resumed: erases in the slot more', middle.erases, 'erases', {
      board,
      goal: groupErases(BOARDS[board]),
    }),
    row('cut in the middle, resumed: erases in the journal more', middle.journal, 'erases', { board }),
    row(`worst of ${CUTS} cuts, resumed: bytes sent more`, worst('bytes'), 'bytes', { board, goal: bytes }),
    row(`worst of ${CUTS} cuts, resumed: erases in the slot more`, worst('erases'), 'erases', {
      board,
      goal: groupErases(BOARDS[board]),
    }),
  ];
};

export const flashRows = (pair: Pair): Row[] => {
  const update = release(pair.to, 2);
  const boards = (Object.keys(BOARDS) as BoardName[]).filter((name) => holds(BOARDS[name], update));
  return boards.flatMap((board) => [...wholeUpdate(board, pair, update), ...resumed(board, pair, update)]);
};
