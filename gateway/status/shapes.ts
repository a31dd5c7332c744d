/**
 * The documents of the API, as server and page know them. Types only. Instants in milliseconds since 1970, 0 where there
 * is none; null where something is not known. Names and words are text of devices and servers, cut and cleaned (text.ts).
 */
import type { GateKind, Instant, Permission, WorkState } from '../contract.ts';

/** `none`: the server wants nothing of the device. */
export type ShownState = WorkState | 'none';
export type Counts = Readonly<Record<ShownState, number>>;

export interface Versioned {
  readonly version: number;
  readonly now: Instant;
}

export interface StatusDocument extends Versioned {
  /** Seconds. */
  readonly uptime: number;
  /** Whether pause and resume are taken from who has the token. */
  readonly control: boolean;
  readonly devices: number;
  /** Bytes. */
  readonly store: { readonly bytes: number; readonly quota: number; readonly artefacts: number };
  readonly downloads: readonly {
    readonly name: string;
    readonly received: number;
    readonly size: number | null;
  }[];
  readonly moreDownloads: number;
  readonly upstreams: readonly {
    readonly name: string;
    readonly requests: number;
    readonly trouble: string;
    readonly lastContact: Instant;
  }[];
}

/** Who holds something back. `more`: that many are not named. */
export interface GateShape {
  readonly kind: GateKind;
  readonly whom: readonly string[];
  readonly more: number;
  readonly words: string;
}

/**
 *   stopped  too many failures            done     none is under way, the success line is reached
 *   paused   by hand                      ended    none is under way, and it is not
 *   idle     nothing is rolled out        waiting  none is under way, all that is left is held back
 *   running  otherwise
 */
export type Phase = 'stopped' | 'paused' | 'idle' | 'done' | 'ended' | 'waiting' | 'running';

export interface GroupShape {
  readonly name: string;
  readonly phase: Phase;
  /** The phase in words. */
  readonly words: string;
  /** Of the work that came last; '' where none did. */
  readonly title: string;
  readonly sequence: number | null;
  /** Devices of the group, and of them those that have this work. */
  readonly devices: number;
  readonly having: number;
  /** Of `devices`: those with other work are under `none`. */
  readonly counts: Counts;
  /** Devices, all four: shares of the plan are counted out. Succeeded from the success line on: who comes after begins. */
  readonly succeeded: number;
  readonly successLine: number;
  /** Failures that reports prove, and since a person last resumed it. At the line the group stops. */
  readonly failed: number;
  readonly failureLine: number;
  readonly stopped: boolean;
  readonly paused: boolean;
  readonly after: readonly string[];
  readonly lost: { readonly count: number; readonly names: readonly string[] };
  /** What holds back how many of its devices; the most first. */
  readonly waits: readonly (GateShape & { readonly devices: number })[];
  /** Some of its devices that have gone back or failed, the latest first. */
  readonly failures: readonly { readonly id: string; readonly state: ShownState; readonly words: string }[];
}

export interface GroupsDocument extends Versioned {
  readonly groups: readonly GroupShape[];
}

/** A line of the list. */
export interface DeviceLine {
  readonly id: string;
  readonly group: string;
  readonly state: ShownState;
  readonly since: Instant;
  readonly title: string;
  readonly words: string;
  readonly code: number;
  readonly cancelling: boolean;
  readonly gate: GateShape | null;
  /** Of the manifest that it proves to run, and of the one that it is to have. */
  readonly sequence: number | null;
  readonly wanted: number | null;
  /** As it claims, in percent. */
  readonly battery: number | null;
  readonly link: string;
  readonly lastSeen: Instant;
  readonly nextWake: Instant;
  readonly refusedReports: number;
}

export interface ListDocument extends Versioned {
  readonly total: number;
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  /** Of the devices that fit but for the state asked for. */
  readonly counts: Counts & { readonly trouble: number };
  readonly devices: readonly DeviceLine[];
}

export interface CodeWords {
  readonly code: number;
  readonly name: string;
  readonly sentence: string;
  readonly advice: string;
  /** Of a SUIT report, and of LwM2M's 5/0/5. */
  readonly suitReason: string;
  readonly lwm2mResult: string;
}

export interface EventWords {
  readonly event: number;
  readonly name: string;
  readonly sentence: string;
}

export interface ReportShape {
  readonly at: Instant;
  readonly counter: number;
  readonly running: {
    readonly sequence: number;
    readonly securityVersion: number;
    readonly floor: number;
    readonly accepted: number;
    readonly trial: boolean;
    readonly manifestDigest: string | null;
  };
  readonly event: EventWords;
  readonly eventCode: CodeWords | null;
  readonly check: string;
  readonly result: CodeWords | null;
  readonly resultOf: string | null;
  readonly source: 'not asked' | 'fresh' | 'code';
  readonly sourceCode: CodeWords | null;
}

export interface ClaimsShape {
  readonly battery: number | null;
  readonly profile: string;
  readonly anchors: readonly string[];
  /** Seconds. */
  readonly sleeps: number | null;
  readonly staged: string | null;
  readonly link: string;
  readonly authenticated: boolean;
}

export interface WorkShape {
  readonly id: string;
  readonly title: string;
  readonly download: Permission;
  readonly update: Permission;
  readonly state: WorkState;
  readonly stateWords: string;
  readonly since: Instant;
  readonly words: string;
  readonly code: CodeWords | null;
  readonly cancelling: boolean;
  readonly release: string | null;
  readonly sequence: number | null;
  readonly manifestDigest: string | null;
}

export interface DeviceDocument extends Versioned {
  readonly id: string;
  readonly group: string;
  readonly vendor: string | null;
  readonly classId: string | null;
  readonly lastSeen: Instant;
  readonly nextWake: Instant;
  readonly report: ReportShape | null;
  readonly claims: ClaimsShape | null;
  readonly work: WorkShape | null;
  readonly gate: GateShape | null;
  readonly refusedReports: { readonly count: number; readonly last: string };
}
