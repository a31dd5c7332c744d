import test from 'ava';
import { Answer, Moment } from '../../agent/codes.ts';
import { Code } from '../../hal/coap/numbers.ts';
import { keepMemory } from '../../hal/node/keep.ts';
import {
  Text,
  Opaque,
  Tlv,
  good,
  bad,
  UNHEALTHY,
  registered,
  execute,
  write,
  settles,
  altered,
  block,
} from './_firmware.ts';
import { image, release } from './_world.ts';

const { Put, Post } = Code;

test('an image that is not healthy: the old one runs again, and the result says so', (t) => {
  const world = registered(UNHEALTHY);
  world.server.push(bad.bundle, Opaque);
  t.is(execute(world, 2), '2.04');
  settles(t, world, '0 8', '1');
  t.is(world.server.push(bad.bundle, Opaque).code, '5.00', 'not a second time');
  t.is(world.server.firmware, '0 8');
  t.is(world.server.push(release(image(2), 3).bundle, Opaque).code, '2.04', 'a higher sequence is taken');
  execute(world, 2);
  settles(t, world, '0 1', '3');
});

test('while the image is on trial the state is Updating, over every restart', (t) => {
  const world = registered({ behaviours: [[image(2), { kind: 'confirmsLate', ticks: 60 }]] });
  world.server.push(good.bundle, Opaque);
  execute(world, 2);
  world.registers();
  t.is(world.server.firmware, '3 0');
  t.is(world.server.push(good.bundle, Opaque).code, '4.05');
  t.is(write(world, 'coap://x/y'), '4.05');
  t.is(write(world, ''), '4.05');
  t.is(execute(world, 10), '4.05');
  world.server.ask({ method: Post, path: '3/0/4' });
  world.registers();
  t.is(world.server.firmware, '3 0');
  t.true(world.run(() => world.server.firmware === '0 1', 600_000));
});

test('cancel', (t) => {
  const world = registered();
  t.is(execute(world, 10), '4.05', 'Idle');
  block(world, 0);
  t.is(execute(world, 10), '2.04');
  t.is(world.server.firmware, '0 10');
  t.is(block(world, 1), '4.08');
  world.server.push(good.bundle, Opaque);
  t.is(execute(world, 10), '2.04');
  t.is(world.server.firmware, '0 10');
  t.is(execute(world, 2), '4.05');
});

test('put off by the application: Downloaded with result 11, and it goes ahead when it may', (t) => {
  let answer: number = Answer.Later;
  const world = registered({
    deferRetry: 30,
    config: { ask: (moment) => (moment === Moment.Activate ? answer : Answer.Yes) },
  });
  world.server.ask({ method: Put, path: '5/0/13', format: Text, payload: '100' });
  world.server.push(good.bundle, Opaque);
  const { client } = world.device;
  t.is(client!.deferLeft(world.now), 100);
  t.is(execute(world, 2), '2.04');
  t.is(world.server.firmware, '2 11');
  world.pass(40_000);
  t.is(world.server.firmware, '2 11');
  t.true(client!.deferLeft(world.now) <= 60);
  world.pass(70_000);
  t.is(client!.deferLeft(world.now), 0);
  answer = Answer.Yes;
  settles(t, world, '0 1', '2');
});

test('the application says no: it stays, with result 8', (t) => {
  const world = registered({
    config: { ask: (moment) => (moment === Moment.Activate ? Answer.No : Answer.Yes) },
  });
  world.server.push(good.bundle, Opaque);
  t.is(execute(world, 2), '5.00');
  t.is(world.server.firmware, '2 8');
});

test('severity, defer period and time of the last change', (t) => {
  const world = registered();
  t.is(world.server.read('5/0/11').text, '1');
  t.is(world.server.read('5/0/12').code, '4.04');
  t.is(world.server.read('5/0/13').code, '4.04');
  block(world, 0);
  const at = Number(world.server.read('5/0/12').text);
  t.true(Math.abs(at - world.board.seconds) < 5, `${at}`);
  t.is(world.server.ask({ method: Put, path: '5/0/11', format: Text, payload: '0' }).code, '2.04');
  t.is(world.server.ask({ method: Put, path: '5/0/11', format: Text, payload: '3' }).code, '4.00');
  t.is(
    world.server.ask({ method: Put, path: '5/0/13', format: Tlv, payload: Uint8Array.of(0xc1, 13, 200) })
      .code,
    '2.04',
  );
  t.is(world.server.read('5/0/13').text, '200', 'without a sign');
});

test('results outlive a reset', (t) => {
  const keep = keepMemory();
  const world = registered({ keep });
  world.server.push(altered(good.bundle, 40), Opaque);
  t.is(world.server.firmware, '0 5');
  world.server.ask({ method: Post, path: '3/0/4' });
  world.registers();
  t.is(world.server.firmware, '0 5');
});

test('without a record the report of the agent says how the last update ended', (t) => {
  const none = { load: () => 0, save: () => undefined };
  for (const [bundle, firmware] of [
    [good.bundle, '0 1'],
    [bad.bundle, '0 8'],
  ] as const) {
    const world = registered({ ...UNHEALTHY, keep: none });
    world.server.push(bundle, Opaque);
    execute(world, 2);
    world.registers();
    t.true(
      world.run(() => world.server.firmware === firmware, 600_000),
      firmware,
    );
  }
});
