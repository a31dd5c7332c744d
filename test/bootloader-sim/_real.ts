import { reportNew } from '../../agent/index.ts';
import type { Report } from '../../agent/index.ts';
import { BOARDS } from '../../hal/node/boards.ts';
import type { BoardName } from '../../hal/node/boards.ts';
import { createBoard, liveOf, provision } from '../../bootloader-sim/index.ts';
import type { Board, BoardOptions, Config, Update } from '../../bootloader-sim/index.ts';
import { random } from '../../hal/node/faults.ts';
import { coseAlgorithm, keyGenerate, keyParse, pack, slotImage } from '../../publisher/index.ts';
import type { Pack, PackOptions, SigningKey } from '../../publisher/index.ts';

const vendor = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const classId = Uint8Array.from({ length: 16 }, (_, i) => i + 101);
export const signingKey: SigningKey = keyParse(keyGenerate('ed25519'), 'test');

export const config: Config = {
  vendor,
  classId,
  anchors: [{ keyId: signingKey.keyId, algorithm: coseAlgorithm[signingKey.algorithm], key: signingKey.key }],
};

/** Firmware: bytes of no meaning, the same for the same seed. */
export const firmware = (seed: number, length = 20_000): Uint8Array => {
  const next = random(seed);
  return Uint8Array.from({ length }, () => next() & 0xff);
};

export const source = (text: string): Uint8Array => new TextEncoder().encode(text);

export const release = (
  image: Uint8Array,
  sequence: number,
  more: Partial<PackOptions> = {},
): Pack & Update => pack({ image, sequence, vendor, classId, keys: [signingKey], ...more });

/** A board as it leaves the factory: this image, sequence 1, in slot A. */
export const factory = (
  image: Uint8Array,
  options: Partial<BoardOptions> = {},
  name: BoardName = 'tiny',
): Board => {
  const board = createBoard({ profile: BOARDS[name], config, ...options });
  const { envelope } = release(image, 1);
  const { size, writeAlign, eraseValue } = board.flash.slots[0].partition.status();
  provision(board, 0, slotImage({ image, envelope, slotSize: size, unit: writeAlign, eraseValue }));
  return board;
};

/** Fills the agent's own report record, on the board's running program. */
export const reportOf = (board: Board): Report => {
  const into = reportNew();
  liveOf(board).agent!.report(into);
  return into;
};
