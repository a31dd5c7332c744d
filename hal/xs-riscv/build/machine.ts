/** The emulated board, under power: a QEMU process. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';

export interface MachineOptions {
  readonly code: string;
  readonly data: string;
  /** Bytes. */
  readonly ram: number;
}

export interface Ended {
  /** Exit code; null: killed. */
  readonly code: number | null;
  readonly output: string;
}

/** Bytes of output after which a board that resets again and again is stopped. */
const OUTPUT_MOST = 16 * 1024 * 1024;

const machineStart = ({ code, data, ram }: MachineOptions): ChildProcessWithoutNullStreams =>
  spawn('qemu-system-riscv32', [
    '-M',
    'virt',
    '-m',
    `${Math.ceil(ram / 1024)}K`,
    '-bios',
    'none',
    '-nographic',
    '-monitor',
    'none',
    '-serial',
    'stdio',
    '-drive',
    `if=pflash,unit=0,format=raw,file=${code},readonly=on`,
    '-drive',
    `if=pflash,unit=1,format=raw,file=${data}`,
  ]);

/** Lets it run until it ends by itself, or `until` finds what it looks for in the output, or the time is over. */
export const machineRun = (
  options: MachineOptions,
  milliseconds: number,
  until?: (output: string) => boolean,
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const machine = machineStart(options);
    let output = '';
    const timer = setTimeout(() => machine.kill('SIGKILL'), milliseconds);
    machine.on('error', reject);
    machine.stderr.on('data', (bytes: Buffer) => (output += bytes.toString('latin1')));
    machine.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString('latin1');
      if (output.length > OUTPUT_MOST || until?.(output) === true) machine.kill('SIGKILL');
    });
    machine.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
