/** The images of the demo: real ones, from npm. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import type { Behaviours } from 'flipside/bootloader-sim';
import type { BoardName } from 'flipside/hal/node';

/** Three releases of one product. */
export interface Product {
  readonly name: string;
  /** What each release is, in words. */
  readonly versions: readonly [string, string, string];
  readonly images: readonly [Uint8Array, Uint8Array, Uint8Array];
  readonly board: BoardName;
  readonly model: string;
  /** The name of the check that the third release fails. */
  readonly failing: string;
  readonly behaviours: Behaviours;
}

const require = createRequire(import.meta.url);
const source = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../examples/demo/app/${name}`, import.meta.url)), 'utf8');

const firmwareOf = (version: string): Uint8Array => {
  const zip = readFileSync(require.resolve(`pybricks-firmware-${version}/build/primehub.zip`));
  const file = unzipSync(new Uint8Array(zip))['firmware-base.bin'];
  if (file === undefined) throw new Error(`@pybricks/firmware ${version} has no firmware-base.bin`);
  return file;
};

/** Another build of `image`: one constant differs. */
const rebuilt = (image: Uint8Array): Uint8Array => {
  const made = image.slice();
  const at = made.length >> 1;
  made[at] = made[at]! ^ 1;
  return made;
};

const digestOf = (image: Uint8Array): string => createHash('sha256').update(image).digest('hex');

export const firmware = (): Product => {
  const second = firmwareOf('7.28.0');
  const third = rebuilt(second);
  return {
    name: 'firmware',
    versions: ['@pybricks/firmware 7.27.0', '@pybricks/firmware 7.28.0', '7.28.0, a build with a fault'],
    images: [firmwareOf('7.27.0'), second, third],
    board: 'stm32l4',
    model: 'prime-hub',
    failing: 'starts',
    // Not executed here: bytes for a Cortex-M4. What they do is scripted; the agent in them is the real one.
    behaviours: { images: { [digestOf(third)]: { kind: 'failsCheck', ticks: 3 } } },
  };
};

const applicationOf = (version: string, settings: object): Uint8Array => {
  const library = readFileSync(require.resolve(`mqtt-${version}/dist/mqtt.min`), 'utf8');
  const own = `const settings = ${JSON.stringify(settings)};\n${source('main.js')}`;
  return new TextEncoder().encode(`${source('engine.js')}\n${library}\n${own}`);
};

export const application = (): Product => ({
  name: 'JavaScript',
  versions: [
    'application with mqtt 5.14.0',
    'application with mqtt 5.14.1',
    'mqtt 5.14.1, a setting misspelt',
  ],
  images: [
    applicationOf('5.14.0', { clientId: 'sensor-7' }),
    applicationOf('5.14.1', { clientId: 'sensor-7' }),
    applicationOf('5.14.1', { clientID: 'sensor-7' }),
  ],
  board: 'nrf52840',
  model: 'mqtt-sensor',
  failing: 'mqtt connects',
  behaviours: {},
});
