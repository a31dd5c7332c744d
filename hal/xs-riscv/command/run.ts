import { machineStart } from '../build/machine.ts';
import type { Machine } from '../build/machine.ts';
import { PublishError } from '../../../publisher/errors.ts';
import { optionalText } from '../../../publisher/verbs/values.ts';
import type { Verb } from '../../../publisher/verbs/verb.ts';
import { boardLoad, placesOf } from './folder.ts';
import { lineSocket, lineTerminal } from './line.ts';
import type { LineSocket } from './line.ts';
import { lockTake } from './lock.ts';
import { toolsNeed } from './tools.ts';

/** Exit codes of the emulation, board/board.h. */
const ENDS: Readonly<Record<number, readonly [what: string, remedy: string]>> = {
  2: ['the firmware cannot run', 'Make the board with more --ram, or less --arena'],
  3: ['nothing that can be booted is in its slots', 'Fill slot A with npm run xs -- flash'],
};

/** Until a signal takes the power away. A board that ends by itself is an error. */
const powered = async (machine: Machine, folder: string): Promise<void> => {
  let taken = false;
  const off = (): void => {
    taken = true;
    machine.kill();
  };
  process.on('SIGINT', off);
  process.on('SIGTERM', off);
  const { code, output } = await machine.ended;
  process.stdin.pause();
  if (taken) return;
  const [what, remedy] = ENDS[code ?? -1] ?? [`the machine ended with ${code}: ${output.trim()}`, undefined];
  throw new PublishError(what, { file: folder, field: 'DIR', remedy });
};

export const run: Verb = {
  example:
    'npm run xs -- run board --socket /tmp/line    # then: flipside serial status --port unix:/tmp/line',
  define(command) {
    command
      .argument('<dir>', 'the folder of the board')
      .option(
        '--socket <path>',
        'its serial line as a socket, and what it logs on stdout (default: the line itself on stdin and stdout)',
      );
  },
  async run([given], options) {
    const folder = given as string;
    const { settings } = boardLoad(folder, 'DIR');
    const { code, data, lock } = placesOf(folder);
    toolsNeed('run');
    const release = lockTake(lock, 'has this board');
    const path = optionalText(options, 'socket');
    let socket: LineSocket | undefined;
    try {
      if (path !== undefined) socket = await lineSocket(path, (line) => console.log(line));
      const machine = machineStart({ code, data, ram: settings.ram, watched: true });
      if (socket) socket.join(machine);
      else lineTerminal(machine);
      if (path !== undefined)
        process.stderr.write(`serial line at unix:${path}; Ctrl-C takes the power away\n`);
      await powered(machine, folder);
    } finally {
      socket?.close();
      release();
    }
    return { rows: [], text: '' };
  },
};
