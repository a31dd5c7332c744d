import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import {
  messageNew,
  messageRead,
  optionCursorNew,
  optionFind,
  optionFirst,
  optionIs,
  optionNext,
  optionUint,
  optionUnknown,
  OPTIONS_MAX,
} from '../../hal/coap/message.ts';
import { Code, Option, Type } from '../../hal/coap/numbers.ts';
import {
  writeHeader,
  writeOption,
  writePayload,
  writerNew,
  writeText,
  writeUint,
} from '../../hal/coap/writer.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

interface Parts {
  readonly type: number;
  readonly code: number;
  readonly id: number;
  readonly token: string;
  readonly options: readonly (readonly [number, string])[];
  readonly payload: string;
}

const readAll = (bytes: Uint8Array, from = 0, to = bytes.length): Parts | number => {
  const message = messageNew();
  const code = messageRead(message, bytes, from, to);
  if (code < 0) return code;
  const options: [number, string][] = [];
  const cursor = optionCursorNew();
  for (let more = optionFirst(cursor, message); more; more = optionNext(cursor))
    options.push([cursor.number, hexOf(bytes.subarray(cursor.from, cursor.to))]);
  return {
    type: message.type,
    code: message.code,
    id: message.id,
    token: hexOf(message.token.subarray(0, message.tokenLength)),
    options,
    payload: hexOf(bytes.subarray(message.payload, message.end)),
  };
};

const writeAll = (parts: Parts, room: number): { bytes: Uint8Array; overflow: boolean } => {
  const w = writerNew(new Uint8Array(room));
  const token = hex(parts.token);
  writeHeader(w, parts.type, parts.code, parts.id, token, token.length);
  for (const [number, value] of parts.options) writeOption(w, number, hex(value), 0, value.length / 2);
  writePayload(w, hex(parts.payload), 0, parts.payload.length / 2);
  return { bytes: w.bytes.subarray(0, w.length), overflow: w.overflow };
};

// RFC 7252 appendix A, figures 16 to 22, and a block of RFC 7959.
const KNOWN: readonly (readonly [name: string, bytes: string, parts: Parts])[] = [
  [
    'a GET for /temperature',
    '40 01 7d34 bb 74656d7065726174757265',
    {
      type: Type.Confirmable,
      code: Code.Get,
      id: 0x7d34,
      token: '',
      options: [[Option.UriPath, '74656d7065726174757265']],
      payload: '',
    },
  ],
  [
    'its answer',
    '60 45 7d34 ff 32322e332043',
    {
      type: Type.Acknowledgement,
      code: Code.Content,
      id: 0x7d34,
      token: '',
      options: [],
      payload: '32322e332043',
    },
  ],
  [
    'with a token',
    '41 01 7d35 20 bb 74656d7065726174757265',
    {
      type: Type.Confirmable,
      code: Code.Get,
      id: 0x7d35,
      token: '20',
      options: [[Option.UriPath, '74656d7065726174757265']],
      payload: '',
    },
  ],
  ['empty', '60 00 0001', { type: 2, code: 0, id: 1, token: '', options: [], payload: '' }],
];

for (const [name, bytes, parts] of KNOWN) {
  test(`${name}: read and written`, (t) => {
    t.deepEqual(readAll(hex(bytes)), parts);
    const written = writeAll(parts, 64);
    t.is(hexOf(written.bytes), bytes.replaceAll(' ', ''));
    t.false(written.overflow);
  });
}

const LONG = 'aa'.repeat(300);

test('deltas and lengths of each width', (t) => {
  const parts: Parts = {
    type: 1,
    code: Code.Post,
    id: 0xffff,
    token: '0102030405060708',
    options: [
      [1, ''],
      [12, 'aa'.repeat(12)],
      [13 + 12, 'aa'.repeat(13)],
      [268 + 25, 'aa'.repeat(268)],
      [269 + 293, 'aa'.repeat(269)],
      [65535, LONG],
    ],
    payload: 'ff',
  };
  const { bytes, overflow } = writeAll(parts, 2000);
  t.false(overflow);
  t.deepEqual(readAll(bytes), parts);
});

// name, bytes
const MALFORMED: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['three bytes', '40 01 00'],
  ['version 0', '00 01 0000'],
  ['version 2', '80 01 0000'],
  ['a token of 9', '49 01 0000 000000000000000000'],
  ['a token of 15', '4f 01 0000 000000000000000000000000000000'],
  ['a token that is cut', '44 01 0000 010203'],
  ['empty, with a token', '61 00 0000 01'],
  ['empty, with a byte behind it', '60 00 0000 00'],
  ['a marker without payload', '40 01 0000 ff'],
  ['delta 15', '40 01 0000 f0'],
  ['length 15', '40 01 0000 0f'],
  ['a delta that is cut', '40 01 0000 d0'],
  ['a delta of two bytes that is cut', '40 01 0000 e0 00'],
  ['a length that is cut', '40 01 0000 1d'],
  ['a value that is cut', '40 01 0000 12 00'],
  ['a value of 65804 bytes', '40 01 0000 1e ffff 00'],
  ['numbers above 65535', '40 01 0000 e0 fef2 e0 fef2'],
  ['33 options', `40 01 0000 ${'00'.repeat(OPTIONS_MAX + 1)}`],
];

for (const [name, bytes] of MALFORMED) {
  test(`malformed: ${name}`, (t) => {
    t.is(readAll(hex(bytes)), Err.CoapMalformed);
  });
}

test('32 options are taken', (t) => {
  t.is(typeof readAll(hex(`40 01 0000 ${'00'.repeat(OPTIONS_MAX)}`)), 'object');
});

