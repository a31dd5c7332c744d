import test from 'ava';
import { Code } from '../../hal/coap/numbers.ts';
import { Registration } from '../../hal/lwm2m/index.ts';
import { keepMemory } from '../../hal/node/keep.ts';
import { outputNew, outputReset, textBytes } from '../../hal/lwm2m/format/output.ts';
import { Tlv, tlvEnd, tlvValue } from '../../hal/lwm2m/format/tlv.ts';
import { Kind, valueBytes, valueNew, valueNumber } from '../../hal/lwm2m/format/value.ts';
import { World } from './_world.ts';
import type { WorldOptions } from './_world.ts';

const { Put, Post } = Code;
const TlvFormat = 11542;

type Field = readonly [id: number, value: string | number | boolean];

const resources = (fields: readonly Field[]): Uint8Array => {
  const out = outputNew(512);
  outputReset(out);
  for (const [id, given] of fields) {
    const value = valueNew();
    if (typeof given === 'string') {
      const bytes = textBytes(given);
      valueBytes(value, Kind.String, bytes, 0, bytes.length);
    } else valueNumber(value, typeof given === 'boolean' ? Kind.Boolean : Kind.Integer, Number(given));
    tlvValue(out, Tlv.Resource, id, value);
  }
  return out.bytes.slice(0, out.length);
};

/** An object instance around resources. */
const instance = (id: number, fields: readonly Field[]): Uint8Array => {
  const out = outputNew(512);
  const inside = resources(fields);
  for (const byte of inside) out.bytes[out.length++] = byte;
  tlvEnd(out, 0, Tlv.ObjectInstance, id);
  return out.bytes.slice(0, out.length);
};

const SECURITY: readonly Field[] = [
  [0, 'coap://server'],
  [1, false],
  [2, 3],
  [10, 42],
];
const SERVER: readonly Field[] = [
  [0, 42],
  [1, 120],
  [6, true],
  [7, 'U'],
];

const worldOf = (more: WorldOptions = {}): World =>
  new World({ factory: [{ uri: 'coap://bootstrap', bootstrap: true }], ...more });

const asked = (world: World): boolean => world.run(() => world.bootstrap.lines.includes('POST /bs'), 60_000);

const write = (world: World, path: string, fields: readonly Field[]): string =>
  world.bootstrap.ask({ method: Put, path, format: TlvFormat, payload: resources(fields) }).code;

const finish = (world: World): string => world.bootstrap.ask({ method: Post, path: 'bs' }).code;

test('a device that knows no server asks, is told, and registers there', (t) => {
  const world = worldOf();
  t.true(asked(world));
  t.deepEqual(world.bootstrap.heard[0]!.queries, ['ep=lamp', 'pct=112']);
  const links = world.bootstrap.ask({ method: Code.Get, path: '', accept: 40 }).text;
  t.is(links, '</>;lwm2m=1.1,</0>;ver=1.1,</0/0>,</1>;ver=1.1,</3>;ver=1.1,</3/0>,</5>;ver=1.1,</5/0>');
  t.is(world.bootstrap.ask({ method: Code.Delete, path: '' }).code, '2.02');
  t.is(write(world, '0/1', SECURITY), '2.04');
  t.is(write(world, '1/0', SERVER), '2.04');
  const told = world.bootstrap.ask({ method: Code.Get, path: '', accept: 40 }).text;
  t.true(told.includes('</0/0>,</0/1>;ssid=42;uri="coap://server"'), told);
  t.true(told.includes('</1/0>;ssid=42'), told);
  t.is(finish(world), '2.04');
  t.true(world.registers());
  t.deepEqual(world.server.heard[0]!.queries, ['ep=lamp', 'lt=120', 'lwm2m=1.1', 'b=U']);
});

test('a whole object may be written at once', (t) => {
  const world = worldOf();
  asked(world);
  const one = world.bootstrap.ask({
    method: Put,
    path: '0',
    format: TlvFormat,
    payload: instance(7, SECURITY),
  });
  t.is(one.code, '2.04');
  t.is(
    world.bootstrap.ask({ method: Put, path: '1', format: TlvFormat, payload: instance(3, SERVER) }).code,
    '2.04',
  );
  t.is(finish(world), '2.04');
  t.true(world.registers());
  t.is(world.server.read('1/3/0').text, '42');
});

// what is written, and why it cannot be lived with
const INCONSISTENT: readonly (readonly [string, readonly (readonly [string, readonly Field[]])[]])[] = [
  ['nothing', []],
  ['a server without an account', [['1/0', SERVER]]],
  ['an account without a server', [['0/1', SECURITY]]],
  [
    'numbers that do not fit',
    [
      ['0/1', SECURITY],
      [
        '1/0',
        [
          [0, 43],
          [1, 120],
        ],
      ],
    ],
  ],
  [
    'keys that are missing',
    [
      [
        '0/1',
        [
          [0, 'coap://server'],
          [2, 0],
          [10, 42],
        ],
      ],
      ['1/0', SERVER],
    ],
  ],
  [
    'no URI',
    [
      [
        '0/1',
        [
          [2, 3],
          [10, 42],
        ],
      ],
      ['1/0', SERVER],
    ],
  ],
  [
    'two bootstrap servers',
    [
      ['0/1', SECURITY],
      ['1/0', SERVER],
      [
        '0/2',
        [
          [0, 'coap://x'],
          [1, true],
          [2, 3],
        ],
      ],
    ],
  ],
];

