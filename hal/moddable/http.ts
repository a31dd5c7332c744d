/**
 * The driver over HTTP: fetches an envelope, gives it to the agent, then the ranges of the payload that it still wants.
 * Callbacks and timers, no promises. It leaves the event loop free: each turn does a few steps and comes back by timer.
 * It polls the agent itself: to whoever polls beside it, a failure is told first, and here it is only SessionFailed.
 *
 *   client ── bytes ──► source ── take ──► chunk ── push ──► agent
 *                         ▲                                    │
 *                         └────────── ask for a range ◄── wanted
 */
import { Busy, Done, Idle, Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { RATE } from '../http/rate.ts';
import type { RateFloor } from '../http/rate.ts';
import { RETRY } from '../http/retry.ts';
import { payloadPath } from './http-path.ts';
import { sourceAsk, sourceClose, sourceNew, sourceTake } from './http-source.ts';
import type { Source } from './http-source.ts';
import type { SdkHttpClient, SdkTimer } from './sdk.ts';

/** As much of the agent as this driver holds. */
export interface HttpReceiver {
  offerBegin(): number;
  push(bytes: Uint8Array, from: number, to: number): number;
  poll(): number;
  wanted(range: { offset: number; length: number }): number;
  uri(into: Uint8Array): number;
}

export interface HttpUpdate {
  readonly agent: HttpReceiver;
  /**
   * `(onError) => new HTTPClient({ host, port, dns, socket: { io: moddableSocket(TCP) }, onError })`. Without
   * moddableSocket a hostile server can end the machine.
   */
  readonly connect: (onError: (error: unknown) => void) => SdkHttpClient;
  readonly timer: SdkTimer;
  /** Where the client connects to: a payload that the manifest places elsewhere is not fetched. */
  readonly host: string;
  readonly port: number;
  /** Path of the envelope. */
  readonly envelope: string;
  /** Path of the payload, when not where the manifest says. */
  readonly payload?: string | undefined;
  /** Told once. `trouble` is empty unless the source failed; `code` is then one of a source (agent/err.ts, -190..). */
  readonly done: (code: number, trouble: string) => void;
  /** Bytes taken from the socket at once. Default 512. */
  readonly chunk?: number | undefined;
  /** Default 5. */
  readonly retries?: number | undefined;
  /** Milliseconds: the longest first wait. Default 1000. */
  readonly backOff?: number | undefined;
  /** In [0, 1). Default Math.random. */
  readonly random?: (() => number) | undefined;
  /** The least that a server may give. Default 1024 bytes in 60 seconds. */
  readonly rate?: RateFloor | undefined;
  /** Milliseconds. Default 30,000. */
  readonly timeout?: number | undefined;
  /** Default 16 MiB. */
  readonly discard?: number | undefined;
}

interface Run {
  readonly update: HttpUpdate;
  readonly source: Source;
  readonly chunk: Uint8Array;
  readonly range: { offset: number; length: number };
  path: string;
  /** Bytes from..to-1 of the chunk are still to be pushed. */
  from: number;
  to: number;
  /** The agent took nothing, and had nothing to do. */
  stalled: boolean;
  ended: boolean;
  timer: unknown;
}

const URI = 256;
/** Steps of one turn: each does at most one slow thing of the agent. */
const STEPS = 8;

function finish(run: Run, code: number, trouble: string): boolean {
  run.ended = true;
  sourceClose(run.source);
  if (run.timer !== undefined) run.update.timer.clear(run.timer);
  run.timer = undefined;
  run.update.done(code, trouble);
  return false;
}

/** Pushes what is in hand. */
function give(run: Run): boolean {
  const agent = run.update.agent;
  const taken = agent.push(run.chunk, run.from, run.to);
  if (taken < 0) return finish(run, taken, '');
  run.from += taken;
  const code = agent.poll();
  if (code < 0) return finish(run, code, '');
  const stalled = taken === 0 && code === Idle;
  // An idle agent that takes nothing twice in a row never will.
  if (stalled && run.stalled) return finish(run, Err.PayloadTooLong, '');
  run.stalled = stalled;
  return true;
}

function locate(run: Run): string {
  const update = run.update;
  if (update.payload !== undefined) return update.payload;
  const bytes = new Uint8Array(URI);
  const length = update.agent.uri(bytes);
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(bytes[i] as number);
  return payloadPath(text, update.envelope, update.host, update.port);
}

/** The agent has come to rest: what next? */
function next(run: Run): boolean {
  const range = run.range;
  const code = run.update.agent.wanted(range);
  if (code < 0) return finish(run, code, '');
  if (code === Done) return finish(run, Ok, '');
  if (code === Busy) return true;
  if (run.path === '') run.path = locate(run);
  if (run.path === '') return finish(run, Err.OriginRefused, 'the manifest names no payload on this host');
  sourceAsk(run.source, run.path, range.offset, range.offset + range.length);
  return false;
}

/** One step; false: the network has to come first, or all is over. */
function step(run: Run): boolean {
  const source = run.source;
  if (run.from < run.to) return give(run);
  if (source.trouble !== '') return finish(run, source.code, source.path + ': ' + source.trouble);
  if (source.readable > 0) {
    run.from = 0;
    run.to = sourceTake(source, run.chunk);
    return true;
  }
  if (!source.complete) return false;
  const code = run.update.agent.poll();
  if (code < 0) return finish(run, code, '');
  return code === Idle ? next(run) : true;
}

function later(run: Run): void {
  if (run.ended || run.timer !== undefined) return;
  run.timer = run.update.timer.set(() => {
    run.timer = undefined;
    for (let steps = 0; steps < STEPS; steps++) if (run.ended || !step(run)) return;
    later(run);
  }, 0);
}

/** Runs one update, from offer to staged. Gives what stops it; the agent is then left as it is. */
export function moddableHttp(update: HttpUpdate): () => void {
  const limits = {
    retry: {
      attempts: update.retries ?? RETRY.attempts,
      first: update.backOff ?? RETRY.first,
      longest: RETRY.longest,
      progress: RETRY.progress,
    },
    random: update.random ?? Math.random,
    rate: update.rate ?? RATE,
    timeout: update.timeout ?? 30000,
    discard: update.discard ?? 16777216,
  };
  let wake = (): void => {};
  const run: Run = {
    update: update,
    source: sourceNew(
      limits,
      update.timer,
      update.connect,
      () => wake(),
      (location, from) => payloadPath(location, from, update.host, update.port),
    ),
    chunk: new Uint8Array(update.chunk ?? 512),
    range: { offset: 0, length: 0 },
    path: '',
    from: 0,
    to: 0,
    stalled: false,
    ended: false,
    timer: undefined,
  };
  wake = () => later(run);
  const code = update.agent.offerBegin();
  if (code < 0) finish(run, code, '');
  else sourceAsk(run.source, update.envelope, 0, Infinity);
  return () => {
    if (run.ended) return;
    run.ended = true;
    sourceClose(run.source);
    if (run.timer !== undefined) update.timer.clear(run.timer);
  };
}
