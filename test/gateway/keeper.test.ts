/** Changes on their way to the disk: who waits for them hears, whatever goes wrong. */
import test from 'ava';
import { Keeper } from '../../gateway/inventory/keeper.ts';
import { MemoryDisk } from './_devices.ts';

test('a record that cannot be written: who waits is told so, then and later, and nothing hangs', async (t) => {
  const disk = new MemoryDisk();
  const keeper = new Keeper(disk);
  let wrong = true;
  keeper.changed('a', () => {
    if (wrong) throw new RangeError('no CBOR');
    return Uint8Array.of(1);
  });
  await t.throwsAsync(keeper.saved(), { message: 'no CBOR' });
  keeper.changed('b', () => Uint8Array.of(2));
  await t.throwsAsync(keeper.saved(), { message: 'no CBOR' });
  wrong = false;
  await keeper.saved();
  t.deepEqual([...disk.cells.keys()].sort(), ['a', 'b']);
  await keeper.close();
});

test('while the disk takes nothing, what is to be told behind it does not grow: the last of each is told', async (t) => {
  const disk = new MemoryDisk();
  const keeper = new Keeper(disk);
  const told: string[] = [];
  disk.failing = 3;
  for (const round of ['1', '2', '3']) {
    for (const key of ['a', 'b'])
      keeper.changed(
        key,
        () => Uint8Array.of(1),
        () => told.push(key + round),
      );
    await t.throwsAsync(keeper.saved());
  }
  await keeper.saved();
  t.deepEqual(told, ['a3', 'b3']);
  await keeper.close();
});
