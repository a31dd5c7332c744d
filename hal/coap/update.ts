/**
 * The driver over CoAP: fetches an envelope, gives it to the agent, then the ranges of the payload that it still wants. No
 * input or output of its own, and no timer: coapUpdateStep() is called after each datagram, and when the time comes that it named.
 *
 *   datagram ─► endpoint ─► download ── take ──► push ──► agent
 *                              ▲                            │
 *                              └──── downloadRead ◄── wanted
 *
 * What breaks is tried again, from where it was, after a wait that grows (hal/http/retry.ts). After a reset the whole
 * begins with the envelope, and the agent asks for what is not in flash already: nothing here has to be remembered.
 */
import { Busy, Done, More, Ok } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { originAdmit, originSame } from '../http/origin.ts';
import type { OriginPolicy } from '../http/origin.ts';
import { RATE, rateHolds, rateNew, rateReset } from '../http/rate.ts';
import type { Rate } from '../http/rate.ts';
import { AskedForLonger, RETRY, retryNew, retryNext, retryProgress } from '../http/retry.ts';
import type { Retry } from '../http/retry.ts';
import { authorityOf, placeNew, uriResolve, URI_MAX } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import type { Peer } from './contract.ts';
import {
  downloadNew,
  downloadOpen,
  downloadRead,
  downloadResume,
  DownloadState,
  downloadStop,
} from './download.ts';
import type { Download } from './download.ts';
import { writeHost, writePath } from './path.ts';
import { faultJudge, faultNew, Next, notTheOnes } from './update-fault.ts';
import type { Fault } from './update-fault.ts';
import type { CoapReceiver, CoapUpdateOptions } from './update-options.ts';

const Stage = { Connect: 0, Fetch: 1, Wait: 2, Ended: 3 } as const;
const PATIENCE = 30000;
/** The agent idle and busy at once, over and over, would be a fault of it. */
const BUSY_MAX = 1 << 20;
/** Times that it begins with the envelope again as the source changed; each may cost the erase of a block that was begun. */
const ANEW_MAX = 2;

export interface CoapUpdate {
  readonly options: CoapUpdateOptions;
  readonly policy: OriginPolicy;
  readonly download: Download;
  readonly retry: Retry;
  readonly rate: Rate;
  readonly fault: Fault;
  readonly range: { offset: number; length: number };
  /** What is fetched now, and whether it is the envelope. */
  readonly place: Place;
  enveloped: boolean;
  stage: number;
  /** Of the connections that were asked for: an answer to an earlier one is not taken. */
  connection: number;
  peer: Peer | null;
  /** There is no such place, or the way to it has ended. */
  lost: boolean;
  until: number;
  /** The agent has something to do; has to be asked what it wants; took nothing when it had nothing to do. */
  working: boolean;
  asking: boolean;
  stalled: boolean;
  busy: number;
  /** Since when the network is waited for, -1: it is not; bytes that had come by then. */
  waiting: number;
  came: number;
  ended: boolean;
  /** Of the end: `Ok`, the agent's code, or a Source one; and what led to that. */
  code: number;
  cause: number;
  /** Bytes the agent took; faults that were tried again after. */
  taken: number;
  faults: number;
  anew: number;
}

export function coapUpdateNew(options: CoapUpdateOptions, peer: Peer): CoapUpdate {
  const blocks = options.blocks;
  const u: CoapUpdate = {
    options: options,
    policy: { trusted: options.envelope, allowed: options.hosts ?? [], schemes: options.schemes ?? ['coap'] },
    download: downloadNew(
      {
        endpoint: options.endpoint,
        name: (w) => {
          writeHost(w, u.place.host);
          writePath(w, u.place.path);
        },
        take: (bytes, from, to) => take(u, bytes, from, to),
        szx: blocks.szx,
        window: blocks.window,
        held: blocks.held,
        strict: false,
        token: blocks.token,
      },
      peer,
    ),
    retry: retryNew(options.retry ?? RETRY, () => options.random()),
    rate: rateNew(options.rate ?? RATE),
    fault: faultNew(),
    range: { offset: 0, length: 0 },
    place: placeNew(),
    enveloped: false,
    stage: Stage.Wait,
    connection: 0,
    peer: null,
    lost: false,
    until: 0,
    working: false,
    asking: false,
    stalled: false,
    busy: 0,
    waiting: -1,
    came: 0,
    ended: false,
    code: Ok,
    cause: Ok,
    taken: 0,
    faults: 0,
    anew: 0,
  };
  return u;
}

