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
