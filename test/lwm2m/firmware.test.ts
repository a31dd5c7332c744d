import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Answer, Moment } from '../../agent/codes.ts';
import * as Err from '../../agent/err.ts';
import { Code } from '../../hal/coap/numbers.ts';
import { base64Write } from '../../hal/lwm2m/format/base64.ts';
import { outputNew } from '../../hal/lwm2m/format/output.ts';
import { Protocol } from '../../hal/lwm2m/index.ts';
import type { FetchPort } from '../../hal/lwm2m/index.ts';
import { keepMemory } from '../../hal/node/keep.ts';
import { deliver } from '../../bootloader-sim/index.ts';
import { image, release, World } from './_world.ts';
import type { WorldOptions } from './_world.ts';

const { Get, Put, Post } = Code;
const Text = 0;
const Opaque = 42;
const Cbor = 60;
const Senml = 112;
const Tlv = 11542;
const BLOCK = 1024;

const good = release(image(2), 2);
const bad = release(image(3), 2);
const UNHEALTHY: WorldOptions = { behaviours: [[image(3), { kind: 'failsCheck', ticks: 2 }]] };

const registered = (options: WorldOptions = {}): World => {
  const world = new World(options);
  world.registers();
  return world;
};

const erases = (world: World): number =>
  Object.values(world.board.flash.devices).reduce(
    (all, { wear }) => all + wear.reduce((sum, one) => sum + one, 0),
    0,
  );

const observed = (world: World): void => {
  for (const path of ['5/0/3', '5/0/5']) world.server.ask({ method: Get, path, observe: 0 });
};

const execute = (world: World, resource: number, payload = ''): string =>
  world.server.ask({
    method: Post,
    path: `5/0/${resource}`,
    ...(payload === '' ? {} : { format: Text, payload }),
  }).code;

const write = (world: World, uri: string): string =>
  world.server.ask({ method: Put, path: '5/0/1', format: Text, payload: uri }).code;

/** After Update was executed: registered anew, and the trial is over. */
const settles = (t: ExecutionContext, world: World, firmware: string, version: string): void => {
  t.true(world.registers(), 'registers after the restart');
  t.true(
    world.run(() => world.server.firmware === firmware, 600_000),
    `${world.server.firmware}, not ${firmware}`,
  );
  t.is(world.server.read('3/0/3').text, version);
  t.is(world.server.read('5/0/7').text, version);
};

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

function altered(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 1;
  return copy;
}

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

const block = (world: World, number: number, more = true, szx = 6, bundle = good.bundle): string =>
  world.server.ask({
    method: Put,
    path: '5/0/0',
    format: Opaque,
    payload: bundle.subarray(number * (16 << szx), (number + 1) * (16 << szx)),
    block: [number, more, szx],
  }).code;

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

interface Fetching {
  readonly uris: string[];
  cancelled: number;
  /** Ends the fetch under way: the bundle is taken as it would be, or a code. */
  end(world: World, how: Uint8Array | number): void;
  readonly port: NonNullable<WorldOptions['fetch']>;
}

const fetching = (): Fetching => {
  let finish: (code: number, now: number) => void = () => undefined;
  const self: Fetching = {
    uris: [],
    cancelled: 0,
    end(world, how) {
      finish(typeof how === 'number' ? how : deliver(world.board, how, { mode: 'range' }).code, world.now);
    },
    port: (_, __, done): FetchPort => {
      finish = done;
      return {
        protocols: [Protocol.Coap, Protocol.Http],
        begin: (uri) => (self.uris.push(uri), 0),
        cancel: () => self.cancelled++,
      };
    },
  };
  return self;
};

test('a pull: the driver is given the URI, and its end is the state', (t) => {
  const fetch = fetching();
  const world = registered({ fetch: fetch.port });
  observed(world);
  t.is(world.server.read('5/0/9').text, '2', 'push and pull');
  t.is(write(world, 'coap://origin/2.suit'), '2.04');
  world.pass(100);
  t.deepEqual(fetch.uris, ['coap://origin/2.suit']);
  t.is(world.server.firmware, '1 0');
  t.is(world.server.read('5/0/1').text, 'coap://origin/2.suit');
  t.is(write(world, 'coap://origin/3.suit'), '4.05', 'one at a time');
  t.is(block(world, 0), '4.05', 'and no push beside it');
  fetch.end(world, good.bundle);
  t.is(world.server.firmware, '2 0');
  t.is(execute(world, 2), '2.04');
  settles(t, world, '0 1', '2');
  t.deepEqual(world.server.notes.get('5/0/3'), ['1', '2', '3']);
});

