/** The life of a device: a contact, then the time to the next one, boots and trials among it. */
import { Phase } from '../../agent/codes.ts';
import { statusNew } from '../../agent/report.ts';
import type { Board } from '../board.ts';
import { cycleFeed, cycleRuns } from '../cycle.ts';
import { liveOf, restart, tick } from '../life.ts';
import type { Live } from '../life.ts';
import type { Contact, FleetDevice, Uplink } from './contract.ts';

/** Ticks of a boot before it counts as under way: enough for a crash at start to show. */
const STARTED = 3;
/** Boots in one go; one that is not settled then goes on at the next wake. */
const BOOTS = 64;

const status = statusNew();

/** Nothing on the board will happen by itself: an image runs that is not on trial, and no other one is to boot. */
const isAtRest = ({ agent, cycle }: Live): boolean => {
  if (agent === undefined || cycle.ended !== undefined || cycle.ticks < STARTED) return false;
  agent.status(status);
  return status.trial === 0 && status.phase !== Phase.Activated;
};

/** Lets so many seconds go by on the board: ticks of its program, resets, trials. */
export const liveOn = (board: Board, seconds: number): void => {
  const end = board.seconds + seconds;
  for (let boots = 0; board.seconds < end && boots < BOOTS;) {
    const live = liveOf(board);
    if (isAtRest(live)) {
      board.seconds = end;
      cycleFeed(board, live.cycle);
      return;
    }
    if (!tick(board, live)) boots++;
  }
  board.seconds = Math.max(board.seconds, end);
};

/** Whether the board will be as it is until its next contact. */
export const rests = (board: Board): boolean => isAtRest(liveOf(board));

/** Has the program of the image that runs come to its start, and then contact the server. */
export const contactOf = async (
  device: FleetDevice,
  uplink: Uplink,
  signal: AbortSignal,
): Promise<Contact | undefined> => {
  const { board, counts, link } = device;
  for (let boots = 0; liveOf(board).cycle.ticks < STARTED && boots < BOOTS;) {
    if (!tick(board, liveOf(board))) boots++;
  }
  const { agent, cycle } = liveOf(board);
  if (agent === undefined || !cycleRuns(board, cycle)) return undefined;
  const alive = (): boolean => {
    cycleFeed(board, cycle);
    return cycleRuns(board, cycle) && !signal.aborted;
  };
  const { power } = board.flash;
  if (device.cut !== undefined) power.cutAt(device.cut);
  const contact = await uplink.contact({ device, agent, alive, signal });
  if (device.cut !== undefined && power.cutFired) {
    device.cut = undefined;
    counts.cuts++;
  } else power.cancelCut();
  counts.wakes++;
  counts.requests = counts.requests + contact.requests + link.counts.datagrams;
  counts.lost += link.counts.lost;
  counts.taken += contact.received;
  Object.assign(link.counts, { datagrams: 0, lost: 0 });
  if (contact.activated) restart(board);
  else if (cycleRuns(board, cycle)) cycleFeed(board, cycle);
  return contact;
};
