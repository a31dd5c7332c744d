/**
 * What the rooms of the gateway are to one another; docs/DESIGN.md section 30. Types only.
 *
 *   upstream/   asks the provider's server what each device is to have, and tells it what came of it
 *   releases/   fetches a release once for all, proves it, keeps it        fetch/ + store/
 *   inventory/  what is known of each device, and where its work stands
 *   rollout/    who may begin now: groups, dependencies, pairs, thresholds
 *   downstream/ CoAP, HTTP and DDI to the devices
 *   status/     JSON API and page
 */

/** SHA-256, 64 digits of hex in lower case. */
export type Digest = string;

/** Milliseconds since 1970. */
export type Instant = number;

// ---------------------------------------------------------------- store and releases

/** A file that is wanted. It is known by its digest, or by a name that is made of it (`<32 digits of hex>.bin`). */
export interface Wanted {
  readonly url: string;
  readonly name: string;
  /** What the server says; what the name says is held to as well. */
  readonly sha256?: Digest | undefined;
  readonly size?: number | undefined;
  /** No more than this, whatever the server says. */
  readonly sizeMax: number;
  /** The field Authorization; sent to that origin, and to no other. */
  readonly authorization?: string | undefined;
}

/** A file that is whole, proven by its digest, and on the disk for good. */
export interface Artefact {
  readonly digest: Digest;
  readonly size: number;
}

/** How far a download is; shown on the status page. */
export interface Download {
  readonly name: string;
  readonly received: number;
  /** Undefined: not known yet. */
  readonly size: number | undefined;
}

export interface ArtefactStore {
  find(digest: Digest): Artefact | undefined;
  /** Bytes from `offset` into `into`; fewer at the end, -1 where it is not there (any more). */
  read(digest: Digest, offset: number, into: Uint8Array): number;
  /** Pinned artefacts are not evicted. Replaces the set. */
  pin(digests: ReadonlySet<Digest>): void;
  usage(): { readonly bytes: number; readonly quota: number; readonly artefacts: number };
  close(): void;
}

export interface ReleaseFile {
  /** As the devices ask for it, relative to the envelope's own place. */
  readonly name: string;
  readonly digest: Digest;
  readonly size: number;
}

/** A release whose envelope an anchor of the configuration has signed, with all its files in the store. */
export interface Release {
  /** Digest of the envelope file. Devices find it at `r/<id>/update.suit`, and payloads beside it. */
  readonly id: Digest;
  readonly manifestDigest: Digest;
  /** UUIDs; undefined where the manifest does not say. */
  readonly vendor: string | undefined;
  readonly classId: string | undefined;
  readonly sequence: number;
  readonly securityVersion: number;
  readonly envelope: ReleaseFile;
  readonly payloads: readonly ReleaseFile[];
}

/** Where a release lies at its origin: an envelope, with payloads beside it or at URLs of their own (hawkBit artifacts). */
export interface ReleaseSource {
  readonly envelope: Wanted;
  /** By name, where the server has said more than the manifest does. */
  readonly files: readonly Wanted[];
}

export interface Releases {
  /** One download however many ask. Throws ReleaseError (code, message, fatal: not to be tried again). */
  obtain(source: ReleaseSource): Promise<Release>;
  find(id: Digest): Release | undefined;
  all(): readonly Release[];
  downloads(): readonly Download[];
  close(): Promise<void>;
}

// ---------------------------------------------------------------- devices and their work

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
  /** Its link: coap, coaps, http, https, ddi; and whether that is authenticated. */
  readonly link: string;
  readonly authenticated: boolean;
}

export interface DeviceRecord {
  /** 1 to 32 characters of A-Z a-z 0-9 . _ - */
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

// ---------------------------------------------------------------- rollout

export interface GroupPlan {
  readonly name: string;
  /** Globs over device ids, first match wins in the order of groups: `sensor-*`. */
  readonly devices: readonly string[];
  /** Groups that come first: each must have reached its share of successes for the same work's release. */
  readonly after?: readonly string[];
  /** Share of its devices with work that must have succeeded before the next begins; 0..1, default 1. */
  readonly success?: number;
  /** Failures at which the group, and what comes after it, stops: a count, or a share of the group such as "10%". Default 1. */
  readonly failures?: number | string;
  /** Most devices that are under way at once. Default: all. */
  readonly together?: number;
}

export interface Plan {
  readonly groups: readonly GroupPlan[];
  /** Sets of device ids of which never two are under way at once. */
  readonly pairs: readonly (readonly string[])[];
}

export type GateKind = 'open' | 'after' | 'pair' | 'together' | 'stopped' | 'paused';

export interface Gate {
  readonly kind: GateKind;
  /** Groups or devices that it waits for, or that stopped it. */
  readonly whom: readonly string[];
  /** In words, for people and for the server. */
  readonly words: string;
}

export interface GroupState {
  readonly name: string;
  /** Title of the work that came last; undefined: none did. */
  readonly release: string | undefined;
  /** Of that release; devices with other work, or none, are under `none`. */
  readonly counts: Readonly<Record<WorkState | 'none', number>>;
  readonly devices: number;
  /** Verified successes and failures, and where the lines are. */
  readonly succeeded: number;
  readonly failed: number;
  readonly successLine: number;
  readonly failureLine: number;
  readonly stopped: boolean;
  readonly paused: boolean;
  readonly after: readonly string[];
  /** Under way and heard of, and those that are under way and were not heard of for the length of the patience. */
  readonly underWay?: number;
  readonly lost?: readonly string[];
}

export interface Rollout {
  /** May this device begin (be offered) its work now? One that was offered: may it go on? Of the device as it stands now. */
  gate(device: DeviceRecord): Gate;
  groups(): readonly GroupState[];
  /** A person's word; survives a restart. resume() also lifts the group's stops, and what failed until then counts no more. */
  pause(group: string): void;
  resume(group: string): void;
  close?(): void;
}

// ---------------------------------------------------------------- upstream and downstream

/** A provider's server. It calls Inventory.wanted; it is told of changes through Inventory.watch. */
export interface Upstream {
  readonly name: string;
  start(): void;
  /** Requests sent so far, and the last trouble in words, '' where there is none. */
  state(): { readonly requests: number; readonly trouble: string; readonly lastContact: Instant };
  close(): Promise<void>;
}

/** What a device is told when it checks in; docs/SPEC.md section 14. */
export interface Orders {
  /** Seconds since 1970; an untrusted source of time. */
  readonly time: number;
  /** Seconds to the next check-in. */
  readonly wake: number;
  /** Path of the envelope, such as `r/<id>/update.suit`; undefined: nothing to do. */
  readonly path: string | undefined;
  readonly download: Permission;
  readonly update: Permission;
  /** Cancel what is staged and has not run. */
  readonly cancel: boolean;
  /** Path of the signed statement of the latest sequence for its class, where there is one. */
  readonly statement: string | undefined;
}

/** What all three downward protocols stand on: one room that decides, three that speak. */
export interface Desk {
  /** Throws nothing; a device that is not in the configuration: undefined. */
  checkIn(id: string, report: Uint8Array | undefined, claims: Claims, now: Instant): Orders | undefined;
  /** A file of a release by path: `r/<id>/<name>`, or `s/<class>`. Undefined: not here (yet). */
  file(path: string): { readonly digest: Digest; readonly size: number } | undefined;
  read(digest: Digest, offset: number, into: Uint8Array): number;
  /** The work record of a device for DDI, which asks in other words. */
  device(id: string): DeviceRecord | undefined;
  release(id: Digest): Release | undefined;
}
