/** The client of a single device: each state, and what it tells of it. */
import test from 'ava';
import { Answer, Moment, Phase } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { statusNew } from '../../agent/report.ts';
import { openHawkbitClient, Stage } from '../../hal/hawkbit/index.ts';
import { placeNew, uriRead } from '../../hal/http/uri.ts';
import { bad, files, good, image, ORIGIN, World } from './_world.ts';
import type { WorldOptions } from './_world.ts';

const SECOND = 1000;
const GOOD = { id: '7', files: files(good) };
const BAD = { id: '8', files: files(bad) };
const UNHEALTHY: WorldOptions = { behaviours: [[image(3), { kind: 'failsCheck', ticks: 2 }]] };
const LATE: WorldOptions = { behaviours: [[image(2), { kind: 'confirmsLate', ticks: 60 }]] };
const TOLD = ['download', 'downloaded', 'proceeding', 'proceeding', 'closed success'];

const fetches = (world: World): number =>
  world.desk.told.filter(({ body }) => body.status?.execution === 'download').length;

test('an update from assignment to confirm: each step is told, success behind the confirm', (t) => {
  const world = new World();
  world.desk.assign(GOOD);
  t.true(world.settles());
  t.deepEqual(world.told, TOLD);
  const said = world.desk.told.filter(({ body }) => body.status !== undefined);
  t.true(
    said.every(({ body }) => body.id === '7'),
    'hawkBit 0.3 takes no feedback without it',
  );
  t.deepEqual(world.wrong, []);
  t.is(world.sequence, 2);
  t.deepEqual(world.stages, ['Fetching', 'Staged', 'Activated', 'Trial', 'Success', 'None']);
});

