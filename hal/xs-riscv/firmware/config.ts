import { hssLms } from '../../../agent/index.ts';
import type { Config } from '../../../agent/index.ts';
import { ALGORITHM_ED25519, Setting } from './ports.ts';

/** What the product says of itself: the host put it into the script. */
export function configOf(): Config {
  const bytes = (numbers: readonly number[]): Uint8Array => new Uint8Array(numbers);
  const window = boardSetting(Setting.TrialWindow);
  return {
    vendor: bytes(CONFIG.vendor),
    classId: bytes(CONFIG.classId),
    anchors: [
      {
        keyId: bytes(CONFIG.keyId),
        algorithm: CONFIG.algorithm ?? ALGORITHM_ED25519,
        key: bytes(CONFIG.key),
      },
    ],
    envelopeMax: CONFIG.envelopeMax,
    framedOnly: CONFIG.framedOnly,
    trialWindow: window > 0 ? window : undefined,
    hssLms: HASH_BASED ? hssLms : undefined,
  };
}
