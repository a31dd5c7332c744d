/**
 * A whole update over a simulated link, by CoAP, in virtual time: the board on one end, a server of files on the other.
 * The same seed, the same life.
 */
import * as Err from '../../agent/err.ts';
import { answerBytes } from '../../hal/coap/answer.ts';
import type { Endpoint, Incoming, Peer, Reply } from '../../hal/coap/contract.ts';
import { openEndpoint } from '../../hal/coap/endpoint.ts';
import { estimateNew } from '../../hal/coap/estimate.ts';
import { optionFirst, optionNext } from '../../hal/coap/message.ts';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { coapUpdateNew, coapUpdateStep, coapUpdateStop } from '../../hal/coap/update.ts';
import type { CoapReceiver } from '../../hal/coap/update-options.ts';
import type { CoapUpdate } from '../../hal/coap/update.ts';
import { placeNew, uriRead } from '../../hal/http/uri.ts';
import { blocksOf, rateFloorOf, retryLimitsOf, timingOf } from '../../hal/links/defaults.ts';
import type { LinkProfile } from '../../hal/links/link.ts';
import { random } from '../../hal/node/faults.ts';
import type { Board } from '../board.ts';
import { cycleFeed, cycleRuns } from '../cycle.ts';
import type { Update } from '../deliver.ts';
import { liveOf } from '../life.ts';
import { createLink, runLink } from './link.ts';
import type { Link, LinkFaults, Party } from './link.ts';

export interface LinkOfferOptions extends LinkFaults {
  readonly profile: LinkProfile;
  readonly seed?: number;
  /** Seconds awake, and then asleep, in turn. Default: awake to the end. */
  readonly awake?: number;
  readonly asleep?: number;
  /** Seconds after which it is given up. Default a week. */
  readonly patience?: number;
}

export interface LinkOffered {
  /** `Ok`, the agent's code, or what was wrong with the source. */
  readonly code: number;
  readonly bytesSent: number;
  /** On the link, both ways, with what it adds to each datagram. */
  readonly bytes: number;
  readonly datagrams: number;
  readonly lost: number;
  readonly wakes: number;
  /** From the first wake to the end. */
  readonly seconds: number;
  readonly secondsAwake: number;
  /**
   * Of the link: each wake, each byte, and what waiting takes, on top, for as long as it is awake. What flash and
   * processor take is not in it.
   */
  readonly millijoules: number;
}

const WEEK = 604_800;
const ENVELOPE = '/update.suit';
/** Steps of the driver in one turn of the clock. */
const STEPS = 64;
const TAG = Uint8Array.of(1);

const pathOf = ({ message }: Incoming): string => {
  let path = '';
  const { cursor } = message;
  for (let more = optionFirst(cursor, message); more; more = optionNext(cursor)) {
    if (cursor.number !== Option.UriPath) continue;
    path += `/${Buffer.from(cursor.bytes.subarray(cursor.from, cursor.to)).toString()}`;
  }
  return path;
};

/** Gives the envelope, a patch under its own name, and else the payload. */
const serve =
  (update: Update, szx: number) =>
  (incoming: Incoming, reply: Reply): void => {
    const path = pathOf(incoming);
    const patch = update.patches?.find(({ uri }) => `/${uri}` === path)?.payload;
    const bytes = path === ENVELOPE ? update.envelope : (patch ?? update.payload);
    const facts = { code: Code.Content, format: 42, observe: -1, tag: TAG };
    answerBytes(incoming, reply, facts, bytes, bytes.length, szx);
  };

interface Clock {
  now: number;
}

/** A radio that sleeps hears nothing, and nobody asks it to do anything. */
class Radio {
  readonly #awake: number;
  readonly #asleep: number;
  wakes = 1;
  /** When it woke last, and how long it was awake before. */
  #woke = 0;
  #before = 0;

  constructor(options: LinkOfferOptions) {
    this.#awake = (options.awake ?? Infinity) * 1000;
    this.#asleep = (options.asleep ?? 0) * 1000;
  }

  /** When it is awake again: `now`, if it is. */
  ready(now: number): number {
    const wakes = this.#woke + this.#awake + this.#asleep;
    if (now >= wakes) {
      this.#before += this.#awake;
      this.#woke = now;
      this.wakes++;
    }
    return now < this.#woke + this.#awake ? now : wakes;
  }

  awake(now: number): number {
    return this.#before + Math.min(now - this.#woke, this.#awake);
  }
}

