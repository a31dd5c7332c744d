/** What a device says over DDI, at the desk. */
import test from 'ava';
import { openDesk } from '../../gateway/desk.ts';
import { release, rigOf } from './_work.ts';
import { workOf } from './_devices.ts';

const NAMES = ['7', 'folder 2 abcdef'];

for (const name of NAMES) {
  test(`work "${name}" is ended once, and is known as what was ended`, async (t) => {
    const { inventory, state } = await rigOf();
    inventory.wanted('a', workOf(name, 'new'), 10);
    inventory.moved('a', 'offered', 0, '', 20, release);
    const desk = openDesk({
      inventory,
      rollout: { gate: () => ({ kind: 'open', whom: [], words: '' }) },
      releases: { find: () => release },
      store: { find: () => undefined, read: () => -1 },
    });
    const said = { action: name, execution: 'closed', finished: 'failure', words: 'no' };
    t.true(desk.feedback('a', said, 30));
    t.is(state(), 'failed');
    t.deepEqual(desk.ended('a'), { action: name, finished: 'failure' });
    t.false(desk.feedback('a', said, 40));
  });
}
