/**
 * What the agent asks of a board. Types only: nothing here exists at run time.
 *
 * Every port is synchronous; both engines' flash and crypto calls are. A port may throw: the agent turns what it
 * throws into a code. Units: bytes and seconds. Offsets count from the start of the partition. Functions are called as
 * methods of their port: they may find it in `this`.
 */

/** What a partition says of itself (ECMA-419 flash partition, `status()`). */
export interface FlashStatus {
  /** Bytes in the partition. */
  readonly size: number;
  /** Number of erase sectors (ECMA-419 calls them blocks). */
  readonly blocks: number;
  /** Bytes in an erase sector; with mixed sectors, of the largest. */
  readonly blockLength: number;
  /** Bytes in a program unit. Some platforms leave it out. */
  readonly writeAlign?: number | undefined;
  /** What an erased byte reads as: 0xFF or 0x00. Some platforms leave it out. */
  readonly eraseValue?: number | undefined;
}

/**
 * The ECMA-419 flash partition, as far as the agent uses it, structurally typed: a Moddable partition is passed in
 * as it is.
 *
 * Contract (hal/conformance.ts proves it of an adapter):
 * - `write` programs whole, aligned program units into erased flash; a unit is programmed once per erase.
 * - `eraseBlock(from, to)` erases the sectors from..to-1 (default: just `from`); every byte then reads `eraseValue`.
 * - When power dies in `write`, the units of that call are undefined; in `eraseBlock`, the sectors of that call are.
 *   Undefined means: a read gives anything, may give something else the next time, and may fail (it throws).
 *   All else is unchanged.
 * - `write` and `eraseBlock` return only when the flash is done, and throw when it is not what was asked for.
 */
export interface FlashPartition {
  /** Fills `into` from `offset` on. Throws when it cannot. */
  read(into: Uint8Array, offset: number): unknown;
  /** Programs `bytes` at `offset`. Throws when it cannot. */
  write(bytes: Uint8Array, offset: number): unknown;
  /** Erases sectors `from` up to, and without, `to`. Throws when it cannot. */
  eraseBlock(from: number, to?: number): unknown;
  status(): FlashStatus;
}

/** Where one erase sector of a partition with mixed sectors lies. */
export interface BlockPlace {
  /** Its number, as `eraseBlock` takes it. */
  readonly block: number;
  /** Its first byte. */
  readonly offset: number;
  /** Its length in bytes. */
  readonly length: number;
}

/** A partition, and beside it what the partition does not say, or says wrongly. */
export interface FlashPort {
  readonly partition: FlashPartition;
  /** Overrides `status().writeAlign`. Default 4 when neither says. */
  readonly writeAlign?: number | undefined;
  /** Overrides `status().eraseValue`. Default 0xFF when neither says. */
  readonly eraseValue?: number | undefined;
  /** For mixed sectors: the sector that holds `offset`. Called at open only. */
  readonly blockAt?: ((offset: number) => BlockPlace) | undefined;
}

/** An incremental SHA-256. */
export interface Hash {
  /** Forgets what came before. */
  begin(): void;
  update(bytes: Uint8Array, from: number, to: number): void;
  /** Writes the 32-byte digest to the start of `into`; `begin` must come before the next `update`. */
  finish(into: Uint8Array): void;
}

