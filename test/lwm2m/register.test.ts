import test from 'ava';
import { Code } from '../../hal/coap/numbers.ts';
import { Registration } from '../../hal/lwm2m/index.ts';
import { World } from './_world.ts';

const LINKS =
  '</>;rt="oma.lwm2m";ct="112 11542 60",</1>;ver=1.1,</1/0>,</3>;ver=1.1,</3/0>,</5>;ver=1.1,</5/0>';

test('registers with what it is and what it has', (t) => {
  const world = new World();
  t.true(world.registers());
  const [heard] = world.server.heard;
  t.is(heard!.line, 'POST /rd');
  t.deepEqual(heard!.queries, ['ep=lamp', 'lt=86400', 'lwm2m=1.1', 'b=U']);
  t.is(heard!.text, LINKS);
});

test('a server that has no use for content formats is given a list without them', (t) => {
  const world = new World();
  world.server.refuse = ({ line, text }) =>
    line === 'POST /rd' && text.includes('ct=') ? Code.BadRequest : undefined;
  t.true(world.run(() => world.device.client?.state() === Registration.Registered));
  t.is(world.server.heard.length, 2);
  t.is(world.server.heard[1]!.text, '</>;rt="oma.lwm2m",</1/0>,</3/0>,</5/0>');
  t.true(world.now < 1000, 'at once');
});

test('updates before the lifetime is over, and registers anew where it is forgotten', (t) => {
  const world = new World({ factory: [{ uri: 'coap://server', lifetime: 300 }] });
  world.registers();
  t.true(world.run(() => world.server.lines.length === 2, 300_000));
  t.is(world.server.lines[1], 'POST /rd/r1');
  t.deepEqual(world.server.heard[1]!.queries, []);
  t.true(world.now > 200_000 && world.now < 210_000, `${world.now}`);
  world.server.refuse = ({ line }) => (line === 'POST /rd/r1' ? Code.NotFound : undefined);
  t.true(world.run(() => world.server.lines.length === 4, 300_000));
  t.deepEqual(world.server.lines.slice(2), ['POST /rd/r1', 'POST /rd']);
  world.pass(250_000);
  t.is(world.server.lines[4], 'POST /rd/r2');
});

test('a short lifetime is updated at half of it', (t) => {
  const world = new World({ factory: [{ uri: 'coap://server', lifetime: 60 }] });
  world.registers();
  world.pass(61_000);
  t.deepEqual(world.server.lines, ['POST /rd', 'POST /rd/r1', 'POST /rd/r1']);
});

test('tries again later, each time after twice the wait', (t) => {
  const world = new World();
  world.server.refuse = () => Code.Forbidden;
  const times: number[] = [];
  world.server.registered = () => times.push(world.now);
  world.pass(200_000);
  t.true(times.length >= 4, `${times.length}`);
  for (let i = 2; i < times.length; i++)
    t.true(times[i]! - times[i - 1]! > (times[i - 1]! - times[i - 2]!) * 0.9);
  world.server.refuse = () => undefined;
  t.true(world.registers());
});

test('a server that is silent is given up, and found again', (t) => {
  const world = new World();
  world.server.silent = true;
  world.pass(300_000);
  t.true(
    world.states.filter((state) => state === Registration.Waiting).length >= 3,
    'begun, and given up twice',
  );
  world.server.silent = false;
  t.true(world.registers());
  t.is(world.server.read('3/0/0').text, 'flipside');
});

test('tells a new lifetime, and updates when it is triggered', (t) => {
  const world = new World();
  world.registers();
  t.is(world.server.ask({ method: Code.Put, path: '1/0/1', format: 0, payload: '500' }).code, '2.04');
  t.true(world.run(() => world.server.lines.length === 2, 5000));
  t.deepEqual(world.server.heard[1]!.queries, ['lt=500', 'b=U']);
  t.is(world.server.ask({ method: Code.Post, path: '1/0/8' }).code, '2.04');
  t.true(world.run(() => world.server.lines.length === 3, 5000));
  t.is(world.server.lines[2], 'POST /rd/r1');
});

test('de-registers, and then is silent', (t) => {
  const world = new World({ factory: [{ uri: 'coap://server', lifetime: 60 }] });
  world.registers();
  world.device.client!.deregister(world.now);
  t.true(world.run(() => world.server.lines.length === 2, 5000));
  t.is(world.server.lines[1], 'DELETE /rd/r1');
  world.pass(600_000);
  t.is(world.server.lines.length, 2);
  t.is(world.device.client?.state(), Registration.Off);
});

test('queue mode: says so, sleeps when nothing was said for a while, and wakes for its update', (t) => {
  const sleeps: [number, number][] = [];
  const world = new World({
    factory: [{ uri: 'coap://server', lifetime: 300 }],
    queue: true,
    awake: 20,
    sleep: (until) => sleeps.push([world.now, until]),
  });
  world.registers();
  t.deepEqual(world.server.heard[0]!.queries.at(-1), 'Q');
  const registered = world.now;
  world.pass(10_000);
  world.server.read('3/0/0');
  world.pass(15_000);
  t.deepEqual(sleeps, [], 'a request keeps it awake');
  t.true(world.run(() => sleeps.length === 1, 10_000));
  t.true(Math.abs(sleeps[0]![0] - registered - 30_000) < 100, `${sleeps[0]![0]}`);
  t.true(Math.abs(sleeps[0]![1] - registered - 207_000) < 100, 'until the update is due');
  t.true(world.run(() => sleeps.length === 2, 300_000));
  t.is(world.server.lines.at(-1), 'POST /rd/r1');
  world.device.client!.wake(world.now);
  world.pass(100);
  t.is(world.server.lines.length, 3, 'awake by its own word');
});

test('a stranger is refused', (t) => {
  const world = new World();
  world.registers();
  t.is(world.bootstrap.ask({ method: Code.Get, path: '3/0/0' }).code, '4.01');
  t.is(world.bootstrap.ask({ method: Code.Delete, path: '' }).code, '4.01');
  t.is(world.server.read('3/0/0').code, '2.05');
});

test('a registration and an update get through a link that loses, repeats and reorders', (t) => {
  let lost = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const world = new World({
      factory: [{ uri: 'coap://server', lifetime: 300 }],
      link: { seed, delay: 100, loss: 0.3, repeat: 0.2, reorder: 0.2, corrupt: 0.1 },
    });
    t.true(world.registers(), `seed ${seed}`);
    t.true(
      world.run(() => world.server.lines.some((line) => line.startsWith('POST /rd/')), 400_000),
      `seed ${seed}`,
    );
    lost += world.server.link.counts.lost;
  }
  t.true(lost > 10, `${lost} were lost`);
});