/** Gives up what is under way; the agent is left as it is. */
export function coapUpdateStop(u: CoapUpdate): void {
  if (!u.ended) end(u, Err.Cancelled, Err.Cancelled);
}

/**
 * Does what there is to do, at most one slow thing of the agent; the endpoint's tick() with it. To be called after each
 * datagram. Returns when to call again: `now`, at once; Infinity: after the next datagram.
 */
export function coapUpdateStep(u: CoapUpdate, now: number): number {
  const endpoint = u.options.endpoint;
  endpoint.tick(now);
  const own = step(u, now);
  const next = endpoint.tick(now);
  return own < next ? own : next;
}

function step(u: CoapUpdate, now: number): number {
  if (u.stage === Stage.Ended) return Infinity;
  if (u.waiting >= 0 && !waited(u, now)) return breakOff(u, Err.SourceSlow, now);
  if (u.stage === Stage.Wait) {
    if (now < u.until) return u.until;
    if (u.peer === null) begin(u, now);
    else goOn(u);
    return u.ended ? Infinity : now;
  }
  if (u.lost || (u.stage === Stage.Connect && now >= u.until)) {
    u.lost = false;
    u.peer = null;
    return breakOff(u, Err.SourceLost, now);
  }
  return u.stage === Stage.Connect ? u.until : fetch(u, now);
}

/** From the start: offers, and goes for the envelope. */
function begin(u: CoapUpdate, now: number): void {
  const code = u.options.agent.offerBegin(u.options.whole);
  if (code < 0) {
    end(u, code, code);
    return;
  }
  u.enveloped = false;
  placeSet(u.place, u.options.envelope);
  connect(u, u.policy.allowed, now);
}

function placeSet(into: Place, from: Place): void {
  into.scheme = from.scheme;
  into.host = from.host;
  into.port = from.port;
  into.path = from.path;
}

function connect(u: CoapUpdate, allowed: readonly string[], now: number): void {
  const policy = { trusted: u.policy.trusted, allowed: allowed, schemes: u.policy.schemes };
  const code = originAdmit(policy, u.place);
  if (code < 0) {
    end(u, code, code);
    return;
  }
  u.stage = Stage.Connect;
  u.peer = null;
  u.lost = false;
  u.until = now + (u.options.patience ?? PATIENCE);
  u.connection += 1;
  const connection = u.connection;
  u.options.connect(u.place, (peer) => {
    if (u.connection !== connection) return;
    if (peer === null) u.lost = true;
    else if (u.stage === Stage.Connect) arrived(u, peer);
  });
}

function arrived(u: CoapUpdate, peer: Peer): void {
  u.peer = peer;
  u.stage = Stage.Fetch;
  u.asking = true;
  u.working = true;
  u.waiting = -1;
  rateReset(u.rate);
  downloadOpen(u.download, peer);
}

/** After a wait: goes on where it was. */
function goOn(u: CoapUpdate): void {
  u.stage = Stage.Fetch;
  u.asking = true;
  rateReset(u.rate);
}

function fetch(u: CoapUpdate, now: number): number {
  const d = u.download;
  if (u.working) {
    const code = u.options.agent.poll();
    if (code < 0) return breakOff(u, code, now);
    if (code === More) return now;
    u.working = false;
  }
  if (u.asking || d.state !== DownloadState.Running) return ask(u, now);
  u.waiting = now;
  return Infinity;
}

/** The network was waited for. False: what came is too little for that. */
function waited(u: CoapUpdate, now: number): boolean {
  const received = u.download.received;
  const holds = rateHolds(u.rate, now - u.waiting, received - u.came);
  u.waiting = -1;
  u.came = received;
  return holds;
}

