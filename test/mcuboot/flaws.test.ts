/**
 * What MCUboot's swap by offset does wrong, or cannot do, found with the model at the commit that boot.ts names. Each
 * of these is for the reader of hal/mcuboot to know, and for a later version of MCUboot to be tried against: a test
 * that fails here says that the model was mended.
 */
import test from 'ava';
import {
  boardOf,
  boot,
  bootCut,
  control,
  holds,
  imageOf,
  load,
  program,
  programmedAgain,
  receive,
  save,
  sector,
  sectors,
  primaryTrailer,
} from './_rig.ts';
import type { Board } from './_rig.ts';

const requested = (before: number, after: number, board: Board = boardOf()) => {
  const old = imageOf(1, before);
  const fresh = imageOf(2, after);
  program(board, old);
  receive(board, fresh);
  control(board).request(1, false);
  return { board, old, fresh };
};

/** The operations of one boot, in words: `primary erase 0`, with the number of the sector. */
const traced = (board: Board): string[] => {
  const start = save(board);
  const trace: string[] = [];
  board.power.trace = ({ device, kind, offset }) => {
    trace.push(`${device} ${kind} ${kind === 'erase' ? offset / sector : offset}`);
  };
  boot(board);
  board.power.trace = null;
  load(board, start);
  return trace;
};

test('one boot on trial, whatever ends it: a cut after copy done, and the new image never ran', (t) => {
  const { board, old } = requested(3, 3);
  const trace = traced(board);
  bootCut(board, { operation: trace.length - 1, where: 'after' });
  t.deepEqual(boot(board), { run: true, reason: '', swapped: 'revert' });
  t.true(holds(board.primary, old));
});

/**
 * boot_read_image_header compares a sector counted from 1 with the last one counted from 0 (`bs->idx <= last_idx`),
 * since that became an index. So when the last sector is at work, the header of the old image is looked for in the
 * primary slot, where by then the first sector of the new one is.
 */
test('an image of one sector, cut after its erase in the primary slot: nothing boots again', (t) => {
  const { board } = requested(1, 1);
  const trace = traced(board);
  const erase = trace.indexOf('primary erase 0');
  t.true(erase > 0, trace.join(', '));
  bootCut(board, { operation: erase, where: 'after' });
  for (let boots = 0; boots < 3; boots++) t.false(boot(board).run);
  t.true(holds(board.secondary, imageOf(2, 1), sector), 'though the new image is there, whole,');
  t.true(holds(board.secondary, imageOf(1, 1)), 'and the old one too');
});

test('an old image that is longer by two sectors, cut before its last is kept: no way back', (t) => {
  const { board, old, fresh } = requested(5, 2);
  const trace = traced(board);
  const keep = trace.indexOf('secondary erase 4');
  t.true(keep > 0, trace.join(', '));
  bootCut(board, { operation: keep, where: 'before' });
  t.deepEqual(boot(board), { run: true, reason: '', swapped: 'test' });
  t.true(holds(board.primary, fresh));
  t.false(holds(board.secondary, old), 'its last sector was taken for one that no image uses');
  // The revert finds no image to go back to, and erases what there is.
  t.deepEqual(boot(board), { run: true, reason: '', swapped: 'none' });
  t.true(holds(board.primary, fresh), 'an image that nobody confirmed stays');
});

/**
 * fixup_revert asks only whether the first sector is at work, and not which half of it. So a revert that was cut in the
 * second half makes the secondary trailer say once more that a revert is to be begun. A cut before that is erased again
 * loses the status in the primary one, and the sector that was erased there is taken for a part of an image.
 */
test('a revert, cut when its first sector is taken, and cut again as it goes on: nothing boots again', (t) => {
  const { board, old } = requested(2, 3);
  boot(board);
  const trace = traced(board);
  const take = trace.indexOf('primary erase 2');
  t.true(take > 0, trace.join(', '));
  bootCut(board, { operation: take, where: 'after' });
  // The trailer of the secondary slot is erased three times: before it is made to say so, after, and at the end.
  const second = traced(board).indexOf(`secondary erase ${sectors}`, 1);
  bootCut(board, { operation: second, where: 'before' });
  for (let boots = 0; boots < 3; boots++)
    t.deepEqual(boot(board), {
      run: false,
      reason: 'assert: primary: no TLVs behind the image',
      swapped: 'none',
    });
  t.true(holds(board.secondary, old), 'though the old image is there, whole');
});

test('status and flags are programmed a second time after a cut inside them', (t) => {
  const { board } = requested(3, 3);
  const trace = traced(board);
  const status = primaryTrailer(board).statusAt;
  const first = trace.indexOf(`primary program ${status}`);
  t.true(first > 0, trace.join(', '));
  bootCut(board, { operation: first, where: 'inside', torn: 'old' });
  // The flash of the simulator takes a program unit once. One with ECC may then not read any more.
  t.throws(() => boot(board), { name: 'FlashMisuse', message: /meets a unit that is not erased/ });
});

test('a torn copy done: the image stays that nobody confirmed', (t) => {
  const { board, fresh } = requested(3, 3, boardOf({}, programmedAgain));
  const trace = traced(board);
  bootCut(board, { operation: trace.length - 1, where: 'inside', torn: 'noise' });
  for (let boots = 0; boots < 3; boots++)
    t.deepEqual(boot(board), { run: true, reason: '', swapped: 'none' });
  t.true(holds(board.primary, fresh));
});

test('a status that reads as written at one boot and as erased at the next: neither image', (t) => {
  const { board, old, fresh } = requested(3, 3);
  const trace = traced(board);
  const { statusAt, statusUnit } = primaryTrailer(board);
  const taken = trace.indexOf(`primary program ${statusAt + statusUnit}`);
  t.true(taken > 0, trace.join(', '));
  // The first cut is inside the word that sector 0 is taken. It reads right, and sector 1 is kept where it came from.
  bootCut(board, { operation: taken, where: 'inside', torn: 'new' });
  const next = traced(board).findIndex((told) => told === 'secondary erase 1');
  bootCut(board, { operation: next, where: 'after' });
  // After the second cut it reads as erased: sector 0 is taken again, from where it no longer is.
  board.primary.poke(new Uint8Array(statusUnit).fill(0xff), statusAt + statusUnit);
  const lax = { ...board, slots: { ...board.slots, primary: programmedAgain(board.primary) } };
  t.false(boot(lax).run);
  t.false(holds(board.primary, fresh) || holds(board.primary, old));
});

test('a primary image that has rotted in its TLVs stops an update for ever, at an assert', (t) => {
  const { board, old } = requested(3, 3);
  // Digest, key hash and signature, each with its head, behind the head of all.
  const tlvs = old.length - (4 + 36 + 36 + 68);
  board.primary.poke(Uint8Array.of(0, 0), tlvs);
  const { reason, run } = boot(board);
  t.false(run);
  t.is(reason, 'assert: primary: no TLVs behind the image');
  t.deepEqual(boot(board).reason, reason);
});
