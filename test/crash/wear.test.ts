/** What one whole update costs the flash, on every board: each sector it needs is erased once. */
import test from 'ava';
import { Ok, Reset } from '../../agent/codes.ts';
import { install, offer, scenarioNamed } from '../../bootloader-sim/crash/index.ts';
import type { Scenario } from '../../bootloader-sim/crash/index.ts';
import { slotRange, slotWhole, within } from '../../bootloader-sim/crash/slots.ts';
import { releaseOf } from '../../bootloader-sim/crash/stock.ts';
import { trial } from '../../bootloader-sim/crash/trial.ts';
import { worldSave } from '../../bootloader-sim/crash/world.ts';
import type { Range, World } from '../../bootloader-sim/crash/world.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName, BoardProfile } from '../../hal/node/boards.ts';
import type { Operation } from '../../hal/node/power.ts';
import { begin, bootFrom } from './_lead.ts';
import { stockOn } from './images.ts';

interface Wear {
  readonly slotErases: number;
  /** Sectors that image and tail touch: each has to be erased once. */
  readonly slotErasesIdeal: number;
  readonly journalErases: number;
  /** Of one sector, in the boot of the trial: in swap mode the exchange, else nothing. */
  readonly exchangeErasesMost: number;
}

const exchanges = ({ swap, control }: BoardProfile): boolean => swap === true || control?.kind === 'mcuboot';

const inside =
  (range: Range) =>
  ({ device, offset, length }: Operation): boolean =>
    within(range, device, offset, offset + length);

const most = (operations: readonly Operation[]): number => {
  const erases = new Map<string, number>();
  for (const { device, kind, offset } of operations) {
    const key = `${device} ${offset}`;
    if (kind === 'erase') erases.set(key, (erases.get(key) ?? 0) + 1);
  }
  return Math.max(0, ...erases.values());
};

const erasesIn = (operations: readonly Operation[]): number =>
  operations.filter(({ kind }) => kind === 'erase').length;

const sectorsProgrammed = ({ flash }: World, operations: readonly Operation[]): number => {
  const touched = new Set<string>();
  for (const { device, kind, offset, length } of operations) {
    if (kind !== 'program') continue;
    const { starts, lengths } = flash.devices[device]!.sectors;
    lengths.forEach((size, sector) => {
      const start = starts[sector]!;
      if (start < offset + length && start + size > offset) touched.add(`${device} ${sector}`);
    });
  }
  return touched.size;
};

const journalRange = ({ profile: { journal }, flash }: World): Range => {
  const { starts } = flash.devices[journal.device]!.sectors;
  return {
    device: journal.device,
    from: starts[journal.from]!,
    to: starts[journal.from + journal.count]!,
  };
};

/** Over a slot that held another image. */
const scenario: Scenario = { ...scenarioNamed('second-update'), before: [install('new')] };

/** One update, from offer to confirmed. */
const wearOf = (board: BoardName): Wear => {
  const { world, start } = begin(board, scenario);
  const release = releaseOf(stockOn(BOARDS[board]), 'next');
  const told = { scenario, say: () => {} };
  let target = 1;
  const received = bootFrom(world, start, (boot) => {
    target = 1 - boot.decision.slot;
    if (offer(boot, release, {}).code !== Ok || boot.agent!.activate() !== Ok)
      throw new Error(`${board} does not take the update`);
    world.cause = Reset.Requested;
    world.facts = { ...world.facts, must: release.name };
  }).map(({ what }) => what);
  // Before an exchange gives the slot another place.
  const slot = received.filter(inside(slotRange(world, target)));
  const tried = bootFrom(world, worldSave(world), (boot) => {
    if (boot.image !== release || !trial(boot, told)) throw new Error(`${board} does not confirm the update`);
  }).map(({ what }) => what);
  const exchange = [0, 1].flatMap((each) => tried.filter(inside(slotWhole(world, each))));
  return {
    slotErases: erasesIn(slot),
    slotErasesIdeal: sectorsProgrammed(world, slot),
    journalErases: erasesIn([...received, ...tried].filter(inside(journalRange(world)))),
    exchangeErasesMost: most(exchange),
  };
};

for (const board of Object.keys(BOARDS) as BoardName[]) {
  test(`an update without cuts erases each sector of ${board} once`, (t) => {
    const wear = wearOf(board);
    t.log(JSON.stringify(wear));
    t.true(wear.slotErases > 0);
    t.is(wear.slotErases, wear.slotErasesIdeal);
    t.is(wear.exchangeErasesMost, exchanges(BOARDS[board]) ? 1 : 0);
    // One turn-over in each of the three boots that write: receive, first attempt, confirm.
    t.true(wear.journalErases <= 3);
  });
}
