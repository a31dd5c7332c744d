/** What a product says of itself when it opens the agent. Defaults stand here and nowhere else. */
import type { Anchor } from './format/cose.ts';
import type { Swap } from './exchange.ts';
import { ENVELOPE_MAX } from './format/labels.ts';
import type { HssLms } from './format/lms.ts';
import type { Encryption } from './payload/encrypted.ts';
import type { Patches } from './payload/patched.ts';

/** What the policy hook is shown. Filled anew for each call; copy what is to be kept. */
export interface Offer {
  sequence: number;
  securityVersion: number;
  imageSize: number;
  payloadSize: number;
  /** Smaller is more urgent; -1 when the manifest does not say. */
  priority: number;
  /** 32 bytes: what a consent binds to. */
  manifestDigest: Uint8Array;
}

/** What chooses the moment: `momentOpen` of the agent's exports makes one. Called as methods. */
export interface MomentGate {
  /**
   * Ok, or why not now. Asked last but for `Config.ask`, at each `Moment`. `running` is the manifest digest of what runs,
   * zeros where it is not known, and `runs` its security version, -1 where that is not.
   */
  ask(moment: number, offer: Offer, running: Uint8Array, runs: number): number;
  /** Told when an update was activated and that is on record. */
  activated(): void;
}

/** What the boot decision needs to know. */
export interface BootConfig {
  /** 16 bytes each: RFC 9124 identifiers. */
  readonly vendor: Uint8Array;
  readonly classId: Uint8Array;
  readonly device?: Uint8Array | undefined;
  /** The SUIT component identifier of the slots, as CBOR. Default [h'00']. */
  readonly component?: Uint8Array | undefined;
  readonly anchors: readonly Anchor[];
  /** Distinct anchors that must have signed. Default 1. */
  readonly threshold?: number | undefined;
  /** Attempts that may burn in a trial. Default 3. */
  readonly attempts?: number | undefined;
  /** Boots in one trial, wakes apart. Default 20. */
  readonly trialBoots?: number | undefined;
  /** Seconds from the first boot of a trial to its confirm. Default 600. */
  readonly trialWindow?: number | undefined;
  /** Boots in one trial at which time cannot be told. Default 64. */
  readonly windowBoots?: number | undefined;
  /** What is proven at each boot: 2 digest and signature (default), 1 digest, 0 the tail only. */
  readonly bootProof?: number | undefined;
  /**
   * `swap` of the agent's exports: only slot 0 can run, and at boot the slots' contents are exchanged (docs/DESIGN.md
   * section 9). Bootloader and agent must be told alike. Default: an image runs from the slot it was written to.
   */
  readonly swap?: Swap | undefined;
  /** `hssLms` of the agent's exports: needed where an anchor is of HSS/LMS. */
  readonly hssLms?: HssLms | undefined;
  /** Told of each half step of an exchange: steps done, of how many, and seconds left; -1: not known. */
  readonly onExchange?: ((done: number, total: number, secondsLeft: number) => void) | undefined;
  /** Told where the decision stands: agent/codes.ts `BootStep`. */
  readonly onStep?: ((step: number, slot: number) => void) | undefined;
}

export interface Config extends BootConfig {
  /**
   * Refuse images that come without block index. Default false. Without `patches`, envelope and block then share their
   * RAM: `envelopeMax` takes none of its own.
   */
  readonly framedOnly?: boolean | undefined;
  /** The most an offer's sequence may exceed the accepted one. Default: no cap. */
  readonly sequenceJump?: number | undefined;
  /** Whether the owner must consent to each manifest. Default false. */
  readonly consent?: boolean | undefined;
  /** Seconds of the first back-off after a revert for want of network; doubles each time, 64 times at most. Default 3600. */
  readonly backOff?: number | undefined;
  /**
   * How far back frames may reach, in bytes: a power of two, 4096 (the default) to 32768. A larger window makes smaller
   * updates; what fits beside `envelopeMax` and a block, 8192 by default, takes no memory of its own.
   */
  readonly window?: number | undefined;
  /**
   * The longest envelope that is received, in bytes: 512 to 4096 (the default). It lies in RAM beside a block. What a
   * slot holds already is not asked.
   */
  readonly envelopeMax?: number | undefined;
  /**
   * `patches` of the agent's exports: updates may be patches against the image that runs, which takes some 14 KB of RAM.
   * Default: they are not taken, and a manifest's whole image is.
   */
  readonly patches?: Patches | undefined;
  /**
   * `encryption` of the agent's exports: updates may be encrypted, which takes some 2.3 KB of RAM. Together with the port
   * `decryption`. Default: they are refused.
   */
  readonly encryption?: Encryption | undefined;
  /** Maintenance windows, veto, postponing: `momentOpen` of the agent's exports. Default: any moment is right. */
  readonly moment?: MomentGate | undefined;
  /** Bytes digested in one poll. Default 4096. */
  readonly digestStep?: number | undefined;
  /** The application's word at `Moment.Receive` and `Moment.Activate`: `Answer.Yes`, `Later` or `No`. */
  readonly ask?: ((moment: number, offer: Offer) => number) | undefined;
}

export const DEFAULT_THRESHOLD = 1;
export const DEFAULT_ATTEMPTS = 3;
export const DEFAULT_TRIAL_BOOTS = 20;
export const DEFAULT_TRIAL_WINDOW = 600;
export const DEFAULT_WINDOW_BOOTS = 64;
export const DEFAULT_BACK_OFF = 3600;
export const DEFAULT_DIGEST_STEP = 4096;
export const DEFAULT_ENVELOPE_MAX: number = ENVELOPE_MAX;
export const Proof = { Tail: 0, Digest: 1, Signature: 2 } as const;