test('an image that is not healthy: it goes back, and the server is told why; a second time it is not tried', (t) => {
  const world = new World(UNHEALTHY);
  world.desk.assign(BAD);
  t.true(world.settles());
  t.is(world.told.at(-1), `closed failure ${Err.CheckFailed}`);
  t.is(world.sequence, 1);
  t.regex(world.words.at(-1)!, /went back.*-112, health check "/);
  const { boots } = world.board;
  const said = world.told.length;
  world.desk.assign({ ...BAD, id: '9' });
  world.pass(20 * SECOND);
  t.is(world.told.at(-1), `closed failure ${Err.CheckFailed}`);
  t.true(world.told.length > said);
  t.is(world.board.boots, boots);
});

test('what runs already is told so, without a restart', (t) => {
  const world = new World();
  world.desk.assign(GOOD);
  world.settles();
  const { boots } = world.board;
  world.desk.assign({ ...GOOD, id: '9' });
  world.pass(20 * SECOND);
  t.deepEqual(world.told.slice(-2), ['closed success', 'closed success']);
  t.is(world.board.boots, boots);
});

test('on trial the server hears so, and nothing of success', (t) => {
  const world = new World(LATE);
  world.desk.assign(GOOD);
  t.true(world.run(() => world.stages.at(-1) === 'Trial'));
  world.pass(30 * SECOND);
  t.is(world.told.at(-1), 'proceeding');
  t.is(world.words.at(-1), 'runs on trial');
  t.true(world.client.reached());
  t.true(world.settles());
  t.is(world.told.at(-1), 'closed success');
});

// what the server holds back, what is told of it
const HELD: readonly (readonly [string, object, object, RegExp])[] = [
  ['skip of the update', { update: 'skip' }, { update: 'forced' }, /not to be installed yet/],
  ['no window', { maintenanceWindow: 'unavailable' }, { maintenanceWindow: 'available' }, /window/],
  [
    'skip of both',
    { download: 'skip', update: 'skip' },
    { download: 'attempt', update: 'attempt' },
    /not to be/,
  ],
];
for (const [what, before, after, words] of HELD) {
  test(`held back: ${what}`, (t) => {
    const world = new World();
    world.desk.assign({ ...GOOD, ...before });
    world.pass(30 * SECOND);
    t.is(world.told.at(-1), 'scheduled');
    t.regex(world.words.at(-1)!, words);
    t.is(world.sequence, 1);
    const said = world.told.length;
    world.pass(60 * SECOND);
    t.is(world.told.length, said, 'told once');
    world.desk.assign({ ...GOOD, ...after });
    t.true(world.settles());
    t.is(world.told.at(-1), 'closed success');
    t.is(fetches(world), 1);
  });
}

for (const moment of [Moment.Receive, Moment.Activate]) {
  test(`attempt, and the device says not now, at moment ${moment}`, (t) => {
    let now = false;
    const world = new World({ attempt: (asked) => now || asked !== moment });
    world.desk.assign({ ...GOOD, download: 'attempt', update: 'attempt' });
    world.pass(30 * SECOND);
    t.is(world.told.at(-1), 'scheduled');
    now = true;
    t.true(world.settles());
    t.is(world.sequence, 2);
  });
  test(`forced, and the owner says later, at moment ${moment}`, (t) => {
    let answer: number = Answer.Later;
    const world = new World({ config: { ask: (asked) => (asked === moment ? answer : Answer.Yes) } });
    world.desk.assign(GOOD);
    world.pass(60 * SECOND);
    t.is(world.told.at(-1), `scheduled ${Err.Deferred}`);
    t.is(world.told.filter((one) => one.startsWith('scheduled')).length, 1);
    t.is(world.sequence, 1);
    answer = Answer.Yes;
    t.true(world.settles());
    t.is(world.told.at(-1), 'closed success');
  });
  test(`forced, and the owner says no, at moment ${moment}`, (t) => {
    const world = new World({ config: { ask: (asked) => (asked === moment ? Answer.No : Answer.Yes) } });
    world.desk.assign(GOOD);
    t.true(world.settles());
    t.is(world.told.at(-1), `closed failure ${Err.Refused}`);
    t.is(world.sequence, 1);
  });
}

test('a reset while it waits: nothing is told anew, and it goes ahead when it may', (t) => {
  const world = new World();
  world.desk.assign({ ...GOOD, update: 'skip' });
  world.pass(30 * SECOND);
  const told = [...world.told];
  world.reset();
  world.pass(30 * SECOND);
  t.deepEqual(world.told, told);
  world.desk.assign(GOOD);
  t.true(world.settles());
  t.deepEqual(world.told.slice(told.length), ['proceeding', 'proceeding', 'closed success']);
});

const confirmations = (world: World): (string | undefined)[] =>
  world.desk.told.flatMap(({ body }) => (body.confirmation === undefined ? [] : [body.confirmation]));

test('confirmation: without an owner it is left alone; his yes begins it; his no is told once', (t) => {
  const alone = new World();
  alone.desk.ask(GOOD);
  alone.pass(60 * SECOND);
  t.is(alone.desk.told.filter(({ path }) => path !== '/configData').length, 0);
  let answer: number = Answer.No;
  const world = new World({ confirm: () => answer });
  world.desk.ask(GOOD);
  world.pass(60 * SECOND);
  t.deepEqual(confirmations(world), ['denied']);
  answer = Answer.Yes;
  t.true(world.run(() => world.told.at(-1) === 'closed success'));
  t.deepEqual(confirmations(world), ['denied', 'confirmed']);
});

test('what waits for the word is not taken for what is assigned', (t) => {
  const world = new World();
  world.desk.assign({ ...GOOD, update: 'skip' });
  t.true(world.run(() => world.receiving));
  const there = (path: string): string => `${world.desk.url}${path}`;
  const links = {
    deploymentBase: { href: there('/deploymentBase/7') },
    confirmationBase: { href: there('/confirmationBase/9') },
  };
  const chunk = { part: 'os', name: 'x', version: '1', artifacts: [] };
  const asked = { download: 'forced', update: 'forced', chunks: [chunk] };
  let confirmations = 0;
  world.refuse = (line) => {
    if (line.endsWith('lamp-1')) return { status: 200, text: JSON.stringify({ _links: links }) };
    if (line.includes('deploymentBase/7') && line.startsWith('GET')) return { status: 405 };
    if (!line.endsWith('confirmationBase/9')) return undefined;
    confirmations++;
    return { status: 200, text: JSON.stringify({ id: '9', confirmation: asked }) };
  };
  world.client.poke(world.now);
  t.true(world.run(() => confirmations > 0));
  world.pass(60 * SECOND);
  t.is(world.client.action(), '7');
  t.false(
    world.lines.some((line) => line.includes('deploymentBase/9')),
    world.lines.join(),
  );
});

test('taken back in mid-download: it is dropped, and the slot serves the next one', (t) => {
  const world = new World();
  world.desk.assign(GOOD);
  t.true(world.run(() => world.receiving && world.sent > 2000));
  world.desk.cancel();
  world.client.poke(world.now);
  t.true(world.run(() => world.told.at(-1) === 'cancel closed success'));
  t.false(world.receiving);
  t.is(world.phase, Phase.Idle);
  t.is(world.sequence, 1);
  world.desk.assign({ ...GOOD, id: '9' });
  t.true(world.run(() => world.told.at(-1) === 'closed success'));
  t.is(world.sequence, 2);
});

test('taken back while it waits', (t) => {
  const world = new World();
  world.desk.assign({ ...GOOD, update: 'skip' });
  world.pass(30 * SECOND);
  world.desk.cancel();
  world.pass(30 * SECOND);
  t.is(world.told.at(-1), 'cancel closed success');
  t.is(world.phase, Phase.Idle);
  t.is(world.client.action(), '');
});

test('taken back on trial: too late, and its end is told', (t) => {
  const world = new World(LATE);
  world.desk.assign(GOOD);
  t.true(world.run(() => world.stages.at(-1) === 'Trial'));
  world.desk.cancel();
  t.true(world.settles());
  t.deepEqual(world.told.slice(-2), ['cancel rejected', 'closed success']);
});

test('taken back, and not known here: nothing of it runs', (t) => {
  const world = new World();
  world.desk.assign(GOOD);
  world.desk.cancel();
  world.pass(30 * SECOND);
  t.deepEqual(world.told, ['cancel closed success']);
});

test('assigned no more, and never called back: it is dropped', (t) => {
  const world = new World();
  world.desk.assign({ ...GOOD, update: 'skip' });
  world.pass(30 * SECOND);
  world.desk.withdraw();
  world.pass(30 * SECOND);
  t.is(world.client.action(), '');
  t.is(world.phase, Phase.Idle);
});

test('another action in its place: the first is dropped, the second comes to its end', (t) => {
  const world = new World();
  world.desk.assign({ ...BAD, update: 'skip' });
  world.pass(30 * SECOND);
  world.desk.assign({ ...GOOD, id: '9' });
  t.true(world.settles());
  t.is(world.told.at(-1), 'closed success');
  t.is(world.sequence, 2);
});

test('what the device is: when it is asked for, and when it has changed', (t) => {
  const world = new World({ attributes: () => [['profile', 'lte-m']] });
  world.desk.wantsConfig = true;
  world.pass(30 * SECOND);
  world.reset();
  world.pass(30 * SECOND);
  world.desk.assign(GOOD);
  t.true(world.settles());
  world.pass(30 * SECOND);
  const data = world.desk.told.flatMap(({ body }) => (body.data === undefined ? [] : [body.data]));
  t.deepEqual(
    data.map(({ sequence, accepted, profile }) => [sequence, accepted, profile]),
    [
      ['1', '1', 'lte-m'],
      ['2', '1', 'lte-m'],
      ['2', '2', 'lte-m'],
    ],
  );
});

test('a report goes along, in as many lines as it takes', (t) => {
  const bytes = Uint8Array.from({ length: 500 }, (_, at) => at & 255);
  const world = new World({ prove: (into) => (into.set(bytes), bytes.length) });
  world.desk.assign(GOOD);
  t.true(world.settles());
  for (const { body } of world.desk.told.filter(({ body: { status } }) => status !== undefined)) {
    const lines = body.status!.details!.filter((line) => line.startsWith('report:'));
    t.true(lines.every((line) => line.length <= 512));
    const joined = Buffer.concat(lines.map((line) => Buffer.from(line.slice(7), 'base64url')));
    t.deepEqual(new Uint8Array(joined), bytes);
  }
});

test('it runs, and its sequence is not accepted: no success, whatever the agent says to the offer', (t) => {
  const trusted = placeNew();
  uriRead(trusted, `${ORIGIN}/T/controller/v1/d`);
  const bodies: string[] = [];
  const fill = { ...statusNew(), sequence: 2, accepted: 1 };
  const client = openHawkbitClient({
    agent: {
      activate: () => 0,
      cancel: () => 0,
      status: (into) => (Object.assign(into, fill), 0),
      report: () => 0,
    },
    port: {
      ask: (method, _, body) => void (method === 'POST' && bodies.push(body)),
      fetch: () => undefined,
      stop: () => undefined,
      restart: () => undefined,
    },
    policy: { trusted, allowed: [], schemes: ['http'] },
    random: () => 0,
  });
  const artifact = { filename: 'a.suit', _links: { 'download-http': { href: '/a.suit' } } };
  const deployment = { chunks: [{ artifacts: [artifact] }], download: 'forced', update: 'forced' };
  const answers = [
    { _links: { deploymentBase: { href: `${ORIGIN}/T/controller/v1/d/deploymentBase/7` } } },
    {},
    { id: '7', deployment },
    {},
  ];
  for (const answer of answers) {
    while (client.tick(1) !== Infinity);
    client.answered(200, JSON.stringify(answer), 0, 1);
  }
  client.tick(1);
  client.fetched(Err.AlreadyRunning, 1);
  t.is(client.stage(), Stage.Fetching);
  fill.accepted = 2;
  client.poke(1);
  client.fetched(Err.AlreadyRunning, 1);
  t.is(client.stage(), Stage.Fetching, 'nothing is under way');
  t.deepEqual(
    bodies.filter((body) => body.includes('closed')),
    [],
  );
});
