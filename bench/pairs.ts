/** The real images that are measured: two releases each of a firmware and of a JavaScript package, from npm. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

export interface Pair {
  readonly name: string;
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

const require = createRequire(import.meta.url);

const read = (name: string, path: string): Uint8Array =>
  new Uint8Array(readFileSync(join(dirname(require.resolve(`${name}/package.json`)), path)));

const firmware = (version: string): Uint8Array => {
  const files = unzipSync(read(`pybricks-firmware-${version}`, 'build/primehub.zip'));
  const image = files['firmware-base.bin'];
  if (image === undefined)
    throw new Error(`pybricks-firmware-${version}: no firmware-base.bin in primehub.zip`);
  return image;
};

const script = (version: string): Uint8Array => read(`mqtt-${version}`, 'dist/mqtt.min.js');

export const pairsRead = (): readonly Pair[] => [
  { name: 'firmware', from: firmware('7.27.0'), to: firmware('7.28.0') },
  { name: 'javascript', from: script('5.14.0'), to: script('5.14.1') },
];
