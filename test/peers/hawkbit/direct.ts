/** Simulated boards that speak DDI themselves, one process for all: `hal/hawkbit` over HTTP, under a rollout of hawkBit's. */
import { createHash } from 'node:crypto';
import { createBoard, liveOf, restart, sharedRealm, tick } from '../../../bootloader-sim/index.ts';
import type { Board } from '../../../bootloader-sim/index.ts';
import { Stage } from '../../../hal/hawkbit/index.ts';
import { openHawkbitDevice } from '../../../hal/node/hawkbit-device.ts';
import type { HawkbitDevice } from '../../../hal/node/hawkbit-device.ts';
import { boardProfile } from '../../../hal/node/boards.ts';
import { keepMemory } from '../../../hal/node/keep.ts';
import type { BoardImage } from '../../../hal/node/boards.ts';
import { anchorRecord } from '../../../publisher/index.ts';
import { classId, deviceNew, owner, vendor } from '../../gateway/_world.ts';
import type { Packed } from '../../gateway/_world.ts';

type Live = ReturnType<typeof liveOf>;

const TICKS = 20;
/** Milliseconds of the device's clock from one contact to the next: longer than any interval of the server's. */
const NIGHT = 3_600_000;

export interface DirectOptions {
  readonly id: string;
  readonly url: string;
  readonly token: string;
  readonly image: BoardImage;
  /** An image that fails its check. */
  readonly bad: Packed;
  /** It begins to fetch. */
  readonly onFetch: (id: string) => void;
}

export class DirectDevice {
  readonly id: string;
  readonly board: Board;
  readonly #options: DirectOptions;
  readonly #keep = keepMemory();
  #live: Live | undefined;
  #device: HawkbitDevice | undefined;
  #now = 1;

  constructor(options: DirectOptions) {
    this.id = options.id;
    this.#options = options;
    const digest = createHash('sha256').update(options.bad.image).digest('hex');
    this.board = createBoard({
      profile: boardProfile('tiny'),
      config: { vendor, classId, anchors: [anchorRecord(owner)] },
      behaviours: { images: { [digest]: { kind: 'failsCheck', ticks: 1 } } },
      image: options.image,
      realm: sharedRealm,
    });
  }

  #open(live: Live): HawkbitDevice {
    const { id, url, token, onFetch } = this.#options;
    this.close();
    this.#live = live;
    this.#device = openHawkbitDevice({
      url,
      token,
      agent: live.agent!,
      keep: this.#keep,
      restart: () => restart(this.board),
      alive: () => live.cycle.ended === undefined,
      now: () => this.#now,
      attributes: () => [['group', id.slice(0, 1)]],
      onStage: (stage) => {
        if (stage === Stage.Fetching) onFetch(id);
      },
    });
    return this.#device;
  }

  /** One wake: what is to be done now, and some ticks of its application. */
  async wake(): Promise<void> {
    const live = liveOf(this.board);
    const device = this.#live === live ? this.#device! : this.#open(live);
    await device.contact();
    this.#now += NIGHT;
    for (let ticks = 0; ticks < TICKS && live.cycle.ended === undefined; ticks++) tick(this.board, live);
  }

  get sequence(): number {
    const { agent, status } = liveOf(this.board);
    agent!.status(status);
    return status.sequence;
  }

  close(): void {
    this.#device?.close();
    this.#device = undefined;
  }
}

/** What all boards leave the factory with. */
export const factoryImage = (factory: Packed): BoardImage => deviceNew('factory', factory).board.flash.save();