// URI, code of the answer, state and result
const URIS: readonly (readonly [string, string])[] = [
  ['ftp://origin/x', '0 9'],
  ['https://origin/x', '0 9'],
  ['coaps+tcp://origin/x', '0 9'],
  ['origin/x', '0 7'],
  ['://x', '0 7'],
  ['coap://', '0 7'],
  ['coap://or igin/x', '0 7'],
];

for (const [uri, firmware] of URIS) {
  test(`a URI that is not followed: ${uri}`, (t) => {
    const fetch = fetching();
    const world = registered({ fetch: fetch.port });
    t.is(write(world, uri), '2.04');
    t.is(world.server.firmware, firmware);
    t.deepEqual(fetch.uris, []);
    t.is(world.server.read('5/0/1').text, '');
  });
}

test('a URI that is too long', (t) => {
  const world = registered({ fetch: fetching().port });
  t.is(write(world, `coap://${'x'.repeat(260)}`), '4.00');
  t.is(world.server.firmware, '0 0');
});

const ENDS: readonly (readonly [number, string])[] = [
  [Err.SourceLost, '0 4'],
  [Err.SourceRefused, '0 7'],
  [Err.SignatureWrong, '0 5'],
  [Err.WrongClass, '0 6'],
  [Err.ImageTooLarge, '0 2'],
  [Err.CoapTooLong, '0 3'],
  [Err.FlashFailed, '0 8'],
];

for (const [code, firmware] of ENDS) {
  test(`a pull that ends with ${code}`, (t) => {
    const fetch = fetching();
    const world = registered({ fetch: fetch.port });
    write(world, 'coap://origin/2.suit');
    world.pass(100);
    fetch.end(world, code);
    t.is(world.server.firmware, firmware);
  });
}

test('a pull that the board puts off is tried again, and stays Downloading', (t) => {
  const fetch = fetching();
  const world = registered({ fetch: fetch.port, deferRetry: 30 });
  write(world, 'coap://origin/2.suit');
  world.pass(100);
  fetch.end(world, Err.EnergyLow);
  t.is(world.server.firmware, '1 0');
  world.pass(31_000);
  t.is(fetch.uris.length, 2);
  fetch.end(world, good.bundle);
  t.is(world.server.firmware, '2 0');
});

test('cancel and reset end a pull', (t) => {
  const fetch = fetching();
  const world = registered({ fetch: fetch.port });
  write(world, 'coap://origin/2.suit');
  world.pass(100);
  t.is(execute(world, 10), '2.04');
  t.is(fetch.cancelled, 1);
  fetch.end(world, Err.SourceLost);
  t.is(world.server.firmware, '0 10', 'what the driver says afterwards does not count');
  write(world, 'coap://origin/2.suit');
  world.pass(100);
  write(world, '');
  t.is(fetch.cancelled, 2);
  t.is(world.server.firmware, '0 0');
});

test('a reset in mid-pull: it is fetched again; in mid-push: the connection is lost', (t) => {
  const fetch = fetching();
  const world = registered({ fetch: fetch.port });
  write(world, 'coap://origin/2.suit');
  world.pass(100);
  world.server.ask({ method: Post, path: '3/0/4' });
  world.registers();
  world.pass(100);
  t.deepEqual(fetch.uris, ['coap://origin/2.suit', 'coap://origin/2.suit']);
  t.is(world.server.firmware, '1 0');
  fetch.end(world, good.bundle);
  t.is(world.server.firmware, '2 0');
  world.server.ask({ method: Post, path: '3/0/4' });
  world.registers();
  world.pass(100);
  t.is(fetch.uris.length, 3, 'what was downloaded has to be shown again');
  fetch.end(world, good.bundle);
  t.is(world.server.firmware, '2 0');
  write(world, '');
  block(world, 0);
  world.server.ask({ method: Post, path: '3/0/4' });
  world.registers();
  t.is(world.server.firmware, '0 4');
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
  const none = { load: () => 0, save: () => 0 };
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