/** Digests and signatures. Every provider gives the same verdicts on the vectors in test/vectors. */
export interface Crypto {
  /**
   * A new SHA-256 state. The agent makes two at open, or one where it takes framed payloads alone, the boot decision one,
   * and no more; each makes one more where an anchor is of HSS/LMS, which digests the ends of its chains while it makes
   * them.
   */
  sha256(): Hash;
  /**
   * Whether `signature` over `message` holds under `key`.
   * `algorithm` is the COSE number: -19 Ed25519 (key: 32 bytes, RFC 8032, not ZIP-215), -9 and -7 ECDSA on P-256 with
   * SHA-256 (key: 65 bytes, 0x04 x y; signature: 64 bytes, r s; a high s is accepted). Anything else, and anything
   * malformed, is false. Not asked for -46, HSS/LMS: the agent verifies it itself, with `sha256`.
   */
  verify(algorithm: number, key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * The same for -9 and -7 where the SHA-256 of the message is there already, 32 bytes; anything else is false. The
   * agent does not ask it. hal/mcuboot does, whose message is a whole image: without it, images that are signed with
   * P-256 are not verified there, but refused.
   */
  verifyDigest?(algorithm: number, key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * A bounded, streaming inflate (RFC 1951, raw) that writes into the caller's ring: no output buffer of its own.
 *
 *   ring    | room for the output | what came before, oldest first | ... what came before |
 *           at              at + room                                                     at
 *
 * What came before `at` lies before it, and goes on at the end of the ring. The oldest of it may be overwritten by the
 * output: a stream reaches back over the ring's length at most.
 */
export interface Inflate {
  /**
   * Starts a stream. `have` bytes before `at`, at most the ring's length, are its dictionary. Never writes outside
   * `[at, at + room)`, which does not go over the ring's end; never reads further back than the dictionary's first byte.
   */
  begin(ring: Uint8Array, at: number, room: number, have: number): void;
  /** Takes bytes `from..to-1`. Returns how many it took (fewer only when the stream ended), or -1: not a valid stream. */
  push(bytes: Uint8Array, from: number, to: number): number;
  /** How many bytes came out, if the stream has ended; else -1. */
  finish(): number;
}

/** Time. Left out on boards without any. */
export interface Clock {
  /** Seconds, rising while the board runs. Where `trusted()`, seconds since 1970: it may jump when that changes. */
  now(): number;
  /** Whether the time may be held against an expiry date. */
  trusted(): boolean;
  /**
   * Seconds since 1970 by the best source there is, whoever it may be; 0: there is none. It chooses a quiet moment, and
   * nothing else. Default: `now` while it is trusted.
   */
  told?(): number;
  /** Seconds since 1970 that have passed for certain, also while the time is not trusted. Closes what expired before. Default 0. */
  atLeast?(): number;
}

/** Some tens of bytes that outlive reset and deep sleep: retained memory, a sector of flash, a key of the platform's store. */
export interface Keep {
  /** Fills the start of `into` with what was last kept. Returns how many bytes it is; 0: nothing was ever kept. */
  load(into: Uint8Array): number;
  /**
   * Keeps `bytes` in place of what was kept before. Throws when it cannot. If power dies in it, `load` gives what was before,
   * what was to come, or anything: whoever keeps something can tell by a crc.
   */
  save(bytes: Uint8Array): unknown;
}

export interface Watchdog {
  feed(): void;
  /** Told before a step that cannot be cut into pieces: {@link SlowStep}. May widen the time-out. */
  announce?(step: number): void;
}

/** A hardware number that can only rise, where the board has one. */
export interface Counter {
  read(): number;
  raise(to: number): void;
}

/** The board beside flash and crypto. All optional but `reset`, `resetCause` and `running`. */
export interface Environment {
  /** Restarts the board. On a device it does not return; in a simulator it may. */
  reset(): void;
  /** One of agent/codes.ts `Reset`. */
  resetCause(): number;
  /**
   * The slot the running image was started from, 0 or 1, as the bootloader decided. Not called by the boot decision, nor
   * where there is a boot control, which knows.
   */
  running(): number;
  readonly clock?: Clock | undefined;
  readonly watchdog?: Watchdog | undefined;
  /** Whether there is energy for `moment` (agent/codes.ts `Moment`), with what a recovery from it would need. */
  readonly energy?: ((moment: number) => boolean) | undefined;
  readonly counter?: Counter | undefined;
  /** `code` as in agent/codes.ts; `detail` a number whose meaning goes with the code. */
  readonly log?: ((code: number, detail: number) => void) | undefined;
}

/**
 * The records of a bootloader that knows nothing of flipside. Such a bootloader runs an image that is new to it for one
 * boot, and goes back at the next reset unless the image was confirmed. A call that returns a number returns 0 or more,
 * or a code of agent/err.ts.
 */
export interface BootControl {
  /** The slot whose image runs: 0 or 1. */
  running(): number;
  /** 1 while the bootloader would not start the running image again unless it is confirmed; else 0. */
  unconfirmed(): number;
  /**
   * The next reset starts `slot`: for one boot, or for good. If power dies in it, the bootloader starts the image that
   * runs now, or `slot` as asked.
   */
  request(slot: number, forGood: boolean): number;
  /**
   * The running image stays: written anew, whatever reads. If power dies in it, it stays or the bootloader goes back;
   * where it stayed already, it stays.
   */
  confirm(): number;
  /** What is on record of the image that does not run is gone: nothing that a cut left of it comes true later. */
  forget(): number;
  /** The next reset starts the other slot. A code where there is nothing to go back to. */
  reject(): number;
  /**
   * Only where the bootloader exchanges the slots' contents, so that a slot is a content and not a place: told which of
   * the two runs. From then on `running` says so, and the slots' partitions lead to where the contents are.
   */
  place?(running: number): void;
}

/**
 * The device's own keys, and what they decrypt (docs/SPEC.md section 10). The keys stay behind it: a secure element fits.
 */
export interface Decryption {
  /**
   * Unwraps the content key of an update to the start of `into`, 32 bytes of room. Returns its length, 16 or 32; 0: no key
   * of the device has this id and kind; -1: it does not unwrap.
   * `algorithm` is the COSE number: -3 A128KW (RFC 3394), `sender` and `info` are empty; -29 ECDH-ES + A128KW: `sender` is
   * the ephemeral public key, of X25519 32 bytes (RFC 7748), of P-256 65 (0x04 x y), and `info` the COSE_KDF_Context that
   * HKDF-SHA256 makes the 16-byte key of A128KW from, without salt (RFC 9053 section 5).
   */
  unwrap(
    algorithm: number,
    keyId: Uint8Array,
    sender: Uint8Array,
    info: Uint8Array,
    wrapped: Uint8Array,
    into: Uint8Array,
  ): number;
  /**
   * Decrypts bytes from..to-1 in their place: ciphertext, and behind it its tag of 16 bytes, which is left as it may be.
   * Whether the tag holds; where it does not, what is in the range is not to be used. `algorithm` is the COSE number: 1
   * AES-GCM with a key of 16 bytes, 24 ChaCha20-Poly1305 (RFC 8439), of 32. `nonce` is 12 bytes.
   */
  open(
    algorithm: number,
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): boolean;
}

/** What the boot decision needs. */
export interface BootPorts {
  readonly slots: readonly [FlashPort, FlashPort];
  /** At least three erase sectors (docs/DESIGN.md says why). May be on another device than the slots. */
  readonly journal: FlashPort;
  readonly crypto: Crypto;
  readonly environment: Environment;
  /** Under a bootloader that does not call the boot decision (docs/DESIGN.md section 21). */
  readonly control?: BootControl | undefined;
}

/** What the agent needs. */
export interface Ports extends BootPorts {
  readonly inflate: Inflate;
  /** Where updates may be encrypted: together with `config.encryption`. */
  readonly decryption?: Decryption | undefined;
}
