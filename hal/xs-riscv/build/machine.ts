/** The emulated board, under power: a QEMU process. */
import { spawn } from 'node:child_process';

export interface MachineOptions {
  readonly code: string;
  readonly data: string;
  /** Bytes. */
  readonly ram: number;
  /** A socket that QEMU makes for the serial line; left out, the line is the process's own input and output. */
  readonly socket?: string | undefined;
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
  readonly pid: number;
  write(bytes: Uint8Array): void;
  /** Told what comes over the serial line. */
  onData: (bytes: Uint8Array) => void;
  /** SIGKILL: the power is lost. */
  kill(): void;
  readonly ended: Promise<Ended>;
}

/** Bytes of output after which a board that resets again and again is stopped. */
const OUTPUT_MOST = 16 * 1024 * 1024;

const argumentsOf = ({ code, data, ram, socket, counted }: MachineOptions): string[] => {
  const line = socket === undefined ? 'stdio' : `unix:${socket},server=on,wait=off`;
  const base = `-M virt -m ${Math.ceil(ram / 1024)}K -bios none -nographic -monitor none`;
  return [
    ...base.split(' '),
    '-serial',
    line,
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
    pid: qemu.pid ?? -1,
    write: (bytes) => void qemu.stdin.write(bytes),
    onData: () => {},
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

/** Lets it run until it ends by itself, or `until` finds what it looks for in the output, or the time is over. */
export const machineRun = async (
  options: MachineOptions,
  milliseconds: number,
  until: (output: string) => boolean = () => false,
): Promise<Ended> => {
  const machine = machineStart(options);
  const timer = setTimeout(() => machine.kill(), milliseconds);
  let output = '';
  machine.onData = (bytes) => {
    output += Buffer.from(bytes).toString('latin1');
    if (until(output)) machine.kill();
  };
  const ended = await machine.ended;
  clearTimeout(timer);
  return ended;
};
