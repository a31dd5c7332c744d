/** What a server can do wrong: the device keeps its image, asks no faster for it, and takes the update when all is right again. */
import test from 'ava';
import * as Err from '../../agent/err.ts';
import type { DdiReply } from './_desk.ts';
import { bad, files, good, ORIGIN, World } from './_world.ts';

const SECOND = 1000;
const GOOD = { id: '7', files: files(good) };
const WRONG_TIME = 3600 * SECOND;
const POLL = 5;

const ok = (text: string): DdiReply => ({ status: 200, text });
const link = (name: string, href: string): DdiReply =>
  ok(JSON.stringify({ config: { polling: { sleep: '00:00:05' } }, _links: { [name]: { href } } }));

const ANSWERS: readonly (readonly [string, DdiReply])[] = [
  ['400', { status: 400 }],
  ['401', { status: 401 }],
  ['403', { status: 403 }],
  ['404', { status: 404 }],
  ['405', { status: 405 }],
  ['410', { status: 410 }],
  ['429', { status: 429, headers: { 'retry-after': '600' } }],
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['302', { status: 302, headers: { location: 'http://elsewhere/' } }],
  ['nothing', ok('')],
  ['no JSON', ok('<html>sorry</html>')],
  ['an array', ok('[]')],
  ['null', ok('null')],
  ['half of it', ok('{"config":{"polling"')],
  ['deeper than is read', ok('{"a":'.repeat(20) + '1' + '}'.repeat(20))],
  ['more than is read', ok(`{"a":"${'x'.repeat(70_000)}"}`)],
  ['numbers for names', ok('{"id":{},"deployment":7,"_links":[1],"config":"x","cancelAction":null}')],
];

/** Of the device's places, as the server sees them. */
const PLACES: readonly (readonly [string, RegExp])[] = [
  ['the question', /^GET \/DEFAULT\/controller\/v1\/lamp-1$/],
  ['deploymentBase', /^GET .*\/deploymentBase\/7/],
  ['feedback', /^POST .*\/deploymentBase\/7\/feedback/],
  ['configData', /^PUT .*\/configData/],
];

for (const [place, at] of PLACES) {
  for (const [what, reply] of ANSWERS) {
    test(`${place} is answered by ${what}`, (t) => {
      const world = new World();
      let asked = 0;
      let wrong = true;
      world.refuse = (line) => {
        if (!wrong || !at.test(line)) return undefined;
        asked++;
        return reply;
      };
      world.desk.assign(GOOD);
      world.pass(WRONG_TIME);
      t.true(asked > 0, 'it was not asked');
      // A question, and what belongs to it, for each poll at most.
      t.true(world.requests <= (WRONG_TIME / SECOND / POLL + 1) * 5, `${world.requests} requests`);
      if (place === 'the question') t.deepEqual(world.told, []);
      t.deepEqual(world.wrong, []);
      wrong = false;
      if (world.sequence === 1)
        t.true(
          world.run(() => world.sequence === 2),
          world.told.join(', '),
        );
      // What the server threw away it assigns anew.
      t.true(
        world.run(() => world.told.includes('closed success')),
        world.told.join(', '),
      );
      t.deepEqual(world.wrong, []);
      t.is(world.sequence, 2);
    });
  }
}

test('429: no request until the time is over that was asked for', (t) => {
  const world = new World();
  world.refuse = () => ({ status: 429, headers: { 'retry-after': '600' } });
  world.desk.assign(GOOD);
  world.pass(599 * SECOND);
  t.is(world.requests, 1);
  world.pass(2 * SECOND);
  t.is(world.requests, 2);
});

test('a network that is gone: doubled waits, up to the usual interval', (t) => {
  const world = new World();
  world.network = false;
  world.pass(3600 * SECOND);
  t.true(world.requests >= 12 && world.requests <= 40, `${world.requests}`);
  world.network = true;
  world.desk.assign(GOOD);
  t.true(world.run(() => world.told.includes('closed success')));
});

for (const [what, reply] of [
  ['another host', link('deploymentBase', 'http://elsewhere.example/x')],
  ['another port', link('deploymentBase', `${ORIGIN}:81/x`)],
  ['another scheme', link('deploymentBase', 'coap://ddi.example/x')],
  ['what is no URI', link('deploymentBase', 'http://a b/')],
  ['another host, for what it is', link('configData', 'http://elsewhere.example/x')],
  ['another host, for what is taken back', link('cancelAction', 'http://elsewhere.example/x')],
] as const) {
  test(`a link to ${what} is not followed`, (t) => {
    const world = new World();
    world.refuse = (line) => (line.endsWith('lamp-1') ? reply : undefined);
    world.pass(60 * SECOND);
    t.deepEqual(
      new Set(world.lines.filter((line) => !line.endsWith('/configData'))).size,
      1,
      world.lines.join(),
    );
    t.true(world.client.trouble() < 0);
    t.is(world.sequence, 1);
  });
}

for (const [what, assignment, code] of [
  ['no envelope', { files: { 'a.bin': Uint8Array.of(1) } }, Err.NothingToInstall],
  ['two envelopes', { files: { 'a.suit': good.envelope, 'b.suit': good.envelope } }, Err.NothingToInstall],
  ['files at another host', { files: files(good), at: 'http://elsewhere.example/x' }, Err.OriginRefused],
  [
    'an envelope of noise',
    { files: { ...files(good), 'update.suit': new Uint8Array(500).fill(7) } },
    Err.Envelope,
  ],
  [
    'the payload of another release',
    { files: { 'update.suit': bad.envelope, [bad.uris[0]!]: good.payload } },
    Err.IndexDigest,
  ],
] as const) {
  test(`a deployment with ${what} fails, and the image stays`, (t) => {
    const world = new World();
    world.desk.assign({ id: '7', ...assignment });
    t.true(world.run(() => world.told.some((one) => one.startsWith('closed'))));
    t.regex(world.told.at(-1)!, /^closed failure -\d+$/);
    if (code !== undefined) t.is(world.told.at(-1), `closed failure ${code}`);
    t.is(world.sequence, 1);
  });
}

test('a file that is not there fails the action after three attempts', (t) => {
  const world = new World();
  let asked = 0;
  world.refuse = (line) => {
    if (!line.includes('update.suit')) return undefined;
    asked++;
    return { status: 404 };
  };
  world.desk.assign(GOOD);
  t.true(world.run(() => world.told.some((one) => one.startsWith('closed'))));
  t.regex(world.told.at(-1)!, /^closed failure -\d+$/);
  t.is(asked, 3);
});

test('a server that assigns the same again and again gets no more than the usual', (t) => {
  const world = new World();
  world.desk.assign(GOOD);
  world.refuse = (line) => (line.endsWith('/7/feedback') ? { status: 200 } : undefined);
  world.pass(1200 * SECOND);
  t.is(world.sequence, 2);
  t.true(world.requests <= (1200 / POLL) * 5, `${world.requests}`);
});
