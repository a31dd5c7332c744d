import test from 'ava';
import { Code, Option } from '../../hal/coap/numbers.ts';
import { Access, Kind } from '../../hal/lwm2m/index.ts';
import { World } from './_world.ts';
import type { Asking } from './_world.ts';

const { Get, Put, Post } = Code;
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const Tlv = 11542;
const Senml = 112;

// what it is, the request, the code, the payload as text or hex
const ROWS: readonly (readonly [string, Asking, string, (string | Uint8Array)?])[] = [
  ['read text', { method: Get, path: '3/0/0' }, '2.05', 'flipside'],
  [
    'read text, accepted as CBOR',
    { method: Get, path: '3/0/0', accept: 60 },
    '2.05',
    hex('68 666c697073696465'),
  ],
  ['read a number in TLV', { method: Get, path: '5/0/3', accept: Tlv }, '2.05', hex('c1 03 00')],
  [
    'read a number in SenML',
    { method: Get, path: '5/0/3', accept: Senml },
    '2.05',
    hex('81 a2 21 66 2f352f302f33 02 00'),
  ],
  ['read an instance in text', { method: Get, path: '3/0', accept: 0 }, '4.06'],
  ['read an instance', { method: Get, path: '5/0' }, '2.05'],
  ['read an object', { method: Get, path: '5' }, '2.05'],
  ['read in a format that is unknown', { method: Get, path: '3/0/0', accept: 50 }, '4.06'],
  ['read text as opaque', { method: Get, path: '3/0/0', accept: 42 }, '4.06'],
  ['read what can only be executed', { method: Get, path: '5/0/2' }, '4.05'],
  ['read what can only be written', { method: Get, path: '5/0/0' }, '4.05'],
  ['read an object that is not there', { method: Get, path: '9/0/0' }, '4.04'],
  ['read an instance that is not there', { method: Get, path: '3/1/0' }, '4.04'],
  ['read a resource that no such object has', { method: Get, path: '3/0/77' }, '4.04'],
  ['read a resource that this board does not have', { method: Get, path: '3/0/9' }, '4.04'],
  ['read an instance of a resource that is single', { method: Get, path: '3/0/0/0' }, '4.04'],
  ['read an instance of a resource', { method: Get, path: '3/0/11/0' }, '2.05', '0'],
  ['read an instance of a resource that is not there', { method: Get, path: '3/0/11/7' }, '4.04'],
  ['read a path that is none', { method: Get, path: 'a/b' }, '4.04'],
  ['read a path that is too long', { method: Get, path: '3/0/11/0/0' }, '4.04'],
  ['read an id that is none', { method: Get, path: '65535' }, '4.04'],
  ['read the root', { method: Get, path: '' }, '4.05'],
  ['object 0', { method: Get, path: '0/0/5' }, '4.01'],
  ['object 0, written', { method: Put, path: '0/0/0', format: 0, payload: 'coap://x' }, '4.01'],
  ['discover a resource', { method: Get, path: '5/0/3', accept: 40 }, '2.05', '</5/0/3>'],
  ['discover what has instances', { method: Get, path: '3/0/11', accept: 40 }, '2.05', '</3/0/11>;dim=1'],
  [
    'discover an instance',
    { method: Get, path: '1/0', accept: 40 },
    '2.05',
    '</1/0>,</1/0/0>,</1/0/1>,</1/0/2>,</1/0/3>,</1/0/6>,</1/0/7>,</1/0/8>,</1/0/9>',
  ],
  ['discover what is not there', { method: Get, path: '7', accept: 40 }, '4.04'],
  ['write text', { method: Put, path: '1/0/2', format: 0, payload: '5' }, '2.04'],
  ['write without a format', { method: Put, path: '1/0/2', payload: '5' }, '2.04'],
  ['write TLV', { method: Put, path: '1/0/2', format: Tlv, payload: hex('c1 02 05') }, '2.04'],
  ['write CBOR', { method: Put, path: '1/0/2', format: 60, payload: hex('05') }, '2.04'],
  [
    'write SenML',
    { method: Put, path: '1/0/2', format: Senml, payload: hex('81 a2 00 66 2f312f302f32 02 05') },
    '2.04',
  ],
  [
    'write an instance in part',
    { method: Post, path: '1/0', format: Tlv, payload: hex('c1 02 05 c2 03 01 00') },
    '2.04',
  ],
  ['write an instance', { method: Put, path: '1/0', format: Tlv, payload: hex('c1 02 05') }, '2.04'],
  ['write an instance as text', { method: Put, path: '1/0', format: 0, payload: '5' }, '4.15'],
  ['write in a format that is unknown', { method: Put, path: '1/0/2', format: 50, payload: '5' }, '4.15'],
  ['write text that is no number', { method: Put, path: '1/0/2', format: 0, payload: 'five' }, '4.00'],
  [
    'write a number below what there may be',
    { method: Put, path: '1/0/2', format: 0, payload: '-1' },
    '4.00',
  ],
  [
    'write TLV of another resource',
    { method: Put, path: '1/0/2', format: Tlv, payload: hex('c1 03 05') },
    '4.00',
  ],
  [
    'write TLV that is cut off',
    { method: Put, path: '1/0/2', format: Tlv, payload: hex('c2 02 05') },
    '4.00',
  ],
  [
    'write SenML of another path',
    { method: Put, path: '1/0/2', format: Senml, payload: hex('81 a2 00 66 2f312f302f33 02 05') },
    '4.00',
  ],
  ['write what can only be read', { method: Put, path: '1/0/0', format: 0, payload: '5' }, '4.05'],
  ['write what can only be executed', { method: Put, path: '1/0/8', format: 0, payload: '5' }, '4.05'],
  [
    'write an instance with what can only be read',
    { method: Put, path: '1/0', format: Tlv, payload: hex('c1 02 09 c1 00 05') },
    '4.05',
  ],
  ['write what is not there', { method: Put, path: '1/0/77', format: 0, payload: '5' }, '4.04'],
  ['write an object', { method: Put, path: '1', format: Tlv, payload: hex('08 00 c1 02 05') }, '4.05'],
  [
    'write half of a body in blocks',
    { method: Put, path: '1/0/2', format: 0, payload: '1234567890123456', block: [0, true, 0] },
    '4.13',
  ],
  ['create an instance', { method: Post, path: '1', format: Tlv, payload: hex('c1 02 05') }, '4.05'],
  ['delete an instance', { method: Code.Delete, path: '1/0' }, '4.05'],
  ['delete all', { method: Code.Delete, path: '' }, '4.05'],
  ['execute', { method: Post, path: '1/0/8' }, '2.04'],
  [
    'execute with arguments that are none',
    { method: Post, path: '5/0/2', format: 0, payload: "0='" },
    '4.00',
  ],
  [
    'execute in a format that is unknown',
    { method: Post, path: '1/0/8', format: 60, payload: hex('00') },
    '4.15',
  ],
  ['execute what cannot be', { method: Post, path: '3/0/0' }, '4.05'],
  ['execute what is not there', { method: Post, path: '3/0/77' }, '4.04'],
  [
    'attributes',
    { method: Put, path: '5/0/3', query: ['pmin=1', 'pmax=60', 'gt=2', 'lt=-1', 'st=1'] },
    '2.04',
  ],
  ['attributes of an object', { method: Put, path: '5', query: ['pmin=1'] }, '2.04'],
  ['attributes that contradict each other', { method: Put, path: '5/0/3', query: ['lt=5', 'gt=5'] }, '4.00'],
  [
    'attributes that leave no room for the step',
    { method: Put, path: '5/0/3', query: ['lt=1', 'gt=5', 'st=2'] },
    '4.00',
  ],
  ['attributes of a number, on text', { method: Put, path: '3/0/0', query: ['gt=1'] }, '4.00'],
  ['attributes of a number, on an instance', { method: Put, path: '3/0', query: ['st=1'] }, '4.00'],
  ['attributes that are unknown', { method: Put, path: '5/0/3', query: ['ep=x'] }, '4.00'],
  ['an attribute that is no number', { method: Put, path: '5/0/3', query: ['pmin=1s'] }, '4.00'],
  ['attributes of what is not there', { method: Put, path: '7/0', query: ['pmin=1'] }, '4.04'],
  ['a method that LwM2M 1.1 has for paths only', { method: Code.Fetch, path: '3/0/0' }, '4.05'],
  ['the end of a bootstrap', { method: Post, path: 'bs' }, '4.05'],
];

