/** Programs of this machine that the board needs. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Exit, PublishError } from '../../../publisher/errors.ts';

const COMPILER = ['gcc'];
const MACHINE = ['setpriv', 'qemu-system-riscv32'];
const FIRMWARE = ['riscv64-unknown-elf-gcc', 'riscv64-unknown-elf-objcopy'];

type Needing = 'create' | 'image' | 'run';

/** By verb. A firmware is frozen on the machine itself. */
const NEEDED: Readonly<Record<Needing, readonly string[]>> = {
  create: [...COMPILER, ...FIRMWARE, ...MACHINE],
  image: COMPILER,
  run: MACHINE,
};

export const toolsNeed = (verb: Needing): void => {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const missing = NEEDED[verb].filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length === 0) return;
  throw new PublishError(`not installed: ${missing.join(', ')}`, {
    remedy: 'Run hal/xs-riscv/install.sh as root (Debian)',
    exit: Exit.InputOutput,
  });
};
