import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOARDS } from '../../hal/node/boards.ts';
import { createBoard } from '../../bootloader-sim/index.ts';
import type { Board, BoardOptions } from '../../bootloader-sim/index.ts';
import { PATIENT } from './_patience.ts';

/** Stands for the agent where a test is about the simulator alone: boots slot 0, whose first four bytes are the length. */
const bundle = `var flipside = (() => {
  const bootDecide = (ports, config, into) => {
    const head = new Uint8Array(4);
    config.onStep(1, 0);
    config.onStep(2, 0);
    ports.slots[0].partition.read(head, ports.slots[0].partition.status().size - 4);
    const size = new DataView(head.buffer).getUint32(0, true);
    if (size > 65536) { config.onStep(4, 255); return -102; }
    into.slot = 0;
    into.imageSize = size;
    return 0;
  };
  const openAgent = (ports, config) => {
    const checks = [];
    return {
      check: (name, kind, deadline, run) => { checks.push(run); return 0; },
      poll: () => { for (const run of checks) run(); return 0; },
      status: () => 0,
      offerBegin: () => { ports.slots[1].partition.eraseBlock(0); return 0; },
    };
  };
  const bootDecisionNew = () => ({ slot: 255, trial: false, attempt: 0, code: 0, event: 0, imageSize: 0, sequence: 0, securityVersion: 0 });
  return { openAgent, bootDecide, bootDecisionNew };
})();`;

const folder = mkdtempSync(join(tmpdir(), 'flipside-'));
const file = join(folder, 'fake.js');
writeFileSync(file, bundle);

/** A board with an image in slot 0, as the fake decision finds it. */
export const fakeBoard = (
  image: string | Uint8Array | undefined,
  options: Partial<BoardOptions> = {},
): Board => {
  const board = createBoard({
    profile: BOARDS.tiny,
    config: {} as BoardOptions['config'],
    bundle: file,
    patience: PATIENT,
    ...options,
  });
  if (image === undefined) return board;
  const bytes = typeof image === 'string' ? new TextEncoder().encode(image) : image;
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4).fill(0xff);
  padded.set(bytes);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, bytes.length, true);
  const { partition } = board.flash.slots[0];
  partition.write(padded, 0);
  partition.write(size, partition.status().size - 4);
  return board;
};
