/**
 * The link of one device in real time: what CoAP sends goes through it datagram by datagram, and is lost, delayed and held
 * up there; of HTTP, whose losses TCP makes good, it says how long requests and bytes take.
 */
import type { Timing } from '../../hal/coap/estimate.ts';
import { blocksOf, timingOf } from '../../hal/links/defaults.ts';
import type { LinkProfile } from '../../hal/links/link.ts';
import type { CoapOptions } from '../../hal/node/coap.ts';
import { monotonic, udpConnect } from '../../hal/node/udp.ts';
import type { DatagramOpen } from '../../hal/node/udp.ts';
import { createLink } from '../link/link.ts';

/** As `--link` names them; undefined: nothing that takes time. */
export interface DeviceLinkOptions {
  readonly profile: LinkProfile | undefined;
  readonly seed: number;
  /** Seconds of the device in a real one. */
  readonly speed: number;
}

export interface DeviceLink {
  readonly profile: LinkProfile | undefined;
  readonly counts: { datagrams: number; lost: number };
  readonly coap: Pick<CoapOptions, 'open' | 'timing' | 'blocks'>;
  /** Real milliseconds that requests over a stream take beside what they took. */
  streamTime(requests: number, bytes: number): number;
}

/** Milliseconds: what timers and a busy process add to the fastest link. */
const FLOOR = 250;
const PATIENCE = 20_000;

/** A clock that runs faster than the machine is not waited for in shorter times than the machine has. */
const sped = (timing: Timing, speed: number): Timing => ({
  ...timing,
  roundTrip: Math.max(FLOOR / 2, timing.roundTrip / speed),
  floor: Math.max(FLOOR, timing.floor / speed),
  ceiling: Math.max(FLOOR * 16, timing.ceiling / speed),
  patience: Math.max(PATIENCE, timing.patience / speed),
});

/** A socket whose datagrams pass a link that loses and delays, both ways. */
const openOver = (
  profile: LinkProfile,
  { seed, speed }: DeviceLinkOptions,
  counts: DeviceLink['counts'],
): DatagramOpen => {
  let opened = 0;
  return async (host, port, receive) => {
    const link = createLink({
      // Another for each: what is lost of one way is not lost of the next one as well.
      seed: seed + opened++,
      loss: profile.loss,
      delay: profile.roundTrip / 2 / speed,
      jitter: profile.roundTrip / 8 / speed,
      rate: profile.rate * profile.dutyCycle * speed,
      mtu: profile.mtu,
    });
    let timer: NodeJS.Timeout | undefined;
    let lost = 0;
    let closed = false;
    const far = await udpConnect(host, port, (bytes) => pass(1, bytes));
    // Never from within a send: who sends is not to be called back before it is through.
    const plan = (): void => {
      clearTimeout(timer);
      const next = link.next();
      if (!closed && next !== Infinity) timer = setTimeout(pump, Math.max(0, next - monotonic()));
    };
    const pump = (): void => {
      const now = monotonic();
      for (let one = link.take(now); one && !closed; one = link.take(now)) {
        if (one.to === 1) far.send(one.bytes, one.bytes.length);
        else receive(one.bytes);
      }
      plan();
    };
    const pass = (from: 0 | 1, bytes: Uint8Array): void => {
      counts.datagrams++;
      link.send(from, bytes, monotonic());
      counts.lost += link.counts.lost + link.counts.tooLong - lost;
      lost = link.counts.lost + link.counts.tooLong;
      plan();
    };
    return {
      send: (bytes, length) => pass(0, bytes.subarray(0, length)),
      // What arrives may be the last that was waited for.
      close() {
        closed = true;
        clearTimeout(timer);
        far.close();
      },
    };
  };
};

const openCounted =
  (counts: DeviceLink['counts']): DatagramOpen =>
  async (host, port, receive) => {
    const far = await udpConnect(host, port, (bytes) => {
      counts.datagrams++;
      receive(bytes);
    });
    return {
      send(bytes, length) {
        counts.datagrams++;
        return far.send(bytes, length);
      },
      close: () => far.close(),
    };
  };

export const deviceLink = (options: DeviceLinkOptions): DeviceLink => {
  const { profile, speed } = options;
  const counts = { datagrams: 0, lost: 0 };
  if (profile === undefined)
    return { profile, counts, coap: { open: openCounted(counts) }, streamTime: () => 0 };
  const perByte = 1 / (profile.rate * profile.dutyCycle);
  return {
    profile,
    counts,
    coap: {
      open: openOver(profile, options, counts),
      timing: sped(timingOf(profile), speed),
      blocks: blocksOf(profile),
    },
    // What is lost is sent again: by so much it takes longer.
    streamTime: (requests, bytes) =>
      ((requests * profile.roundTrip + 1000 * bytes * perByte) * (1 + profile.loss)) / speed,
  };
};
