/** The pairs of images that are measured, from npm, and what each may come to. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

export interface SizePair {
  readonly name: string;
  readonly old: Uint8Array;
  readonly fresh: Uint8Array;
  /** Bytes at the most; undefined: by what the peers come to. */
  readonly goal: number | undefined;
}

interface Source {
  readonly name: string;
  readonly read: (version: string) => Uint8Array;
  readonly versions: readonly [string, string];
  readonly goal?: number;
}

const require = createRequire(import.meta.url);

const read = (name: string, path: string): Uint8Array =>
  new Uint8Array(readFileSync(join(dirname(require.resolve(`${name}/package.json`)), path)));

const firmware =
  (hub: string) =>
  (version: string): Uint8Array => {
    const name = `pybricks-firmware-${version}`;
    const image = unzipSync(read(name, `build/${hub}.zip`))['firmware-base.bin'];
    if (image === undefined) throw new Error(`${name}: no firmware-base.bin in ${hub}.zip`);
    return image;
  };

const script = (version: string): Uint8Array => read(`mqtt-${version}`, 'dist/mqtt.min.js');

/** A share of what HDiffPatch with lzma was measured at. */
const share = (percent: number, measured: number): number => Math.floor((percent * measured) / 100);

const Patch: readonly [string, string] = ['4.0.0', '4.0.1'];
const Minor: readonly [string, string] = ['7.27.0', '7.28.0'];

const Main: readonly Source[] = [
  { name: 'prime-patch', read: firmware('primehub'), versions: Patch, goal: share(10, 4017) },
  { name: 'prime-minor', read: firmware('primehub'), versions: Minor, goal: share(35, 20_273) },
  { name: 'mqtt-patch', read: script, versions: ['5.14.0', '5.14.1'], goal: share(100, 74) },
  { name: 'mqtt-big', read: script, versions: ['5.10.0', '5.16.0'], goal: share(92, 53_399) },
];

const Others: readonly Source[] = ['city', 'essential', 'move', 'nxt', 'technic'].flatMap((hub) => {
  const images = firmware(hub === 'nxt' ? hub : `${hub}hub`);
  return [
    { name: `${hub}-patch`, read: images, versions: Patch },
    { name: `${hub}-minor`, read: images, versions: Minor },
  ];
});

export const sizePairs = (all: boolean): SizePair[] =>
  [...Main, ...(all ? Others : [])].map(({ name, read: image, versions, goal }) => ({
    name,
    old: image(versions[0]),
    fresh: image(versions[1]),
    goal,
  }));

export const filePairs = (paths: readonly string[]): SizePair[] => {
  const pairs: SizePair[] = [];
  for (let i = 0; i + 1 < paths.length; i += 2) {
    const [old, fresh] = [paths[i]!, paths[i + 1]!];
    const image = (path: string): Uint8Array => new Uint8Array(readFileSync(path));
    pairs.push({ name: `${old} ${fresh}`, old: image(old), fresh: image(fresh), goal: undefined });
  }
  return pairs;
};
