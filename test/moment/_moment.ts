/** A chooser over a clock that a test moves, and a record that outlives its resets. */
import { Moment, momentOpen, waitingNew } from '../../agent/index.ts';
import type { Chooser, Limit, Offer, Owner, Waiting } from '../../agent/index.ts';
import type { Clock, Keep } from '../../hal/ports.ts';

export const HOUR = 3600;
export const DAY: number = 24 * HOUR;
/** 2024-01-01 00:00:00 UTC, a Monday. */
export const MONDAY = 1_704_067_200;
export const at = (day: number, hour: number, minute = 0): number =>
  MONDAY + day * DAY + hour * HOUR + minute * 60;

export interface Memory extends Keep {
  bytes: Uint8Array;
  saves: number;
}

/** Keeps what it is given. */
export const memory = (): Memory => ({
  bytes: new Uint8Array(0),
  saves: 0,
  load(into) {
    into.set(this.bytes.subarray(0, into.length));
    return this.bytes.length;
  },
  save(bytes) {
    this.bytes = bytes.slice();
    this.saves++;
  },
});

/** `wall`: tells the time of day as its own, and is not trusted. */
export type ClockKind = 'trusted' | 'told' | 'wall' | 'uptime' | 'none';

export interface Rig {
  kind: ClockKind;
  /** Seconds since 1970. */
  seconds: number;
  /** At the start of this boot. */
  started: number;
  owner: Owner;
  readonly keep: Memory;
  chooser: Chooser;
  /** Lets time pass and starts the board anew. */
  boot(seconds?: number): void;
  receive(offer?: Offer): number;
  activate(offer?: Offer): number;
  waiting(): Waiting;
}

export const digestOf = (seed: number): Uint8Array => new Uint8Array(32).fill(seed);

export const offerOf = (sequence = 2, more: Partial<Offer> = {}): Offer => ({
  sequence,
  securityVersion: 1,
  imageSize: 1000,
  payloadSize: 500,
  priority: -1,
  manifestDigest: digestOf(sequence),
  ...more,
});

/** Of what runs. */
export const RUNNING: Uint8Array = digestOf(1);
export const RUNS = 1;
export const PATIENCE: Limit = { seconds: 3 * DAY, wakes: 40 };

export const clockOf = (rig: Pick<Rig, 'kind' | 'seconds' | 'started'>): Clock | undefined =>
  rig.kind === 'none'
    ? undefined
    : {
        now: () => (rig.kind === 'trusted' || rig.kind === 'wall' ? rig.seconds : rig.seconds - rig.started),
        trusted: () => rig.kind === 'trusted',
        told: () => (rig.kind === 'uptime' ? 0 : rig.seconds),
      };

export const rigOpen = (
  owner: Partial<Owner> = {},
  kind: ClockKind = 'trusted',
  seconds: number = at(0, 12),
): Rig => {
  const rig: Rig = {
    kind,
    seconds,
    started: seconds,
    owner: { patience: PATIENCE, ...owner },
    keep: memory(),
    chooser: undefined as unknown as Chooser,
    boot(passed = 0) {
      rig.seconds += passed;
      rig.started = rig.seconds;
      rig.chooser = momentOpen(clockOf(rig), rig.owner, rig.keep);
    },
    receive: (offer = offerOf()) => rig.chooser.ask(Moment.Receive, offer, RUNNING, RUNS),
    activate: (offer = offerOf()) => rig.chooser.ask(Moment.Activate, offer, RUNNING, RUNS),
    waiting() {
      const into = waitingNew();
      rig.chooser.waiting(into);
      return into;
    },
  };
  rig.boot();
  return rig;
};
