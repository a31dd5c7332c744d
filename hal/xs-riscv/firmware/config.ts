/**
 * What the product says of itself: the host put it into the script. Made with the realm, when it is frozen: in RAM it
 * takes nothing, and its bytes may be read, never written.
 */
import { hssLms } from '../../../agent/index.ts';
import type { Config } from '../../../agent/index.ts';
import { ALGORITHM_ED25519 } from './ports.ts';
import { TRIAL_WINDOW } from './settings.ts';

// What is made of these numbers at load is what is to lie in flash.
// oxlint-disable device/dialect
export const PRODUCT: Config = {
  vendor: new Uint8Array(CONFIG.vendor),
  classId: new Uint8Array(CONFIG.classId),
  anchors: [
    {
      keyId: new Uint8Array(CONFIG.keyId),
      algorithm: CONFIG.algorithm ?? ALGORITHM_ED25519,
      key: new Uint8Array(CONFIG.key),
    },
  ],
  envelopeMax: CONFIG.envelopeMax,
  framedOnly: CONFIG.framedOnly,
  hssLms: HASH_BASED ? hssLms : undefined,
};
// oxlint-enable device/dialect

/** The same, and what the board's settings say otherwise. */
export function configOf(): Config {
  const window = boardSetting(TRIAL_WINDOW);
  if (window === 0) return PRODUCT;
  const config = Object.create(PRODUCT) as Config & { trialWindow: number };
  config.trialWindow = window;
  return config;
}
