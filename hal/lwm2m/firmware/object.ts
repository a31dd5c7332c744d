/**
 * Object 5, Firmware Update: where the state machine and the agent meet. A server pushes a package block by block, or
 * names a URI that the board's own driver fetches; the agent proves it, and its word is the result.
 *
 *   Idle ── package, URI ──► Downloading ── staged ──► Downloaded ── Update ──► Updating ── reset ── trial ──► Idle, 1
 *                                                                                             └── revert ──► Idle, 8
 *
 * Over the reset the agent's report tells what became of it; the rest is a small record (firmware/keep.ts).
 */
import type { Agent } from '../../../agent/agent.ts';
import { bytesCopy, bytesEqual } from '../../../agent/bytes.ts';
import { Event, Ok } from '../../../agent/codes.ts';
import * as Err from '../../../agent/err.ts';
import { reportNew, statusNew } from '../../../agent/report.ts';
import type { Report, Status } from '../../../agent/report.ts';
import { DEFER_UNSET, KEEP_MAX, keepRead, keepWrite, keptNew } from './keep.ts';
import type { Kept, KeepPort } from './keep.ts';
import { Happening, machineMay, machineStep, Result, State } from './machine.ts';
import type { Machine } from './machine.ts';
import { pushNew } from './push.ts';
import type { PushState } from './push.ts';
import { resultOf, resultOfRevert } from './result.ts';

/** Protocols of resource 8. */
export const Protocol = { Coap: 0, Coaps: 1, Http: 2, Https: 3 } as const;
const SCHEMES: readonly (readonly [string, number])[] = [
  ['coap', Protocol.Coap],
  ['coaps', Protocol.Coaps],
  ['http', Protocol.Http],
  ['https', Protocol.Https],
];

/** Fetches what a URI names into the agent; not on the spot, and its end is told by `firmwareFetched`. */
export interface FetchPort {
  readonly protocols: readonly number[];
  /** 0, or a code: it does not begin. */
  begin(uri: string): number;
  /** The server gave it up: the agent is not to be touched any more. */
  cancel(): void;
}

export interface FirmwareOptions {
  readonly agent: Agent;
  /** Without it there is push only. */
  readonly fetch?: FetchPort | undefined;
  /** Without it a reset forgets a URI, and results that the agent's report does not have. */
  readonly keep?: KeepPort | undefined;
  /** Restarts the board into what was activated. Called when the client has said what it had to say. */
  readonly restart: () => void;
  /** Largest block of a push that is taken, in bytes: 16 to 1024, a power of two. Default 1024. */
  readonly block?: number | undefined;
  /** Seconds without a block until a push is given up. Default 247, EXCHANGE_LIFETIME of RFC 7252. */
  readonly patience?: number | undefined;
  /** Seconds until the application is asked again after it put an update off. Default 60. */
  readonly deferRetry?: number | undefined;
  /** Seconds since 1970, where they are known: of resource 12. */
  readonly time?: (() => number) | undefined;
  readonly name?: string | undefined;
}

export interface Firmware {
  readonly options: FirmwareOptions;
  readonly agent: Agent;
  readonly machine: Machine;
  readonly kept: Kept;
  readonly push: PushState;
  readonly status: Status;
  readonly report: Report;
  readonly record: Uint8Array;
  /** Told of each resource that changed. */
  changed: (resource: number) => void;
  /** A fetch is under way. */
  fetching: boolean;
  /** A time that is due, of the clock of `now`; 0: none. Of a push, of a fetch that was put off, of an update put off. */
  pushUntil: number;
  fetchAt: number;
  updateAt: number;
  /** When an update was put off first; 0: it was not. */
  deferredAt: number;
  /** The board is to be restarted, at the latest then. */
  restarting: boolean;
  restartBy: number;
}