test('of a malformed one type and message id are known, so that it can be reset', (t) => {
  const message = messageNew();
  t.is(messageRead(message, hex('40 01 1234 ff'), 0, 5), Err.CoapMalformed);
  t.deepEqual([message.type, message.id], [Type.Confirmable, 0x1234]);
  t.is(messageRead(message, hex('80 01 1234'), 0, 4), Err.CoapMalformed);
  t.is(message.id, -1);
});

const bytesHex = (most: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength: most }).map((bytes) => hexOf(bytes));

const anyParts: fc.Arbitrary<Parts> = fc.record({
  type: fc.integer({ min: 0, max: 3 }),
  code: fc.integer({ min: 1, max: 255 }),
  id: fc.integer({ min: 0, max: 65535 }),
  token: bytesHex(8),
  options: fc
    .array(
      fc.tuple(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 65535 })), bytesHex(40)),
      {
        maxLength: OPTIONS_MAX,
      },
    )
    .map((rows) => rows.sort(([a], [b]) => a - b)),
  payload: bytesHex(80),
});

test('what is written is read again, wherever it lies', (t) => {
  fc.assert(
    fc.property(anyParts, fc.integer({ min: 0, max: 5 }), (parts, lead) => {
      const { bytes, overflow } = writeAll(parts, 4000);
      const framed = new Uint8Array(lead + bytes.length + 3).fill(0xff);
      framed.set(bytes, lead);
      t.false(overflow);
      t.deepEqual(readAll(framed, lead, lead + bytes.length), parts);
    }),
  );
});

test('a buffer that is too small by any amount overflows, and nothing is written past it', (t) => {
  fc.assert(
    fc.property(anyParts, fc.double({ min: 0, max: 0.999, noNaN: true }), (parts, share) => {
      const whole = writeAll(parts, 4000).bytes.length;
      const room = Math.floor(whole * share);
      const written = writeAll(parts, room);
      t.true(written.overflow);
      t.true(written.bytes.length <= room);
    }),
  );
});

test('any bytes are read or refused; what is read stays inside, and is the same when written again', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      const bytes = Uint8Array.from([0x40 | (noise[0]! & 0x3f), ...noise.subarray(1)]);
      const parts = readAll(bytes);
      if (typeof parts === 'number') t.is(parts, Err.CoapMalformed);
      else if (parts.code !== 0) t.deepEqual(readAll(writeAll(parts, 4000).bytes), parts);
    }),
    { numRuns: 2000 },
  );
});

// value, bytes
const NUMBERS: readonly (readonly [number, string])[] = [
  [0, ''],
  [1, '01'],
  [255, 'ff'],
  [256, '0100'],
  [65536, '010000'],
  [0xffffffff, 'ffffffff'],
];

for (const [value, bytes] of NUMBERS) {
  test(`a number ${value} takes ${bytes.length / 2} bytes`, (t) => {
    const w = writerNew(new Uint8Array(20));
    writeHeader(w, 0, 1, 0, new Uint8Array(0), 0);
    writeUint(w, Option.Size2, value);
    const message = messageNew();
    t.is(messageRead(message, w.bytes, 0, w.length), 0);
    const cursor = optionCursorNew();
    t.true(optionFind(cursor, message, Option.Size2));
    t.is(hexOf(w.bytes.subarray(cursor.from, cursor.to)), bytes);
    t.is(optionUint(cursor, 4), value);
    if (bytes.length > 2) t.is(optionUint(cursor, bytes.length / 2 - 1), -1);
  });
}

test('options out of order, behind the payload, or of a wrong length overflow', (t) => {
  const begin = () => {
    const w = writerNew(new Uint8Array(40));
    writeHeader(w, 0, 1, 0, new Uint8Array(0), 0);
    return w;
  };
  const order = begin();
  writeText(order, Option.UriQuery, 'a');
  writeText(order, Option.UriPath, 'a');
  t.true(order.overflow);
  const behind = begin();
  writePayload(behind, hex('00'), 0, 1);
  writeText(behind, Option.UriPath, 'a');
  t.true(behind.overflow);
  const token = begin();
  writeHeader(token, 0, 1, 0, new Uint8Array(9), 9);
  t.true(token.overflow);
  const none = begin();
  writePayload(none, hex('00'), 0, 0);
  t.is(none.length, 4);
});

test('a payload in two parts has one marker', (t) => {
  const w = writerNew(new Uint8Array(40));
  writeHeader(w, 0, 1, 0, new Uint8Array(0), 0);
  writePayload(w, hex('0102'), 0, 2);
  writePayload(w, hex('03'), 0, 1);
  t.is(hexOf(w.bytes.subarray(0, w.length)), '40010000ff010203');
});

test('options by number, by text, and those that are critical and not known', (t) => {
  const w = writerNew(new Uint8Array(80));
  writeHeader(w, 0, 1, 0, new Uint8Array(0), 0);
  writeText(w, Option.UriPath, 'fw');
  writeText(w, Option.UriPath, 'b');
  writeUint(w, Option.Accept, 42);
  writeUint(w, 2000, 1);
  writeUint(w, 2001, 1);
  const message = messageNew();
  messageRead(message, w.bytes, 0, w.length);
  const cursor = optionCursorNew();
  t.true(optionFind(cursor, message, Option.UriPath));
  t.true(optionIs(cursor, 'fw'));
  t.false(optionIs(cursor, 'fx'));
  t.false(optionIs(cursor, 'f'));
  t.false(optionFind(cursor, message, Option.Block2));
  t.false(optionFind(cursor, message, 3000));
  t.is(optionUnknown(cursor, message, [Option.UriPath, Option.Accept]), 2001);
  t.is(optionUnknown(cursor, message, [Option.UriPath, Option.Accept, 2001]), 0);
});
