/** The device as it is, over its serial line: whether an update comes through with so much memory. */
import { linePort, machineStart } from '../../hal/xs-riscv/build/machine.ts';
import type { Machine } from '../../hal/xs-riscv/build/machine.ts';
import { activateAsk, resetAsk, statusAsk } from '../../publisher/serial/board.ts';
import { Link } from '../../publisher/serial/link.ts';
import { upload } from '../../publisher/serial/upload.ts';
import { FAILED, rigFlash } from './machine.ts';
import type { Memory, Rig } from './machine.ts';

const linkOf = (machine: Machine): Link => {
  const port = linePort(machine);
  machine.onData = (bytes) => {
    // A board that has too little memory starts over and over.
    if (FAILED.test(machine.output())) machine.kill();
    else port.onData(bytes);
  };
  return new Link({ open: async () => port, timeout: 1000, patience: 4000 });
};

/** Installs, restarts, waits for the confirmation. */
export const lineRun = async (rig: Rig, bundle: Uint8Array, memory: Memory): Promise<boolean> => {
  const flash = rigFlash(rig, { ...memory, watchdog: 30, clock: 1 });
  const machine = machineStart({ ...flash, ram: memory.ram });
  const link = linkOf(machine);
  try {
    await upload(link, bundle, () => {});
    await activateAsk(link);
    await resetAsk(link);
    for (let asked = 0; asked < 50; asked++) {
      const { sequence, trial, accepted } = await statusAsk(link);
      if (sequence === 2 && trial === 0 && accepted === 2) return true;
    }
    return false;
  } catch {
    return false;
  } finally {
    link.close();
    machine.kill();
    await machine.ended;
  }
};
