/** Who may begin now. Types only. */
import type { DeviceRecord, WorkState } from './device.ts';

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
