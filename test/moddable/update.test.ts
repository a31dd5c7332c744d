import test from 'ava';
import { activate, createBoard, provision, run } from '../../bootloader-sim/index.ts';
import type { Board } from '../../bootloader-sim/index.ts';
import { Phase } from '../../agent/codes.ts';
import { reportNew, statusNew } from '../../agent/report.ts';
import { moddableUpdate } from '../../hal/moddable/index.ts';
import { BOARDS } from '../../hal/node/index.ts';
import { anchorOf, anchorRecord, slotImage } from '../../publisher/index.ts';
import { classId, key, release, vendor } from './_sample.ts';

const image = (version: number): Uint8Array =>
  new TextEncoder().encode(`device.log('version ${version}'); device.every(() => device.watchdog.feed());`);

const boardNew = (): Board => {
  const config = { vendor, classId, anchors: [anchorRecord(anchorOf(key))] };
  const board = createBoard({ profile: BOARDS.nrf52840, config });
  const slotSize = board.flash.slots[0].partition.status().size;
  provision(board, 0, slotImage({ image: image(1), envelope: release(image(1), 1).envelope, slotSize }));
  run(board);
  return board;
};

const bundle = (): Uint8Array => {
  const { envelope, payload } = release(image(2), 2);
  return new Uint8Array(Buffer.concat([envelope, payload!]));
};

const phase = (board: Board): number => {
  const status = statusNew();
  board.live!.agent!.status(status);
  return status.phase;
};

test('a bundle in pieces, as ArrayBuffer and as views, is proven and activated', (t) => {
  const board = boardNew();
  const update = moddableUpdate(board.live!.agent!).open({ partition: {} });
  t.is(update.format, 'buffer');
  const bytes = bundle();
  for (let at = 0; at < bytes.length; at += 100) {
    const piece = bytes.slice(at, at + 100);
    update.write(at % 200 === 0 ? piece.buffer : piece);
  }
  update.complete();
  t.is(phase(board), Phase.Activated);
  t.throws(() => update.write(new Uint8Array(1)), { message: 'already complete' });
  t.throws(() => update.complete(), { message: 'already complete' });
  update.close();
  t.is(phase(board), Phase.Activated, 'closed after complete: it stays');
  const report = reportNew();
  run(board);
  board.live!.agent!.report(report);
  t.is(report.to, 2);
});

test('not complete, or closed: nothing is activated', (t) => {
  const board = boardNew();
  const { open } = moddableUpdate(board.live!.agent!);
  const half = open({});
  half.write(bundle().subarray(0, -20));
  t.throws(() => half.complete());
  half.close();
  t.true(activate(board) < 0);
  open({ mode: 'a', byteLength: 5 }).close();
  t.not(phase(board), Phase.Activated);
});

test('what it does not take', (t) => {
  const board = boardNew();
  const { open } = moddableUpdate(board.live!.agent!);
  t.throws(() => open({ mode: 'w' }), { instanceOf: RangeError, message: 'invalid mode' });
  const update = open({});
  t.throws(() => update.write(new Uint8Array(1), 0), { message: 'offset not allowed' });
  for (const wrong of [undefined, 1, 'text', {}, new Uint32Array(1)])
    t.throws(() => update.write(wrong as unknown as Uint8Array), { instanceOf: TypeError });
  t.throws(() => update.write(new Uint8Array(5000)), { message: /code -/ });
});
