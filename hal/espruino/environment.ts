/**
 * What a board of Espruino gives beside flash and crypto.
 *
 * Written in the device dialect, like agent/.
 */
import type { Clock, Environment, Watchdog } from '../ports.ts';
import type { NativeE } from './natives.ts';

export interface EspruinoEnvironmentOptions {
  readonly E: NativeE;
  /** One of agent/codes.ts `Reset`. Espruino does not tell: read the chip's register (docs/PORTING.md). */
  readonly resetCause: () => number;
  /** Of the image that runs, as the boot decision said. */
  readonly running: () => number;
  /** Seconds of the watchdog; 0: none. Once started it cannot be stopped. */
  readonly watchdog?: number | undefined;
  /** Seconds, rising: `getTime`. */
  readonly getTime?: (() => number) | undefined;
  /** Whether `getTime` was set by a source that can be trusted. */
  readonly timeTrusted?: (() => boolean) | undefined;
  readonly log?: ((code: number, detail: number) => void) | undefined;
}

function untrusted(): boolean {
  return false;
}

/** Not automatic: the interpreter's idle loop would feed it, whatever the image does. */
function watchdogOf(E: NativeE, seconds: number): Watchdog {
  E.enableWatchdog(seconds, false);
  return { feed: (): void => E.kickWatchdog() };
}

/** Found in the environment itself: a closure would hold all the options. */
interface BoardEnvironment extends Environment {
  readonly E: NativeE;
}

function reset(this: BoardEnvironment): void {
  this.E.reboot();
}

export function espruinoEnvironment(options: EspruinoEnvironmentOptions): Environment {
  const E = options.E;
  const getTime = options.getTime;
  const seconds = options.watchdog ?? 0;
  let clock: Clock | undefined = undefined;
  if (getTime) clock = { now: getTime, trusted: options.timeTrusted ?? untrusted };
  const environment: BoardEnvironment = {
    E: E,
    reset: reset,
    resetCause: options.resetCause,
    running: options.running,
    clock: clock,
    watchdog: seconds > 0 ? watchdogOf(E, seconds) : undefined,
    log: options.log,
  };
  return environment;
}
