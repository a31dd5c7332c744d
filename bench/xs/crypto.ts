/** The crypto that is measured. The bundler leaves out what a case does not use. */
import type { BootConfig } from '../../agent/index.ts';
import type { BootPorts } from '../../hal/ports.ts';
import { scriptSha256 } from '../../hal/sha256.ts';
import { PRODUCT } from '../../hal/xs-riscv/firmware/config.ts';
import { CRYPTO, PORTS_BARE } from '../../hal/xs-riscv/firmware/ports.ts';
import { instructions } from './instructions.ts';

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

/** Made with the realm, as all that is here: it takes no RAM. */
export const BOOT_CONFIG: BootConfig = IMAGE_VERIFIES
  ? // It cannot run an image that verifies: it proves the digest alone.
    { vendor: PRODUCT.vendor, classId: PRODUCT.classId, anchors: PRODUCT.anchors, bootProof: 1 }
  : PRODUCT;

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

/** The board that is measured has no clock and no watchdog. */
export const PORTS: BootPorts =
  SCRIPT_HASH || IMAGE_VERIFIES
    ? {
        slots: PORTS_BARE.slots,
        journal: PORTS_BARE.journal,
        crypto: {
          sha256: SCRIPT_HASH ? scriptSha256 : CRYPTO.sha256,
          verify: IMAGE_VERIFIES ? imageVerify : CRYPTO.verify,
        },
        environment: PORTS_BARE.environment,
      }
    : PORTS_BARE;
