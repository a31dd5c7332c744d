/**
 * esp-idf-defs: ESP-IDF's partition table, otadata and image metadata in Python, its table code an extract of ESP-IDF's
 * gen_esp32part.py. (gen_esp32part.py, parttool.py and otatool.py themselves are in no package: otatool is the one that
 * writes otadata on a host, and needs a board on a serial port.)
 */
import { flashOpen } from '../../agent/flash.ts';
import {
  CHIPS,
  TABLE_OFFSET,
  imageInfoNew,
  imageVerify,
  partitionTableNew,
  partitionTableRead,
} from '../../hal/esp-idf/index.ts';
import {
  otadataActive,
  otadataOpen,
  otadataRead,
  otadataSlot,
  recordWrite,
  sequenceFor,
} from '../../hal/esp-idf/otadata.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { NorFlash } from '../../hal/node/index.ts';
import { imageOf } from '../esp-idf/_image.ts';
import { check, same } from './_peer.ts';
import type { Peer } from './_peer.ts';
import { python, versionOf } from './_python.ts';

const PRELUDE = 'import json, sys; given = json.load(sys.stdin); out = lambda v: print(json.dumps(v))\n';

const entryOf = (sequence: number, state: number): string => {
  const bytes = new Uint8Array(32);
  recordWrite(bytes, sequence, state);
  return Buffer.from(bytes).toString('hex');
};

const SEQUENCES = [1, 2, 3, 4, 255, 256, 65535, 0x7fffffff, 0x80000000, 0xfffffffd, 0xfffffffe];
const STATES = [0, 1, 2, 3, 4, 0xffffffff];

const entries = (): string => {
  const program = `${PRELUDE}from esp_idf_defs.otadata import OtaDataSelectEntry as E, OtaImageState as S
def one(row):
    read = E.from_bytes(bytes.fromhex(row['bytes']))
    return [read.seq, int(read.ota_state), read.ota_slot(2), E(row['seq'], S(row['state'])).to_bytes().hex()]
out([one(row) for row in given])`;
  const rows = SEQUENCES.flatMap((seq) =>
    STATES.map((state) => ({ seq, state, bytes: entryOf(seq, state) })),
  );
  const wanted = rows.map(({ seq, state, bytes }) => [seq, state, (seq - 1) % 2, bytes]);
  same(python(program, rows), wanted, 'entries');
  return `${rows.length} entries, byte for byte`;
};

const chosen = (): string => {
  const program = `${PRELUDE}from esp_idf_defs.otadata import OtaDataSelectEntry as E
def one(row):
    a, b = (E.from_bytes(bytes.fromhex(x)) for x in row)
    entry, which = E.select(a, b)
    return [which, entry.ota_slot(2), entry.incremented(1 - entry.ota_slot(2), 2).seq] if entry else [None, None, None]
out([one(row) for row in given])`;
  const blank = 'ff'.repeat(32);
  // Left out is where it does otherwise than the bootloader: of equal sequences it takes the second, and it does not
  // compare the crc that it computes.
  const pairs: readonly (readonly [string, string])[] = [
    [blank, blank],
    [entryOf(1, 2), blank],
    [blank, entryOf(2, 0)],
    [entryOf(1, 2), entryOf(2, 0)],
    [entryOf(5, 2), entryOf(4, 2)],
  ];
  const mine = pairs.map((pair) => {
    const bytes = new Uint8Array(8192).fill(0xff);
    pair.forEach((hex, sector) => bytes.set(Buffer.from(hex, 'hex'), sector * 4096));
    const flash = new NorFlash({ sectors: [4096, 4096], writeAlign: 4, eraseValue: 0xff, bytes });
    const otadata = otadataOpen(flashOpen(flash.port(), undefined));
    otadataRead(otadata);
    const active = otadataActive(otadata);
    if (active < 0) return [null, null, null];
    const slot = otadataSlot(otadata, active);
    return ['ab'[active], slot, sequenceFor(1 - slot, otadata.sequence[active]! + 1)];
  });
  same(python(program, pairs), mine, 'selection');
  return 'states are left out: it does not look at them when it selects';
};

const table = (): string => {
  const program = `${PRELUDE}from esp_idf_defs.partitions import PartitionTable
t = PartitionTable.from_csv(given)
t.verify()
out(t.to_binary().hex())`;
  const csv = [
    'nvs,      data, nvs,     0x9000,  0x4000',
    'otadata,  data, ota,     0xd000,  0x2000',
    'phy_init, data, phy,     0xf000,  0x1000',
    'factory,  app,  factory, 0x10000, 0x10000',
    'ota_0,    app,  ota_0,   ,        0x20000',
    'ota_1,    app,  ota_1,   ,        0x20000',
  ].join('\n');
  const binary = Buffer.from(python(program, csv) as string, 'hex');
  const bytes = new Uint8Array(0x80000).fill(0xff);
  bytes.set(binary, TABLE_OFFSET);
  const sectors = Array<number>(0x80).fill(4096);
  const flash = new NorFlash({ sectors, writeAlign: 4, eraseValue: 0xff, bytes });
  const into = partitionTableNew();
  same(partitionTableRead(flash.port(), TABLE_OFFSET, into), 0, 'our verdict');
  same(
    [into.otadata, into.factory, ...into.slots].map(({ offset, size }) => [offset, size]),
    [
      [0xd000, 0x2000],
      [0x10000, 0x10000],
      [0x20000, 0x20000],
      [0x40000, 0x20000],
    ],
    'places',
  );
  return `${binary.length} bytes from CSV, digest row included`;
};

const images = (): string => {
  const program = `${PRELUDE}from esp_idf_defs.image_metadata import ImageMetadata
def one(image):
    try:
        m = ImageMetadata.from_bytes(bytes.fromhex(image))
        return [True, m.app_description.version, m.app_description.project_name]
    except Exception as e:
        return [False, str(e)]
out([one(image) for image in given])`;
  const good = imageOf({ version: '3.2.1', project: 'defs' });
  const changed = [700, 31, good.length - 33, good.length - 1].map((at) => {
    const image = Buffer.from(good);
    image[at]! ^= 1;
    return image;
  });
  const said = python(
    program,
    [good, ...changed].map((image) => image.toString('hex')),
  ) as [boolean, string, string][];
  same(said[0], [true, '3.2.1', 'defs'], 'their verdict');
  [good, ...changed].forEach((image, at) => {
    const bytes = new Uint8Array(8192).fill(0xff);
    bytes.set(image);
    const flash = new NorFlash({ sectors: [8192], writeAlign: 4, eraseValue: 0xff, bytes });
    const code = imageVerify(
      flashOpen(flash.port(), undefined),
      nodeCrypto().sha256(),
      CHIPS[0]!,
      imageInfoNew(),
    );
    check((code === 0) === said[at]![0], `image ${at}: we say ${code}, they say ${String(said[at])}`);
  });
  return `one taken, ${changed.length} refused by both`;
};

export const espIdfDefs: Peer = {
  name: 'esp-idf-defs',
  version: () => versionOf('esp-idf-defs'),
  scenarios: [
    { name: 'otadata entries: ours are read, theirs are the same bytes', run: entries },
    { name: 'which entry is active, its slot, and the next sequence', run: chosen },
    { name: 'a partition table made by it is read', run: table },
    { name: 'images: the same verdicts, the same description', run: images },
  ],
};