export const FirmwareId = {
  Package: 0,
  Uri: 1,
  Update: 2,
  State: 3,
  Result: 5,
  Name: 6,
  Version: 7,
  Protocols: 8,
  Delivery: 9,
  Cancel: 10,
  Severity: 11,
  Changed: 12,
  Defer: 13,
} as const;

const BLOCK_DEFAULT = 1024;
const PATIENCE_DEFAULT = 247;
const DEFER_RETRY_DEFAULT = 60;
const SECOND = 1000;
/** So long a restart waits for notifications to be acknowledged. */
const RESTART_PATIENCE = 10 * SECOND;
const DIGEST = 32;

/** Opens it in the running image: what became of an update that was under way is known from here on. */
export function firmwareOpen(options: FirmwareOptions): Firmware {
  const block = options.block ?? BLOCK_DEFAULT;
  if (!(block >= 16 && block <= 1024 && (block & (block - 1)) === 0))
    throw new RangeError(`lwm2m: block ${block}`);
  const status = statusNew();
  const firmware: Firmware = {
    options: options,
    agent: options.agent,
    machine: { state: State.Idle, result: Result.Initial },
    kept: keptNew(),
    push: pushNew(options.agent, status, block),
    status: status,
    report: reportNew(),
    record: new Uint8Array(KEEP_MAX),
    changed: () => {},
    fetching: false,
    pushUntil: 0,
    fetchAt: 0,
    updateAt: 0,
    deferredAt: 0,
    restarting: false,
    restartBy: 0,
  };
  firmwareRecall(firmware);
  return firmware;
}

function firmwareRecall(firmware: Firmware): void {
  const keep = firmware.options.keep;
  const length = keep ? keep.load(firmware.record) : 0;
  const known = length > 0 && keepRead(firmware.kept, firmware.record, length);
  const machine = firmware.machine;
  const kept = firmware.kept;
  machine.state = kept.state;
  machine.result = kept.result;
  firmware.agent.status(firmware.status);
  firmware.agent.report(firmware.report);
  if (firmware.status.trial !== 0) {
    // Whoever activated it: an update is under way until the trial is over.
    machine.state = State.Updating;
    machine.result = Result.Initial;
    bytesCopy(firmware.status.digest, 0, kept.digest, 0, DIGEST);
  } else if (machine.state === State.Updating || !known) firmwareOutcome(firmware, known);
  else if (machine.state !== State.Idle) firmwareBroken(firmware);
  firmwareSave(firmware);
}

/** The update that the record names, or without one the last: what the agent says of it. */
function firmwareOutcome(firmware: Firmware, known: boolean): void {
  const report = firmware.report;
  const machine = firmware.machine;
  const reverted = report.event === Event.Reverted || report.event === Event.Fallback;
  if (known) machine.state = State.Updating;
  else if (reverted || report.event === Event.Confirmed) machine.state = State.Updating;
  else return;
  const mine = !known || bytesEqual(report.digest, 0, firmware.kept.digest, 0, DIGEST);
  if (report.event === Event.Confirmed && mine) machineStep(machine, Happening.Confirm, 0);
  else machineStep(machine, Happening.Revert, resultOfRevert(reverted && mine ? report.code : Err.BadState));
}

/** A reset in mid-download, or before the update: what stands in flash is kept, and has to be asked for again. */
function firmwareBroken(firmware: Firmware): void {
  if (firmware.kept.uriLength > 0 && firmware.options.fetch) {
    firmware.machine.state = State.Downloading;
    firmware.machine.result = Result.Initial;
    firmware.fetchAt = 1;
  } else {
    firmware.machine.state = State.Downloading;
    machineStep(firmware.machine, Happening.Fail, Result.ConnectionLost);
  }
}

function firmwareSave(firmware: Firmware): void {
  const keep = firmware.options.keep;
  if (keep === undefined) return;
  const kept = firmware.kept;
  kept.state = firmware.machine.state;
  kept.result = firmware.machine.result;
  keep.save(firmware.record, keepWrite(kept, firmware.record));
}

