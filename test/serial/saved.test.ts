/** What is told as sent and as saved, over a line that does nothing to it. */
import test from 'ava';
import { serialLine } from '../../bootloader-sim/index.ts';
import { statusAsk } from '../../publisher/serial/board.ts';
import { Link } from '../../publisher/serial/link.ts';
import type { Port } from '../../publisher/serial/port.ts';
import { upload } from '../../publisher/serial/upload.ts';
import { BLOCK, boardOf, imageOf, packOf, settle } from './_rig.ts';

const BLOCKS = 8;
const first = packOf(imageOf(BLOCKS, 1), 1);

// Blocks that are new; longest message; polls before an answer must go out
const ROWS: readonly (readonly [string, readonly number[], number, number])[] = [
  ['none', [], 512, 16],
  ['one', [3], 512, 16],
  ['the last', [7], 512, 16],
  ['every second', [0, 2, 4, 6], 512, 16],
  ['all', [0, 1, 2, 3, 4, 5, 6, 7], 512, 16],
  ['all, asked again after each poll', [0, 1, 2, 3, 4, 5, 6, 7], 512, 1],
  ['all, in the smallest messages', [0, 1, 2, 3, 4, 5, 6, 7], 384, 16],
  ['all, in the largest', [0, 1, 2, 3, 4, 5, 6, 7], 4096, 16],
];

for (const [name, own, message, hold] of ROWS) {
  test(`new blocks: ${name}; messages of ${message}, hold ${hold}`, async (t) => {
    const update = packOf(imageOf(BLOCKS, 2, own), 2);
    const line = serialLine(boardOf(first), { message, hold });
    line.step();
    const port: Port = {
      onData: () => {},
      onGone: () => {},
      close: () => {},
      write: (bytes) => {
        line.receive(bytes);
        port.onData(settle(line));
      },
    };
    const link = new Link({ open: async () => port });
    const { sent, saved } = await upload(link, update.bundle, () => {});
    const { blocks, fetched, copied } = await statusAsk(link);
    t.is(link.repeats, 0);
    t.is(sent + saved, update.bundle.length);
    t.deepEqual([blocks, fetched, copied], [BLOCKS, own.length, BLOCKS - own.length]);
    t.true(saved <= copied * BLOCK, `${saved} bytes saved of ${copied} blocks`);
    // At each jump a chunk may reach into what is not needed.
    const jumps = own.length === BLOCKS ? 0 : own.length + 1;
    t.true(saved >= copied * BLOCK - jumps * message, `${saved} bytes saved of ${copied} blocks`);
  });
}
