/** What a hawkBit client holds, and the small steps that all its parts take. */
import { bytesCopy, bytesEqual, crc32, writeU32 } from '../../agent/bytes.ts';
import { Event } from '../../agent/codes.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import type { Report, Status } from '../../agent/report.ts';
import type { OriginPolicy } from '../http/origin.ts';
import { placeNew } from '../http/uri.ts';
import type { Place } from '../http/uri.ts';
import type { Keep } from '../ports.ts';
import { cancelNew } from './format-action.ts';
import type { Cancel } from './format-action.ts';
import { baseNew } from './format-base.ts';
import type { ControllerBase } from './format-base.ts';
import { deploymentNew } from './format-deployment.ts';
import type { Deployment } from './format-deployment.ts';
import type { Attribute } from './format-feedback.ts';
import { HAWKBIT_KEEP_MAX, keepWrite, keptForget, keptNew } from './keep.ts';
import type { Kept } from './keep.ts';
import { isOpen } from './stage.ts';
import { POLL_BOUNDS, SECOND } from './wait.ts';
import type { PollBounds } from './wait.ts';

/** As much of the agent as the client holds; the driver of the port `fetch` has the rest. */
export interface HawkbitAgent {
  activate(): number;
  cancel(): number;
  status(into: Status): number;
  report(into: Report): number;
}

export type DdiMethod = 'GET' | 'POST' | 'PUT';

/** What the board does for the client. Nothing of it calls the client back on the spot. */
export interface HawkbitPort {
  /** Begins a request, its end is told by `answered`. `body`: JSON; '': none. Places are admitted already. */
  ask(method: DdiMethod, place: Place, body: string): void;
  /**
   * Begins to give the agent the deployment's envelope and what it names of the deployment's files; its end is told by
   * `fetched`.
   */
  fetch(envelope: Place, deployment: Deployment): void;
  /** Gives the fetch up: the agent is not to be touched by it any more, and `fetched` not to be called. */
  stop(): void;
  /** Restarts the board into what was activated. It may take its time; after a minute it is asked for again. */
  restart(): void;
}

export interface HawkbitOptions {
  readonly agent: HawkbitAgent;
  readonly port: HawkbitPort;
  /** `http(s)://HOST/TENANT/controller/v1/ID`, and where else links may lead. */
  readonly policy: OriginPolicy;
  /** HAWKBIT_KEEP_MAX bytes. Without it an update is told again, and what became of it is found out by asking the agent. */
  readonly keep?: Keep | undefined;
  /** In [0, 1). */
  readonly random: () => number;
  /** What the board is, beside its numbers: profile, board, version, anchors that are trusted. */
  readonly attributes?: (() => readonly Attribute[]) | undefined;
  /** A report as it is sent (hal/identity), written to the start of `into`; its length, 0 or less: there is none. */
  readonly prove?: ((into: Uint8Array, status: Status, report: Report) => number) | undefined;
  /** A code in words, for people. Default: its number. */
  readonly explain?: ((code: number) => string) | undefined;
  /** The owner's answer to what is to be confirmed (agent/codes.ts Answer). Default: none is given. */
  readonly confirm?: ((deployment: Deployment) => number) | undefined;
  /** Whether now is right for what the server leaves to the device (agent/codes.ts Moment). Default: it is. */
  readonly attempt?: ((moment: number, deployment: Deployment) => boolean) | undefined;
  readonly bounds?: PollBounds | undefined;
  /** Told behind each step: of Stage, agent/err.ts. */
  readonly onStage?: ((stage: number, code: number) => void) | undefined;
}

/** What a request is about. */
export const Ask = {
  Nothing: 0,
  Tell: 1,
  Base: 2,
  Data: 3,
  Cancel: 4,
  Recall: 5,
  Confirm: 6,
  Word: 7,
  Deploy: 8,
} as const;

/** What is still to be done of an answer to the question, in this order. */
export const Due = { Data: 1, Cancel: 2, Recall: 4, Confirm: 8, Word: 16, Deploy: 32, Act: 64 } as const;

