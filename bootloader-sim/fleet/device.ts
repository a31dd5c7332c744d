/** The devices of a fleet: each a board of its own, on flash that is shared until it is written to. */
import { createHash } from 'node:crypto';
import { Event } from '../../agent/codes.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import type { Report, Status } from '../../agent/report.ts';
import type { LinkProfile } from '../../hal/links/link.ts';
import type { BoardImage } from '../../hal/node/boards.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { random } from '../../hal/node/faults.ts';
import type { CutPlan } from '../../hal/node/power.ts';
import type { Behaviours } from '../behaviour.ts';
import { createBoard } from '../board.ts';
import type { Board } from '../board.ts';
import { liveOf } from '../life.ts';
import { provision } from '../provision.ts';
import { sharedRealm } from '../shared-realm.ts';
import type { DeviceState, FailKind, FleetDevice, FleetOptions } from './contract.ts';
import { deviceLink } from './device-link.ts';
import { deviceIdentity } from './identity.ts';

export const FAIL_KINDS: readonly FailKind[] = ['crashesAtStart', 'hangs', 'neverConfirms', 'failsCheck'];
const DEVICE_ID = /^[\w.-]{1,32}$/;
/** Seconds of a tick: short beside watchdog and trial. */
const TICK = 5;
/** Operations on flash: fewer than any update takes. */
const CUT_WITHIN = 16;
/** A counter for each millisecond since 1970 would not be enough for a device that reports more often. */
const REPORTS_PER_SECOND = 1000;

/** In 0..2^32, of a text. */
const numberOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32LE(0);

/** A share of all of them, drawn; `what` for. */
export const drawn = (ids: readonly string[], share: number, seed: number, what: string): string[] => {
  const place = new Map(ids.map((id) => [id, numberOf(`${seed} ${what} ${id}`)]));
  const all = [...ids].sort((one, other) => place.get(one)! - place.get(other)!);
  return all.slice(0, Math.round(share * ids.length));
};

/** Who fails, and how. */
export const fatesOf = (
  ids: readonly string[],
  share: number,
  kinds: readonly FailKind[],
  seed: number,
): ReadonlyMap<string, FailKind> =>
  new Map(drawn(ids, share, seed, 'fails').map((id, at) => [id, kinds[at % kinds.length]!]));

/** What the flash of each device holds when it leaves the factory. */
export const factoryImage = ({ profile, config, factory }: FleetOptions): BoardImage => {
  const board = createBoard({ profile, config });
  provision(board, 0, factory.slot);
  const image = board.flash.save();
  board.close();
  return image;
};

export interface Shared {
  readonly options: FleetOptions;
  readonly image: BoardImage;
  readonly fates: ReadonlyMap<string, FailKind>;
  /** Who loses power. */
  readonly cut: ReadonlySet<string>;
}

/** Somewhere among the first operations on flash of what it receives. */
const cutOf = (seed: number): CutPlan => {
  const draw = random(seed);
  const where = (['before', 'inside', 'after'] as const)[draw() % 3]!;
  return { operation: draw() % CUT_WITHIN, where, unit: draw() % CUT_WITHIN, seed: draw() };
};

const behavioursOf = (factory: string, fails: FailKind | undefined): Behaviours =>
  fails === undefined ? {} : { images: { [factory]: { kind: 'healthy' } }, otherwise: { kind: fails } };

const crypto = nodeCrypto();

const boardOf = ({ options, image }: Shared, fails: FailKind | undefined, seed: number): Board =>
  createBoard({
    profile: options.profile,
    config: options.config,
    image,
    realm: sharedRealm,
    crypto,
    seed,
    tick: TICK,
    behaviours: behavioursOf(options.factory.image, fails),
    seconds: options.seconds ?? Math.floor(Date.now() / 1000),
  });

export const deviceNew = (
  shared: Shared,
  id: string,
  group: string,
  profile: LinkProfile | undefined,
): FleetDevice => {
  if (!DEVICE_ID.test(id)) throw new RangeError(`fleet: "${id}" is no id of a device`);
  const { seed = 1, speed = 1, seconds = Date.now() / 1000 } = shared.options;
  const own = numberOf(`${seed} ${id}`);
  const draw = random(own);
  const fails = shared.fates.get(id);
  return {
    id,
    group,
    fails,
    board: boardOf(shared, fails, own),
    reporter: deviceIdentity(seed, id, Math.floor(seconds) * REPORTS_PER_SECOND).reporter,
    link: deviceLink({ profile, seed: own, speed }),
    random: () => draw() / 2 ** 32,
    counts: { wakes: 0, requests: 0, taken: 0, lost: 0, troubles: 0, cuts: 0 },
    cut: shared.cut.has(id) ? cutOf(own) : undefined,
    state: 'idle',
    ended: false,
    trouble: 0,
  };
};

export interface Told {
  readonly status: Status;
  readonly report: Report;
}

/** What the agent says of itself; the board is booted where it is off. Undefined: nothing boots. */
export const toldBy = (board: Board): Told | undefined => {
  const { agent } = liveOf(board);
  if (agent === undefined) return undefined;
  const told = { status: statusNew(), report: reportNew() };
  agent.status(told.status);
  agent.report(told.report);
  return told;
};

/** `factory`: the sequence that it left the factory with. */
export const stateOf = (told: Told | undefined, factory: number): DeviceState => {
  if (told === undefined) return 'idle';
  const { status, report } = told;
  if (status.trial === 1) return 'trial';
  if (status.sequence !== factory) return 'new';
  if (report.event === Event.Reverted) return 'reverted';
  return status.phase === 0 ? 'idle' : 'receiving';
};
