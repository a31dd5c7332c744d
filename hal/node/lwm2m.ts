/** The LwM2M client over UDP, and the ports that Node gives it. The client itself is hal/lwm2m. */
import { performance } from 'node:perf_hooks';
import * as Err from '../../agent/err.ts';
import type { Agent } from '../../agent/agent.ts';
import { openEndpoint } from '../coap/endpoint.ts';
import type { Peer } from '../coap/contract.ts';
import { LWM2M_OUTGOING, openLwm2m, Protocol } from '../lwm2m/index.ts';
import type { FetchPort, Lwm2m, Lwm2mOptions } from '../lwm2m/index.ts';
import { HttpError, update } from './http.ts';
import type { HttpLimits } from './http.ts';
import { udpPeers } from './udp-peers.ts';
import type { UdpOptions } from './udp-peers.ts';

export { keepFile, keepMemory } from './keep.ts';

/** Milliseconds of a clock that never goes back. */
export const lwm2mNow = (): number => performance.now();

export interface FetchOptions extends Pick<HttpLimits, 'timeout' | 'ca' | 'hosts'> {
  /** False: what it fetches for is gone. */
  readonly alive?: () => boolean;
}

/**
 * Fetches what a server names, by HTTP or HTTPS: an envelope, whose payload lies beside it. `done` is told the code in
 * the end, for `Lwm2m.fetched`.
 */
export const fetchOver = (
  agent: Agent,
  done: (code: number) => void,
  options: FetchOptions = {},
): FetchPort => {
  let run = 0;
  const fetch = async (mine: number, uri: string): Promise<void> => {
    const { alive = () => true, ...limits } = options;
    let code: number = Err.PortFailed;
    try {
      code = (await update(agent, { ...limits, envelopeUrl: uri, alive: () => mine === run && alive() }))
        .code;
    } catch (error) {
      if (error instanceof HttpError) code = error.code;
    }
    if (mine === run) done(code);
  };
  return {
    protocols: [Protocol.Http, Protocol.Https],
    begin(uri) {
      run++;
      void fetch(run, uri);
      return 0;
    },
    cancel() {
      run++;
    },
  };
};

export interface RunningLwm2m {
  readonly client: Lwm2m;
  /** What came to be due from outside the network: looks at it at once. */
  poke(): void;
  close(): Promise<void>;
}

/** Calls `tick` when the time comes that it named, or when poked. */
export const ticker = (tick: (now: number) => number): { poke(): void; stop(): void } => {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const LONGEST = 0x7fffffff;
  const run = (): void => {
    if (stopped) return;
    const wait = tick(lwm2mNow()) - lwm2mNow();
    if (wait === Infinity) return;
    timer = setTimeout(run, Math.min(LONGEST, Math.max(0, Math.ceil(wait))));
  };
  const poke = (): void => {
    clearTimeout(timer);
    timer = setTimeout(run, 0);
  };
  poke();
  return {
    poke,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
};

/** Opens a client on a socket of its own, and keeps it going until it is closed. */
export const runLwm2m = async (
  options: Omit<Lwm2mOptions, 'connect' | 'random'>,
  udp: UdpOptions = {},
): Promise<RunningLwm2m> => {
  const receive = (peer: Peer, bytes: Uint8Array): void => {
    endpoint.receive(peer, bytes, 0, bytes.length, lwm2mNow());
    clock.poke();
  };
  const peers = await udpPeers(receive, udp);
  const client = openLwm2m({ ...options, connect: (uri) => peers.connect(uri), random: Math.random });
  const endpoint = openEndpoint({
    transmit: (peer, bytes, length) => peers.transmit(peer, bytes, length),
    random: Math.random,
    outgoing: LWM2M_OUTGOING,
    serve: (incoming, reply) => client.serve(incoming, reply),
    reset: (peer, id, now) => client.reset(peer, id, now),
  });
  client.start(endpoint, lwm2mNow());
  const clock = ticker((now) => client.tick(now));
  return {
    client,
    poke: () => clock.poke(),
    async close() {
      clock.stop();
      await peers.close();
    },
  };
};
