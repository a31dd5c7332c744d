/** The model of MCUboot keeps what MCUboot promises: cut anywhere, the primary slot boots the old image or the new one. */
import test from 'ava';
import { hexOf } from '../../publisher/bytes.ts';
import type { CutPlan } from '../../hal/node/power.ts';
import {
  boardOf,
  boot,
  bootCut,
  control,
  holds,
  imageOf,
  load,
  operationsOf,
  primaryCode,
  program,
  programmedAgain,
  receive,
  save,
  sector,
} from './_rig.ts';
import type { Board } from './_rig.ts';

/** The old image is no longer than the new one, and the new one longer than a sector: flaws.test.ts has the others. */
const sizes: readonly (readonly [number, number])[] = [
  [3, 3],
  [1, 2],
  [2, 5],
  [1, 7],
  [7, 7],
];

type Wrap = NonNullable<Parameters<typeof boardOf>[1]>;

const requested = (before: number, after: number, permanent = false, wrap?: Wrap) => {
  const board = boardOf({}, wrap);
  const old = imageOf(1, before);
  const fresh = imageOf(2, after);
  program(board, old);
  receive(board, fresh);
  if (control(board).request(1, permanent) !== 0) throw new Error('not requested');
  return { board, old, fresh };
};

/** Cuts `run`, which is one boot, at each operation; then boots until one is done, and looks. */
const cutEach = (
  board: Board,
  wheres: readonly Omit<CutPlan, 'operation'>[],
  check: (told: string, cutAtLast: boolean) => void,
): number => {
  const start = save(board);
  const operations = operationsOf(board, () => boot(board));
  let cuts = 0;
  for (let operation = 0; operation < operations; operation++)
    for (const where of wheres) {
      load(board, start);
      const plan = { operation, ...where };
      if (bootCut(board, plan) === undefined) cuts++;
      check(JSON.stringify(plan), operation === operations - 1);
    }
  if (cuts !== operations * wheres.length) throw new Error(`${cuts} cuts of ${operations * wheres.length}`);
  return cuts;
};

const whole: readonly Omit<CutPlan, 'operation'>[] = [{ where: 'before' }, { where: 'after' }];

for (const [before, after] of sizes) {
  const name = `${before} sectors to ${after}`;

  test(`${name}: trial and revert, not cut`, (t) => {
    const { board, old, fresh } = requested(before, after);
    t.like(boot(board), { run: true, swapped: 'test' });
    t.true(holds(board.primary, fresh));
    t.true(holds(board.secondary, old), 'what is gone back to lies at the first sector');
    t.like(boot(board), { run: true, swapped: 'revert' });
    t.true(holds(board.primary, old));
    t.true(holds(board.secondary, fresh, sector), 'and what was tried where it was received');
    t.like(boot(board), { run: true, swapped: 'none' });
    t.is(board.primary.misuses + board.secondary.misuses, 0);
  });

  test(`${name}: trial, cut at each operation: the new image runs, and is gone back from`, (t) => {
    const { board, old, fresh } = requested(before, after);
    cutEach(board, whole, (told, last) => {
      const first = boot(board);
      t.true(first.run, told);
      // The last operation is copy done: a cut after it has used up the one boot on trial.
      const spent = last && told.includes('after');
      t.true(holds(board.primary, spent ? old : fresh), told);
      t.true(boot(board).run, told);
      t.true(holds(board.primary, old), `${told}, gone back`);
    });
  });

  test(`${name}: revert, cut at each operation: the old image runs, and stays`, (t) => {
    const { board, old } = requested(before, after);
    boot(board);
    cutEach(board, whole, (told) => {
      for (let boots = 0; boots < 2; boots++) {
        t.true(boot(board).run, told);
        t.true(holds(board.primary, old), told);
      }
    });
  });

  test(`${name}: swap for good, cut at each operation: the new image runs, and stays`, (t) => {
    const { board, fresh } = requested(before, after, true);
    cutEach(board, whole, (told) => {
      for (let boots = 0; boots < 2; boots++) {
        t.true(boot(board).run, told);
        t.true(holds(board.primary, fresh), told);
      }
    });
  });

  test(`${name}: torn inside, where flash takes a second program: the old image or the new one runs`, (t) => {
    const { board, old, fresh } = requested(before, after, false, programmedAgain);
    const ways = (['old', 'new', 'mixed', 'noise'] as const).map((torn, seed) => ({
      where: 'inside' as const,
      torn,
      erase: torn === 'new' ? ('erased' as const) : torn,
      unit: seed,
      seed: seed + 1,
    }));
    cutEach(board, ways, (told) => {
      for (let boots = 0; boots < 3; boots++) {
        t.true(boot(board).run, told);
        t.true(holds(board.primary, fresh) || holds(board.primary, old), told);
      }
    });
  });
}

