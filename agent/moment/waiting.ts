/** What the owner's application sees: whether an update waits, why, and until when. A caller's record, filled like status. */
import { MANIFEST_DIGEST } from '../format/layout.ts';

export interface Waiting {
  /** Ok: nothing holds it back, or there is none; else why not, a code of agent/err.ts. */
  code: number;
  /** `Moment` at which it was asked last; 0: not in this boot. */
  moment: number;
  /** The application's own reason for its veto, or 0. */
  reason: number;
  /** When it will be taken if nothing else comes between, in seconds since 1970; 0: cannot be said. */
  until: number;
  /** What is left of the patience, or of the time it is held: the first of the two ends it. -1: it has no end of its own. */
  seconds: number;
  wakes: number;
  /** 1 where it counts as a security update. */
  security: number;
  /** Bits of `Gate` that would have held it back, had patience not ended or a security update not passed. */
  passed: number;
  /** Of the manifest asked about in this boot. */
  sequence: number;
  readonly digest: Uint8Array;
  /** Times that the owner has postponed, and may postpone still. */
  postponed: number;
  postponable: number;
  /** 1 where the record could not be read at this start: what waited waits anew, and a postponement is gone. */
  lost: number;
}

export function waitingNew(): Waiting {
  return {
    code: 0,
    moment: 0,
    reason: 0,
    until: 0,
    seconds: -1,
    wakes: -1,
    security: 0,
    passed: 0,
    sequence: 0,
    digest: new Uint8Array(MANIFEST_DIGEST),
    postponed: 0,
    postponable: 0,
    lost: 0,
  };
}

export function waitingCopy(from: Waiting, into: Waiting): void {
  into.code = from.code;
  into.moment = from.moment;
  into.reason = from.reason;
  into.until = from.until;
  into.seconds = from.seconds;
  into.wakes = from.wakes;
  into.security = from.security;
  into.passed = from.passed;
  into.sequence = from.sequence;
  into.digest.set(from.digest);
  into.postponed = from.postponed;
  into.postponable = from.postponable;
  into.lost = from.lost;
}
