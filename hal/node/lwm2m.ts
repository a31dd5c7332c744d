/** The LwM2M client over sockets, and the ports that Node gives it. The client itself is hal/lwm2m. */
import type { Agent } from '../../agent/agent.ts';
import * as Err from '../../agent/err.ts';
import type { Protection } from '../coap/contract.ts';
import { openEndpoint } from '../coap/endpoint.ts';
import { HTTP_SCHEMES, originAdmit } from '../http/origin.ts';
import { placeNew, uriRead } from '../http/uri.ts';
import { LWM2M_OUTGOING, openLwm2m, Protocol } from '../lwm2m/index.ts';
import type { FetchPort, Lwm2m, Lwm2mOptions } from '../lwm2m/index.ts';
import { update as coapUpdate } from './coap.ts';
import { HttpError, update as httpUpdate } from './http.ts';
import type { HttpLimits } from './http.ts';
import { openWays } from './lwm2m-ways.ts';
import { ticker } from './ticker.ts';
import type { WaysOptions } from './lwm2m-ways.ts';
import { monotonic, secureRandom } from './udp.ts';

export { keepFile, keepMemory } from './keep.ts';
export { ticker } from './ticker.ts';
export { openWays } from './lwm2m-ways.ts';
export type { Ways, WaysOptions } from './lwm2m-ways.ts';

export interface FetchOptions extends Pick<HttpLimits, 'ca' | 'hosts'> {
  /**
   * Where a server may send the device for an envelope, each `host`, `host:port`, or the same after `scheme://`; what is
   * elsewhere is refused. Default: anywhere.
   */
  readonly from?: readonly string[];
  /** False: what it fetches for is gone. */
  readonly alive?: () => boolean;
}

const SCHEMES = ['coap', ...HTTP_SCHEMES];

/** `Ok`, or why the device does not go there. */
const admit = (uri: string, from: readonly string[] | undefined): number => {
  const place = placeNew();
  const code = uriRead(place, uri);
  if (code < 0 || from === undefined) return code;
  return originAdmit({ trusted: placeNew(), allowed: from, schemes: SCHEMES }, place);
};

const isCoap = (uri: string): boolean => /^coap:/i.test(uri);

/**
 * Fetches what a server names, by CoAP, HTTP or HTTPS: an envelope, whose payload lies beside it, or at one of `hosts`.
 * `done` is told the code in the end, for `Lwm2m.fetched`.
 */
export const fetchOver = (
  agent: Agent,
  done: (code: number) => void,
  options: FetchOptions = {},
): FetchPort => {
  let run = 0;
  const fetch = async (mine: number, uri: string): Promise<void> => {
    const { alive = () => true, ca, hosts } = options;
    const given = {
      envelopeUrl: uri,
      alive: () => mine === run && alive(),
      ...(hosts === undefined ? {} : { hosts }),
    };
    let code: number = Err.PortFailed;
    try {
      const ran = isCoap(uri)
        ? await coapUpdate(agent, given)
        : await httpUpdate(agent, { ...given, ...(ca === undefined ? {} : { ca }) });
      code = ran.code;
    } catch (error) {
      if (error instanceof HttpError) code = error.code;
    }
    if (mine === run) done(code);
  };
  return {
    protocols: [Protocol.Coap, Protocol.Http, Protocol.Https],
    begin(uri) {
      run++;
      const code = admit(uri, options.from);
      if (code >= 0) void fetch(run, uri);
      return code;
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
  close(): void;
}

/** Opens a client on sockets of its own, and keeps it going until it is closed. */
export const runLwm2m = (
  options: Omit<Lwm2mOptions, 'connect' | 'random'>,
  reach: WaysOptions & { readonly protection?: Protection } = {},
): RunningLwm2m => {
  const random = secureRandom();
  const ways = openWays((peer, bytes, from, to) => {
    endpoint.receive(peer, bytes, from, to, monotonic());
    clock.poke();
  }, reach);
  const client = openLwm2m({ ...options, connect: (uri, security) => ways.connect(uri, security), random });
  const endpoint = openEndpoint({
    transmit: (peer, bytes, length) => ways.transmit(peer, bytes, length),
    random,
    outgoing: LWM2M_OUTGOING,
    serve: (incoming, reply) => client.serve(incoming, reply),
    reset: (peer, id, now) => client.reset(peer, id, now),
    ...(reach.protection ? { protection: reach.protection } : {}),
  });
  client.start(endpoint, monotonic());
  const clock = ticker((now) => client.tick(now));
  return {
    client,
    poke: () => clock.poke(),
    close() {
      clock.stop();
      ways.close();
    },
  };
};
