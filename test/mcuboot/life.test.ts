import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { flashOpen } from '../../agent/flash.ts';
import { mcubootBoot } from '../../bootloader-sim/mcuboot/index.ts';
import { imageVerify, verifierOpen } from '../../hal/mcuboot/index.ts';
import { mcubootOpen } from '../../hal/mcuboot/control.ts';
import { Swap } from '../../hal/mcuboot/trailer.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import { NorFlash } from '../../hal/node/nor-flash.ts';
import { PowerCut, PowerSupply } from '../../hal/node/power.ts';
import { coseAlgorithm, keyGenerate, keyParse, mcubootImage } from '../../publisher/index.ts';
import { sampleImage } from '../publisher/_keys.ts';

const SECTOR = 4096;
const UNIT = 4;
const build = { maxAlign: 8, maxSectors: 16 };
const key = keyParse(keyGenerate('ed25519'), 'life');
const keys = [{ algorithm: coseAlgorithm[key.algorithm], key: key.key }];
const image = (seed: number, length: number): Uint8Array =>
  mcubootImage({ application: sampleImage(length).map((byte) => byte ^ seed), version: `${seed}.0.0`, key });
const first = image(1, 9000);
const second = image(2, 14_000);

/** A board with images in MCUboot's format, under its model. */
const boardOf = () => {
  const power = new PowerSupply();
  const slot = (name: string, sectors: number): NorFlash =>
    new NorFlash({
      name,
      sectors: Array<number>(sectors).fill(SECTOR),
      writeAlign: UNIT,
      eraseValue: 0xff,
      power,
    });
  const [primary, secondary] = [slot('primary', 9), slot('secondary', 10)];
  const open = () =>
    mcubootOpen({
      primary: primary.port(),
      secondary: secondary.port(),
      ...build,
      images: { crypto: nodeCrypto(), keys },
    });
  const slots = { primary: primary.port(), secondary: secondary.port(), swap: Swap.Offset, ...build };
  const boot = () => mcubootBoot(slots, nodeCrypto(), keys);
  return { power, primary, secondary, open, boot };
};
type TestBoard = ReturnType<typeof boardOf>;

const write = (board: TestBoard, slot: 0 | 1, bytes: Uint8Array): void => {
  const { partition } = board.open().slots[slot];
  const padded = Buffer.concat([bytes, Buffer.alloc((UNIT - (bytes.length % UNIT)) % UNIT, 0xff)]);
  for (let sector = 0; sector * SECTOR < padded.length; sector++) partition.eraseBlock(sector);
  partition.write(new Uint8Array(padded), 0);
};

const runs = ({ primary }: TestBoard): string => {
  if (Buffer.compare(primary.bytes.subarray(0, first.length), first) === 0) return 'first';
  return Buffer.compare(primary.bytes.subarray(0, second.length), second) === 0 ? 'second' : 'neither';
};

const ready = (): TestBoard => {
  const board = boardOf();
  write(board, 0, first);
  board.boot();
  write(board, 1, second);
  return board;
};

test('tried, not confirmed: back', (t) => {
  const board = ready();
  t.is(board.open().control.request(1, false), 0);
  t.true(board.boot().run);
  t.is(runs(board), 'second');
  t.is(board.open().control.unconfirmed(), 1);
  t.true(board.boot().run);
  t.is(runs(board), 'first');
  t.is(board.open().control.unconfirmed(), 0);
  t.true(board.boot().run);
  t.is(runs(board), 'first');
});

test('tried, confirmed: stays, and takes the next update', (t) => {
  const board = ready();
  board.open().control.request(1, false);
  board.boot();
  t.is(board.open().control.confirm(), 0);
  for (let boots = 0; boots < 3; boots++) t.true(board.boot().run);
  t.is(runs(board), 'second');
  // Slot 1 runs: slot 0 is the one that receives.
  const next = board.open();
  next.control.place!(1);
  const { partition } = next.slots[0];
  const bytes = new Uint8Array(Math.ceil(first.length / UNIT) * UNIT).fill(0xff);
  bytes.set(first);
  for (let sector = 0; sector * SECTOR < bytes.length; sector++) partition.eraseBlock(sector);
  partition.write(bytes, 0);
  t.is(next.control.request(0, true), 0);
  t.true(board.boot().run);
  t.is(runs(board), 'first');
  t.is(board.open().control.unconfirmed(), 0);
});

test('what MCUboot would not take is not asked for', (t) => {
  const board = ready();
  const at = SECTOR + 5000;
  board.secondary.poke(Uint8Array.of(board.secondary.bytes[at]! ^ 1), at);
  const { control } = board.open();
  t.is(control.request(1, false), Err.ImageDigest);
  t.is(control.request(0, false), Err.BadArgument);
  board.boot();
  t.is(runs(board), 'first');
});

test('power goes at each operation of the exchange, up and back: it ends in one image or the other', (t) => {
  for (const confirmed of [false, true]) {
    const whole = ready();
    const before = whole.power.operations;
    const lead = (board: TestBoard): void => {
      board.open().control.request(1, false);
      board.boot();
      if (confirmed) board.open().control.confirm();
      board.boot();
    };
    lead(whole);
    const count = whole.power.operations - before;
    t.log(`${count} operations`);
    t.true(count > (confirmed ? 50 : 100));
    for (let operation = 0; operation < count; operation++) {
      const board = ready();
      board.power.cutAt({ operation, where: 'after' });
      try {
        lead(board);
        t.fail(`operation ${operation}: the cut did not fire`);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      board.power.powerOn();
      t.true(board.boot().run, `operation ${operation}`);
      t.not(runs(board), 'neither', `operation ${operation}`);
      t.true(board.boot().run && board.boot().run, `operation ${operation}`);
      t.not(runs(board), 'neither', `operation ${operation}, at rest`);
    }
  }
});

test('any damage to header or TLVs gives a code, and ends', (t) => {
  const verifier = verifierOpen(nodeCrypto(), keys);
  const tlvs = first.length - 200;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.nat(199), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 5,
      }),
      (changes) => {
        const bytes = new Uint8Array(4 * SECTOR).fill(0xff);
        bytes.set(first);
        for (const [early, at, mask] of changes) bytes[early ? at % 32 : tlvs + at]! ^= mask;
        const flash = new NorFlash({
          sectors: [SECTOR, SECTOR, SECTOR, SECTOR],
          writeAlign: 4,
          eraseValue: 0xff,
          bytes,
        });
        const code = imageVerify(verifier, flashOpen(flash.port(), undefined));
        const same = Buffer.compare(bytes.subarray(0, first.length), first) === 0;
        t.true(same ? code === 0 : code < 0, String(code));
      },
    ),
    { numRuns: 400 },
  );
});
