import test from 'ava';
import { Rooms } from '../../gateway/rooms.ts';

test('rooms are closed in the other order, one after the other, and all of them though some throw', async (t) => {
  const rooms = new Rooms();
  const closed: string[] = [];
  const room = (name: string, error?: Error) => ({
    async close() {
      await Promise.resolve();
      closed.push(name);
      if (error) throw error;
    },
  });
  rooms.add(room('store'));
  rooms.add(room('inventory', new Error('the disk is full')));
  rooms.add({ close: () => void closed.push('desk') });
  rooms.add(room('upstream', new Error('the first')));
  await t.throwsAsync(rooms.close(), { message: 'the first' });
  t.deepEqual(closed, ['upstream', 'desk', 'inventory', 'store']);
  await rooms.close();
  t.is(closed.length, 4);
});