test('confirmed, and then a second update and its revert, each cut at each operation', (t) => {
  const { board, fresh } = requested(2, 3);
  boot(board);
  control(board).confirm();
  const third = imageOf(3, 4);
  receive(board, third);
  control(board).request(1, false);
  cutEach(board, [{ where: 'before' }], (told) => {
    t.true(boot(board).run, told);
    t.true(holds(board.primary, third), told);
    t.true(boot(board).run, told);
    t.true(holds(board.primary, fresh), told);
  });
});

test('two cuts, at every pair of operations: trial, and revert to an image that is longer', (t) => {
  const { board, old, fresh } = requested(3, 2);
  const kinds = [
    { name: 'trial', prepare: () => undefined, wanted: fresh },
    { name: 'revert', prepare: () => boot(board), wanted: old },
  ];
  for (const { name, prepare, wanted } of kinds) {
    prepare();
    const start = save(board);
    const operations = operationsOf(board, () => boot(board));
    for (let first = 0; first < operations; first++) {
      load(board, start);
      bootCut(board, { operation: first, where: 'before' });
      const between = save(board);
      for (let second = 0; ; second++) {
        load(board, between);
        if (bootCut(board, { operation: second, where: 'before' }) !== undefined) break;
        const told = `${name}: before ${first}, then before ${second}`;
        t.true(boot(board).run, told);
        t.true(holds(board.primary, wanted), told);
      }
    }
    load(board, start);
  }
});

test('an update that is not good is erased, and what ran runs on', (t) => {
  const bad: readonly (readonly [string, (board: Board) => void])[] = [
    ['a byte changed', (board) => board.secondary.poke(Uint8Array.of(1, 2), sector + 700)],
    ['a header in the spare sector too', (board) => board.secondary.write(imageOf(4, 1), 0)],
    ['blank', (board) => board.secondary.eraseBlock(1, 6)],
  ];
  for (const [name, spoil] of bad) {
    const { board, old } = requested(3, 3);
    spoil(board);
    t.like(boot(board), { run: true, swapped: 'none' }, name);
    t.true(holds(board.primary, old), name);
    t.deepEqual(
      [...board.secondary.bytes.subarray(-16)],
      Array(16).fill(0xff),
      `${name}: the trailer is gone`,
    );
    t.is(primaryCode(board), 0);
  }
});

test('the security counter of hardware: rises after confirm only, and keeps old images out', (t) => {
  const counter = { value: 3 };
  const board = boardOf({ counter });
  program(board, imageOf(1, 2, 3));
  receive(board, imageOf(2, 2, 5));
  control(board).request(1, false);
  t.like(boot(board), { run: true, swapped: 'test' });
  t.is(counter.value, 3);
  control(board).confirm();
  t.true(boot(board).run);
  t.is(counter.value, 5);
  receive(board, imageOf(3, 2, 4));
  control(board).request(1, false);
  t.like(boot(board), { run: true, swapped: 'none' });
  receive(board, imageOf(3, 2));
  control(board).request(1, false);
  t.like(boot(board), { run: true, swapped: 'none' }, 'an image without a counter is not taken');
});

test('a primary slot that is not good does not run, whatever the secondary one holds', (t) => {
  const { board } = requested(3, 3);
  control(board).forget();
  board.primary.poke(Uint8Array.of(0, 0, 0), 600);
  t.deepEqual(boot(board), { run: false, reason: 'primary: wrong digest', swapped: 'none' });
});

test('a signature by another key, with the primary validated and not', (t) => {
  const board = boardOf();
  const image = imageOf(1, 2);
  image[image.length - 5]! ^= 1;
  program(board, image);
  t.like(boot(board), { run: false, reason: 'primary: no signature that holds' });
  const lax = boardOf({ validatePrimary: false });
  program(lax, image);
  t.true(boot(lax).run, `${hexOf(image.subarray(0, 4))}: a magic is enough`);
});
