/** Runs examples/moddable in Node: its emitted script over doubles of the SDK's modules, anew at each boot. */
import { build } from 'esbuild';
import { Reset } from '../../agent/codes.ts';
import { PLACES } from '../../examples/moddable/linux/places.ts';
import * as publisher from '../../publisher/index.ts';
import { HttpClientDouble } from './_client.ts';
import { TurnClock } from './_clock.ts';
import { Curve, Digest, Mont, Point } from './_crypt.ts';
import { flashModule, memory } from './_flash.ts';

const MODULES = ['board', 'crypt', 'curve', 'ecp', 'mont', 'time', 'timer', 'embedded:*'];

const bundled = build({
  entryPoints: ['dist/examples/moddable/main.js'],
  bundle: true,
  write: false,
  format: 'cjs',
  platform: 'neutral',
  target: 'es2022',
  external: MODULES,
}).then((result) => result.outputFiles[0]!.text);

export const vendor: Uint8Array = publisher.vendorIdentifier('example.com');
export const classId: Uint8Array = publisher.classIdentifier(vendor, 'lamp');
export const key: publisher.SigningKey = publisher.keyParse(publisher.keyGenerate('esp256'), 'sample');

export const release = (image: Uint8Array, sequence: number): publisher.Pack =>
  publisher.pack({ image, sequence, vendor, classId, keys: [key], uri: 'payload' });

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What `board.restart` throws, so that the script does not go on. The agent may catch it: the boot has ended by then. */
class Restart extends Error {}

export class SampleBoard {
  readonly flash: Uint8Array = memory();
  readonly lines: string[] = [];
  readonly #port: number;
  #cause: number = Reset.Power;
  readonly #clock = new TurnClock();
  /** Of this boot. */
  #ends: (() => void)[] = [];
  #off = false;

  constructor(port: number, image: Uint8Array) {
    this.#port = port;
    const slotSize = PLACES.slot_a.count * 4096;
    this.flash.set(publisher.slotImage({ image, envelope: release(image, 1).envelope, slotSize }), 0);
  }

  /** Boots, again and again, until a line has `text`; then power is lost. */
  async until(text: string, boots = 10): Promise<void> {
    const script = await bundled;
    for (let boot = 0; boot < boots; boot++) {
      await new Promise<void>((resolve) => this.#boot(script, text, resolve));
      if (this.lines.at(-1)!.includes(text)) return;
    }
    throw new Error(`"${text}" was not said:\n${this.lines.join('\n')}`);
  }

  #boot(script: string, text: string, ended: () => void): void {
    this.#off = false;
    const end = (cause: number): void => {
      if (this.#off) return;
      this.#off = true;
      this.#cause = cause;
      this.#clock.stop();
      for (const close of this.#ends.splice(0)) close();
      ended();
    };
    const guard = (run: () => void): void => {
      if (this.#off) return;
      try {
        run();
      } catch (error) {
        if (!this.#off) this.lines.push(String(error));
        end(Reset.Crash);
      }
    };
    const log = (line: string): void => {
      this.lines.push(line);
      if (line.includes(text)) end(Reset.Power);
    };
    const restart = (): never => {
      end(Reset.Requested);
      throw new Restart();
    };
    const modules = this.#modules(guard, this.#board(log, restart));
    const module = { exports: {} as { default: () => void } };
    new Function('require', 'module', 'exports', script)(
      (name: string) => modules[name],
      module,
      module.exports,
    );
    guard(() => module.exports.default());
  }

  /** What is imported by default is, as esbuild has it for such modules, the module itself. */
  #modules(guard: (run: () => void) => void, board: object): Record<string, object> {
    const clock = this.#clock;
    const ends = this.#ends;
    type Wait = ReturnType<TurnClock['set']>;
    const timer = {
      set: (callback: () => void, time: number) => clock.set(() => guard(callback), time),
      repeat: (callback: () => void, time: number) => clock.set(() => guard(callback), time, time),
      clear: (wait: Wait | undefined) => clock.clear(wait),
    };
    class Client extends HttpClientDouble {
      constructor(options: ConstructorParameters<typeof HttpClientDouble>[0]) {
        super(options);
        ends.push(() => this.close());
      }
    }
    const time = {
      get ticks() {
        return clock.now;
      },
    };
    return {
      board,
      crypt: { Digest },
      curve: Curve,
      ecp: Point,
      mont: Mont,
      time: time,
      timer: timer,
      'embedded:storage/flash': flashModule(this.flash),
      'embedded:network/http/client': Client,
      'embedded:io/socket/tcp': class {},
    };
  }

  #board(log: (line: string) => void, restart: () => never): object {
    const anchor = publisher.anchorRecord(publisher.anchorOf(key));
    const settings: Record<string, string> = {
      host: '127.0.0.1',
      port: String(this.#port),
      envelope: '/envelope',
      vendor: hex(vendor),
      class: hex(classId),
      keyId: hex(anchor.keyId),
      key: hex(anchor.key),
      algorithm: String(anchor.algorithm),
    };
    return {
      log,
      setting: (name: string) => settings[name]!,
      memory: () => '',
      resetCause: () => this.#cause,
      feed: () => {},
      restart,
      imageLoad: (slot: number, size: number) => {
        const at = (slot === 0 ? PLACES.slot_a : PLACES.slot_b).from * 4096;
        return new Function('device', Buffer.from(this.flash.subarray(at, at + size)).toString());
      },
    };
  }
}
