/** "timer" over Node's. `set` fires once, `repeat` until cleared. */
import type { SdkTimer } from '../../hal/moddable/sdk.ts';

export const timer: SdkTimer = {
  set: (callback, milliseconds) => setTimeout(callback, milliseconds),
  repeat: (callback, milliseconds) => setInterval(callback, milliseconds),
  clear: (id) => clearTimeout(id as NodeJS.Timeout | undefined),
};
