/** A server, or whoever is taken for it, that sends what it likes. */
import test from 'ava';
import { random } from '../../hal/node/faults.ts';
import { Code } from '../../hal/coap/numbers.ts';
import { erases, good, Opaque, registered, settles } from './_firmware.ts';

const DATAGRAMS = 4000;

/** Requests of LwM2M as bytes: each method and path, with options and payloads that mean something. */
const SEEDS: readonly string[] = [
  '4001 0001 b1 35 01 30 01 33', // GET /5/0/3
  '4001 0002 60 51 35 01 30 01 33', // the same, observed
  '4001 0003 b1 35 62 2d16', // GET /5, accepted as TLV
  '4001 0004 b1 33 61 28', // GET /3, as links
  '4003 0005 b1 35 01 30 01 30 11 2a d1 02 0e ff d86b8000', // PUT /5/0/0, first block
  '4003 0006 b1 35 01 30 01 30 12 2d16 ff c8000a00112233445566778899',
  '4003 0007 b1 35 01 30 01 31 10 ff 636f61703a2f2f782f79', // PUT /5/0/1
  '4003 0008 b1 31 01 30 12 2d16 ff c10205c20301002c', // PUT /1/0 in TLV
  '4003 0009 b1 31 01 30 01 32 11 70 ff 81a200662f312f302f320205', // in SenML
  '4003 000a b1 35 01 30 01 33 46 706d696e3d31', // attributes
  '4002 000b b1 35 01 30 01 32 ff 303d2761272c31', // POST /5/0/2
  '4002 000c b1 31 01 30 01 38',
  '4004 000d b1 31 01 30',
  '4002 000e b2 6273',
];

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

test('altered requests: nothing is erased, nothing is thrown, and the device is managed afterwards', (t) => {
  for (let seed = 1; seed <= 3; seed++) {
    const world = registered();
    const before = erases(world);
    const next = random(seed);
    const codes = new Set<number>();
    for (let sent = 0; sent < DATAGRAMS; sent++) {
      const bytes = bytesOf(SEEDS[next() % SEEDS.length]!);
      // Another message each time, so that none counts as repeated.
      bytes[2] = sent >> 8;
      bytes[3] = sent & 0xff;
      for (let flips = next() % 4; flips > 0; flips--)
        bytes[4 + (next() % (bytes.length - 4))]! ^= 1 << (next() % 8);
      const length = next() % 8 === 0 ? next() % (bytes.length + 1) : bytes.length;
      world.device.receive(world.server.peer, bytes.subarray(0, length), world.now);
      if (sent % 100 === 0) world.pass(100);
      for (
        let datagram = world.server.link.take(Infinity);
        datagram;
        datagram = world.server.link.take(Infinity)
      )
        if (datagram.bytes.length >= 4) codes.add(datagram.bytes[1]!);
    }
    t.true(codes.has(Code.Content) && codes.has(Code.Changed), `seed ${seed}: some were well formed`);
    t.true(codes.has(Code.BadRequest) && codes.has(Code.NotFound), `seed ${seed}: some were refused`);
    t.is(erases(world), before, `seed ${seed}`);
    t.is(world.board.live!.cycle.ended, undefined, `seed ${seed}: it runs`);
    t.is(world.server.read('3/0/3').text, '1');
    world.server.ask({ method: Code.Put, path: '5/0/1', format: 0, payload: '' });
    t.is(world.server.push(good.bundle, Opaque).code, '2.04', `seed ${seed}`);
    t.is(world.server.ask({ method: Code.Post, path: '5/0/2' }).code, '2.04');
    settles(t, world, '0 1', '2');
  }
});

test('power is cut anywhere in an update: the server brings it to its end all the same', (t) => {
  const CUTS = 30;
  let cuts = 0;
  for (let cut = 0; cut < CUTS; cut++) {
    const world = registered();
    world.board.flash.power.cutAt({
      operation: cut,
      where: (['before', 'inside', 'after'] as const)[cut % 3]!,
    });
    const boots = world.board.boots;
    let steps = 0;
    while (world.server.firmware !== '0 1' || world.server.read('3/0/3').text !== '2') {
      if (++steps > 20) break;
      const [state] = world.server.firmware.split(' ');
      if (state === '0') world.server.push(good.bundle, Opaque);
      else if (state === '2') world.server.ask({ method: Code.Post, path: '5/0/2' });
      else world.pass(60_000);
    }
    t.is(world.server.firmware, '0 1', `cut ${cut}`);
    t.is(world.server.read('3/0/3').text, '2', `cut ${cut}`);
    if (world.board.boots > boots + 1) cuts++;
  }
  t.true(cuts >= 24, `${cuts} of ${CUTS} cuts happened`);
});