const endpointOf = (
  link: Link,
  end: 0 | 1,
  clock: Clock,
  share: () => number,
  answer?: (incoming: Incoming, reply: Reply) => void,
): Endpoint =>
  openEndpoint({
    transmit: (_, bytes, length) => link.send(end, bytes.subarray(0, length), clock.now),
    random: share,
    outgoing: [128, 128, 128, 128],
    ...(answer === undefined ? {} : { serve: answer }),
  });

/** The agent that is offered it, and what else goes on on its board. */
export interface LinkTarget {
  readonly agent: CoapReceiver;
  /** Called at each turn of the clock; false: the board is gone. */
  readonly alive: () => boolean;
}

interface Device extends LinkTarget {
  readonly update: CoapUpdate;
  readonly radio: Radio;
  readonly clock: Clock;
  readonly peer: Peer;
}

const deviceOf = ({ alive, update, radio, clock, peer }: Device): Party => ({
  receive(bytes, now) {
    clock.now = now;
    if (radio.ready(now) === now) update.options.endpoint.receive(peer, bytes, 0, bytes.length, now);
  },
  tick(now) {
    clock.now = now;
    const ready = radio.ready(now);
    if (ready > now || !alive()) return ready > now ? ready : Infinity;
    let next = coapUpdateStep(update, now);
    for (let steps = 0; next <= now && steps < STEPS && alive(); steps++) next = coapUpdateStep(update, now);
    return next;
  },
});

/** Offers an update to the program that runs, booting the board first if need be. */
export const offerOverLink = (board: Board, update: Update, options: LinkOfferOptions): LinkOffered => {
  const { agent, cycle } = liveOf(board);
  if (agent === undefined) throw new RangeError('no program runs on the board');
  const alive = (): boolean => {
    cycleFeed(board, cycle);
    return cycleRuns(board, cycle);
  };
  return offerToAgent({ agent, alive }, update, options);
};

/** The same, to an agent without a simulated board around it. */
export const offerToAgent = (target: LinkTarget, update: Update, options: LinkOfferOptions): LinkOffered => {
  const { profile, seed = 1 } = options;
  const link = createLink({
    seed,
    loss: options.loss ?? profile.loss,
    repeat: options.repeat ?? 0,
    reorder: options.reorder ?? 0,
    corrupt: options.corrupt ?? 0,
    delay: profile.roundTrip / 2,
    jitter: profile.roundTrip / 8,
    rate: profile.rate * profile.dutyCycle,
    mtu: profile.mtu,
  });
  const draw = random(seed + 1);
  const share = (): number => draw() / 2 ** 32;
  const clock: Clock = { now: 0 };
  const timing = timingOf(profile);
  const blocks = blocksOf(profile);
  const [peer, device]: readonly Peer[] = [
    { estimate: estimateNew(timing) },
    { estimate: estimateNew(timing) },
  ];
  const place = placeNew();
  uriRead(place, `coap://server${ENVELOPE}`);
  const driver = coapUpdateNew(
    {
      agent: target.agent,
      endpoint: endpointOf(link, 0, clock, share),
      envelope: place,
      connect: (_, found) => found(peer!),
      blocks,
      random: share,
      rate: rateFloorOf(profile),
      retry: retryLimitsOf(profile),
      whole: (update.patches ?? []).length === 0,
    },
    peer!,
  );
  const radio = new Radio(options);
  const server = endpointOf(link, 1, clock, share, serve(update, blocks.szx));
  const parties: [Party, Party] = [
    deviceOf({ ...target, update: driver, radio, clock, peer: peer! }),
    {
      receive: (bytes, now) => void server.receive(device!, bytes, 0, bytes.length, now),
      tick: (now) => server.tick(now),
    },
  ];
  const done = (): boolean => driver.ended || !target.alive();
  const end = runLink(link, parties, done, 0, (options.patience ?? WEEK) * 1000);
  // Out of patience: what came is in flash, and stays there.
  const code = driver.ended || !target.alive() ? driver.code : Err.SourceLost;
  coapUpdateStop(driver);
  const { sent, bytes, lost } = link.counts;
  const carried = bytes + sent * profile.overhead;
  const awake = radio.awake(end);
  const energy =
    radio.wakes * profile.energyPerWake * 1000 +
    carried * profile.energyPerByte +
    (awake * profile.idlePower) / 1000;
  return {
    code,
    bytesSent: driver.taken,
    bytes: carried,
    datagrams: sent,
    lost,
    wakes: radio.wakes,
    seconds: end / 1000,
    secondsAwake: awake / 1000,
    millijoules: energy / 1000,
  };
};
