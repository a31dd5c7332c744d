/** OSCORE with its own cipher, beside CoAP: how much byte code it is. */
import { deviceAead, oscoreProtection, contextNew } from '../../hal/oscore/index.ts';

(globalThis as unknown as { oscore: unknown }).oscore = [deviceAead, oscoreProtection, contextNew];