/** Lets it happen, keeps it, and tells those who observe. False: it cannot happen now. */
export function firmwareStep(firmware: Firmware, happening: number, result: number): boolean {
  const machine = firmware.machine;
  const state = machine.state;
  const before = machine.result;
  if (!machineStep(machine, happening, result)) return false;
  if (state !== machine.state) {
    const time = firmware.options.time ? firmware.options.time() : 0;
    firmware.kept.changed = time > 0 ? Math.floor(time) : 0;
    firmware.changed(FirmwareId.State);
  }
  if (before !== machine.result) firmware.changed(FirmwareId.Result);
  if (state !== machine.state || before !== machine.result) firmwareSave(firmware);
  if (machine.state === State.Idle) {
    firmware.pushUntil = 0;
    firmware.fetchAt = 0;
    firmware.updateAt = 0;
    firmware.deferredAt = 0;
  }
  return true;
}

/** What was under way is dropped: a push, a fetch, or a staged image. */
export function firmwareDrop(firmware: Firmware): void {
  if (firmware.fetching && firmware.options.fetch) firmware.options.fetch.cancel();
  firmware.fetching = false;
  firmware.kept.uriLength = 0;
  firmware.agent.cancel();
}

/** A push goes on, or has begun: it has until then for the next block. */
export function firmwareHears(firmware: Firmware, now: number): void {
  firmware.pushUntil = now + (firmware.options.patience ?? PATIENCE_DEFAULT) * SECOND;
}

/** The download did not come to its end. */
export function firmwareFail(firmware: Firmware, code: number): void {
  firmwareStep(firmware, Happening.Fail, resultOf(code));
}

/** All came, and is proven. */
export function firmwareDone(firmware: Firmware): void {
  firmware.pushUntil = 0;
  firmwareStep(firmware, Happening.Done, 0);
}

/** The URI of a scheme that the board fetches by: 0, or the result that says why not. */
function schemeResult(firmware: Firmware, uri: string): number {
  const colon = uri.indexOf('://');
  if (!(colon > 0 && colon + 3 < uri.length)) return Result.InvalidUri;
  const scheme = uri.substring(0, colon).toLowerCase();
  const fetch = firmware.options.fetch;
  for (const row of SCHEMES) {
    if (row[0] === scheme && fetch && fetch.protocols.indexOf(row[1]) >= 0) return 0;
  }
  return Result.Protocol;
}

/** The URI as text; '' where it has a byte that no URI has. */
function uriText(kept: Kept): string {
  let text = '';
  for (let i = 0; i < kept.uriLength; i += 1) {
    const byte = kept.uri[i]!;
    if (!(byte > 0x20 && byte < 0x7f)) return '';
    text += String.fromCharCode(byte);
  }
  return text;
}

/** A server wrote a URI. False: not in this state. */
export function firmwareUri(
  firmware: Firmware,
  bytes: Uint8Array,
  from: number,
  to: number,
  now: number,
): boolean {
  if (!machineMay(firmware.machine, to > from ? Happening.Begin : Happening.Reset)) return false;
  if (to === from) {
    firmwareDrop(firmware);
    return firmwareStep(firmware, Happening.Reset, 0);
  }
  const kept = firmware.kept;
  bytesCopy(bytes, from, kept.uri, 0, to - from);
  kept.uriLength = to - from;
  const wrong = schemeResult(firmware, uriText(kept));
  if (wrong !== 0) {
    kept.uriLength = 0;
    return firmwareStep(firmware, Happening.Fail, wrong);
  }
  firmwareStep(firmware, Happening.Begin, 0);
  // Not before the answer has gone out: the server is to see the state go by.
  firmware.fetchAt = now;
  return true;
}

/** The driver is at its end with the URI it was given: Ok, staged; or a code. */
export function firmwareFetched(firmware: Firmware, code: number, now: number): void {
  if (!firmware.fetching) return;
  firmware.fetching = false;
  if (code >= Ok) firmwareDone(firmware);
  else if (resultOf(code) === Result.Deferred) firmware.fetchAt = later(firmware, now);
  else {
    firmware.kept.uriLength = 0;
    firmwareFail(firmware, code);
  }
}

