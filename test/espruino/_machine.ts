/**
 * A board without an engine: the two files of the bundle, run by Node over the doubles. What differs from Espruino is
 * the interpreter; bundle, loader, adapters and images are the same.
 */
import { createContext, runInContext } from 'node:vm';
import { Mark } from '../../examples/espruino/lamp.ts';
import { Chip, cryptoDouble, eDouble, flashDouble } from './_natives.ts';

interface Timer {
  readonly at: number;
  readonly every: number | undefined;
  readonly act: () => void;
}

type Listener = (value: unknown) => void;

/** A request that is answered in the turn after it was sent, in two pieces. */
const httpDouble = (
  releases: ReadonlyMap<string, Uint8Array>,
  later: (act: () => void) => void,
  range: boolean,
) => ({
  request: (options: { path: string; headers: { Range: string } }, answer: (response: object) => void) => ({
    on: () => {},
    end: () =>
      later(() => {
        const listeners = new Map<string, Listener>();
        const bytes = releases.get(options.path);
        const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(options.headers.Range)!;
        const part =
          bytes?.subarray(range ? Number(first) : 0, range ? Number(last) + 1 : undefined) ??
          new Uint8Array();
        const end = Number(first) + part.length - 1;
        answer({
          statusCode: bytes === undefined ? '404' : range ? '206' : '200',
          headers: range ? { 'Content-Range': `bytes ${first}-${end}/${bytes?.length}` } : {},
          on: (event: string, listener: Listener) => listeners.set(event, listener),
        });
        const text = Buffer.from(part).toString('latin1');
        later(() => {
          listeners.get('data')?.(text.slice(0, 100));
          listeners.get('data')?.(text.slice(100));
          listeners.get('close')?.(false);
        });
      }),
  }),
});

export interface MachineOptions {
  readonly flash: Uint8Array;
  readonly base: number;
  readonly page: number;
  readonly files: ReadonlyMap<string, string>;
  readonly releases: ReadonlyMap<string, Uint8Array>;
  /** The server knows Range. */
  readonly range: boolean;
  /** Flash can be read as memory. */
  readonly mapped: boolean;
}

const Turns = 20_000;

export class Machine {
  readonly chip: Chip;
  readonly heard: string[] = [];
  readonly #options: MachineOptions;

  constructor(options: MachineOptions) {
    this.#options = options;
    const pages = options.flash.length / options.page;
    this.chip = new Chip(
      options.base,
      Array.from({ length: pages }, () => options.page),
    );
    this.chip.bytes.set(options.flash);
  }

  /** One power cycle: to the restart. False: nothing was left to do. */
  live(cause: number, enough: () => boolean): boolean {
    const timers: Timer[] = [];
    let now = 0;
    const setTimer = (act: () => void, delay: number, every?: number): void => {
      timers.push({ at: now + delay, every, act });
    };
    // What would not return on a board returns here: nothing runs after the turn that asked for it.
    let restarted = false;
    const reboot = (): void => {
      restarted = true;
    };
    const options = this.#options;
    const modules: Record<string, unknown> = {
      Flash: flashDouble(this.chip),
      crypto: cryptoDouble(this.chip),
      Storage: { read: (name: string) => options.files.get(name) },
      fs: { readFileSync: () => String(cause) },
      http: httpDouble(options.releases, (act) => setTimer(act, 1), options.range),
    };
    const context = createContext({
      E: eDouble(this.chip, options.mapped, reboot),
      require: (name: string) => modules[name],
      url: { parse: (url: string) => ({ host: 'server', port: 80, path: new URL(url).pathname }) },
      print: (line: string) => this.heard.push(line.startsWith(Mark) ? line.slice(Mark.length) : line),
      process: { memory: () => ({}) },
      getTime: () => now / 1000,
      setTimeout: setTimer,
      setInterval: (act: () => void, every: number) => setTimer(act, every, every),
    });
    runInContext(options.files.get('.bootrst')!, context);
    for (let turn = 0; turn < Turns && timers.length > 0 && !restarted && !enough(); turn++) {
      timers.sort((one, other) => one.at - other.at);
      const { at, every, act } = timers.shift()!;
      now = Math.max(now, at);
      act();
      if (every !== undefined) setTimer(act, every, every);
    }
    return restarted;
  }
}
