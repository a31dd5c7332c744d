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
import { reportNew, statusNew } from '../../../agent/report.ts';
import type { Report, Status } from '../../../agent/report.ts';
import { KEEP_MAX, keepWrite, keptNew } from './keep.ts';
import type { Keep } from '../../ports.ts';
import type { Kept } from './keep.ts';
import { Happening, machineStep, Result, State } from './machine.ts';
import type { Machine } from './machine.ts';
import { pushNew } from './push.ts';
import type { PushState } from './push.ts';
import { resultOf } from './result.ts';

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
  readonly keep?: Keep | undefined;
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

/** Throws RangeError where it is wired wrongly. */
export function firmwareNew(options: FirmwareOptions): Firmware {
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
  return firmware;
}

export function firmwareSave(firmware: Firmware): void {
  const keep = firmware.options.keep;
  if (keep === undefined) return;
  const kept = firmware.kept;
  kept.state = firmware.machine.state;
  kept.result = firmware.machine.result;
  const length = keepWrite(kept, firmware.record);
  try {
    keep.save(firmware.record.subarray(0, length));
  } catch (_) {
    // A reset forgets it: the server asks again.
    return;
  }
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

/** When to try again what was put off. */
export function firmwareLater(firmware: Firmware, now: number): number {
  return now + (firmware.options.deferRetry ?? DEFER_RETRY_DEFAULT) * SECOND;
}
