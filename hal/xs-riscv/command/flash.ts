import { writeDataFlash } from '../build/flash.ts';
import { lines } from '../../../publisher/answer.ts';
import { readBytes } from '../../../publisher/files.ts';
import type { Verb } from '../../../publisher/verbs/verb.ts';
import { boardLoad, placesOf } from './folder.ts';
import { lockTake } from './lock.ts';
import { slotCheck } from './slot.ts';

export const flash: Verb = {
  example: 'npm run xs -- flash board slot-a.bin',
  define(command) {
    command
      .argument('<dir>', 'the folder of the board')
      .argument('<slot>', 'what flipside provision made for it');
  },
  run([given, file]) {
    const folder = given as string;
    const board = boardLoad(folder, 'DIR');
    const places = placesOf(folder);
    const slot = readBytes(file as string, 'SLOT');
    slotCheck(slot, { file: file as string, field: 'SLOT' }, board, readBytes(places.firmware, 'DIR'));
    const release = lockTake(places.lock, 'has this board');
    try {
      writeDataFlash(places.data, slot);
    } finally {
      release();
    }
    return {
      rows: [{ folder, slot: file as string, size: slot.length }],
      text: lines([
        ['slot A', file as string],
        ['slot B', 'blank, and the boot journal too'],
        ['next', `npm run xs -- run ${folder}`],
      ]),
    };
  },
};
