/** The driver over CoAP for Node: hal/coap's, with sockets and a timer. */
import type { Endpoint, Peer, Protection } from '../coap/contract.ts';
import { openEndpoint } from '../coap/endpoint.ts';
import { estimateNew, TIMING } from '../coap/estimate.ts';
import type { Timing } from '../coap/estimate.ts';
import { coapUpdateNew, coapUpdateStep, coapUpdateStop } from '../coap/update.ts';
import type { CoapUpdate } from '../coap/update.ts';
import type { CoapBlocks, CoapReceiver } from '../coap/update-options.ts';
import type { RateFloor } from '../http/rate.ts';
import type { RetryLimits } from '../http/retry.ts';
import { placeNew, schemeOf, uriRead } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import { monotonic, secureRandom, udpConnect } from './udp.ts';
import type { DatagramLink, DatagramOpen } from './udp.ts';

export interface ChannelEvents {
  opened(): void;
  received(bytes: Uint8Array, from: number, to: number): void;
  closed(code: number, reason: string): void;
}

export interface CoapOptions {
  /** coap://, or coaps:// where there are secure channels. */
  readonly envelopeUrl: string | URL;
  /** Where the payload is, when not where the manifest says. */
  readonly payloadUrl?: string | URL | undefined;
  /** Places beside the envelope's that a manifest may name: `[scheme://]host[:port]`. */
  readonly hosts?: readonly string[];
  /** A place that the signed manifest names is gone to. Default false. */
  readonly manifestHost?: boolean;
  /** Default: blocks of 1024 bytes, four asked for at once, one held. */
  readonly blocks?: Partial<CoapBlocks>;
  readonly timing?: Timing;
  readonly retry?: RetryLimits;
  readonly rate?: RateFloor;
  /** Opens a secure channel (DTLS) to a place of coaps. */
  readonly secure?: (host: string, port: number, events: ChannelEvents) => DatagramLink;
  /** Opens the way for datagrams to a place of coap. Default: a socket of UDP. */
  readonly open?: DatagramOpen | undefined;
  /** Protects each message from end to end (hal/oscore). What it covers is up to it. */
  readonly protection?: Protection;
  /** What is asked for comes from the whole image's payload: the agent takes no patch. Default false. */
  readonly whole?: boolean;
  /** Called between steps. False stops the driver with `Err.Cancelled`: the board is gone. */
  readonly alive?: (bytesSent: number) => boolean;
  readonly signal?: AbortSignal;
  /** In [0, 1). */
  readonly random?: () => number;
}

export interface CoapDelivery {
  /** `Ok`, the agent's code, or that of a source. */
  readonly code: number;
  /** What led to it. */
  readonly cause: number;
  /** Of the server, where it refused: class << 5 | detail; else 0. */
  readonly refusal: number;
  /** Bytes the agent took, envelope and payload; bytes of blocks that came. */
  readonly bytesSent: number;
  readonly received: number;
  /** Blocks asked for; messages sent again; faults that were tried again after. */
  readonly requests: number;
  readonly retransmitted: number;
  readonly faults: number;
}

const BLOCKS: CoapBlocks = { szx: 6, window: 4, held: 1, token: new Uint8Array(0) };
/** A request for a block: its header, token, path, and Echo. */
const REQUEST = 256;
/** Steps without a look at the socket; each does at most one slow thing of the agent. */
const STEPS = 16;
const TICK_MAX = 2 ** 31 - 1;

const NOTHING: Omit<CoapDelivery, 'code' | 'cause'> = {
  refusal: 0,
  bytesSent: 0,
  received: 0,
  requests: 0,
  retransmitted: 0,
  faults: 0,
};

interface Way extends Peer {
  link: DatagramLink | undefined;
}

/** One update at work. */
interface Run {
  readonly options: CoapOptions;
  readonly timing: Timing;
  readonly endpoint: Endpoint;
  readonly ways: Way[];
  work: CoapUpdate;
  timer: NodeJS.Timeout | undefined;
  ended: boolean;
  readonly done: (delivery: CoapDelivery) => void;
}

