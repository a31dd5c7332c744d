/** A board on the emulated board's serial line: power on and off, what it logs, and a link to the agent on it. */
import { linePort, machineStart } from '../../hal/xs-riscv/build/machine.ts';
import type { Ended, Machine } from '../../hal/xs-riscv/build/machine.ts';
import { Link } from '../../publisher/serial/link.ts';
import type { Board } from './_board.ts';

export interface Powered {
  readonly machine: Machine;
  readonly link: Link;
  /** Lines of text since the power came. */
  readonly log: () => string[];
  /** Takes the power away, and waits until it is gone. */
  readonly off: () => Promise<Ended>;
}

/** Text is told from the packets on the line by its first byte (docs/SPEC.md section 6). */
const isText = (line: string): boolean => /^[\x20-\x7e]+$/.test(line);

export const powerOn = ({ code, data, settings }: Board): Powered => {
  const machine = machineStart({ code, data, ram: settings.ram! });
  const port = linePort(machine);
  const link = new Link({ open: async () => port, timeout: 700 });
  return {
    machine,
    link,
    log: () => machine.output().split('\n').filter(isText),
    off: () => {
      link.close();
      machine.kill();
      return machine.ended;
    },
  };
};
