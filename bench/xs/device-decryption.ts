/** The Decryption port in JavaScript alone: how much byte code it is. */
import { deviceDecryption } from '../../hal/device-decryption.ts';

(globalThis as unknown as { deviceDecryption: unknown }).deviceDecryption = deviceDecryption;
