/** What a driver does on a link, where it is told nothing else. */
import type { Timing } from '../coap/estimate.ts';
import type { CoapBlocks } from '../coap/update-options.ts';
import type { RateFloor } from '../http/rate.ts';
import type { RetryLimits } from '../http/retry.ts';
import type { LinkProfile } from './link.ts';

/** The least that a source may give: a tenth of what the link gives, over a minute. */
export const rateFloorOf = (link: LinkProfile): RateFloor => ({
  bytes: Math.floor(link.rate * link.dutyCycle * 6),
  window: 60000,
});

/** A first wait of at least a second and some round trips; a longest one of at least half a minute. */
export const retryLimitsOf = (link: LinkProfile): RetryLimits => ({
  attempts: 5,
  first: Math.max(1000, 4 * link.roundTrip),
  longest: Math.max(30000, 32 * link.roundTrip),
  progress: 4096,
});

/** Milliseconds of silence after which a connection counts as lost. */
export const timeoutOf = (link: LinkProfile): number => Math.max(30000, 16 * link.roundTrip);

/** 0..6, for blocks of 16..1024 bytes (RFC 7959 section 2.2). */
export function blockExponentOf(link: LinkProfile): number {
  let exponent = 0;
  while (exponent < 6 && 16 << (exponent + 1) <= link.block) exponent++;
  return exponent;
}

/** What an endpoint of CoAP has to know of the link: the round trip of a block, the time that the link takes for it included. */
export function timingOf(link: LinkProfile): Timing {
  const block = (1000 * (link.block + link.overhead)) / (link.rate * link.dutyCycle);
  const roundTrip = Math.ceil(link.roundTrip + link.window * block);
  return {
    roundTrip: roundTrip,
    floor: Math.max(250, roundTrip),
    ceiling: Math.max(60000, 16 * roundTrip),
    retransmits: 4,
    patience: Math.max(60000, 32 * roundTrip),
  };
}

/** How blocks are asked for; where there is a window, a quarter of it is held when it comes before its turn. */
export const blocksOf = (link: LinkProfile): CoapBlocks => ({
  szx: blockExponentOf(link),
  window: link.window,
  held: link.window > 1 ? 1 : 0,
  token: new Uint8Array(0),
});
