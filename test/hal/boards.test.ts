import test from 'ava';
import type { BoardProfile, SectorRange } from '../../hal/node/index.ts';
import { BOARDS, FlashMisuse, boardProfile, openBoard } from '../../hal/node/index.ts';

const KiB = 1024;
const profiles = Object.values(BOARDS);
const lengthsOf = (profile: BoardProfile, { device, from, count }: SectorRange): readonly number[] =>
  profile.devices[device]!.sectors.slice(from, from + count);

test('each profile stands under its name', (t) => {
  for (const [name, profile] of Object.entries(BOARDS)) {
    t.is(profile.name, name as BoardProfile['name']);
    t.is(boardProfile(name), profile);
  }
  t.throws(() => boardProfile('constructor'), { message: /no board "constructor"; there are esp32-c3, / });
});

for (const profile of profiles) {
  test(`${profile.name}: slots and journal do not overlap; the journal has three sectors`, (t) => {
    const taken = new Set<string>();
    for (const area of [...profile.slots, profile.journal]) {
      t.is(lengthsOf(profile, area).length, area.count);
      for (let sector = area.from; sector < area.from + area.count; sector++) {
        const key = `${area.device} ${sector}`;
        t.false(taken.has(key), key);
        taken.add(key);
      }
    }
    t.true(profile.journal.count >= 3);
  });

  test(`${profile.name}: a call out of a window counts as misuse`, (t) => {
    const board = openBoard(profile);
    const { partition } = board.mcuboot?.primary ?? board.slots[0];
    t.throws(() => partition.eraseBlock(profile.slots[0].count));
    t.throws(() => board.journal.partition.read(new Uint8Array(1), -1));
    t.is(board.misuses(), 2);
    t.is(board.power.operations, 0);
  });
}

test('slots of real boards take an image of 370 KB and its tail', (t) => {
  for (const profile of profiles.filter(({ name }) => !name.startsWith('tiny'))) {
    for (const { partition } of openBoard(profile).slots)
      t.true(partition.status().size >= 448 * KiB, profile.name);
  }
});

test('the slots of stm32f4 are as large as each other, of different sectors, one of them mixed', (t) => {
  const [one, other] = BOARDS.stm32f4.slots.map((slot) => lengthsOf(BOARDS.stm32f4, slot));
  t.deepEqual(
    one,
    [128, 128, 128, 128].map((length) => length * KiB),
  );
  t.deepEqual(
    other,
    [16, 16, 16, 16, 64, 128, 128, 128].map((length) => length * KiB),
  );
  const { blockAt } = openBoard(BOARDS.stm32f4).slots[1];
  t.deepEqual(blockAt?.(64 * KiB), { block: 4, offset: 64 * KiB, length: 64 * KiB });
  t.deepEqual(blockAt?.(512 * KiB - 1), { block: 7, offset: 384 * KiB, length: 128 * KiB });
});

test('a board is saved and loaded as one', (t) => {
  const board = openBoard(BOARDS['tiny-two-devices']);
  const empty = board.save();
  board.slots[0].partition.write(new Uint8Array(8), 0);
  board.journal.partition.write(new Uint8Array(8), 0);
  t.throws(() => board.journal.partition.write(new Uint8Array(8), 0), { instanceOf: FlashMisuse });
  board.load(empty);
  t.notThrows(() => board.journal.partition.write(new Uint8Array(8), 0));
  t.notThrows(() => board.slots[0].partition.write(new Uint8Array(8), 0));
});
