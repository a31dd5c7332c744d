/** Who a simulated device is: keys made of the seed and its name, so that the same fleet comes back. Nothing to protect anything with. */
import { createHash } from 'node:crypto';
import { ALGORITHM_ED25519 } from '../../hal/identity/algorithms.ts';
import { openReporter } from '../../hal/identity/report.ts';
import type { Reporter } from '../../hal/identity/report.ts';
import { nodeIdentity } from '../../hal/node/identity/index.ts';

const KEY_ID_LENGTH = 8;
const PUBLIC_LENGTH = 32;

export interface DeviceIdentity {
  readonly reporter: Reporter;
  readonly keyId: Uint8Array;
  /** Ed25519, which verifies its reports. */
  readonly publicKey: Uint8Array;
}

const digest = (...parts: readonly string[]): Uint8Array =>
  new Uint8Array(createHash('sha256').update(parts.join('\n')).digest());

/** `counter` is below the number of its first report: above all that it gave out in a run before. */
export const deviceIdentity = (seed: number, id: string, counter: number): DeviceIdentity => {
  const secret = digest('flipside fleet: reports', String(seed), id);
  const keyId = digest('flipside fleet: key id', String(seed), id).slice(0, KEY_ID_LENGTH);
  const device = new TextEncoder().encode(id);
  const identity = nodeIdentity({ device, keys: [{ kind: 'Ed25519', keyId, secret }] });
  const publicKey = new Uint8Array(PUBLIC_LENGTH);
  identity.publicKey(keyId, publicKey);
  let number = counter;
  const reporter = openReporter({
    identity,
    algorithm: ALGORITHM_ED25519,
    keyId,
    device,
    counter: { next: () => ++number },
  });
  return { reporter, keyId, publicKey };
};

/** What a hawkBit server knows a device by: its target token. */
export const deviceToken = (seed: number, id: string): string =>
  Buffer.from(digest('flipside fleet: token', String(seed), id))
    .toString('hex')
    .slice(0, 32);
