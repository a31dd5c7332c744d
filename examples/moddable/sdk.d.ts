/** The modules of the Moddable SDK that the example imports, as far as it uses them. */
declare module 'embedded:storage/flash' {
  const flash: import('flipside/hal/moddable').SdkFlash;
  export default flash;
}
declare module 'embedded:network/http/client' {
  const HTTPClient: new (options: object) => import('flipside/hal/moddable').SdkHttpClient;
  export default HTTPClient;
}
declare module 'embedded:io/socket/tcp' {
  const TCP: import('flipside/hal/moddable').SdkSocketConstructor;
  export default TCP;
}
declare module 'crypt' {
  export const Digest: import('flipside/hal/moddable').SdkDigestConstructor;
}
declare module 'curve' {
  const Curve: new (name: 'secp256r1') => import('flipside/hal/moddable').SdkCurve;
  export default Curve;
}
declare module 'ecp' {
  const Point: import('flipside/hal/moddable').P256Parts['Point'];
  export default Point;
}
declare module 'mont' {
  const Mont: new (options: { readonly m: bigint }) => import('flipside/hal/moddable').SdkModulus;
  export default Mont;
}
declare module 'time' {
  const Time: import('flipside/hal/moddable').SdkTime;
  export default Time;
}
declare module 'timer' {
  const Timer: import('flipside/hal/moddable').SdkTimer;
  export default Timer;
}
/** What differs from board to board: linux/board.ts, or yours. */
declare module 'board' {
  /** On Linux only, where it is "embedded:storage/flash". */
  export const flash: object;
  export function setting(name: string): string;
  export function log(text: string): void;
  /** One of agent/codes.ts `Reset`. */
  export function resetCause(): number;
  export function restart(): void;
  /** What the machine takes, in words; empty where nobody counts. */
  export function memory(): string;
  /** The watchdog bites `seconds` from now. */
  export function feed(seconds: number): void;
  /** Makes the modules of the archive of `size` bytes in slot 0 or 1 known, and gives what "image" exports by default. */
  export function imageLoad(slot: number, size: number): (device: object) => void;
}
declare module 'modules' {
  const Modules: { importNow(name: string): (device: object) => void };
  export default Modules;
}