test('requests and their codes', (t) => {
  const world = new World();
  world.registers();
  for (const [name, asking, code, payload] of ROWS) {
    const answer = world.server.ask(asking);
    t.is(answer.code, code, name);
    if (payload === undefined) continue;
    if (typeof payload === 'string') t.is(answer.text, payload, name);
    else t.deepEqual(Buffer.from(answer.payload).toString('hex'), Buffer.from(payload).toString('hex'), name);
  }
});

test('a write that is refused changes nothing', (t) => {
  const world = new World();
  world.registers();
  const before = world.server.read('1/0').text;
  const refused = world.server.ask({
    method: Put,
    path: '1/0',
    format: Tlv,
    payload: hex('c1 02 63 c1 00 05'),
  });
  t.is(refused.code, '4.05');
  t.is(world.server.read('1/0').text, before);
});

test('an answer is given in the blocks that are asked for', (t) => {
  const world = new World();
  world.registers();
  const whole = world.server.read('3/0');
  const parts: Uint8Array[] = [];
  for (let number = 0; ; number++) {
    const part = world.server.ask({ method: Get, path: '3/0', accept: Tlv, block2: [number, 0] });
    t.is(part.code, '2.05');
    parts.push(part.payload);
    const block = part.options.get(Option.Block2)!;
    t.is(block >> 4, number);
    if ((block & 8) === 0) break;
    t.is(part.payload.length, 16);
  }
  t.deepEqual(Buffer.concat(parts), Buffer.from(whole.payload));
  t.is(world.server.ask({ method: Get, path: '3/0', block2: [1000, 0] }).code, '4.00');
});

