/** Releases, and what is asked of the board that takes them. */
import { Phase } from '../../agent/codes.ts';
import { statusNew } from '../../agent/index.ts';
import { liveOf } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { imageOf, packOf } from '../serial/_rig.ts';
import type { Packed } from '../serial/_rig.ts';

export const first: Packed = packOf(imageOf(6, 1), 1);
export const second: Packed = packOf(imageOf(6, 2, [0, 1, 2, 3, 4, 5]), 2);
export const near: Packed = packOf(imageOf(6, 2, [1, 4]), 2);
export const uri = (packed: Packed): string => {
  const text = Buffer.from(packed.envelope).toString('latin1');
  return `/fw/${/[0-9a-f]{32}\.bin/.exec(text)?.[0] ?? ''}`;
};
export const filesOf = (packed: Packed): Record<string, Uint8Array> => ({
  '/fw/update.suit': packed.envelope,
  [uri(packed)]: packed.payload,
});

export const staged = (board: Board): boolean => {
  const status = statusNew();
  liveOf(board).agent!.status(status);
  return status.phase === Phase.Staged;
};

export const erasesOf = (board: Board): number =>
  Object.values(board.flash.devices).reduce((sum, device) => sum + device.erases, 0);

export const running = (board: Board): number => {
  const status = statusNew();
  liveOf(board).agent!.status(status);
  return status.sequence;
};