for (const [name, writes] of INCONSISTENT) {
  test(`not accepted in the end: ${name}`, (t) => {
    const world = worldOf();
    asked(world);
    for (const [path, fields] of writes) t.is(write(world, path, fields), '2.04', path);
    t.is(finish(world), '4.06');
    t.is(world.device.client!.state(), Registration.Waiting);
    // It begins again, from what it knew.
    const before = world.bootstrap.lines.length;
    t.true(world.run(() => world.bootstrap.lines.length > before, 60_000));
    t.deepEqual(world.server.lines, []);
  });
}

test('its own account no bootstrap server removes, and not the device', (t) => {
  const world = worldOf();
  asked(world);
  t.is(world.bootstrap.ask({ method: Code.Delete, path: '0/0' }).code, '4.00');
  t.is(world.bootstrap.ask({ method: Code.Delete, path: '' }).code, '2.02');
  t.is(world.bootstrap.ask({ method: Code.Delete, path: '3/0' }).code, '4.05');
  const links = world.bootstrap.ask({ method: Code.Get, path: '', accept: 40 }).text;
  t.true(links.includes('</0/0>') && links.includes('</3/0>'), links);
});

test('what a bootstrap server may read are servers, never keys', (t) => {
  const world = worldOf();
  asked(world);
  write(world, '1/0', SERVER);
  t.is(world.bootstrap.ask({ method: Code.Get, path: '1/0' }).code, '2.05');
  for (const path of ['0', '0/0', '0/0/5', '3/0']) {
    t.is(world.bootstrap.ask({ method: Code.Get, path }).code, '4.00', path);
  }
});

test('a server that goes silent leaves the device as it was', (t) => {
  const world = worldOf({
    factory: [{ uri: 'coap://server' }, { uri: 'coap://bootstrap', bootstrap: true }],
  });
  world.registers();
  world.server.ask({ method: Post, path: '1/0/9' });
  t.true(asked(world));
  world.bootstrap.ask({ method: Code.Delete, path: '' });
  world.bootstrap.silent = true;
  t.true(world.run(() => world.server.lines.filter((line) => line === 'POST /rd').length === 2, 600_000));
  t.is(world.server.read('1/0/0').text, '1');
});

test('a bootstrap server may begin by itself', (t) => {
  const world = worldOf({
    factory: [{ uri: 'coap://server' }, { uri: 'coap://bootstrap', bootstrap: true }],
  });
  world.registers();
  t.is(world.bootstrap.ask({ method: Code.Delete, path: '' }).code, '2.02');
  t.is(world.device.client!.state(), Registration.Bootstrapping);
  t.is(world.server.read('3/0/0').code, '5.03', 'the other server has to wait');
  write(world, '0/3', SECURITY);
  write(world, '1/0', SERVER);
  t.is(finish(world), '2.04');
  t.true(world.registers());
  t.deepEqual(world.server.heard.at(-1)!.queries[1], 'lt=120');
});

test('it is asked when the server refused too often', (t) => {
  const world = worldOf({
    factory: [{ uri: 'coap://server' }, { uri: 'coap://bootstrap', bootstrap: true }],
  });
  world.server.refuse = () => Code.Forbidden;
  t.true(world.run(() => world.bootstrap.lines.includes('POST /bs'), 3_600_000));
  t.is(world.server.lines.length, 5);
});

test('before the first time it is waited as long as the account says', (t) => {
  const world = worldOf({ factory: [{ uri: 'coap://bootstrap', bootstrap: true, holdOff: 30 }] });
  t.false(world.run(() => world.bootstrap.lines.length > 0, 29_000));
  t.true(world.run(() => world.bootstrap.lines.length > 0, 2000));
});

test('what was written outlives a reset, and only that', (t) => {
  const accounts = keepMemory();
  const world = worldOf({ accounts });
  asked(world);
  write(world, '0/1', SECURITY);
  write(world, '1/0', SERVER);
  world.server.ask({ method: Post, path: '3/0/4' });
  t.is(accounts.load(new Uint8Array(4096)), 0, 'nothing is kept before the end');
  finish(world);
  world.registers();
  const next = worldOf({ accounts });
  t.true(next.registers());
  t.deepEqual(next.bootstrap.lines, []);
  t.is(next.server.heard[0]!.queries[1], 'lt=120');
});

test('a record that is torn counts as none', (t) => {
  const accounts = keepMemory();
  const world = worldOf({ accounts });
  asked(world);
  write(world, '0/1', SECURITY);
  write(world, '1/0', SERVER);
  finish(world);
  const record = new Uint8Array(4096);
  const length = accounts.load(record);
  t.true(length > 40);
  for (let at = 0; at < length; at++) {
    const torn = record.slice(0, length);
    torn[at]! ^= 0x10;
    const other = worldOf({ accounts: { load: (into) => (into.set(torn), length), save: () => undefined } });
    t.true(asked(other), `byte ${at}`);
  }
});
