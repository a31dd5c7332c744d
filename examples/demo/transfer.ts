import { meter } from './flash-view.ts';
import type { Dump } from './flash-view.ts';
import type { Operations, Progress } from './protocol.ts';
import { dumpOf } from './scene.ts';
import type { Scene } from './scene.ts';
import { thousands } from './teller.ts';

/** A download that is under way, and a way to wait for a point in it. */
export interface Transfer {
  readonly before: Dump;
  /** Operations of the process before it. */
  readonly base: Operations;
  /** Resolves when it is over, however it ended. */
  readonly over: Promise<void>;
  last: Progress;
  reach(wanted: (progress: Progress) => boolean): Promise<void>;
}

const BarWidth = 30;

export const showProgress = (scene: Scene, { bytes, blocks, fetched, copied, kept }: Progress): void => {
  const done = fetched + copied + kept;
  const row = meter({ kept, copied, fetched, empty: Math.max(0, blocks - done) }, BarWidth);
  scene.world.teller.live(`slot B  ${row}  ${done} of ${blocks} blocks, ${thousands(bytes)} bytes`);
};

export const transferStart = async (scene: Scene, url: string): Promise<Transfer> => {
  const base = await scene.board.order({ do: 'look' });
  let check = (): void => undefined;
  let ended: string | undefined;
  const end = (how: string): void => {
    ended = how;
    check();
  };
  const onProgress = (progress: Progress): void => {
    transfer.last = progress;
    showProgress(scene, progress);
    check();
  };
  const transfer: Transfer = {
    before: dumpOf(scene),
    base,
    last: base,
    over: scene.board
      .order({ do: 'offer', url }, onProgress)
      .then(({ code }) => end(`it ended with ${code}`))
      .catch((error: Error) => end(error.message)),
    reach: (wanted) =>
      new Promise((resolve, reject) => {
        check = () => {
          if (ended !== undefined) reject(new Error(`the download did not get there: ${ended}`));
          else if (wanted(transfer.last)) resolve();
        };
        check();
      }),
  };
  return transfer;
};
