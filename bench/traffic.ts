/** Counts what is done to the flash of a board, slots and journal apart. */
import type { BoardFlash, SectorRange } from '../hal/node/boards.ts';

export interface Count {
  erases: number;
  /** Program operations: at most a page each, where the flash has pages. */
  programs: number;
  /** Program units in them. */
  units: number;
}

export interface Traffic {
  readonly slots: Count;
  readonly journal: Count;
  /** Operations on either. */
  operations: number;
}

const count = (): Count => ({ erases: 0, programs: 0, units: 0 });

/** From now on; in place of what was watched before. */
export const trafficWatch = (flash: BoardFlash): Traffic => {
  const traffic: Traffic = { slots: count(), journal: count(), operations: 0 };
  const inRange = ({ device, from, count: sectors }: SectorRange, name: string, offset: number): boolean => {
    const { starts } = flash.devices[device]!.sectors;
    return device === name && offset >= starts[from]! && offset < starts[from + sectors]!;
  };
  flash.power.trace = ({ device, kind, offset, units }) => {
    const into = inRange(flash.profile.journal, device, offset) ? traffic.journal : traffic.slots;
    traffic.operations++;
    if (kind === 'erase') into.erases++;
    else {
      into.programs++;
      into.units += units;
    }
  };
  return traffic;
};
