import test from 'ava';
import fc from 'fast-check';
import { ContentFormat } from '../../hal/lwm2m/format/content-format.ts';
import { valueAs } from '../../hal/lwm2m/format/convert.ts';
import { outputNew } from '../../hal/lwm2m/format/output.ts';
import { pathNew, pathRead } from '../../hal/lwm2m/format/path.ts';
import type { Path } from '../../hal/lwm2m/format/path.ts';
import { payloadBegin, payloadNext, payloadReaderNew } from '../../hal/lwm2m/format/payload-reader.ts';
import {
  payloadClose,
  payloadInstance,
  payloadMark,
  payloadMultiple,
  payloadOpen,
  payloadValue,
  payloadWriterNew,
} from '../../hal/lwm2m/format/payload-writer.ts';
import { Kind, valueNew } from '../../hal/lwm2m/format/value.ts';
import type { Value } from '../../hal/lwm2m/format/value.ts';

const { Tlv, SenmlCbor, Cbor, Text, Opaque } = ContentFormat;

const pathOf = (text: string): Path => {
  const path = pathNew();
  const bytes = new TextEncoder().encode(text);
  if (!pathRead(path, bytes, 0, bytes.length)) throw new Error(text);
  return path;
};

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

type Given = readonly [kind: number, value: number | string | Uint8Array | readonly [number, number]];

const valueOf = ([kind, given]: Given): Value => {
  const value = valueNew();
  value.kind = kind;
  if (typeof given === 'number') value.number = given;
  else if (typeof given === 'string' || given instanceof Uint8Array) {
    value.bytes = typeof given === 'string' ? new TextEncoder().encode(given) : given;
    value.to = value.bytes.length;
  } else [value.number, value.instance] = given as [number, number];
  return value;
};

const told = (value: Value): Given => {
  if (value.kind === Kind.ObjectLink) return [value.kind, [value.number, value.instance]];
  if (value.kind === Kind.Opaque) return [value.kind, value.bytes.slice(value.from, value.to)];
  if (value.kind === Kind.String)
    return [value.kind, new TextDecoder().decode(value.bytes.subarray(value.from, value.to))];
  return [value.kind, value.number];
};

const writeOne = (format: number, path: string, given: Given): Uint8Array => {
  const writer = payloadWriterNew(outputNew(1024));
  payloadOpen(writer, format, pathOf(path));
  payloadValue(writer, pathOf(path), valueOf(given));
  if (!payloadClose(writer)) throw new Error('it did not fit');
  return writer.out.bytes.slice(0, writer.out.length);
};

/** The records of a payload, each with its value as that type; undefined where it is malformed. */
const readAll = (
  format: number,
  base: string,
  bytes: Uint8Array,
  type: number,
): [string, Given | undefined][] | undefined => {
  const reader = payloadReaderNew();
  const copy = bytes.slice();
  if (!payloadBegin(reader, format, pathOf(base), copy, 0, copy.length)) return undefined;
  const records: [string, Given | undefined][] = [];
  for (let found = payloadNext(reader); found !== 0; found = payloadNext(reader)) {
    if (found < 0 || records.length > 1000) return undefined;
    const path = `/${reader.path.ids.slice(0, reader.path.length).join('/')}`;
    const empty = reader.value.kind === Kind.None;
    if (!empty && !valueAs(reader.value, type)) return undefined;
    records.push([path, empty ? undefined : told(reader.value)]);
  }
  return records;
};

