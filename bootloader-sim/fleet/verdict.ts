/** What each device runs at the end: its power goes and comes back, and what then runs is read from its flash. */
import { Event } from '../../agent/codes.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import type { BoardImage } from '../../hal/node/boards.ts';
import type { Board } from '../board.ts';
import { unplug } from '../board.ts';
import { run } from '../life.ts';
import type { FleetDevice, FleetOptions, Verdict } from './contract.ts';

/** Whether slot B is as it left the factory: no sector of it was erased, nothing programmed. */
const untouched = ({ flash }: Board, image: BoardImage): boolean => {
  const { device, from, count } = flash.profile.slots[1];
  const { wear } = flash.devices[device]!;
  const before = image[device]!;
  for (let sector = from; sector < from + count; sector++) {
    if (wear[sector] !== before[sector]!.wear) return false;
  }
  return true;
};

const NUL = /\0+$/;

type Ran = Omit<Verdict, 'device' | 'untouched' | 'right'>;

const ran = (device: FleetDevice, options: FleetOptions): Ran => {
  const { board } = device;
  unplug(board);
  const { done } = run(board);
  const { live } = board;
  const nothing = { runs: 'neither', sequence: 0, code: 0, check: '' } as const;
  if (!done || live?.agent === undefined) return { ...nothing, words: 'it boots nothing' };
  const { decision, agent } = live;
  const status = statusNew();
  const report = reportNew();
  agent.status(status);
  agent.report(report);
  const { partition } = board.flash.slots[decision.slot]!;
  const slot = new Uint8Array(partition.status().size);
  partition.read(slot, 0);
  const { sequence, trouble } = options.prove(slot);
  const reverted = report.event === Event.Reverted;
  const why = reverted
    ? { code: report.code, check: Buffer.from(report.check).toString('latin1').replace(NUL, '') }
    : { code: 0, check: '' };
  if (trouble !== '') return { ...nothing, ...why, sequence, words: trouble };
  if (sequence !== status.sequence)
    return { ...nothing, ...why, sequence, words: `it says that ${status.sequence} runs` };
  return { runs: sequence === options.factory.sequence ? 'old' : 'new', sequence, ...why, words: '' };
};

export const verdictOf = (device: FleetDevice, options: FleetOptions, image: BoardImage): Verdict => {
  const rest = ran(device, options);
  const waits = rest.runs === 'old' && untouched(device.board, image);
  // Who never began is old and waits: that is right for anybody who could have been told to.
  const failed = rest.runs === 'old' && device.fails !== undefined && rest.code < 0;
  const well = rest.runs === 'new' && device.fails === undefined;
  return { device, ...rest, untouched: waits, right: well || failed || (waits && device.trouble === 0) };
};