function later(firmware: Firmware, now: number): number {
  return now + (firmware.options.deferRetry ?? DEFER_RETRY_DEFAULT) * SECOND;
}

/** Update was executed, or comes up again: 0, or the code why it does not begin. */
export function firmwareUpdate(firmware: Firmware, now: number): number {
  const agent = firmware.agent;
  agent.status(firmware.status);
  bytesCopy(firmware.status.offeredDigest, 0, firmware.kept.digest, 0, DIGEST);
  const code = agent.activate();
  if (code >= Ok) {
    firmware.updateAt = 0;
    firmwareStep(firmware, Happening.Update, 0);
    firmware.restarting = true;
    firmware.restartBy = now + RESTART_PATIENCE;
    return Ok;
  }
  const result = resultOf(code);
  if (result === Result.Deferred) {
    if (firmware.deferredAt === 0) firmware.deferredAt = now;
    firmware.updateAt = later(firmware, now);
    firmwareStep(firmware, Happening.Defer, 0);
    return Ok;
  }
  firmware.updateAt = 0;
  if (result === Result.Integrity) firmwareStep(firmware, Happening.Lost, result);
  else firmwareStep(firmware, Happening.Refuse, Result.Failed);
  return code;
}

/**
 * Seconds for which the application may still put the update off; -1 where the server set no limit. For the application's
 * own answer to the agent: whether an update goes ahead stays the owner's word.
 */
export function firmwareDeferLeft(firmware: Firmware, now: number): number {
  const defer = firmware.kept.defer;
  if (defer === DEFER_UNSET) return -1;
  if (firmware.deferredAt === 0) return defer;
  return Math.max(0, defer - Math.floor((now - firmware.deferredAt) / SECOND));
}

/** Does what is due. When to call again; Infinity: nothing is. `quiet`: all that was to be told is told. */
export function firmwarePoll(firmware: Firmware, now: number, quiet: boolean): number {
  const machine = firmware.machine;
  if (firmware.restarting) {
    if (!quiet && now < firmware.restartBy) return firmware.restartBy;
    firmware.restarting = false;
    firmware.options.restart();
    return Infinity;
  }
  if (machine.state === State.Updating) return firmwareWatch(firmware, now);
  if (firmware.pushUntil > 0 && now >= firmware.pushUntil) {
    firmware.agent.cancel();
    firmwareFail(firmware, Err.PayloadTooShort);
  }
  if (firmware.fetchAt > 0 && now >= firmware.fetchAt) fetchBegin(firmware, now);
  if (firmware.updateAt > 0 && now >= firmware.updateAt) firmwareUpdate(firmware, now);
  return earliest(earliest(firmware.pushUntil, firmware.fetchAt), firmware.updateAt) || Infinity;
}

const earliest = (a: number, b: number): number => (a === 0 ? b : b === 0 ? a : Math.min(a, b));

function fetchBegin(firmware: Firmware, now: number): void {
  firmware.fetchAt = 0;
  firmware.fetching = true;
  const fetch = firmware.options.fetch;
  const code = fetch ? fetch.begin(uriText(firmware.kept)) : Err.BadState;
  if (code < Ok) firmwareFetched(firmware, code, now);
}

/** The new image runs on trial: looks once a second whether it is confirmed. A revert comes with a reset. */
function firmwareWatch(firmware: Firmware, now: number): number {
  firmware.agent.status(firmware.status);
  if (firmware.status.trial !== 0) return now + SECOND;
  firmware.agent.report(firmware.report);
  if (firmware.report.event === Event.Confirmed) firmwareStep(firmware, Happening.Confirm, 0);
  else firmwareStep(firmware, Happening.Revert, resultOfRevert(firmware.report.code));
  return Infinity;
}
