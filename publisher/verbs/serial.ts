import { serialBoard } from './serial-board.ts';
import { serialInstall } from './serial-install.ts';
import type { VerbGroup } from './verb.ts';

export const serial: VerbGroup = {
  name: 'serial',
  summary: 'a board on a serial line, by SMP: install, status, confirm, revert, reset',
  example: 'flipside serial install out/update.bundle --port /dev/ttyUSB0',
  verbs: [serialInstall, ...serialBoard],
};
