/** Servers above, and what devices are told below. Types only. */
import type { Digest, Instant } from './base.ts';
import type { Claims, DeviceRecord, Permission } from './device.ts';
import type { Release } from './release.ts';

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

/** What a device says in the words of hawkBit came of its work; it proves nothing. */
export interface Feedback {
  /** The server's own name of the work: `Work.id`. */
  readonly action: string;
  /** The work itself, or the wish to have it back. Default deployment. */
  readonly about?: 'deployment' | 'cancel';
  readonly execution: string;
  /** `none`, `success` or `failure`. */
  readonly finished: string;
  readonly words: string;
}

/** What all three downward protocols stand on: one room that decides, three that speak. */
export interface Desk {
  /** Throws nothing; a device that is not in the configuration: undefined. */
  checkIn(id: string, report: Uint8Array | undefined, claims: Claims, now: Instant): Orders | undefined;
  /** Orders as of a check-in, for who asks without one: nothing is moved. */
  orders(device: DeviceRecord, now: Instant): Orders;
  /** A file of a release by path: `r/<id>/<name>`, or `s/<class>`. Undefined: not here (yet). */
  file(path: string): { readonly digest: Digest; readonly size: number } | undefined;
  read(digest: Digest, offset: number, into: Uint8Array): number;
  /** The work record of a device for DDI, which asks in other words. */
  device(id: string): DeviceRecord | undefined;
  release(id: Digest): Release | undefined;
  /** Of DDI. False: it has no such work (any more), and it is over for the device. */
  feedback(id: string, said: Feedback, now: Instant): boolean;
  /** The action that a device has ended itself, and how; undefined: none of late. */
  ended(id: string): { readonly action: string; readonly finished: string } | undefined;
}
