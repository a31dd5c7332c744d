/** The host functions of the board: engine/functions.def, board/functions.c. Offsets and lengths in bytes. */
declare function flashRead(offset: number, into: Uint8Array): number;
declare function flashProgram(offset: number, bytes: Uint8Array): number;
declare function flashErase(offset: number): number;
declare function hashBegin(hash: number): void;
declare function hashUpdate(hash: number, bytes: Uint8Array, from: number, to: number): void;
declare function hashFinish(hash: number, into: Uint8Array): void;
declare function ed25519Verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): number;
declare function boardSetting(index: number): number;
/** Seconds since the reset. */
declare function boardNow(): number;
declare function boardCause(): number;
declare function boardReset(cause: number): void;
/** Seconds until the watchdog bites; 0: never. */
declare function boardFeed(seconds: number): void;
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
