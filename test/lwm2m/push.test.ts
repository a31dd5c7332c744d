import test from 'ava';
import { Code } from '../../hal/coap/numbers.ts';
import { base64Write } from '../../hal/lwm2m/format/base64.ts';
import { outputNew } from '../../hal/lwm2m/format/output.ts';
import {
  Text,
  Opaque,
  Cbor,
  Senml,
  Tlv,
  BLOCK,
  good,
  registered,
  erases,
  observed,
  execute,
  write,
  settles,
  altered,
  block,
} from './_firmware.ts';
import { image, release } from './_world.ts';
import type { World } from './_world.ts';

const { Put } = Code;

const head = (length: number): number[] => [0x59, length >> 8, length & 0xff];
const base64 = (bytes: Uint8Array): Uint8Array => {
  const out = outputNew(bytes.length * 2);
  base64Write(out, bytes, 0, bytes.length);
  return out.bytes.slice(0, out.length);
};

// as servers wrap the package
const WRAPPINGS: readonly (readonly [string, number | undefined, (bundle: Uint8Array) => Uint8Array])[] = [
  ['opaque', Opaque, (bundle) => bundle],
  ['without a format', undefined, (bundle) => bundle],
  ['as it is, under text/plain', Text, (bundle) => bundle],
  ['base64, as text/plain', Text, base64],
  ['TLV', Tlv, (bundle) => Uint8Array.of(0xd0, 0, bundle.length >> 8, bundle.length & 0xff, ...bundle)],
  ['CBOR', Cbor, (bundle) => Uint8Array.of(...head(bundle.length), ...bundle)],
  [
    'SenML CBOR',
    Senml,
    (bundle) =>
      Uint8Array.of(0x81, 0xa2, 0x21, 0x66, ...Buffer.from('/5/0/0'), 8, ...head(bundle.length), ...bundle),
  ],
];

for (const [name, format, wrap] of WRAPPINGS) {
  test(`a push, ${name}: states and results, trial, confirm`, (t) => {
    const world = registered();
    observed(world);
    t.is(world.server.push(wrap(good.bundle), format).code, '2.04');
    t.is(world.server.firmware, '2 0');
    t.is(world.server.read('5/0/7').text, '2', 'of the package');
    t.is(execute(world, 2), '2.04');
    settles(t, world, '0 1', '2');
    t.deepEqual(world.server.notes.get('5/0/3'), ['1', '2', '3']);
  });
}

for (const szx of [0, 2, 4]) {
  test(`a push in blocks of ${16 << szx} bytes`, (t) => {
    const world = registered();
    t.is(world.server.push(good.bundle, Opaque, szx).code, '2.04');
    execute(world, 2);
    settles(t, world, '0 1', '2');
  });
}

test('a block that the agent takes its time for is answered by a response of its own', (t) => {
  const world = registered();
  const before = world.separate;
  t.is(world.server.push(good.bundle, Opaque).code, '2.04');
  t.true(world.separate > before, `${world.separate - before}`);
});

// a package that is wrong, the code of the answer, and the result
const WRONG: readonly (readonly [string, Uint8Array, number, string, string])[] = [
  ['no package at all', Buffer.from('this is no package, whatever it is'), Opaque, '4.00', '0 6'],
  ['a signature that does not hold', altered(good.bundle, 40), Opaque, '4.00', '0 5'],
  ['a payload that was altered', altered(good.bundle, good.bundle.length - 3), Opaque, '4.00', '0 5'],
  ['cut off in the envelope', good.bundle.slice(0, 100), Opaque, '5.00', '0 4'],
  ['cut off in the payload', good.bundle.slice(0, 3000), Opaque, '5.00', '0 4'],
  ['of another class', release(image(2), 2, { classId: new Uint8Array(16) }).bundle, Opaque, '4.00', '0 6'],
  ['older than what runs', release(image(2), 0).bundle, Opaque, '5.00', '0 8'],
  ['too large', release(new Uint8Array(1 << 20), 2).bundle, Opaque, '5.00', '0 2'],
  ['base64 with another letter in it', Buffer.from('ABCD-FGH'), Text, '4.00', '0 6'],
  ['TLV of another resource', Uint8Array.of(0xc1, 1, 5, 5), Tlv, '4.00', '0 6'],
  ['TLV that says less', Uint8Array.of(0xc1, 0, 5, 5), Tlv, '4.00', '0 6'],
  ['TLV that says more', Uint8Array.of(0xc4, 0, 5, 5), Tlv, '4.00', '0 6'],
  ['CBOR that is no bytes', Uint8Array.of(0x18, 5), Cbor, '4.00', '0 6'],
  ['SenML of two records', Uint8Array.of(0x82, 0xa1, 8, 0x41, 5, 0xa1, 8, 0x41, 5), Senml, '4.00', '0 6'],
];

for (const [name, bytes, format, code, firmware] of WRONG) {
  test(`refused: ${name}`, (t) => {
    const world = registered();
    const before = erases(world);
    t.is(world.server.push(bytes, format).code, code);
    t.is(world.server.firmware, firmware);
    t.is(world.server.read('3/0/3').text, '1');
    if (name !== 'a payload that was altered' && name !== 'cut off in the payload') {
      t.is(erases(world), before, 'nothing was erased');
    }
    t.is(execute(world, 2), '4.05');
    t.is(world.server.push(good.bundle, Opaque).code, '2.04', 'what is right is taken');
    t.is(world.server.firmware, '2 0');
  });
}