/** The agent has come to rest: what next? */
function ask(u: CoapUpdate, now: number): number {
  const d = u.download;
  u.asking = false;
  if (d.state === DownloadState.Ended && d.code < 0) return breakOff(u, d.code, now);
  const code = u.options.agent.wanted(u.range);
  if (code === Done) return end(u, Ok, Ok);
  if (code === Busy) {
    u.working = true;
    u.asking = true;
    u.busy += 1;
    return u.busy < BUSY_MAX ? now : end(u, Err.BadState, Err.BadState);
  }
  if (code === Err.EnvelopeTooShort && !u.enveloped) return askFor(u, d.next, Infinity, code, now);
  if (code < 0) return breakOff(u, code, now);
  if (!u.enveloped) return locate(u, now);
  return askFor(u, u.range.offset, u.range.length, Err.PayloadTooShort, now);
}

/** Has the download go on at `offset`. `short` is the code for a resource that ends before it. */
function askFor(u: CoapUpdate, offset: number, length: number, short: number, now: number): number {
  const d = u.download;
  if (d.state === DownloadState.Ended && d.next === offset && d.total <= offset)
    return breakOff(u, short, now);
  if (d.state === DownloadState.Paused && d.next === offset) {
    // An idle agent that takes nothing twice in a row never will.
    if (u.stalled) return end(u, Err.PayloadTooLong, Err.PayloadTooLong);
    u.stalled = true;
    d.end = offset + length;
    downloadResume(d, now);
  } else if (d.state !== DownloadState.Running || d.next !== offset) {
    downloadRead(d, offset, length, now);
  }
  return now;
}

/** The envelope is read: where is the payload? */
function locate(u: CoapUpdate, now: number): number {
  // What the configuration says, or what the signed manifest does.
  const uri = u.options.payload ?? uriOf(u.options.agent);
  const from = placeNew();
  placeSet(from, u.place);
  const code = uri === '' ? Err.UriMalformed : uriResolve(u.place, u.options.envelope, uri);
  if (code < 0) return end(u, code, code);
  u.enveloped = true;
  u.asking = true;
  const named = u.options.payload !== undefined || u.options.manifestHost === true;
  const allowed = named ? [u.place.scheme + '://' + authorityOf(u.place)] : u.policy.allowed;
  if (u.peer !== null && originSame(from, u.place)) arrived(u, u.peer);
  else connect(u, allowed, now);
  return u.ended ? Infinity : now;
}

function uriOf(agent: CoapReceiver): string {
  const bytes = new Uint8Array(URI_MAX);
  const length = agent.uri(bytes);
  let text = '';
  for (let i = 0; i < length; i += 1) text += String.fromCharCode(bytes[i]!);
  return text;
}

function take(u: CoapUpdate, bytes: Uint8Array, from: number, to: number): number {
  const taken = u.options.agent.push(bytes, from, to);
  // What the agent refuses it says once; polled after that, it only says that it has failed.
  u.working = taken >= 0;
  if (!(taken > 0)) return taken;
  u.stalled = false;
  u.busy = 0;
  u.taken += taken;
  retryProgress(u.retry, taken);
  return taken;
}

/** What broke is tried again after a while, or given up. What the agent says ends it. */
function breakOff(u: CoapUpdate, cause: number, now: number): number {
  const fault = u.fault;
  const d = u.download;
  const why = d.changes > 0 && notTheOnes(cause) ? Err.CoapChanged : cause;
  faultJudge(fault, why, d.refusal, d.maxAge);
  if (fault.next === Next.Anew) u.anew += 1;
  if (fault.next === Next.End || u.anew > ANEW_MAX) return end(u, fault.code, cause);
  const pause = retryNext(u.retry, fault.wait);
  if (pause < 0) return end(u, pause === AskedForLonger ? Err.SourceBusy : fault.code, cause);
  u.faults += 1;
  u.cause = cause;
  u.stage = Stage.Wait;
  u.until = now + pause;
  u.waiting = -1;
  downloadStop(d);
  // An envelope in two halves of different make would be none.
  if (fault.next === Next.Anew || !u.enveloped) u.peer = null;
  return u.until;
}

function end(u: CoapUpdate, code: number, cause: number): number {
  downloadStop(u.download);
  u.stage = Stage.Ended;
  u.ended = true;
  u.code = code;
  u.cause = cause;
  return Infinity;
}