test('the time a server tells goes to the board', (t) => {
  const world = new World();
  world.registers();
  t.is(world.server.ask({ method: Put, path: '3/0/13', format: 0, payload: '1800000000' }).code, '2.04');
  t.is(world.device.time, 1_800_000_000);
});

test('a restart that is asked for comes after its answer', (t) => {
  const world = new World();
  world.registers();
  const { boots } = world.board;
  t.is(world.server.ask({ method: Post, path: '3/0/4' }).code, '2.04');
  t.true(world.registers());
  t.is(world.board.boots, boots + 1);
});

test('objects of the application: instances made and removed by the server', (t) => {
  const values = new Map<number, number>();
  const world = new World({
    objects: [
      {
        id: 3303,
        version: '',
        rows: [{ id: 5700, type: Kind.Float, access: Access.ReadWrite, multiple: false }],
        instances: [],
        read: (instance, _, __, into) => {
          into.kind = Kind.Float;
          into.number = values.get(instance) ?? 0;
          return 0;
        },
        write: (instance, _, __, value) => {
          values.set(instance, value.number);
          return 0;
        },
        execute: () => Code.MethodNotAllowed,
        create: () => 0,
        remove: () => 0,
      },
    ],
  });
  world.registers();
  const numbered = {
    method: Post,
    path: '3303',
    format: Tlv,
    payload: hex('07 05 e4 16 44 41 ac 00 00'.replace('07 05', '08 05 09')),
  };
  t.is(world.server.ask(numbered).code, '4.00', 'cut off');
  const bare = world.server.ask({
    method: Post,
    path: '3303',
    format: Tlv,
    payload: hex('e4 16 44 41 ac 00 00'),
  });
  t.is(bare.code, '2.01');
  t.is(bare.options.get(Option.LocationPath), 0x30, 'the second segment of /3303/0');
  t.is(world.server.read('3303/0/5700').text, '21.5');
  t.true(
    world.run(() => world.server.heard.at(-1)!.text.endsWith('</3303/0>'), 5000),
    'an update tells it',
  );
  const named = world.server.ask({
    method: Post,
    path: '3303',
    format: Tlv,
    payload: hex('07 05 e4 16 44 41 ac 00 00'),
  });
  t.is(named.code, '2.01');
  t.is(world.server.read('3303/5/5700').text, '21.5');
  t.is(world.server.ask(numbered).code, '4.00');
  t.is(world.server.ask({ method: Code.Delete, path: '3303/5' }).code, '2.02');
  t.is(world.server.read('3303/5/5700').code, '4.04');
});
