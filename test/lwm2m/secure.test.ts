/** A server that is spoken to under OSCORE, and one that wants to see that a request is fresh. */
import test from 'ava';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { writeOption } from '../../hal/coap/writer.ts';
import { deviceAead } from '../../hal/oscore/aes-ccm.ts';
import { oscoreProtection } from '../../hal/oscore/protection.ts';
import type { OscoreProtection } from '../../hal/oscore/protection.ts';
import { contextWith, memoryStore } from '../oscore/_contexts.ts';
import type { MemoryStore } from '../oscore/_contexts.ts';
import { good, Opaque, registered, settles } from './_firmware.ts';
import { World } from './_world.ts';

const protectionOf = (sender: string, recipient: string, store: MemoryStore): OscoreProtection =>
  oscoreProtection({ aead: deviceAead(), contexts: [contextWith({ sender, recipient }, store)] });

test('a whole update under OSCORE, over the restart of the device', (t) => {
  const store = memoryStore(0);
  const server = protectionOf('5e', 'c1', memoryStore(0));
  const world = registered({ serverProtection: server, protection: () => protectionOf('c1', '5e', store) });
  t.is(world.server.read('3/0/0').text, 'flipside');
  t.is(world.server.push(good.bundle, Opaque, 5).code, '2.04');
  t.is(world.server.ask({ method: Code.Post, path: '5/0/2' }).code, '2.04');
  settles(t, world, '0 1', '2');
  t.is(server.refusals, 0);
});

test('a server with another key is not registered with, and cannot manage', (t) => {
  const world = new World({
    serverProtection: protectionOf('5e', 'c2', memoryStore(0)),
    protection: () => protectionOf('c1', '5e', memoryStore(0)),
  });
  t.false(world.run(() => world.server.heard.length > 0, 300_000));
  t.not(world.server.read('3/0/0').code, '2.05');
});

test('a request is sent again with what the server wants to see', (t) => {
  const world = new World();
  const seen: boolean[] = [];
  world.server.challenge = (message, reply) => {
    const there = [...message.entries()].some(([number]) => number === Option.Echo);
    seen.push(there);
    if (!there) writeOption(reply.writer, Option.Echo, Uint8Array.of(1, 2, 3, 4), 0, 4);
    return !there;
  };
  t.true(world.registers());
  t.deepEqual(seen, [false, true]);
  world.server.ask({ method: Code.Post, path: '1/0/8' });
  t.true(world.run(() => seen.length === 4, 5000));
  t.deepEqual(seen, [false, true, false, true]);
  world.pass(1000);
  t.is(world.server.lines.filter((line) => line === 'POST /rd').length, 1, 'the update was taken');
});
