/** The crypto that is measured. The bundler leaves out what a case does not use. */
import type { Crypto } from '../../hal/ports.ts';
import { scriptSha256 } from '../../hal/sha256.ts';

/** Put in by the host. */
declare const SCRIPT_HASH: boolean;
/** The image verifies, not the firmware. */
declare const IMAGE_VERIFIES: boolean;

/** What such an image puts on the global. */
export interface Verifier {
  readonly algorithm: number;
  /** May throw: does not hold. */
  readonly verify: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}

/** Nanoseconds of a machine that counts one for each instruction. */
export function instructions(): number {
  return Math.round(boardNow() * 1e9);
}

/** The boot decision cannot run an image: it proves the digest alone. */
export const BOOT_PROOF: number | undefined = IMAGE_VERIFIES ? 1 : undefined;

/** Runs the image that verifies: its modules are loaded, into RAM. */
export function verifierLoad(): void {
  if (!IMAGE_VERIFIES) return;
  const from = instructions();
  runImage();
  boardLog('loaded ' + (instructions() - from));
}

/**
 * Bytes that are free when the image begins to verify. The engine grows its memory by 64 bytes, and before it does so it
 * collects garbage: a verification of three hundred thousand numbers would do nothing else.
 */
const ROOM = 4096;

function imageVerify(
  algorithm: number,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { verifier } = globalThis as unknown as { verifier: Verifier };
  const from = instructions();
  let holds = false;
  // Garbage at once, and the engine keeps the place.
  new Uint8Array(ROOM).fill(0);
  try {
    holds = algorithm === verifier.algorithm && verifier.verify(key, message, signature);
  } catch (error) {
    boardLog('verifier: ' + String(error));
  }
  boardLog('signature ' + holds + ' ' + (instructions() - from));
  return holds;
}

export function cryptoOf(native: Crypto): Crypto {
  if (!SCRIPT_HASH && !IMAGE_VERIFIES) return native;
  return {
    // Called as a method: the board numbers its hashes.
    sha256: SCRIPT_HASH ? scriptSha256 : () => native.sha256(),
    verify: IMAGE_VERIFIES ? imageVerify : native.verify,
  };
}
