/** What a person does with a board on a serial line: send, activate, restart, wait. */
import { Phase } from '../../agent/codes.ts';
import { activateAsk, resetAsk, statusAsk } from '../../publisher/serial/board.ts';
import type { BoardStatus } from '../../publisher/serial/board.ts';
import type { Link } from '../../publisher/serial/link.ts';
import { upload } from '../../publisher/serial/upload.ts';
import type { Sent } from '../../publisher/serial/upload.ts';
import { packed } from './_board.ts';

export const bundleOf = (image: Uint8Array, sequence: number): Uint8Array => {
  const { envelope, payload } = packed(image, sequence);
  return new Uint8Array(Buffer.concat([envelope, payload]));
};

/** Until the board has been told to restart into it. */
export const install = async (link: Link, image: Uint8Array, sequence: number): Promise<Sent> => {
  const sent = await upload(link, bundleOf(image, sequence), () => {});
  await activateAsk(link);
  await resetAsk(link);
  return sent;
};

/** Asks until no trial is under way and none waits. */
export const trialEnd = async (link: Link): Promise<BoardStatus> => {
  for (;;) {
    const status = await statusAsk(link);
    if (status.trial === 0 && status.phase !== Phase.Activated) return status;
  }
};
