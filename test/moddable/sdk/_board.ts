/** The board: its flash is a file, its settings are variables, what it logs is read line by line. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { FLASH_SIZE, PLACES } from '../../../examples/moddable/linux/places.ts';
import * as publisher from '../../../publisher/index.ts';
import { memoryKey } from '../../_hss.ts';
import { place } from './_build.ts';

export const vendor: Uint8Array = publisher.vendorIdentifier('example.com');
export const classId: Uint8Array = publisher.classIdentifier(vendor, 'lamp');

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const keyP256 = (): publisher.SigningKey =>
  publisher.keyParse(publisher.keyGenerate('esp256'), 'sdk test');

export const keyHss = (): publisher.SigningKey => {
  const made = memoryKey(32, [{ height: 5, width: 4 }]);
  const signatureLength = made.sign(new Uint8Array(0)).length;
  return {
    algorithm: 'hss-lms',
    key: made.key,
    keyId: publisher.keyIdOf(made.key),
    signatureLength,
    sign: made.sign,
  };
};

export const release = (key: publisher.SigningKey, image: Uint8Array, sequence: number): publisher.Pack =>
  publisher.pack({ image, sequence, vendor, classId, keys: [key], uri: 'payload.bin' });

/** Flash with `image` in slot A, as it leaves the factory. */
export const provision = (path: string, key: publisher.SigningKey, image: Uint8Array): void => {
  const flash = Buffer.alloc(FLASH_SIZE, 0xff);
  const slotSize = PLACES.slot_a.count * 4096;
  flash.set(publisher.slotImage({ image, envelope: release(key, image, 1).envelope, slotSize }), 0);
  writeFileSync(path, flash);
};

export class Board {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  #waiting: (() => void) | undefined;
  #rest = '';
  ended = false;

  constructor(library: string, settings: Readonly<Record<string, string>>, boots = 20) {
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(settings)) env[`FLIPSIDE_${name.toUpperCase()}`] = value;
    this.#process = spawn(place('out', 'board'), [place('out', library), String(boots)], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process.stdout?.on('data', (data: Buffer) => {
      const lines = (this.#rest + data.toString()).split('\n');
      this.#rest = lines.pop() ?? '';
      this.lines.push(...lines);
      this.#waiting?.();
    });
    this.#process.on('close', () => {
      this.ended = true;
      this.#waiting?.();
    });
  }

  /** Until a line has `text`, from line `from` on; gives the number of the next. Throws with all lines at the end. */
  async until(text: string, from = 0): Promise<number> {
    for (let at = from; ; at++) {
      while (at >= this.lines.length) {
        if (this.ended) throw new Error(`"${text}" was not said:\n${this.lines.join('\n')}`);
        await new Promise<void>((resolve) => (this.#waiting = resolve));
      }
      if (this.lines[at]!.includes(text)) return at + 1;
    }
  }

  /** Power is lost. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    while (!this.ended) await new Promise<void>((resolve) => (this.#waiting = resolve));
  }
}

export const settingsOf = (flash: string, key: publisher.SigningKey, url: string): Record<string, string> => {
  const anchor = publisher.anchorRecord(publisher.anchorOf(key));
  const { hostname, port } = new URL(url);
  return {
    flash,
    host: hostname,
    port,
    envelope: '/envelope.suit',
    vendor: hex(vendor),
    class: hex(classId),
    keyId: hex(anchor.keyId),
    key: hex(anchor.key),
    algorithm: String(anchor.algorithm),
  };
};
