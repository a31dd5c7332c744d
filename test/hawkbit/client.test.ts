/** The client of a single device: each state, and what it tells of it. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import { bad, files, good, image, World } from './_world.ts';
import type { WorldOptions } from './_world.ts';

const GOOD = { id: '7', files: files(good) };
const BAD = { id: '8', files: files(bad) };
const UNHEALTHY: WorldOptions = { behaviours: [[image(3), { kind: 'failsCheck', ticks: 2 }]] };
const TOLD = ['download', 'downloaded', 'proceeding', 'proceeding', 'closed success'];

test('an update from assignment to confirm: each step is told, success behind the confirm', (t) => {
  const world = new World();
  world.desk.assign(GOOD);
  t.true(world.settles());
  t.deepEqual(world.told, TOLD);
  t.is(world.sequence, 2);
  t.deepEqual(world.stages, ['Fetching', 'Staged', 'Activated', 'Trial', 'Success', 'None']);
});

test('an image that is not healthy: it goes back, and the server is told why', (t) => {
  const world = new World(UNHEALTHY);
  world.desk.assign(BAD);
  t.true(world.settles());
  t.is(world.told.at(-1), `closed failure ${Err.CheckFailed}`);
  t.is(world.sequence, 1);
  t.regex(world.words.at(-1)!, /went back.*-112/);
});