const wayOf = (timing: Timing): Way => ({ link: undefined, estimate: estimateNew(timing) });

/** Runs one update to its end. It does not throw for what a server or a link does: that comes as code. */
export const update = (agent: CoapReceiver, options: CoapOptions): Promise<CoapDelivery> => {
  const envelope = placeNew();
  const code = uriRead(envelope, String(options.envelopeUrl));
  if (code < 0) return Promise.resolve({ ...NOTHING, code, cause: code });
  const { signal } = options;
  return new Promise((done) => {
    const run = runOpen(agent, envelope, options, (delivery) => {
      signal?.removeEventListener('abort', stop);
      done(delivery);
    });
    const stop = (): void => {
      coapUpdateStop(run.work);
      step(run);
    };
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    else step(run);
  });
};

const runOpen = (
  agent: CoapReceiver,
  envelope: Place,
  options: CoapOptions,
  done: (delivery: CoapDelivery) => void,
): Run => {
  const blocks = { ...BLOCKS, ...options.blocks };
  const timing = options.timing ?? TIMING;
  const random = options.random ?? secureRandom();
  const { payloadUrl, retry, rate } = options;
  const endpoint = openEndpoint({
    transmit: (peer, bytes, length) => (peer as Way).link?.send(bytes, length),
    random,
    outgoing: Array.from({ length: blocks.window }, () => REQUEST),
    ...(options.protection ? { protection: options.protection } : {}),
  });
  const work = coapUpdateNew(
    {
      agent,
      endpoint,
      envelope,
      payload: payloadUrl === undefined ? undefined : String(payloadUrl),
      hosts: options.hosts ?? [],
      manifestHost: options.manifestHost === true,
      schemes: options.secure ? ['coap', 'coaps'] : ['coap'],
      connect: (place, found) => connect(run, place, found),
      blocks,
      random,
      whole: options.whole === true,
      ...(retry ? { retry } : {}),
      ...(rate ? { rate } : {}),
    },
    wayOf(timing),
  );
  const run: Run = { options, timing, endpoint, ways: [], work, timer: undefined, ended: false, done };
  return run;
};

const connect = (run: Run, place: Place, found: (peer: Peer | null) => void): void => {
  const way = wayOf(run.timing);
  const tell = (peer: Peer | null): void => {
    found(peer);
    step(run);
  };
  const receive = (bytes: Uint8Array, from: number, to: number): void => {
    if (run.ended) return;
    run.endpoint.receive(way, bytes, from, to, monotonic());
    step(run);
  };
  run.ways.push(way);
  if (schemeOf(place.scheme)?.secure) {
    way.link = run.options.secure!(place.host, place.port, {
      opened: () => tell(way),
      received: receive,
      closed: () => tell(null),
    });
    return;
  }
  const { open = udpConnect } = run.options;
  open(place.host, place.port, (bytes) => receive(bytes, 0, bytes.length)).then(
    (link) => {
      way.link = link;
      if (run.ended) link.close();
      else tell(way);
    },
    () => tell(null),
  );
};

const step = (run: Run): void => {
  if (run.ended) return;
  clearTimeout(run.timer);
  const { work, options } = run;
  let now = monotonic();
  let next = coapUpdateStep(work, now);
  for (let steps = 1; next <= now && steps < STEPS && !work.ended; steps++) {
    if (options.alive?.(work.taken) === false) coapUpdateStop(work);
    now = monotonic();
    next = coapUpdateStep(work, now);
  }
  if (work.ended) finish(run);
  else if (next !== Infinity)
    run.timer = setTimeout(step, Math.min(TICK_MAX, Math.max(0, Math.ceil(next - now))), run);
};

const finish = (run: Run): void => {
  const { work, endpoint } = run;
  run.ended = true;
  for (const { link } of run.ways) link?.close();
  run.done({
    code: work.code,
    cause: work.cause,
    refusal: work.download.refusal,
    bytesSent: work.taken,
    received: work.download.received,
    requests: work.download.requests,
    retransmitted: endpoint.counts.retransmitted,
    faults: work.faults,
  });
};
