/** Gives a running board an update, without a network between. */
import { decodeFirst } from 'cborg';
import * as Err from '../agent/err.ts';
import { driveByRange, driveByStream, driveNow } from '../hal/driver.ts';
import type { Delivery } from '../hal/driver.ts';
import type { Agent } from './flipside.ts';
import type { Board } from './board.ts';
import { cycleFeed, cycleRuns } from './cycle.ts';
import { liveOf, restart } from './life.ts';

/** Envelope and payload apart; the bundle is the one after the other. */
export interface Update {
  readonly envelope: Uint8Array;
  readonly payload: Uint8Array;
  /** What is fetched where the manifest picks a patch. */
  readonly patches?: readonly { readonly uri: string; readonly payload: Uint8Array }[] | undefined;
}

export interface DeliverOptions {
  /** Most bytes given to one push. Default 1024. */
  readonly chunk?: number;
  /** Default 'range'. */
  readonly mode?: 'stream' | 'range';
}

export interface Delivered extends Delivery {
  /** Whether the board lost power, or was reset, before the end. */
  readonly cut: boolean;
}

/** Envelope and payload of a bundle. What does not begin with a whole CBOR item is all envelope, for the agent to refuse. */
export const splitBundle = (bundle: Uint8Array): Update => {
  try {
    const [, payload] = decodeFirst(bundle, { useMaps: true, tags: { 107: (decode) => decode() } });
    return { envelope: bundle.subarray(0, bundle.length - payload.length), payload };
  } catch {
    return { envelope: bundle, payload: bundle.subarray(bundle.length) };
  }
};

const UriMax = 1024;

const uriOf = (agent: Pick<Agent, 'uri'>): string => {
  const into = new Uint8Array(UriMax);
  return new TextDecoder().decode(into.subarray(0, Math.max(0, agent.uri(into))));
};

/** What the agent fetches from: of an update's payloads the one whose URI it has. */
export const payloadFor = (
  agent: Pick<Agent, 'uri'>,
  { payload, patches = [] }: Omit<Update, 'envelope'>,
): Uint8Array => {
  if (patches.length === 0) return payload;
  const wanted = uriOf(agent);
  return patches.find(({ uri }) => uri === wanted)?.payload ?? payload;
};

/** Offers an update to the program that runs, booting the board first if need be. Stops where the board stops. */
export const deliver = (
  board: Board,
  update: Uint8Array | Update,
  options: DeliverOptions = {},
): Delivered => {
  const given: Update = update instanceof Uint8Array ? splitBundle(update) : update;
  const live = liveOf(board);
  const { agent, cycle } = live;
  if (agent === undefined || !cycleRuns(board, cycle)) {
    return { code: Err.BadState, bytesSent: 0, rounds: 0, cut: true };
  }
  const alive = (): boolean => {
    cycleFeed(board, cycle);
    return cycleRuns(board, cycle);
  };
  const drive = options.mode === 'stream' ? driveByStream : driveByRange;
  const whole = (given.patches ?? []).length === 0 || options.mode === 'stream';
  const course = drive(agent, given.envelope, { chunk: options.chunk ?? 1024, alive, whole });
  const delivery = driveNow(course, (offset, length) =>
    payloadFor(agent, given).subarray(offset, offset + length),
  );
  board.keep();
  return { ...delivery, cut: !cycleRuns(board, cycle) };
};

/** Activates what is staged, and resets the board so that it boots it. The agent's code. */
export const activate = (board: Board): number => {
  const live = liveOf(board);
  if (live.agent === undefined) return Err.BadState;
  const code = live.agent.activate();
  if (code >= 0 && cycleRuns(board, live.cycle)) restart(board);
  board.keep();
  return code;
};