// The examples of OMA-TS-LightweightM2M_Core-V1_1, 7.4.3.3: heads of TLV, and what they say.
const HEADS: readonly (readonly [string, string, number, string, Given])[] = [
  [
    'a short string',
    'c8 00 14 4f70656e204d6f62696c6520416c6c69616e6365',
    Kind.String,
    '/3/0/0',
    [Kind.String, 'Open Mobile Alliance'],
  ],
  ['an integer in one byte', 'c1 09 64', Kind.Integer, '/3/0/9', [Kind.Integer, 100]],
  ['an integer in four bytes', 'c4 0d 5182428f', Kind.Time, '/3/0/13', [Kind.Time, 1367491215]],
  ['an integer below zero', 'c1 02 b0', Kind.Integer, '/4/0/2', [Kind.Integer, -80]],
  ['an identifier of two bytes', 'e4 1644 41ac0000', Kind.Float, '/3303/0/5700', [Kind.Float, 21.5]],
  ['a link', 'c4 0e 0042 0001', Kind.ObjectLink, '/65/0/14', [Kind.ObjectLink, [66, 1]]],
];

for (const [name, hex, type, path, value] of HEADS) {
  test(`TLV: ${name}`, (t) => {
    t.is(hexOf(writeOne(Tlv, path, value)), hex.replaceAll(' ', ''));
    t.deepEqual(readAll(Tlv, path, bytesOf(hex), type), [[path, value]]);
  });
}

test('TLV: an instance with a multiple resource, written and read', (t) => {
  const writer = payloadWriterNew(outputNew(256));
  payloadOpen(writer, Tlv, pathOf('/3'));
  const instance = payloadMark(writer);
  payloadValue(writer, pathOf('/3/0/9'), valueOf([Kind.Integer, 100]));
  const multiple = payloadMark(writer);
  payloadValue(writer, pathOf('/3/0/6/0'), valueOf([Kind.Integer, 1]));
  payloadValue(writer, pathOf('/3/0/6/1'), valueOf([Kind.Integer, 5]));
  payloadMultiple(writer, multiple, 6);
  payloadInstance(writer, instance, 0);
  t.true(payloadClose(writer));
  const bytes = writer.out.bytes.slice(0, writer.out.length);
  t.is(hexOf(bytes), '08000bc1096486064100014101 05'.replaceAll(' ', ''));
  t.deepEqual(readAll(Tlv, '/3', bytes, Kind.Integer), [
    ['/3/0/9', [Kind.Integer, 100]],
    ['/3/0/6/0', [Kind.Integer, 1]],
    ['/3/0/6/1', [Kind.Integer, 5]],
  ]);
});

// why a payload is none
const MALFORMED: readonly (readonly [string, number, string, string])[] = [
  ['TLV: a head without its length', Tlv, '/3/0', 'c8 00'],
  ['TLV: a value that is cut off', Tlv, '/3/0', 'c4 00 01'],
  ['TLV: an instance in an instance', Tlv, '/3', '04 00 02 01 01'],
  ['TLV: a resource in a multiple one', Tlv, '/3/0', '83 06 c1 01 05'],
  ['TLV: an instance of a resource without it', Tlv, '/3/0', '41 00 05'],
  ['TLV: an instance for an instance', Tlv, '/3/0', '06 01 c1 01 05 00 00'],
  ['SenML: no array', SenmlCbor, '/3/0', 'a1 00 60'],
  ['SenML: no map in it', SenmlCbor, '/3/0', '81 00'],
  ['SenML: cut off', SenmlCbor, '/3/0', '81 a2 00 66 2f332f302f39'],
  ['SenML: more behind it', SenmlCbor, '/3/0', '81 a2 00 66 2f332f302f39 02 05 00'],
  ['SenML: two values', SenmlCbor, '/3/0', '81 a3 00 66 2f332f302f39 02 05 02 06'],
  ['SenML: a base value', SenmlCbor, '/3/0', '81 a3 00 66 2f332f302f39 02 05 24 01'],
  ['SenML: a label that must be understood', SenmlCbor, '/3/0', '81 a3 00 66 2f332f302f39 02 05 62 785f 01'],
  ['SenML: a path of another object', SenmlCbor, '/3/0', '81 a2 00 66 2f342f302f39 02 05'],
  ['SenML: a path that is none', SenmlCbor, '/3/0', '81 a2 00 66 2f332f302f78 02 05'],
  ['SenML: a value of another kind than its label', SenmlCbor, '/3/0', '81 a2 00 66 2f332f302f39 02 f5'],
  ['CBOR: two items', Cbor, '/3/0/9', '05 06'],
  ['CBOR: a length over 2^53', Cbor, '/3/0/9', '1b ffffffffffffffff'],
  ['CBOR: not a number', Cbor, '/3/0/9', 'f9 7e00'],
];