test('a package in a format that holds none', (t) => {
  const world = registered();
  t.is(world.server.push(good.bundle, 50).code, '4.15');
  t.is(world.server.firmware, '0 0');
});

test('blocks out of order are refused, a repeated one is answered again, and from the first on it may begin anew', (t) => {
  const world = registered();
  t.is(block(world, 3), '4.08', 'before the first');
  t.is(world.server.firmware, '0 0');
  t.is(block(world, 0), '2.31');
  t.is(world.server.firmware, '1 0');
  t.is(block(world, 0), '2.31', 'again');
  t.is(block(world, 1), '2.31');
  t.is(block(world, 1), '2.31', 'again');
  t.is(block(world, 3), '4.08', 'one is missing');
  t.is(world.server.push(good.bundle, Opaque).code, '2.04');
  t.is(world.server.firmware, '2 0');
});

test('a push that ends in the middle is given up after a while', (t) => {
  const world = registered({ patience: 60 });
  observed(world);
  block(world, 0);
  block(world, 1);
  t.is(world.server.firmware, '1 0');
  world.pass(61_000);
  t.is(world.server.firmware, '0 4');
  t.deepEqual(world.server.notes.get('5/0/5'), ['4']);
  t.is(block(world, 2), '4.08');
  t.is(world.server.push(good.bundle, Opaque).code, '2.04');
});

test('blocks larger than the board holds: it asks for smaller ones', (t) => {
  const world = registered({ block: 256 });
  const first = world.server.ask({
    method: Put,
    path: '5/0/0',
    format: Opaque,
    payload: good.bundle.subarray(0, BLOCK),
    block: [0, true, 6],
  });
  t.is(first.code, '4.13');
  t.is(first.options.get(27)! & 7, 4);
  t.is(world.server.push(good.bundle, Opaque, 4).code, '2.04');
});

// state before, what is done, its code, state and result after
const RESETS: readonly (readonly [string, (world: World) => string])[] = [
  ['an empty URI', (world) => write(world, '')],
  ['an empty package', (world) => world.server.ask({ method: Put, path: '5/0/0', format: Opaque }).code],
  [
    'NUL as package',
    (world) => world.server.ask({ method: Put, path: '5/0/0', format: Opaque, payload: '\0' }).code,
  ],
  [
    'NUL as package, in TLV',
    (world) =>
      world.server.ask({ method: Put, path: '5/0/0', format: Tlv, payload: Uint8Array.of(0xc1, 0, 0) }).code,
  ],
  [
    'NUL as package, in base64',
    (world) => world.server.ask({ method: Put, path: '5/0/0', format: Text, payload: 'AA==' }).code,
  ],
];

for (const [name, reset] of RESETS) {
  test(`reset by ${name}, in each state but Updating`, (t) => {
    const world = registered();
    t.is(reset(world), '2.04', 'Idle');
    t.is(world.server.firmware, '0 0');
    block(world, 0);
    t.is(reset(world), '2.04', 'Downloading');
    t.is(world.server.firmware, '0 0');
    world.server.push(good.bundle, Opaque);
    t.is(world.server.push(good.bundle, Opaque).code, '4.05', 'another package');
    t.is(world.server.firmware, '2 0');
    t.is(reset(world), '2.04', 'Downloaded');
    t.is(world.server.firmware, '0 0');
    t.is(execute(world, 2), '4.05', 'there is nothing to run');
  });
}

test('a whole update over a link that loses, repeats, reorders and corrupts', (t) => {
  let lost = 0;
  for (let seed = 1; seed <= 4; seed++) {
    const world = registered({
      link: { seed, delay: 40, loss: 0.1, repeat: 0.1, reorder: 0.1, corrupt: 0.05 },
    });
    // A server that gets no answer looks at the state, and begins anew.
    for (let tries = 0; tries < 5 && world.server.firmware !== '2 0'; tries++) {
      world.server.push(good.bundle, Opaque);
    }
    t.is(world.server.firmware, '2 0', `seed ${seed}`);
    for (let tries = 0; tries < 5 && !world.server.firmware.startsWith('3'); tries++) {
      if (world.board.boots > 1) break;
      execute(world, 2);
    }
    t.true(
      world.run(() => world.server.firmware === '0 1', 3_600_000),
      `seed ${seed}: ${world.server.firmware}`,
    );
    t.is(world.server.read('3/0/3').text, '2');
    lost += world.server.link.counts.lost;
  }
  t.true(lost > 20, `${lost} were lost`);
});

test('power cut in the middle of a push: the old image runs, and the push is taken afterwards', (t) => {
  const world = registered();
  let operations = 0;
  world.board.flash.power.trace = () => {
    operations++;
  };
  world.board.flash.power.cutAt({ operation: 9, where: 'inside' });
  const answer = world.server.push(good.bundle, Opaque);
  t.true(operations > 0);
  t.not(answer.code, '2.04');
  t.true(
    world.run(() => world.server.firmware === '0 4', 600_000),
    world.server.firmware,
  );
  t.is(world.server.read('3/0/3').text, '1');
  t.is(world.server.push(good.bundle, Opaque).code, '2.04');
  execute(world, 2);
  t.true(world.run(() => world.server.firmware === '0 1', 600_000));
});
