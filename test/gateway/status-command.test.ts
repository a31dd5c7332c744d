/** What a person has commanded is on the disk before it is answered. */
import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import { openStatus } from '../../gateway/status/index.ts';
import { statusRooms } from './_status-rooms.ts';

const TOKEN = 'a-token-of-this-test';
const headers = { authorization: `Bearer ${TOKEN}` };

test('a pause is answered when it is on the disk', async (t) => {
  const rooms = statusRooms();
  const status = await openStatus({ ...rooms, port: 0, token: TOKEN });
  t.teardown(() => status.close());
  let write: () => void;
  (rooms.inventory as { saved: () => Promise<void> }).saved = () =>
    new Promise((resolve) => (write = resolve));
  let answered = false;
  const asked = fetch(`${status.url}api/groups/canary/pause`, { method: 'POST', headers }).then((answer) => {
    answered = true;
    return answer.status;
  });
  while (rooms.commands.length === 0) await pause(1);
  await pause(50);
  t.false(answered);
  write!();
  t.is(await asked, 200);
});

test('a pause that the disk does not take is no success', async (t) => {
  const rooms = statusRooms();
  const told: unknown[] = [];
  const status = await openStatus({ ...rooms, port: 0, token: TOKEN, onError: (error) => told.push(error) });
  t.teardown(() => status.close());
  (rooms.inventory as { saved: () => Promise<void> }).saved = () => Promise.reject(new Error('no room'));
  const answer = await fetch(`${status.url}api/groups/canary/pause`, { method: 'POST', headers });
  t.is(answer.status, 500);
  t.regex(String(told[0]), /no room/);
});
