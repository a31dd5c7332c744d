/** What an update does to the flash, against what it cannot do without. */
import type { Agent } from '../agent/index.ts';
import { BOARDS } from '../hal/node/boards.ts';
import type { BoardName, BoardProfile } from '../hal/node/boards.ts';
import { sectorAt, sectorsOf } from '../hal/node/sectors.ts';
import type { Sectors } from '../hal/node/sectors.ts';
import { FooterLength, tailPlaces } from '../publisher/index.ts';
import type { Pack } from '../publisher/index.ts';
import type { Pair } from './pairs.ts';
import { expect, release, rigBoot, rigDecide, rigOffer, rigOpen } from './rig.ts';
import type { Rig } from './rig.ts';
import { row } from './row.ts';
import type { Row } from './row.ts';
import { trafficWatch } from './traffic.ts';

interface Ideal {
  /** Erase sectors of slot B that image and tail touch. */
  readonly erases: number;
  readonly units: number;
  /** Bytes in the largest of those sectors. */
  readonly largest: number;
}

const slotSectors = ({ devices, slots }: BoardProfile): Sectors => {
  const { device, from, count } = slots[1];
  return sectorsOf(devices[device]!.sectors.slice(from, from + count));
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
    largest: Math.max(...[...touched].map((sector) => sectors.lengths[sector]!)),
  };
};

const holds = (profile: BoardProfile, update: Pack): boolean =>
  update.figures.image <= places(profile, update).indexAt;

/** Activate, the boot on trial, confirm. */
const adopt = (rig: Rig, agent: Agent): void => {
  expect('activate', agent.activate());
  expect('confirm', rigBoot(rig).confirm());
};

const wholeUpdate = (board: BoardName, pair: Pair, update: Pack): Row[] => {
  const rig = rigOpen(board, pair.from);
  const agent = rigBoot(rig);
  const goal = ideal(BOARDS[board], update);
  const receive = trafficWatch(rig.flash);
  rigOffer(rig, agent, update);
  const after = trafficWatch(rig.flash);
  adopt(rig, agent);
  const settled = trafficWatch(rig.flash);
  rigDecide(rig);
  return [
    row('receive: erases in the slot', receive.slots.erases, 'erases', { board, goal: goal.erases }),
    row('receive: units programmed in the slot', receive.slots.units, 'units', { board, goal: goal.units }),
    row('receive: program operations in the slot', receive.slots.programs, 'calls', { board }),
    row('receive: erases in the journal', receive.journal.erases, 'erases', { board }),
    row('receive: program operations in the journal', receive.journal.programs, 'calls', { board }),
    row('receive: units programmed in the journal', receive.journal.units, 'units', { board }),
    row('activate to confirm: erases in the slots', after.slots.erases, 'erases', { board, goal: 0 }),
    row('activate to confirm: program operations in the slots', after.slots.programs, 'calls', {
      board,
      goal: 0,
    }),
    row('activate to confirm: erases in the journal', after.journal.erases, 'erases', { board }),
    row('activate to confirm: program operations in the journal', after.journal.programs, 'calls', { board }),
    row('settled boot: erases', settled.slots.erases + settled.journal.erases, 'erases', { board, goal: 0 }),
    row('settled boot: programs', settled.slots.programs + settled.journal.programs, 'calls', {
      board,
      goal: 0,
    }),
  ];
};

/** The same update with one cut, inside the operation in its middle. */
const resumed = (board: BoardName, pair: Pair, update: Pack): Row[] => {
  const straight = rigOpen(board, pair.from);
  const first = rigBoot(straight);
  const without = trafficWatch(straight.flash);
  const sent = rigOffer(straight, first, update).bytesSent;
  const rig = rigOpen(board, pair.from);
  const agent = rigBoot(rig);
  const cut = trafficWatch(rig.flash);
  rig.flash.power.cutAt({ operation: Math.floor(without.operations / 2), where: 'inside' });
  const before = rigOffer(rig, agent, update).bytesSent;
  if (!rig.flash.power.cutFired) throw new Error(`${board}: the cut did not fire`);
  const again = rigBoot(rig);
  const bytes = before + rigOffer(rig, again, update).bytesSent - sent;
  const { largest } = ideal(BOARDS[board], update);
  const { envelope } = update.figures;
  return [
    row('resumed: bytes sent again, without the envelope', bytes - envelope, 'bytes', {
      board,
      goal: largest,
    }),
    row('resumed: erases in the slot more', cut.slots.erases - without.slots.erases, 'erases', {
      board,
      goal: 1,
    }),
    row('resumed: erases in the journal more', cut.journal.erases - without.journal.erases, 'erases', {
      board,
    }),
  ];
};

export const flashRows = (pair: Pair): Row[] => {
  const update = release(pair.to, 2);
  const boards = (Object.keys(BOARDS) as BoardName[]).filter((name) => holds(BOARDS[name], update));
  return boards.flatMap((board) => [...wholeUpdate(board, pair, update), ...resumed(board, pair, update)]);
};
