/** What a fleet of simulated boards is, to whoever opens one; docs/DESIGN.md section 31. Types only. */
import type { Reporter } from '../../hal/identity/report.ts';
import type { LinkProfile } from '../../hal/links/link.ts';
import type { CutPlan } from '../../hal/node/power.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import type { Board } from '../board.ts';
import type { Agent, Config } from '../flipside.ts';
import type { DeviceLink } from './device-link.ts';

/** How a device fails with any image but the one that it left the factory with; of bootloader-sim/behaviour.ts. */
export type FailKind = 'crashesAtStart' | 'hangs' | 'neverConfirms' | 'failsCheck';

export interface FleetMember {
  /** 1 to 32 characters of A-Z a-z 0-9 . _ - */
  readonly id: string;
  readonly group: string;
}

/** What is in a slot, said by code that is not the agent's. */
export interface Proven {
  readonly sequence: number;
  /** Why it is nothing that an anchor signed; '' where it is. */
  readonly trouble: string;
}

/** What devices run when they leave the factory. */
export interface Factory {
  /** Slot A: image, index and envelope (publisher's `slotImage`). */
  readonly slot: Uint8Array;
  readonly sequence: number;
  /** SHA-256 of the image, in hex. */
  readonly image: string;
}

export interface FleetOptions {
  readonly profile: BoardProfile;
  /** Of each device; the same vendor, class and anchors for all. */
  readonly config: Config;
  readonly factory: Factory;
  readonly members: readonly FleetMember[];
  readonly uplink: Uplink;
  /** Whose word is taken at the end for what each device runs. */
  readonly prove: (slot: Uint8Array) => Proven;
  /** Devices take them in turn. Default: nothing that takes time. */
  readonly links?: readonly LinkProfile[] | undefined;
  /** Share that fails with a new image, 0..1. Default 0. */
  readonly fail?: number | undefined;
  /** How those fail, in turn. Default: all kinds. */
  readonly kinds?: readonly FailKind[] | undefined;
  /** Share that loses power once while it receives, 0..1. Default 0. */
  readonly cut?: number | undefined;
  /** The same seed: the same devices fail in the same way, with the same keys. Default 1. */
  readonly seed?: number | undefined;
  /** Devices that are in contact at once. Default 64. */
  readonly together?: number | undefined;
  /** Seconds of the devices in a real one: waits, links and trials go by so much faster. Default 1. */
  readonly speed?: number | undefined;
  /** Seconds since 1970 by the boards' clocks at their first boot. Default: now. */
  readonly seconds?: number | undefined;
  /** Real seconds without a change on any device after which it ends, where none is under way. Default 90. */
  readonly quiet?: number | undefined;
  /** Real seconds after which it ends, whatever is open. Default 3600. */
  readonly span?: number | undefined;
  /** Asked each second: nobody who has not begun will be let. */
  readonly over?: (() => boolean) | undefined;
  /** Told behind each wake. */
  readonly onWake?: ((device: FleetDevice) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 *   idle       it has heard of nothing newer        receiving  it has begun to, or is between two wakes of it
 *   trial      it runs it, not confirmed            new        confirmed
 *   reverted   it went back
 */
export type DeviceState = 'idle' | 'receiving' | 'trial' | 'new' | 'reverted';

/** What a device has cost so far. */
export interface DeviceCounts {
  wakes: number;
  /** Datagrams sent and received, or requests of HTTP. */
  requests: number;
  /** Bytes of the update that the agent took. */
  taken: number;
  /** Datagrams that the link lost. */
  lost: number;
  /** Contacts that came to nothing, for the server or for the link. */
  troubles: number;
  /** Losses of power. */
  cuts: number;
}

export interface FleetDevice {
  readonly id: string;
  readonly group: string;
  /** What it does with a new image; undefined: it is well. */
  readonly fails: FailKind | undefined;
  readonly board: Board;
  readonly reporter: Reporter;
  readonly link: DeviceLink;
  /** In [0, 1); the same for the same seed and device. */
  readonly random: () => number;
  readonly counts: DeviceCounts;
  /** Where it is still to lose power; undefined: nowhere. */
  cut: CutPlan | undefined;
  state: DeviceState;
  /** Has come to an end, and said so to whoever wants to hear it. */
  ended: boolean;
  /** Why the last contact came to nothing: a code of agent/err.ts, or 0. */
  trouble: number;
}

/** What a device runs at the end, by a boot of its board. */
export interface Verdict {
  readonly device: FleetDevice;
  /** `neither`: it does not boot, or boots what no anchor signed, or says of itself what is not so. Must never be. */
  readonly runs: 'old' | 'new' | 'neither';
  readonly sequence: number;
  /** Nothing was ever written to its other slot. */
  readonly untouched: boolean;
  /** Why it went back: a code of agent/err.ts, or 0; the health check that said so. */
  readonly code: number;
  readonly check: string;
  /** Of `neither` what was wrong. */
  readonly words: string;
  /** It ended as it should: who is well runs the new one, or was not let, though it could be reached; who fails runs the old one, and says why. */
  readonly right: boolean;
}

export interface FleetOutcome {
  readonly verdicts: readonly Verdict[];
  /** Of the devices, and real ones, up to the end of the last one that came to an end. */
  readonly seconds: number;
  readonly took: number;
  /** All came to an end, or whoever orders it is through. */
  readonly settled: boolean;
  /** Bytes of objects and buffers by which the process grew, from before the first device to the end of the last. */
  readonly grown: number;
  /** Of these, flash that devices hold beside the image they share. */
  readonly ownFlash: number;
  /** Seconds of processor that this process took meanwhile. */
  readonly cpu: number;
}

export interface Fleet {
  readonly devices: readonly FleetDevice[];
  /** Bytes of flash that devices hold beside the image they share. */
  ownBytes(): number;
  /** Once: until it is over; then the verdicts. */
  run(): Promise<FleetOutcome>;
  close(): void;
}

/** One device in contact, as an uplink sees it. */
export interface Awake {
  readonly device: FleetDevice;
  readonly agent: Agent;
  /** To be called after each push and poll; false: the board is gone. */
  readonly alive: () => boolean;
  readonly signal: AbortSignal;
}

export interface Contact {
  /** `Ok`, the agent's code, or what was wrong with the server or the link. */
  readonly code: number;
  /** Whether the server was there. */
  readonly heard: boolean;
  /** Seconds of the device to the next contact. */
  readonly wait: number;
  /** The update boots at the next reset. */
  readonly activated: boolean;
  /** Of requests over streams, whose time on the link has not gone by yet; else 0. */
  readonly requests: number;
  readonly received: number;
}

/** A way to a server. One for the whole fleet; what it keeps of a device, it keeps by the device's id. */
export interface Uplink {
  readonly name: string;
  /** Whether a device tells it how it ended. */
  readonly hears: boolean;
  /** One contact. Throws for nothing that server, link or agent do. */
  contact(awake: Awake): Promise<Contact>;
}
