/** The device as it is, over its serial line: whether an update comes through with so much memory. */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeCodeFlash } from '../../hal/xs-riscv/build/flash.ts';
import { linePort, machineStart } from '../../hal/xs-riscv/build/machine.ts';
import type { Machine } from '../../hal/xs-riscv/build/machine.ts';
import { activateAsk, resetAsk, statusAsk } from '../../publisher/serial/board.ts';
import { Link } from '../../publisher/serial/link.ts';
import { upload } from '../../publisher/serial/upload.ts';
import { FAILED, SLOT_SECTORS } from './machine.ts';
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
  const code = join(rig.place, 'line-code.flash');
  const data = join(rig.place, 'line-data.flash');
  const { program, archive, frozen } = rig.firmware;
  const settings = { ...memory, slotSectors: SLOT_SECTORS, writeUnit: 4, watchdog: 30, clock: 1 };
  writeCodeFlash(code, { program, firmware: archive, frozen, settings });
  copyFileSync(rig.data, data);
  const machine = machineStart({ code, data, ram: memory.ram });
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
    rmSync(code);
    rmSync(data);
  }
};
