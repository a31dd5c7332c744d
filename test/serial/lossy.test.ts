/** The host's end and the device's, over a line that loses, repeats, turns and makes up bytes, and a board that is cut. */
import test from 'ava';
import { serialLine, unplug } from '../../bootloader-sim/index.ts';
import { random } from '../../hal/node/faults.ts';
import { imagesAsk, statusAsk } from '../../publisher/serial/board.ts';
import { Link } from '../../publisher/serial/link.ts';
import type { Port } from '../../publisher/serial/port.ts';
import { upload } from '../../publisher/serial/upload.ts';
import { boardOf, imageOf, packOf, settle } from './_rig.ts';

type Next = () => number;
type Fault = (bytes: Uint8Array, next: Next) => Uint8Array;

const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const noise = (next: Next): Uint8Array => Uint8Array.from({ length: 1 + (next() % 30) }, () => next() & 0xff);
const without = (bytes: Uint8Array, at: number, count: number): Uint8Array =>
  join(bytes.subarray(0, at), bytes.subarray(at + count));

const FAULTS: Readonly<Record<string, Fault>> = {
  lost: (bytes) => bytes.subarray(0, 0),
  cut: (bytes, next) => bytes.subarray(0, next() % bytes.length),
  dropped: (bytes, next) => without(bytes, next() % bytes.length, 1),
  hole: (bytes, next) => without(bytes, next() % bytes.length, 1 + (next() % 40)),
  twice: (bytes) => join(bytes, bytes),
  flipped: (bytes, next) => {
    const copy = bytes.slice();
    copy[next() % copy.length]! ^= 1 << (next() % 8);
    return copy;
  },
  inserted: (bytes, next) => {
    const at = next() % bytes.length;
    return join(bytes.subarray(0, at), noise(next), bytes.subarray(at));
  },
  turned: (bytes) => {
    const at = bytes.indexOf(10) + 1;
    return join(bytes.subarray(at), bytes.subarray(0, at));
  },
};
const KINDS = Object.keys(FAULTS);

const first = packOf(imageOf(6, 1), 1);
const update = packOf(imageOf(6, 2, [1, 2, 4]), 2);
const SEEDS = [1, 2, 3, 4];
/** One message in so many is hit, in either direction. */
const ONE_IN = 6;

test('whatever the line does, the update arrives, and nothing else does', async (t) => {
  const fired = new Map<string, number>();
  for (const seed of SEEDS) {
    const next = random(seed);
    const board = boardOf(first);
    const line = serialLine(board);
    line.step();
    const hit = (bytes: Uint8Array): Uint8Array => {
      if (bytes.length === 0 || next() % ONE_IN !== 0) return bytes;
      const kind = KINDS[next() % KINDS.length]!;
      fired.set(kind, (fired.get(kind) ?? 0) + 1);
      return FAULTS[kind]!(bytes, next);
    };
    const port: Port = {
      onData: () => {},
      onGone: () => {},
      close: () => {},
      write: (bytes) => {
        if (next() % 60 === 0) {
          fired.set('power', (fired.get('power') ?? 0) + 1);
          unplug(board);
          line.step();
        }
        line.receive(hit(bytes));
        port.onData(hit(settle(line)));
      },
    };
    const link = new Link({ open: async () => port, timeout: 2 });
    const sent = await upload(link, update.bundle, () => {});
    const status = await statusAsk(link);
    t.is(status.phase, 11, `seed ${seed}: staged`);
    t.is((await imagesAsk(link))[1]?.version, '2', `seed ${seed}`);
    t.true(link.repeats > 0, `seed ${seed}`);
    t.true(sent.sent < update.bundle.length, `seed ${seed}`);
    const installed = new Uint8Array(update.image.length);
    board.flash.slots[1].partition.read(installed, 0);
    t.deepEqual(installed, update.image, `seed ${seed}`);
  }
  for (const kind of [...KINDS, 'power']) t.true((fired.get(kind) ?? 0) > 0, `${kind} has happened`);
});