for (const [name, format, base, hex] of MALFORMED) {
  test(`malformed: ${name}`, (t) => {
    t.is(readAll(format, base, bytesOf(hex), Kind.Integer), undefined);
  });
}

// what else is well formed: name, format, bytes, type, value
const FOREIGN: readonly (readonly [string, number, string, Given])[] = [
  ['SenML of indefinite length', SenmlCbor, '9f bf 00 66 2f332f302f39 02 18 64 ff ff', [Kind.Integer, 100]],
  ['SenML with a base name', SenmlCbor, '81 a3 21 65 2f332f302f 00 61 39 02 1864', [Kind.Integer, 100]],
  [
    'SenML with a time and a label of its own',
    SenmlCbor,
    '81 a4 00 66 2f332f302f39 06 1a 00000001 63 666f6f 81 01 02 1864',
    [Kind.Integer, 100],
  ],
  ['a float of half precision', Cbor, 'f9 5640', [Kind.Float, 100]],
  ['a head that is longer than it has to be', Cbor, '1b 0000000000000064', [Kind.Integer, 100]],
];

for (const [name, format, hex, value] of FOREIGN) {
  test(`read: ${name}`, (t) => {
    t.deepEqual(readAll(format, '/3/0/9', bytesOf(hex), value[0]), [['/3/0/9', value]]);
  });
}

const whole = fc.integer({ min: -(2 ** 53 - 1), max: 2 ** 53 - 1 });
const given: fc.Arbitrary<Given> = fc.oneof(
  whole.map((number): Given => [Kind.Integer, number]),
  whole.map((number): Given => [Kind.Time, number]),
  fc.nat({ max: 2 ** 53 - 1 }).map((number): Given => [Kind.Unsigned, number]),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((number): Given => [Kind.Float, number === 0 ? 0 : number]),
  fc.nat({ max: 1 }).map((number): Given => [Kind.Boolean, number]),
  fc.string({ unit: 'grapheme', maxLength: 60 }).map((text): Given => [Kind.String, text]),
  fc.uint8Array({ maxLength: 300 }).map((bytes): Given => [Kind.Opaque, bytes]),
  fc.tuple(fc.nat({ max: 65535 }), fc.nat({ max: 65535 })).map((link): Given => [Kind.ObjectLink, link]),
);

for (const format of [Tlv, SenmlCbor, Cbor, Text]) {
  test(`what was written is read, in format ${format}`, (t) => {
    fc.assert(
      fc.property(given, fc.nat({ max: 65534 }), (value, resource) => {
        const path = `/3/0/${resource}`;
        t.deepEqual(readAll(format, path, writeOne(format, path, value), value[0]), [[path, value]]);
      }),
    );
  });
}

test('bytes that mean nothing are read to an end, and never beyond', (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom(Tlv, SenmlCbor, Cbor, Text, Opaque),
      (bytes, format) => {
        for (const type of [Kind.Integer, Kind.Opaque, Kind.Float, Kind.ObjectLink]) {
          const records = readAll(format, '/3/0', bytes, type) ?? [];
          t.true(records.length <= bytes.length + 1);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('a payload that does not fit is no payload', (t) => {
  const writer = payloadWriterNew(outputNew(20));
  for (const format of [Tlv, SenmlCbor, Cbor, Text, Opaque]) {
    payloadOpen(writer, format, pathOf('/3/0/0'));
    payloadValue(writer, pathOf('/3/0/0'), valueOf([Kind.Opaque, new Uint8Array(30)]));
    t.false(payloadClose(writer), `${format}`);
  }
});
