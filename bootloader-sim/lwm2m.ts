/** A simulated board that an LwM2M server manages: what a firmware does with hal/lwm2m, from boot to boot. */
import { openEndpoint } from '../hal/coap/endpoint.ts';
import type { Endpoint, Peer, Protection } from '../hal/coap/contract.ts';
import { LWM2M_OUTGOING, openLwm2m } from '../hal/lwm2m/index.ts';
import type { Keep } from '../hal/ports.ts';
import type { FetchPort, Lwm2m, Lwm2mOptions } from '../hal/lwm2m/index.ts';
import { keepMemory } from '../hal/node/keep.ts';
import { statusNew } from '../agent/report.ts';
import type { Board } from './board.ts';
import { cycleFeed, cycleRuns } from './cycle.ts';
import { liveOf, restart, tick } from './life.ts';
import type { Live } from './life.ts';
import type { Agent } from './flipside.ts';

export interface Lwm2mBoard {
  /** A datagram came. While the board is off it is lost. */
  receive(peer: Peer, bytes: Uint8Array, now: number): void;
  /** One round of the main loop; boots the board first if it is off. When to call again. */
  step(now: number): number;
  /** Lets a tick of the application pass: its health checks, its clock. */
  tick(): void;
  /** Of the boot that runs. */
  readonly client: Lwm2m | undefined;
  /** What the server set it to; 0: it has not. */
  readonly time: number;
}

type Given = Pick<
  Lwm2mOptions,
  | 'endpoint'
  | 'factory'
  | 'connect'
  | 'objects'
  | 'connectivity'
  | 'observations'
  | 'queue'
  | 'awake'
  | 'sleep'
  | 'retry'
  | 'onState'
  | 'keySize'
  | 'payload'
>;

export interface Lwm2mBoardOptions extends Given {
  readonly transmit: (peer: Peer, bytes: Uint8Array, length: number) => void;
  readonly random: () => number;
  /** Of each boot's endpoint: OSCORE. */
  readonly protection?: () => Protection;
  /** Of this boot's agent; it says when it is done by `done`. */
  readonly fetch?: (
    agent: Agent,
    alive: () => boolean,
    done: (code: number, now: number) => void,
  ) => FetchPort;
  /** What outlives a reset. Default: in memory. */
  readonly keep?: Keep;
  readonly accounts?: Keep;
  readonly patience?: number;
  readonly block?: number;
  readonly deferRetry?: number;
}

export const lwm2mBoard = (board: Board, options: Lwm2mBoardOptions): Lwm2mBoard => {
  const keep = options.keep ?? keepMemory();
  const accounts = options.accounts ?? keepMemory();
  let live: Live | undefined;
  let client: Lwm2m | undefined;
  let endpoint: Endpoint | undefined;
  let rebootAt = Infinity;
  let time = 0;

  const open = (agent: Agent, boot: Live): Lwm2m => {
    const status = statusNew();
    const alive = (): boolean => {
      cycleFeed(board, boot.cycle);
      return cycleRuns(board, boot.cycle);
    };
    const done = (code: number, now: number): void => {
      if (cycleRuns(board, boot.cycle)) client?.fetched(code, now);
    };
    const { patience, block, deferRetry } = options;
    // Code that runs on when the power is gone writes nothing.
    const save: Keep['save'] = (bytes) => {
      if (cycleRuns(board, boot.cycle)) keep.save(bytes);
    };
    return openLwm2m({
      ...options,
      accounts,
      device: {
        manufacturer: 'flipside',
        model: board.options.profile.name,
        serial: options.endpoint,
        firmwareVersion: () => {
          agent.status(status);
          return String(status.sequence);
        },
        time: () => board.seconds,
        setTime: (seconds) => {
          time = seconds;
          return 0;
        },
        reboot: () => {
          rebootAt = 0;
          return 0;
        },
      },
      firmware: {
        agent,
        keep: { load: (into) => keep.load(into), save },
        restart: () => restart(board),
        time: () => board.seconds,
        ...(options.fetch ? { fetch: options.fetch(agent, alive, done) } : {}),
        patience,
        block,
        deferRetry,
      },
    });
  };

  const attach = (now: number): Live => {
    const next = liveOf(board);
    if (next === live) return next;
    live = next;
    client = undefined;
    endpoint = undefined;
    rebootAt = Infinity;
    if (next.agent === undefined || !cycleRuns(board, next.cycle)) return next;
    const mine = open(next.agent, next);
    client = mine;
    endpoint = openEndpoint({
      transmit: options.transmit,
      random: options.random,
      outgoing: LWM2M_OUTGOING,
      serve: (incoming, reply) => mine.serve(incoming, reply),
      reset: (peer, id, at) => mine.reset(peer, id, at),
      ...(options.protection ? { protection: options.protection() } : {}),
    });
    mine.start(endpoint, now);
    return next;
  };

  return {
    get client() {
      return client;
    },
    get time() {
      return time;
    },
    receive(peer, bytes, now) {
      if (live === undefined || endpoint === undefined || !cycleRuns(board, live.cycle)) return;
      cycleFeed(board, live.cycle);
      endpoint.receive(peer, bytes, 0, bytes.length, now);
    },
    step(now) {
      const { cycle } = attach(now);
      if (client === undefined || !cycleRuns(board, cycle)) return now;
      cycleFeed(board, cycle);
      const next = client.tick(now);
      // The answer to the server's request has gone out with the tick.
      if (rebootAt <= now) restart(board);
      return cycleRuns(board, cycle) ? next : now;
    },
    tick() {
      if (live !== undefined && cycleRuns(board, live.cycle)) tick(board, live);
      board.keep();
    },
  };
};
