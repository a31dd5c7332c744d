/** Devices, and where their work stands. Types only. */
import type { Digest, Instant } from './base.ts';
import type { Release, ReleaseSource } from './release.ts';

export type Permission = 'skip' | 'attempt' | 'forced';

/** What a server wants of a device. */
export interface Work {
  /** The server's own name of it (hawkBit: the action's id). */
  readonly id: string;
  readonly source: ReleaseSource;
  readonly download: Permission;
  readonly update: Permission;
  /** Software, as the server names it; for people. */
  readonly title: string;
}

/**
 *   waiting    the gate is not open for it (reason: for whom)        offered    it was told where the envelope is
 *   fetching   the gateway has not all of it yet                     staged     it said: proven, in the inactive slot
 *   ready      it is told at its next check-in                       trial      it runs it, not confirmed
 *   success    a verified report says: confirmed                     reverted   it went back; why is in `code`, `words`
 *   failed     it, or the gateway, could not take it                 cancelled  taken back before it ran
 */
export type WorkState =
  | 'waiting'
  | 'fetching'
  | 'ready'
  | 'offered'
  | 'staged'
  | 'trial'
  | 'success'
  | 'reverted'
  | 'failed'
  | 'cancelled';

export interface WorkRecord {
  readonly work: Work;
  readonly state: WorkState;
  /** Release, once it is obtained. */
  readonly release: Digest | undefined;
  readonly manifestDigest: Digest | undefined;
  readonly since: Instant;
  /** A code of agent/err.ts, or 0. */
  readonly code: number;
  /** Why, in words; '' where there is nothing to say. */
  readonly words: string;
  /** The server wants it back; the device has not said yet. */
  readonly cancelling: boolean;
  /** When the server first wanted it. */
  readonly wantedAt?: Instant;
  /** Higher than that of all work that came before it, to any device. */
  readonly order?: number;
  /** Sequence of the manifest; 0: not known yet. */
  readonly sequence?: number;
  /** A failure that a verified report proves, and that speaks against the release: thresholds count these alone. */
  readonly counted?: boolean;
  /** What had last happened to the device when it was offered (`VerifiedReport.happened`): no news of this work. */
  readonly before?: string | undefined;
}

/** What a device proves by its report (docs/SPEC.md 13.2). */
export interface VerifiedReport {
  /** The report as it came: passed on as it is. */
  readonly bytes: Uint8Array;
  readonly counter: number;
  readonly sequence: number;
  readonly securityVersion: number;
  readonly floor: number;
  readonly accepted: number;
  readonly trial: number;
  readonly digest: Digest;
  /** Event of agent/codes.ts, its code, the check that failed. */
  readonly event: number;
  readonly code: number;
  readonly check: string;
  /** The manifest that the result is about, and its code: 0, or why it was not taken. */
  readonly manifestDigest: Digest;
  readonly resultCode: number;
  /** What it says of its source: 0 fresh, a code (a freeze), undefined: not asked. */
  readonly source: number | undefined;
  /** Cause of the reset before the event: agent/codes.ts. */
  readonly cause?: number;
  /** Sequence that the event happened to. */
  readonly to?: number;
  /** The event with all its numbers: two texts that differ are two happenings. */
  readonly happened?: string;
}

/** What it says of itself and does not prove. */
export interface Claims {
  readonly battery?: number | undefined;
  readonly profile?: string | undefined;
  /** Key ids, in hex. */
  readonly anchors?: readonly string[] | undefined;
  /** Seconds to its next check-in by its own calendar. */
  readonly sleeps?: number | undefined;
  /** An update lies proven in its inactive slot. */
  readonly staged?: Digest | undefined;
  /** Its link: coap, coap+oscore, http, https, ddi; and whether that is authenticated. */
  readonly link: string;
  readonly authenticated: boolean;
}

export interface DeviceRecord {
  /** 1 to 32 characters of A-Z a-z 0-9 . _ -, not dots alone. */
  readonly id: string;
  readonly group: string;
  readonly vendor: string | undefined;
  readonly classId: string | undefined;
  readonly report: VerifiedReport | undefined;
  readonly reportAt: Instant;
  readonly claims: Claims | undefined;
  readonly lastSeen: Instant;
  /** When it is expected; 0: not known. */
  readonly nextWake: Instant;
  readonly work: WorkRecord | undefined;
  /**
   * Manifest that it was told to begin, until a verified report says how that ended. Pairs stand on this, and not on the
   * state of the work, which the gateway, or a device that proves nothing, may end as well.
   */
  readonly begun?: Digest | undefined;
  /** A verified check-in was answered with: give up what you began (gateway/inventory/begun.ts `isCalledOff`). */
  readonly calledOff?: boolean;
  /** Reports that were refused (wrong key, counter that does not rise, not of this device), and the last reason. */
  readonly refusedReports: number;
  readonly refusal: string;
}

/** How a device proves its reports: as `flipside identity` makes it (publisher/report-key.ts). */
export interface DeviceEntry {
  readonly id: string;
  readonly group: string;
  readonly vendor?: string;
  readonly classId?: string;
  /** Text of a report key, or 'sealed': it lies with the gateway's secrets. */
  readonly reportKey: string;
}

export interface Inventory {
  device(id: string): DeviceRecord | undefined;
  devices(): readonly DeviceRecord[];
  /**
   * A check-in with its report as it came. The record behind it, and whether the report held. Throws PublishError where
   * there is no such device. Nothing is answered to the device before saved().
   */
  checkedIn(
    id: string,
    report: Uint8Array | undefined,
    claims: Claims,
    now: Instant,
  ): { readonly device: DeviceRecord; readonly verified: boolean; readonly refusal: string };
  /**
   * What the server wants now; undefined: nothing. The same work again changes nothing but its fields. Other work takes
   * the place of one that is not on trial; one that is stays, and the server's wish is to be said again.
   */
  wanted(id: string, work: Work | undefined, now: Instant): void;
  /**
   * The gateway's own steps: waiting, fetching, ready, offered, failed, cancelled. What is over, or on trial, only reports
   * move: then, and where the work is no longer `work`, nothing happens, and it is false. With a release, what the device
   * last proved is held against it: one that runs it already has succeeded.
   */
  moved(
    id: string,
    state: WorkState,
    code: number,
    words: string,
    now: Instant,
    release?: Release,
    work?: string,
  ): boolean;
  /** Told behind each change that is on the disk, once for each. Returns what ends it. */
  watch(changed: (device: DeviceRecord) => void): () => void;
  /** Told at once; what is kept meanwhile goes to the disk together with the change, or not at all. */
  follow(changed: (before: DeviceRecord, after: DeviceRecord) => void): () => void;
  /** Lasting values of the other rooms: paused groups, stops, what was told to the server. */
  setting(key: string): string | undefined;
  /** Those whose key begins so. */
  settings(prefix: string): readonly (readonly [key: string, value: string])[];
  keep(key: string, value: string | undefined): void;
  /** All that has changed until now is on the disk. Throws PublishError where it cannot be: then nothing is answered. */
  saved(): Promise<void>;
  close(): Promise<void>;
}