export interface Client {
  readonly options: HawkbitOptions;
  readonly kept: Kept;
  readonly status: Status;
  readonly report: Report;
  /** As it is kept, and as it is to be. */
  readonly record: Uint8Array;
  recordLength: number;
  readonly next: Uint8Array;
  readonly base: ControllerBase;
  /** What is assigned, as it was read last; replaced, and never altered. */
  deployment: Deployment;
  /** What is to be confirmed: apart from what is assigned, or it would be taken for it. */
  readonly asked: Deployment;
  readonly cancel: Cancel;
  /** Where the action lies whose link was followed last, and its id. */
  readonly at: Place;
  atId: string;
  /** The code that went along with what the server has heard of last. */
  toldCode: number;
  /** Bits of Due. */
  due: number;
  /** Of Ask: the request that is under way. */
  asking: number;
  fetching: boolean;
  /** The action whose files the agent has staged. */
  held: string;
  /** Milliseconds: of the next question; until then nothing is asked, for the server's trouble. */
  pollAt: number;
  notBefore: number;
  /** Of the last question that was not left to its time. */
  hurriedAt: number;
  /** Before when no other action is begun, and how many were since one was activated. */
  adoptAt: number;
  adopted: number;
  /** A print of what the server is told at this moment that the device is. */
  dataSent: number;
  /** In a row: contacts that came to nothing, and answers that took no feedback. */
  failures: number;
  refusals: number;
  /** In a row: fetches that did not come to their end, and those of them that another attempt does not mend. */
  losses: number;
  misses: number;
  /** Of agent/err.ts: why the last contact came to nothing; 0: it did not. */
  trouble: number;
  restarting: boolean;
  reached: boolean;
  /** The owner's word that was told last: YES or NO, and the id. */
  spoken: string;
  /** Of what was read last. */
  word: boolean;
  /** The action whose end was told last. */
  closed: string;
  /** It is too late to take back what was asked for. */
  rejected: boolean;
}

export const clientNew = (options: HawkbitOptions): Client => ({
  options: options,
  kept: keptNew(),
  status: statusNew(),
  report: reportNew(),
  record: new Uint8Array(HAWKBIT_KEEP_MAX),
  recordLength: 0,
  next: new Uint8Array(HAWKBIT_KEEP_MAX),
  base: baseNew(),
  deployment: deploymentNew(),
  asked: deploymentNew(),
  cancel: cancelNew(),
  at: placeNew(),
  atId: '',
  toldCode: 0,
  due: 0,
  asking: Ask.Nothing,
  fetching: false,
  held: '',
  pollAt: 0,
  notBefore: 0,
  hurriedAt: -Infinity,
  adoptAt: 0,
  adopted: 0,
  dataSent: 0,
  failures: 0,
  refusals: 0,
  losses: 0,
  misses: 0,
  trouble: 0,
  restarting: false,
  reached: false,
  spoken: '',
  word: false,
  closed: '',
  rejected: false,
});

export const boundsOf = (client: Client): PollBounds => client.options.bounds ?? POLL_BOUNDS;

/** What is kept already is not written again: how often that would be is the server's to say. */
export function save(client: Client): void {
  const keep = client.options.keep;
  if (!keep) return;
  const length = keepWrite(client.kept, client.next);
  if (length === client.recordLength && bytesEqual(client.next, 0, client.record, 0, length)) return;
  client.recordLength = 0;
  try {
    keep.save(client.next.subarray(0, length));
  } catch (_) {
    // A reset forgets it: the agent knows what became of the update.
    return;
  }
  bytesCopy(client.next, 0, client.record, 0, length);
  client.recordLength = length;
}

/** Asks at once, for there may be more; so often at most as the bounds let it ask. */
export function hurry(client: Client, now: number): void {
  client.hurriedAt = Math.max(now, client.hurriedAt + boundsOf(client).least * SECOND);
  client.pollAt = Math.min(client.pollAt, client.hurriedAt);
}

/** The action goes on to a stage, or is there for another reason; kept before anything follows from it. */
export function step(client: Client, stage: number, code: number): void {
  const kept = client.kept;
  if (kept.stage === stage && kept.code === code) return;
  // The same stage for another reason is news.
  if (kept.told === stage && client.toldCode !== code) kept.told = 0;
  kept.stage = stage;
  kept.code = code;
  client.refusals = 0;
  save(client);
  if (client.options.onStage) client.options.onStage(stage, code);
}

/** What is under way is given up; what is right in the slot serves the next one. */
export function drop(client: Client): void {
  if (client.fetching) client.options.port.stop();
  client.fetching = false;
  client.held = '';
  client.due = client.due & ~Due.Act;
  if (isOpen(client.kept.stage)) client.options.agent.cancel();
}

/** The action is over and told, or the server knows nothing of it. */
export function forget(client: Client): void {
  if (client.kept.id === '') return;
  drop(client);
  keptForget(client.kept);
  client.losses = 0;
  client.misses = 0;
  save(client);
  if (client.options.onStage) client.options.onStage(0, 0);
}

const PRINT = 28;

/** Of what last happened to the board: as good as never the same before and after a trial. */
export function reportPrint(report: Report): number {
  const bytes = new Uint8Array(PRINT + report.digest.length);
  const numbers = [
    report.event,
    0 - report.code,
    report.detail,
    report.boots,
    report.from,
    report.to,
    report.cause,
  ];
  for (let i = 0; i < numbers.length; i++) writeU32(bytes, i * 4, numbers[i]!);
  bytes.set(report.digest, PRINT);
  return crc32(bytes, 0, bytes.length);
}

/** Whether an event took the board away from the image that it happened to. */
export const wentBack = (report: Report): boolean =>
  report.event === Event.Reverted || report.event === Event.Fallback || report.event === Event.Manual;
