/** esptool, Espressif's own: the images it makes, and what it says of images. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flashOpen } from '../../agent/flash.ts';
import { chipNamed, imageInfoNew, imageVerify } from '../../hal/esp-idf/index.ts';
import type { ImageInfo } from '../../hal/esp-idf/index.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { NorFlash } from '../../hal/node/index.ts';
import { imageOf } from '../esp-idf/_image.ts';
import { Machine, elfOf } from './_elf.ts';
import type { Section } from './_elf.ts';
import { check, same } from './_peer.ts';
import type { Peer } from './_peer.ts';
import { command, versionOf } from './_python.ts';

const SLOT = 0x40000;

const inFolder = <T>(work: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'flipside-esptool-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const esptoolRun = (args: readonly string[]): string => {
  const { ok, text } = command('esptool', args);
  check(ok, `esptool ${args[0]}: ${text}`);
  return text;
};

const ours = (image: Uint8Array, chip: string, info: ImageInfo = imageInfoNew()): number => {
  const bytes = new Uint8Array(SLOT).fill(0xff);
  bytes.set(image);
  const flash = new NorFlash({ sectors: [SLOT], writeAlign: 4, eraseValue: 0xff, bytes });
  return imageVerify(flashOpen(flash.port(), undefined), nodeCrypto().sha256(), chipNamed(chip), info);
};

const description = (): Buffer => {
  const data = Buffer.alloc(1024, 0x5a);
  imageOf({ version: '7.8.9', project: 'peer', securityVersion: 3 }).copy(data, 0, 32, 288);
  // Where elf2image puts the digest of the ELF file.
  return data.fill(0, 144, 176);
};

interface Target {
  readonly chip: string;
  readonly machine: number;
  readonly drom: number;
  readonly dram: number;
  readonly iram: number;
  readonly irom: number;
}

const TARGETS: readonly Target[] = [
  {
    chip: 'esp32',
    machine: Machine.xtensa,
    drom: 0x3f400020,
    dram: 0x3ffb0000,
    iram: 0x40080000,
    irom: 0x400d0020,
  },
  {
    chip: 'esp32s3',
    machine: Machine.xtensa,
    drom: 0x3c000020,
    dram: 0x3fc90000,
    iram: 0x40378000,
    irom: 0x42000020,
  },
  {
    chip: 'esp32c3',
    machine: Machine.riscv,
    drom: 0x3c000020,
    dram: 0x3fc90000,
    iram: 0x40380000,
    irom: 0x42000020,
  },
  {
    chip: 'esp32c6',
    machine: Machine.riscv,
    drom: 0x42010020,
    dram: 0x40810000,
    iram: 0x40800000,
    irom: 0x42000020,
  },
];

interface Made {
  readonly elf: Buffer;
  readonly image: Buffer;
}

const made = (folder: string, target: Target, more: readonly string[] = []): Made => {
  const section = (name: string, address: number, data: Uint8Array, executable = false): Section => ({
    name,
    address,
    data,
    executable,
  });
  const elf = elfOf(target.machine, target.iram, [
    section('.flash.appdesc', target.drom, description()),
    section('.dram0.data', target.dram, Buffer.alloc(64, 1)),
    section('.iram0.text', target.iram, Buffer.alloc(2048, 2), true),
    section('.flash.text', target.irom, Buffer.alloc(4096, 3), true),
  ]);
  const [input, output] = [join(folder, 'app.elf'), join(folder, 'app.bin')];
  writeFileSync(input, elf);
  esptoolRun(['--chip', target.chip, 'elf2image', ...more, '--output', output, input]);
  return { elf, image: readFileSync(output) };
};

/** What image-info says of the checksum and of the digest: `valid`, `invalid`, or that it does not read the file. */
const theirs = (folder: string, chip: string, image: Uint8Array): string => {
  const file = join(folder, 'judged.bin');
  writeFileSync(file, image);
  const { ok, text } = command('esptool', ['--chip', chip, 'image-info', file]);
  if (!ok) return 'unreadable';
  const checksum = /^Checksum: 0x[0-9a-f]+ \((\w+)/m.exec(text)?.[1] ?? 'missing';
  const digest = /^Validation hash: [0-9a-f]+ \((\w+)\)/m.exec(text)?.[1] ?? 'missing';
  return `checksum ${checksum}, digest ${digest}`;
};

const GOOD = 'checksum valid, digest valid';

const taken = (target: Target): string =>
  inFolder((folder) => {
    const { elf, image } = made(folder, target);
    const info = imageInfoNew();
    same(ours(image, target.chip, info), 0, 'our verdict');
    same(info.size, image.length, 'size');
    same(Buffer.from(info.elf), createHash('sha256').update(elf).digest(), 'digest of the ELF file');
    same([info.version, info.project, info.securityVersion], ['7.8.9', 'peer', 3], 'description');
    same(theirs(folder, target.chip, image), GOOD, 'image-info');
    const other = target.chip === 'esp32' ? 'esp32s3' : 'esp32';
    check(ours(image, other) < 0, `an image for ${target.chip} was taken on ${other}`);
    return `${image.length} bytes, ${image[1]} segments`;
  });

/** Where a byte is changed, and whether image-info sees it; we must see all of them. */
const CORRUPT: readonly (readonly [string, (image: Buffer) => void])[] = [
  ['magic', (image) => void (image[0]! ^= 1)],
  ['segment count', (image) => void (image[1]! -= 1)],
  ['length of a segment', (image) => void (image[28]! ^= 4)],
  ['length of a segment, far out', (image) => void image.writeUInt32LE(0x00f00000, 28)],
  ['data', (image) => void (image[700]! ^= 0x80)],
  ['checksum', (image) => void (image[image.length - 33]! ^= 1)],
  ['digest', (image) => void (image[image.length - 1]! ^= 1)],
  ['entry address', (image) => void (image[4]! ^= 4)],
];

const refused = (): string =>
  inFolder((folder) => {
    const { image } = made(folder, TARGETS[0]!);
    const said = CORRUPT.map(([what, change]) => {
      const changed = Buffer.from(image);
      change(changed);
      check(ours(changed, 'esp32') < 0, `${what}: taken by us`);
      const verdict = theirs(folder, 'esp32', changed);
      check(verdict !== GOOD, `${what}: taken by esptool`);
      return what;
    });
    const short = image.subarray(0, image.length - 40);
    check(ours(short, 'esp32') < 0 && theirs(folder, 'esp32', short) !== GOOD, 'cut off: taken');
    return `${said.join(', ')}, cut off`;
  });

export const esptool: Peer = {
  name: 'esptool',
  version: () => versionOf('esptool'),
  scenarios: [
    ...TARGETS.map((target) => ({
      name: `elf2image for ${target.chip}: both take it, another chip's is refused`,
      run: () => taken(target),
    })),
    {
      name: 'elf2image without a digest: taken, on its checksum',
      run: () =>
        inFolder((folder) => {
          const { image } = made(folder, TARGETS[0]!, ['--dont-append-digest']);
          const info = imageInfoNew();
          same([ours(image, 'esp32', info), info.digested], [0, false], 'our verdict');
          return theirs(folder, 'esp32', image);
        }),
    },
    {
      name: 'an image made by our tests: image-info finds checksum and digest valid',
      run: () => inFolder((folder) => same(theirs(folder, 'esp32', imageOf()), GOOD, 'image-info')),
    },
    { name: 'the same corrupted images are refused by both', run: refused },
    {
      name: 'merge-bin: the image is found and verified in the merged flash',
      run: () =>
        inFolder((folder) => {
          const { image } = made(folder, TARGETS[0]!);
          const [app, merged] = [join(folder, 'app.bin'), join(folder, 'flash.bin')];
          esptoolRun(['--chip', 'esp32', 'merge-bin', '--output', merged, '0x10000', app]);
          const flash = readFileSync(merged);
          same(ours(flash.subarray(0x10000, 0x10000 + image.length), 'esp32'), 0, 'our verdict');
        }),
    },
  ],
};
