import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { flashOpen } from '../../agent/flash.ts';
import { espIdfBoot as bootloader } from '../../bootloader-sim/esp-idf/index.ts';
import { espIdfControl } from '../../hal/esp-idf/control.ts';
import { otadataOpen, otadataWrite, sequenceCrc, sequenceFor } from '../../hal/esp-idf/otadata.ts';
import { BOARDS, openBoard } from '../../hal/node/boards.ts';
import { nodeCrypto } from '../../hal/node/crypto.ts';
import type { FlashPartition, FlashPort } from '../../hal/ports.ts';
import { ESP32 } from './_board.ts';
import { imageOf } from './_image.ts';

const SECTOR = 4096;
const State = { New: 0, Pending: 1, Valid: 2, Invalid: 3, Aborted: 4, Undefined: 0xffffffff };
const any = (): boolean => true;

/** The slot that the bootloader starts. */
const espIdfBoot = (otadata: FlashPartition, loads: (slot: number) => boolean): number => {
  const ota = [0, 1].map((slot) => ({ partition: otadata, offset: slot }));
  const chip = { id: 0, mapped: [], pages: false };
  return bootloader({ otadata, ota }, { chip, loads: (_app, index) => loads(index) });
};

const blank = (): FlashPort => openBoard(BOARDS['tiny-idf']).records!;

/** A record as otatool.py of ESP-IDF writes it. */
const record = (sequence: number, state: number, crc = sequenceCrc(sequence)): Uint8Array => {
  const bytes = new Uint8Array(32).fill(0xff);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, sequence, true);
  view.setUint32(24, state, true);
  view.setUint32(28, crc, true);
  return bytes;
};

const filled = (records: readonly (Uint8Array | undefined)[]): FlashPort => {
  const port = blank();
  records.forEach((bytes, index) => bytes && port.partition.write(bytes, index * SECTOR));
  return port;
};

test('the crc of sequences 1 and 2 are those in every ESP32 that was ever updated', (t) => {
  t.is(sequenceCrc(1), 0x4743989a);
  t.is(sequenceCrc(2), 0x55f63774);
});

test('a record, byte by byte', (t) => {
  const port = blank();
  t.is(otadataWrite(otadataOpen(flashOpen(port, undefined)), 1, 1, State.Valid), 0);
  const bytes = new Uint8Array(32);
  port.partition.read(bytes, SECTOR);
  const label = 'ff'.repeat(20);
  t.is(Buffer.from(bytes).toString('hex'), `01000000${label}020000009a984347`);
});

test('sequences for a slot', (t) => {
  for (const slot of [0, 1])
    for (let from = 1; from < 20; from++) {
      const sequence = sequenceFor(slot, from);
      t.true(sequence >= from && sequence <= from + 1);
      t.is((sequence - 1) % 2, slot);
    }
});

test('a life: asked for, tried, confirmed; tried, not confirmed; tried, rejected; for good', (t) => {
  const port = blank();
  const boot = (): number => espIdfBoot(port.partition, any);
  const control = espIdfControl({ otadata: port });
  t.deepEqual([boot(), control.running(), control.unconfirmed()], [0, 0, 0]);
  t.is(control.request(1, false), 0);
  t.deepEqual([boot(), control.running(), control.unconfirmed()], [1, 1, 1]);
  t.is(control.confirm(), 0);
  t.deepEqual([control.unconfirmed(), boot(), boot()], [0, 1, 1]);
  t.is(control.request(0, false), 0);
  t.deepEqual([boot(), control.running(), control.unconfirmed()], [0, 0, 1]);
  t.deepEqual([boot(), control.running(), control.unconfirmed()], [1, 1, 0]);
  t.is(control.request(0, false), 0);
  t.is(boot(), 0);
  t.is(control.reject(), 0);
  t.deepEqual([boot(), control.running(), control.unconfirmed()], [1, 1, 0]);
  t.is(control.request(0, true), 0);
  t.deepEqual([boot(), boot(), control.unconfirmed()], [0, 0, 0]);
});

test('cut anywhere, a confirm that stood already stands', (t) => {
  for (const where of ['before', 'inside', 'after'] as const)
    for (const operation of [0, 1, 2]) {
      const board = openBoard(BOARDS['tiny-idf']);
      const otadata = board.records!;
      otadata.partition.write(record(1, State.Valid), 0);
      otadata.partition.write(record(2, State.Valid), SECTOR);
      const control = espIdfControl({ otadata, running: () => 1 });
      board.power.cutAt({ operation, where });
      t.true(control.confirm() < 0);
      t.true(board.power.cutFired);
      board.power.powerOn();
      t.is(espIdfBoot(otadata.partition, any), 1, `${where} ${operation}`);
    }
});

test('there is no way back to a slot without a record', (t) => {
  const port = filled([record(1, State.Pending)]);
  t.true(espIdfControl({ otadata: port, running: () => 0 }).reject() < 0);
});

test('a torn state does not pass for confirmed', (t) => {
  for (const state of [State.New, State.Pending, State.Undefined, 6, 0xffff0002]) {
    const control = espIdfControl({
      otadata: filled([record(1, State.Valid), record(2, state)]),
      running: () => 1,
    });
    t.is(control.unconfirmed(), 1, String(state));
  }
});

test('a partition that cannot be otadata', (t) => {
  const { slots } = openBoard(BOARDS['tiny-large-sectors']);
  t.throws(() => espIdfControl({ otadata: slots[0] }), { instanceOf: RangeError, message: /otadata/ });
});

const bytes = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.tuple(fc.nat(9), fc.nat(6)).map(([sequence, state]) => record(sequence, state)),
  fc.constant(new Uint8Array(32).fill(0xff)),
);

test('whatever otadata holds: the slot asked for is started, and the one that runs can be confirmed', (t) => {
  fc.assert(
    fc.property(bytes, bytes, fc.nat(1), fc.nat(1), fc.boolean(), (first, second, runs, slot, forGood) => {
      const port = filled([first, second]);
      const control = espIdfControl({ otadata: port, running: () => runs });
      t.true([0, 1].includes(control.unconfirmed()));
      t.is(control.confirm(), 0);
      t.is(espIdfBoot(port.partition, any), runs);
      t.is(control.request(slot, forGood), 0);
      t.is(espIdfBoot(port.partition, any), slot);
      const again = espIdfControl({ otadata: port, running: () => slot });
      t.is(again.unconfirmed(), forGood ? 0 : 1);
      t.is(again.forget(), 0);
      // What is asked for once is started once, unless it was confirmed or asked for for good.
      t.is(again.confirm(), 0);
      t.is(espIdfBoot(port.partition, any), slot);
    }),
    { numRuns: 300 },
  );
});

test('an image that the bootloader would not start is not asked for', (t) => {
  const board = openBoard(BOARDS['esp32-c3-idf']);
  const images = { slots: board.slots, chip: ESP32, hash: nodeCrypto().sha256() };
  const control = espIdfControl({ otadata: board.records!, running: () => 0, images });
  t.is(control.request(1, false), Err.ImageRefused);
  const image = imageOf({ seed: 1 });
  board.slots[1].partition.write(Buffer.concat([image, Buffer.alloc((4 - (image.length % 4)) % 4)]), 0);
  t.is(control.request(1, false), 0);
  t.is(control.request(7, false), Err.BadArgument);
});
