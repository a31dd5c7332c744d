/** The host functions of the board: engine/functions.def, board/functions.c. Offsets and lengths in bytes. */
/** Of the whole second bank. */
declare function flashRead(offset: number, into: Uint8Array): number;
/**
 * Methods of a partition of the second bank: hal/ports.ts `FlashPartition`. `place`: 0 slot A, 1 slot B, 2 the journal,
 * one after another.
 */
declare function partitionRead(this: { readonly place: number }, into: Uint8Array, offset: number): void;
declare function partitionWrite(this: { readonly place: number }, bytes: Uint8Array, offset: number): void;
declare function partitionErase(this: { readonly place: number }, from: number, to?: number): void;
/** The number of a hash that is not in use yet. */
declare function hashOpen(): number;
/** Methods of a hash: hal/ports.ts `Hash`. */
declare function hashBegin(this: { readonly hash: number }): void;
declare function hashUpdate(
  this: { readonly hash: number },
  bytes: Uint8Array,
  from: number,
  to: number,
): void;
declare function hashFinish(this: { readonly hash: number }, into: Uint8Array): void;
/** hal/ports.ts `Crypto`; of Ed25519 alone. */
declare function signatureVerify(
  algorithm: number,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean;
declare function boardSetting(index: number): number;
/** Seconds since the reset. */
declare function boardNow(): number;
declare function boardCause(): number;
declare function boardReset(cause: number): void;
/** Seconds until the watchdog bites; 0: never. Default: as the settings have it. */
declare function boardFeed(seconds?: number): void;
declare function boardLog(text: string): void;
declare function serialRead(into: Uint8Array): number;
declare function serialWrite(bytes: Uint8Array, from: number, to: number): void;
/** What the boot decision came to: slot, and where its image lies. */
declare function boardDecided(slot: number, offset: number, length: number): void;
declare function boardRunning(): number;
/** Runs the image, in place. */
declare function runImage(): void;

/** Whether the anchor is of HSS/LMS. */
declare const HASH_BASED: boolean;

/** What the host wrote beside the program: board/board.h `settings`. */
declare const CONFIG: {
  readonly vendor: readonly number[];
  readonly classId: readonly number[];
  readonly keyId: readonly number[];
  readonly key: readonly number[];
  /** COSE number; left out: Ed25519. */
  readonly algorithm?: number;
  readonly envelopeMax?: number;
  readonly framedOnly?: boolean;
};
