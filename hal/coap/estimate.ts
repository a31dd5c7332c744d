/**
 * How long to wait for a peer before sending again: RFC 6298 with the link's expected round trip as its first sample,
 * and the back-off of CoCoA, which grows steeply while the time-out is short. A message that was sent more than once
 * gives no sample, as its answer may belong to either (Karn); so that a round trip that grew is learned all the same,
 * a time-out at which nothing was heard doubles the next one too, until there is a sample.
 *
 * All times are milliseconds.
 */

/** What an endpoint has to know of a link. hal/links has such numbers by the kind of link. */
export interface Timing {
  /** Expected round trip, before anything was measured. */
  readonly roundTrip: number;
  /** Bounds of a time-out before its jitter. */
  readonly floor: number;
  readonly ceiling: number;
  /** Of one message (RFC 7252: MAX_RETRANSMIT). */
  readonly retransmits: number;
  /** Longest wait for an answer that was only acknowledged, or asked for without confirmation. */
  readonly patience: number;
}

export interface Estimate {
  readonly timing: Timing;
  /** Smoothed round trip and its mean deviation; 0 before the first sample. */
  smooth: number;
  deviation: number;
  /** Factor on the time-out while nothing is heard. */
  backOff: number;
  /** When the last sample came. */
  sampled: number;
  samples: number;
}

/** A separate answer is nobody's any more after this (RFC 7252 4.8.2: EXCHANGE_LIFETIME with its defaults). */
export const EXCHANGE_LIFETIME = 247000;
const BACK_OFF_MAX = 8;
/** ACK_RANDOM_FACTOR - 1: senders that lost a message together do not send again together. */
const JITTER = 0.5;
const GAIN = 0.125;
const DEVIATION_GAIN = 0.25;
const DEVIATIONS = 4;
/** Below the first the time-out triples, above the second it grows by half, and doubles between them (CoCoA 4.2.1). */
const SHORT = 1000;
const LONG = 3000;

/** RFC 7252 4.8: ACK_TIMEOUT 2 s, MAX_RETRANSMIT 4. For a link of which nothing is known. */
export const TIMING: Timing = {
  roundTrip: 667,
  floor: 250,
  ceiling: 60000,
  retransmits: 4,
  patience: 60000,
};

export function estimateNew(timing: Timing): Estimate {
  return { timing: timing, smooth: 0, deviation: 0, backOff: 1, sampled: -1, samples: 0 };
}

/** Takes the round trip of a message that was sent once. */
export function estimateSample(estimate: Estimate, roundTrip: number, now: number): void {
  if (!(roundTrip >= 0)) return;
  estimate.backOff = 1;
  estimate.sampled = now;
  estimate.samples += 1;
  if (estimate.samples === 1) {
    estimate.smooth = roundTrip;
    estimate.deviation = roundTrip / 2;
    return;
  }
  const off = roundTrip > estimate.smooth ? roundTrip - estimate.smooth : estimate.smooth - roundTrip;
  estimate.deviation += DEVIATION_GAIN * (off - estimate.deviation);
  estimate.smooth += GAIN * (roundTrip - estimate.smooth);
}

/** A time-out ran out over a message sent at `sent`. */
export function estimateMissed(estimate: Estimate, sent: number): void {
  if (estimate.sampled < sent && estimate.backOff < BACK_OFF_MAX) estimate.backOff *= 2;
}

/** Time-out of a message that is sent for the first time; `random` is in 0..1. */
export function estimateTimeout(estimate: Estimate, random: number): number {
  const timing = estimate.timing;
  // RFC 6298 2.2 with the expected round trip R: SRTT = R and RTTVAR = R / 2 give 3 R.
  const plain =
    estimate.samples === 0 ? 3 * timing.roundTrip : estimate.smooth + DEVIATIONS * estimate.deviation;
  const bounded = clamp(plain, timing.floor, timing.ceiling) * estimate.backOff;
  return clamp(bounded, timing.floor, timing.ceiling) * (1 + JITTER * random);
}

/** The time-out after one of `timeout` ran out. */
export function estimateNext(estimate: Estimate, timeout: number): number {
  const factor = timeout < SHORT ? 3 : timeout <= LONG ? 2 : 1.5;
  return clamp(timeout * factor, estimate.timing.floor, estimate.timing.ceiling);
}

/** Age at which a message counts as lost once a later one was answered (RACK, RFC 8985 section 3.3.1). */
export function estimateOvertaken(estimate: Estimate): number {
  const quarter = estimate.smooth / 4;
  return estimate.smooth + (quarter > estimate.deviation ? quarter : estimate.deviation);
}

function clamp(value: number, least: number, most: number): number {
  return value < least ? least : value > most ? most : value;
}
