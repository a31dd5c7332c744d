/** A key, the flash of a new board, and releases for it: what a product's build does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleMake } from '../../hal/espruino/build/bundle.ts';
import { storageImage } from '../../hal/espruino/build/storage.ts';
import * as publisher from '../../publisher/index.ts';
import { lampSource } from './lamp.ts';
import { probed } from './memory.ts';

// As in board.ts.
const Layout = { flash: 0x40000, storage: 0x24000, slot: 0x9000 };
/** 32 signatures, verified with some 500 digests. */
const Parameters: publisher.HssParameters = { digest: 24, levels: [{ height: 5, width: 4 }] };

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export interface Product {
  /** The flash of a board that was never updated. */
  readonly flash: Uint8Array;
  /** What a server holds, by path. */
  readonly releases: ReadonlyMap<string, Uint8Array>;
  /** Bytes in each file of Storage. */
  readonly files: ReadonlyMap<string, string>;
}

export interface ProductOptions {
  /** For a board whose flash can be read as memory. */
  readonly mapped?: boolean;
  /** With a probe that counts variables. */
  readonly memory?: boolean;
}

export const productMake = (folder: string, server: string, options: ProductOptions = {}): Product => {
  const keyFile = join(folder, 'key.lms.json');
  publisher.hssGenerate(keyFile, Parameters);
  const key = publisher.keyLoad(keyFile);
  const vendor = publisher.vendorIdentifier('example.com');
  const classId = publisher.classIdentifier(vendor, 'lamp');
  const anchor = `{ keyId: '${hex(key.keyId)}', algorithm: -46, key: '${hex(key.key)}' }`;
  const anchors = `export const VENDOR = '${hex(vendor)}';
export const CLASS = '${hex(classId)}';
export const ANCHORS = [${anchor}];
`;
  const wiring = readFileSync(here('board.js'), 'utf8').replace(
    'const MAPPED = false',
    `const MAPPED = ${options.mapped === true}`,
  );
  const texts = new Map([
    [here('anchors.js'), anchors],
    [here('board.js'), wiring],
  ]);
  const made = bundleMake({ board: here('board.js'), texts }).files;
  const files = options.memory === true ? probed(made) : made;
  const image = (version: number): Uint8Array =>
    Buffer.from(
      lampSource({ version, healthy: version !== 3, url: `${server}/lamp-${Math.min(version + 1, 3)}.suit` }),
    );
  const pack = (version: number): publisher.Pack =>
    publisher.pack({
      image: image(version),
      sequence: version,
      vendor,
      classId,
      keys: [key],
      uri: `lamp-${version}.bin`,
    });
  const flash = new Uint8Array(Layout.flash).fill(0xff);
  flash.set(storageImage(files, Layout.storage));
  const first = { image: image(1), envelope: pack(1).envelope, slotSize: Layout.slot };
  flash.set(publisher.slotImage(first), Layout.storage);
  const releases = new Map<string, Uint8Array>();
  for (const version of [2, 3]) {
    const { envelope, payload } = pack(version);
    releases.set(`/lamp-${version}.suit`, envelope).set(`/lamp-${version}.bin`, payload);
  }
  return { flash, releases, files };
};
