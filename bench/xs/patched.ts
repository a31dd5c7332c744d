/** What is different on a board that takes a patch. The bundler leaves out what a case does not use. */
import { patches } from '../../agent/index.ts';
import type { Config } from '../../agent/index.ts';
import { PRODUCT } from '../../hal/xs-riscv/firmware/config.ts';

/** Put in by the host. The board takes patches. */
declare const PATCHES: boolean;
/** The image in slot A is another machine's: what this one runs lies behind the slots. */
declare const FOREIGN_BASE: boolean;

/** Where the host has put what the board runs: its length, then itself. */
const APPLICATION = 0x1800000;
const HEAD = 8;

/** Made with the realm: it takes no RAM. */
export const AGENT_CONFIG: Config = PATCHES
  ? {
      vendor: PRODUCT.vendor,
      classId: PRODUCT.classId,
      anchors: PRODUCT.anchors,
      envelopeMax: PRODUCT.envelopeMax,
      patches: patches,
    }
  : PRODUCT;

/** Tells the board where the program is that runs behind the firmware. */
export function programDecided(slot: number, offset: number, length: number): void {
  if (!FOREIGN_BASE) {
    boardDecided(slot, offset, length);
    return;
  }
  const head = new Uint8Array(2);
  flashRead(APPLICATION, head);
  boardDecided(slot, APPLICATION + HEAD, (head[0] as number) + 256 * (head[1] as number));
}
