/** What the owner of a device wants of the moment: data, and questions to the application. Checked once, at open. */
import { Moment } from '../codes.ts';
import type { Offer } from '../config.ts';
import { Gate, Mode } from './codes.ts';
import { MINUTES_OF_DAY } from './window.ts';
import type { MaintenanceWindow } from './window.ts';
import type { Waiting } from './waiting.ts';

/** How long something may last: over when either has passed. Wakes are starts of the board, and calls of `wake()`. */
export interface Limit {
  readonly seconds: number;
  readonly wakes: number;
}

export interface Owner {
  /** `Mode`, `Automatic` by default. The application may change it at any time, and keeps it itself. */
  mode?: number | undefined;
  /** Minutes east of UTC. The application may change it at any time: summer time is its matter. */
  zone?: number | undefined;
  /** None of a moment: that moment is free. */
  readonly windows?: readonly MaintenanceWindow[] | undefined;
  /**
   * After so long an update goes ahead outside of the windows: a board that is never awake in one, or never knows the
   * time, still takes its updates. As many wakes as it has in those seconds.
   */
  readonly patience: Limit;
  /** 0: nothing is against it; 1 to 255: the application's own reason. Anything else, and an exception, is 255. */
  readonly veto?: ((moment: number, offer: Offer) => number) | undefined;
  /** So long after the first veto an update goes ahead against it. Default: it never does. */
  readonly vetoPatience?: Limit | undefined;
  /** Percent of `level()` below which nothing is done, by moment. Nothing passes it. */
  readonly energy?: EnergyFloor | undefined;
  /** How often, and how long each time, the owner may postpone. Default: 3 times, a week, `patience.wakes`. */
  readonly postpone?: PostponeLimit | undefined;
  /** When it is to be activated, in whole seconds since 1970, asked at activate; 0: at any time. The latest word counts. */
  readonly together?: ((offer: Offer) => number) | undefined;
  /** A time to activate together is waited for so long at most. Default: 30 days, `patience.wakes`. */
  readonly togetherMost?: Limit | undefined;
  readonly security?: SecurityRule | undefined;
  /** Told of each manifest once, when it is first seen; with `Mode.Off` of security updates only. */
  readonly notify?: ((waiting: Waiting, offer: Offer) => void) | undefined;
}

export interface EnergyFloor {
  readonly receive: number;
  readonly activate: number;
  /** Percent. What is no number is too low. */
  level(): number;
}

export interface PostponeLimit extends Limit {
  readonly times: number;
}

/** An update that raises the security version of what runs is a security update. */
export interface SecurityRule {
  /** Bits of `Gate` that do not hold a security update back: any but `Energy`. */
  readonly passes: number;
  /** A manifest's priority up to this one counts as a security update too. Default: it does not say. */
  readonly priority?: number | undefined;
}

const SECONDS_MOST = 366 * 86400;
const WAKES_MOST = 32767;
const POSTPONE_TIMES = 3;
const POSTPONE_SECONDS = 7 * 86400;
const TOGETHER_SECONDS = 30 * 86400;
const TIMES_MOST = 255;
const BOTH: number = Moment.Receive | Moment.Activate;
const ALL_DAYS = 127;
/** Minutes: from UTC-12 to UTC+14. */
const ZONE_WEST = -720;
const ZONE_EAST = 840;

export function postponeLimit(owner: Owner): PostponeLimit {
  return owner.postpone ?? { times: POSTPONE_TIMES, seconds: POSTPONE_SECONDS, wakes: owner.patience.wakes };
}

export function togetherLimit(owner: Owner): Limit {
  return owner.togetherMost ?? { seconds: TOGETHER_SECONDS, wakes: owner.patience.wakes };
}

/** The mode that counts: a number that is none of them must not switch updates on that were switched off. */
export function modeOf(owner: Owner): number {
  const mode = owner.mode ?? Mode.Automatic;
  return mode === Mode.Automatic || mode === Mode.Notify ? mode : Mode.Off;
}

/** Whole, and from..to. */
function within(value: number, from: number, to: number): boolean {
  return value >= from && value <= to && value % 1 === 0;
}

function limitCheck(name: string, limit: Limit | undefined): void {
  if (!limit) return;
  const good = within(limit.seconds, 1, SECONDS_MOST) && within(limit.wakes, 1, WAKES_MOST);
  if (!good) throw new RangeError(`owner: ${name}: 1 second to 366 days, and 1 to ${WAKES_MOST} wakes`);
}

function windowCheck(window: MaintenanceWindow): void {
  const last = MINUTES_OF_DAY - 1;
  if (!within(window.days, 1, ALL_DAYS)) throw new RangeError('owner: window: no day, or no such day');
  if (!within(window.from, 0, last) || !within(window.to, 0, last)) {
    throw new RangeError(`owner: window: minutes of a day are 0 to ${last}`);
  }
  if (!within(window.moments ?? BOTH, 1, BOTH)) throw new RangeError('owner: window: no such moment');
}

/** Throws RangeError at whoever wires a board wrongly: a rule that cannot be kept would hold updates back in silence. */
export function ownerCheck(owner: Owner): void {
  if (!owner.patience) throw new RangeError('owner: patience is missing');
  limitCheck('patience', owner.patience);
  limitCheck('vetoPatience', owner.vetoPatience);
  limitCheck('postpone', owner.postpone);
  limitCheck('togetherMost', owner.togetherMost);
  if (owner.postpone && !within(owner.postpone.times, 0, TIMES_MOST)) {
    throw new RangeError(`owner: postpone: 0 to ${TIMES_MOST} times`);
  }
  if (owner.windows) for (const window of owner.windows) windowCheck(window);
  if (!within(owner.zone ?? 0, ZONE_WEST, ZONE_EAST)) {
    throw new RangeError(`owner: zone: ${ZONE_WEST} to ${ZONE_EAST} minutes`);
  }
  const energy = owner.energy;
  if (energy && !(within(energy.receive, 0, 100) && within(energy.activate, 0, 100))) {
    throw new RangeError('owner: energy: 0 to 100 percent');
  }
  const passes = owner.security ? owner.security.passes : 0;
  if (!(passes >= 0 && passes % 1 === 0) || passes & Gate.Energy) {
    throw new RangeError('owner: security: nothing passes the energy floor');
  }
}
