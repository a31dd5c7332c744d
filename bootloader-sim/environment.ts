/** The ports of one boot. They stop working when the boot is over, also for code that held on to them. */
import type { Clock, Environment, FlashPartition, FlashPort, Keep, Ports } from '../hal/ports.ts';
import type { Board } from './board.ts';
import { cycleCheck, cycleEnd, cycleFeed, cycleLog, Halt } from './cycle.ts';
import type { Cycle } from './cycle.ts';

const guardFlash = (board: Board, cycle: Cycle, port: FlashPort): FlashPort => {
  const { partition } = port;
  const guarded: FlashPartition = {
    read(into, offset) {
      cycleCheck(board, cycle);
      return partition.read(into, offset);
    },
    write(bytes, offset) {
      cycleCheck(board, cycle);
      return partition.write(bytes, offset);
    },
    eraseBlock(from, to) {
      cycleCheck(board, cycle);
      return partition.eraseBlock(from, to);
    },
    status: () => partition.status(),
  };
  return { ...port, partition: guarded };
};

const clockOf = (board: Board, cycle: Cycle): Clock | undefined => {
  if (board.clock === 'none') return undefined;
  if (board.clock === 'trusted') return { now: () => board.seconds, trusted: () => true };
  const uptime: Clock = { now: () => board.seconds - cycle.startedAt, trusted: () => false };
  return board.clock === 'told' ? { ...uptime, told: () => board.seconds } : uptime;
};

/** The record of what waits: it outlives a reset, and a loss of power where it is in flash. */
export const keepOf = (board: Board, cycle: Cycle): Keep => ({
  load(into) {
    into.set(board.kept.subarray(0, into.length));
    return board.kept.length;
  },
  save(bytes) {
    cycleCheck(board, cycle);
    board.kept = bytes.slice();
    board.keep();
  },
});

const environmentOf = (board: Board, cycle: Cycle): Environment => {
  const check = (): void => cycleCheck(board, cycle);
  return {
    reset() {
      check();
      cycleEnd(board, cycle, 'reset');
      throw new Halt();
    },
    resetCause: () => cycle.cause,
    running: () => cycle.slot,
    clock: clockOf(board, cycle),
    watchdog: {
      feed: () => cycleFeed(board, cycle),
      announce: () => {
        cycle.announced = true;
      },
    },
    energy: (moment) => board.energy(moment),
    counter: board.counter && {
      read: () => board.counter!.value,
      raise(to) {
        check();
        board.counter!.value = Math.max(board.counter!.value, to);
        board.keep();
      },
    },
    log: (code, detail) => cycleLog(board, cycle, `agent ${code} ${detail}`, code, detail),
  };
};

export const portsOf = (board: Board, cycle: Cycle): Ports => ({
  slots: [guardFlash(board, cycle, board.flash.slots[0]), guardFlash(board, cycle, board.flash.slots[1])],
  journal: guardFlash(board, cycle, board.flash.journal),
  crypto: board.crypto,
  inflate: board.inflate(),
  decryption: board.decryption,
  environment: environmentOf(board, cycle),
});
