/** The emulated board, under power: a QEMU process. */
import { spawn } from 'node:child_process';

export interface MachineOptions {
  readonly code: string;
  readonly data: string;
  /** Bytes. */
  readonly ram: number;
  /** Time is the count of instructions, a nanosecond each: repeatable, and slower. */
  readonly counted?: boolean | undefined;
  /** Someone reads the output as it comes, for as long as it comes: it is not kept. */
  readonly watched?: boolean | undefined;
}

export interface Ended {
  /** Exit code; null: killed. */
  readonly code: number | null;
  readonly output: string;
}

export interface Machine {
  write(bytes: Uint8Array): void;
  /** Told what comes over the serial line. */
  onData: (bytes: Uint8Array) => void;
  /** All that came, unless it is `watched`. */
  output(): string;
  /** SIGKILL: the power is lost. */
  kill(): void;
  readonly ended: Promise<Ended>;
}

/** Bytes of output after which a board that resets again and again is stopped. */
const OUTPUT_MOST = 16 * 1024 * 1024;

const argumentsOf = ({ code, data, ram, counted }: MachineOptions): string[] => {
  const base = `-M virt -m ${Math.ceil(ram / 1024)}K -bios none -nographic -monitor none`;
  return [
    ...base.split(' '),
    '-serial',
    'stdio',
    '-drive',
    `if=pflash,unit=0,format=raw,file=${code},readonly=on`,
    '-drive',
    `if=pflash,unit=1,format=raw,file=${data}`,
    ...(counted === true ? ['-icount', 'shift=0,sleep=off'] : []),
  ];
};

export const machineStart = (options: MachineOptions): Machine => {
  // A board that nobody looks at any more would take a processor for ever.
  const dies = ['--pdeathsig', 'KILL', 'qemu-system-riscv32'];
  const qemu = spawn('setpriv', [...dies, ...argumentsOf(options)]);
  let output = '';
  const ended = new Promise<Ended>((resolve, reject) => {
    qemu.on('error', reject);
    qemu.on('close', (code) => resolve({ code, output }));
  });
  const machine: Machine = {
    write: (bytes) => void qemu.stdin.write(bytes),
    onData: () => {},
    output: () => output,
    kill: () => void qemu.kill('SIGKILL'),
    ended,
  };
  // A machine that went off has no use for what is still on the line.
  qemu.stdin.on('error', () => {});
  qemu.stderr.on('data', (bytes: Buffer) => (output += bytes.toString('latin1')));
  qemu.stdout.on('data', (bytes: Buffer) => {
    if (options.watched !== true) output += bytes.toString('latin1');
    machine.onData(bytes);
    if (output.length > OUTPUT_MOST) machine.kill();
  });
  return machine;
};

/** The far end of its serial line, in the shape of publisher/serial/port.ts `Port`. */
export interface LinePort {
  readonly write: (bytes: Uint8Array) => void;
  onData: (bytes: Uint8Array) => void;
  onGone: () => void;
  readonly close: () => void;
}

/** Takes the machine's `onData`. To close it leaves the machine under power. */
export const linePort = (machine: Machine): LinePort => {
  const port: LinePort = {
    write: (bytes) => machine.write(bytes),
    onData: () => {},
    onGone: () => {},
    close: () => {},
  };
  machine.onData = (bytes) => port.onData(bytes);
  void machine.ended.then(() => port.onGone());
  return port;
};

/** Lets it run until it ends by itself, or `until` finds what it looks for in the output, or the time is over. */
export const machineRun = async (
  options: MachineOptions,
  milliseconds: number,
  until: (output: string) => boolean = () => false,
): Promise<Ended> => {
  const machine = machineStart(options);
  const timer = setTimeout(() => machine.kill(), milliseconds);
  machine.onData = () => {
    if (until(machine.output())) machine.kill();
  };
  const ended = await machine.ended;
  clearTimeout(timer);
  return ended;
};
