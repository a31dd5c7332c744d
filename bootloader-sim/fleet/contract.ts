/** What a fleet of simulated boards is, to whoever opens one; docs/DESIGN.md section 31. Types only. */
import type { Identity } from '../../hal/identity/port.ts';
import type { ReportCounter } from '../../hal/identity/report.ts';
import type { LinkProfile } from '../../hal/links/link.ts';
import type { BoardProfile } from '../../hal/node/boards.ts';
import type { Board } from '../board.ts';
import type { Agent, Config } from '../flipside.ts';

/** How a device fails with any image but the one that it left the factory with; of bootloader-sim/behaviour.ts. */
export type FailKind = 'failsCheck' | 'hangs' | 'neverConfirms' | 'crashesAtStart';

/** What the new image does on a device, and what befalls it on the way. */
export type Fate =
  | { readonly kind: 'well' }
  | { readonly kind: FailKind }
  /** Loses power at that flash operation of the first offer that gets so far. */
  | { readonly kind: 'losesPower'; readonly operation: number };

export interface FleetGroup {
  /** 1 to 24 characters of A-Z a-z 0-9 . _ -; a device is `<name>-<number>`. */
  readonly name: string;
  readonly devices: number;
  /** What is between it and the server; default: nothing that takes time. */
  readonly link?: LinkProfile | undefined;
  /** Share of what is sent that is lost, 0..1; default: as the link's profile says. */
  readonly loss?: number | undefined;
  /** Seconds between two wakes, where the server does not say. Default 300. */
  readonly every?: number | undefined;
  /** Seconds on the link after which a device sleeps, whatever it is at; default: no limit. */
  readonly awake?: number | undefined;
  /** Share that fails with a new image, 0..1. Default 0. */
  readonly fail?: number | undefined;
  /** How those fail, in turn. Default: all kinds. */
  readonly kinds?: readonly FailKind[] | undefined;
  /** Share that loses power while it receives, 0..1. Default 0. */
  readonly cut?: number | undefined;
}

/** What is in a slot, said by code that is not the agent's. */
export interface Proven {
  readonly sequence: number;
  /** Of the image, in hex. */
  readonly image: string;
  /** Why it is nothing that an anchor signed; '' where it is. */
  readonly trouble: string;
}

export interface FleetOptions {
  readonly profile: BoardProfile;
  /** Of each device; the same vendor, class and anchors for all. */
  readonly config: Config;
  /** Slot A as it leaves the factory: image, index and envelope (publisher's `slotImage`). */
  readonly slot: Uint8Array;
  readonly groups: readonly FleetGroup[];
  readonly uplink: Uplink;
  /** Whose word is taken at the end for what each device runs. */
  readonly prove: (slot: Uint8Array) => Proven;
  /** The same seed, the same devices with the same fates. Default 1. */
  readonly seed?: number | undefined;
  /** Devices that are awake at once. Default 32; with 1 the order of all that happens is the same each time. */
  readonly together?: number | undefined;
  /** Simulated seconds after which it ends, whatever is open. Default a week. */
  readonly span?: number | undefined;
  /** Simulated seconds in a real one, at most; default: as fast as it goes. For servers that need their time. */
  readonly pace?: number | undefined;
  /** Told behind each wake. */
  readonly onWake?: ((device: FleetDevice) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 *   idle       it has heard of nothing newer        receiving  it has begun to, or is between two wakes of it
 *   trial      it runs it, not confirmed            new        confirmed
 *   reverted   it went back                         refused    it did not take it
 */
export type DeviceState = 'idle' | 'receiving' | 'trial' | 'new' | 'reverted' | 'refused';

/** What a device has cost so far. */
export interface DeviceCounts {
  wakes: number;
  /** On a connection to its server; a datagram of CoAP is one. */
  requests: number;
  /** Bytes of body. */
  received: number;
  /** Simulated, on its link. */
  secondsAwake: number;
  lost: number;
  millijoules: number;
  /** Contacts that came to nothing, for the server or for the link. */
  troubles: number;
  cuts: number;
}

export interface FleetDevice {
  readonly id: string;
  readonly group: FleetGroup;
  readonly fate: Fate;
  readonly identity: DeviceIdentity;
  readonly board: Board;
  readonly state: DeviceState;
  /** Of what runs, and of what was offered last (0: nothing). */
  readonly sequence: number;
  readonly offered: number;
  /** Why it is where it is: a code of agent/err.ts, or 0; the health check that said so; the server's words. */
  readonly code: number;
  readonly check: string;
  readonly words: string;
  readonly counts: Readonly<DeviceCounts>;
}

export interface DeviceIdentity extends ReportCounter {
  readonly device: Uint8Array;
  /** Ed25519, which signs its reports. */
  readonly keyId: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly port: Identity;
  /** What a hawkBit server knows it by: 32 digits of hex. */
  readonly token: string;
}

/** What a device runs at the end, by a boot of its board. */
export interface Verdict {
  readonly device: FleetDevice;
  /** `neither`: it does not boot, or boots what no anchor signed, or says of itself what is not so. Must never be. */
  readonly runs: 'old' | 'new' | 'neither';
  readonly sequence: number;
  /** As a device's. Of `neither` what was wrong is in `words`. */
  readonly code: number;
  readonly check: string;
  readonly words: string;
}

export interface FleetOutcome {
  readonly verdicts: readonly Verdict[];
  /** The highest sequence that any device was offered, or its server spoke of. */
  readonly target: number;
  /** Whether all devices came to an end before the span was over. */
  readonly settled: boolean;
  /** Simulated seconds. */
  readonly seconds: number;
  /** Real ones. */
  readonly took: number;
}

export interface Fleet {
  readonly devices: readonly FleetDevice[];
  /** Bytes of flash that devices hold beside the image they share. */
  ownBytes(): number;
  /** Once: until all devices have come to an end, or the span is over; then the verdicts. */
  run(): Promise<FleetOutcome>;
  /** Releases what is open. */
  close(): Promise<void>;
}

/** One device that is awake, as an uplink sees it. */
export interface Awake {
  readonly device: FleetDevice;
  readonly agent: Agent;
  /** Simulated seconds since 1970. */
  readonly now: () => number;
  /** To be called after each push and poll with the bytes pushed so far; false: the board, or its link, is gone. */
  readonly alive: (bytesSent: number) => boolean;
  /** A request goes out. False: the link is gone. */
  readonly request: (bytes?: number) => boolean;
  /** Waits, in simulated time. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** In [0, 1); the same for the same seed and device. */
  readonly random: () => number;
  /** Resets the board and lets it run until its image is not on trial. Whether it came to that. */
  readonly restart: () => boolean;
}

export interface Contact {
  /** `Ok`, the agent's code, or what was wrong with the server or the link. */
  readonly code: number;
  /** Why, in words; '' for Ok. */
  readonly words: string;
  /** The server has nothing for it (any more), and has been told all that there is to tell. */
  readonly settled: boolean;
  /** What the server says the newest is; 0: it does not say. */
  readonly sequence: number;
  /** Seconds to the next contact; 0: the server does not say. */
  readonly wait: number;
  readonly requests: number;
  readonly received: number;
}

/** A way to a server. One for the whole fleet; what it keeps of a device, it keeps by the device's id. */
export interface Uplink {
  readonly name: string;
  /** One contact. Throws for nothing that server, link or agent do. */
  contact(awake: Awake): Promise<Contact>;
  close(): Promise<void>;
}
