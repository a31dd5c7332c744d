/** What one whole update costs the flash: for the bench. */
import type { BoardName } from '../../hal/node/boards.ts';
import type { Operation } from '../../hal/node/power.ts';
import { releases } from './_images.ts';
import type { ReleaseName } from './_images.ts';
import { activate, boot, machineOpen, mustDeliver, provision, settle } from './_machine.ts';
import { traced } from './_sweep.ts';

export interface Wear {
  readonly board: BoardName;
  readonly slotErases: number;
  /** Sectors that image and tail touch: each has to be erased once. */
  readonly slotErasesIdeal: number;
  readonly slotPrograms: number;
  readonly journalErases: number;
  readonly journalPrograms: number;
  /** What the boot of the trial does to the slots: in swap mode the exchange, else nothing. */
  readonly exchangeErases: number;
  readonly exchangePrograms: number;
  /** Of one sector. */
  readonly exchangeErasesMost: number;
}

const within = (place: { device: string; from: number; to: number }) => (operation: Operation) =>
  operation.device === place.device && operation.offset >= place.from && operation.offset < place.to;

const most = (operations: readonly Operation[]): number => {
  const erases = new Map<string, number>();
  for (const { device, kind, offset } of operations) {
    const key = `${device} ${offset}`;
    if (kind === 'erase') erases.set(key, (erases.get(key) ?? 0) + 1);
  }
  return Math.max(0, ...erases.values());
};

/** One update, from offer to confirmed, over a slot that held another image. */
export const wearOf = (board: BoardName, update: ReleaseName = 'next'): Wear => {
  const machine = machineOpen(board);
  const { profile, devices } = machine.flash;
  provision(machine, 1, releases.new());
  provision(machine, 0, releases.old());
  settle(machine);
  const received = traced(machine, () => {
    const running = boot(machine);
    mustDeliver(machine, running, releases[update]());
    activate(machine, running, releases[update]());
  });
  const tried = traced(machine, () => void settle(machine));
  const place = ({ device, from, count }: { device: string; from: number; count: number }) => {
    const { starts } = devices[device]!.sectors;
    return { device, from: starts[from]!, to: starts[from + count]! };
  };
  const slot = received.filter(within(place(profile.slots[1])));
  const exchange = profile.slots.flatMap((range) => tried.filter(within(place(range))));
  const journal = [...received, ...tried].filter(within(place(profile.journal)));
  const count = (list: readonly Operation[], kind: Operation['kind']): number =>
    list.filter((operation) => operation.kind === kind).length;
  const { sectors } = devices[profile.slots[1].device]!;
  const touched = new Set<number>();
  for (const { kind, offset, length } of slot) {
    if (kind !== 'program') continue;
    sectors.starts.forEach((start, sector) => {
      const end = start + (sectors.lengths[sector] ?? 0);
      if (start < offset + length && end > offset) touched.add(sector);
    });
  }
  return {
    board,
    slotErases: count(slot, 'erase'),
    slotErasesIdeal: touched.size,
    slotPrograms: count(slot, 'program'),
    journalErases: count(journal, 'erase'),
    journalPrograms: count(journal, 'program'),
    exchangeErases: count(exchange, 'erase'),
    exchangePrograms: count(exchange, 'program'),
    exchangeErasesMost: most(exchange),
  };
};
