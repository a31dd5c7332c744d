import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { envelopeLength, envelopeNew, envelopeRead } from '../../agent/format/envelope.ts';
import { ENVELOPE_MAX } from '../../agent/format/labels.ts';
import { signerNew } from '../_crypto.ts';
import type { Value } from '../_envelope.ts';
import { Tagged, cbor, envelopeOf, shared } from '../_envelope.ts';
import { take } from '../_formats.ts';

const signer = signerNew(-19, 'a');
const anchors = [signer.anchor];
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const read = (bytes: Uint8Array): number => envelopeRead(envelopeNew(), bytes, 0, bytes.length);
const payload = new Uint8Array([1, 2, 3]);

const valid: [string, Uint8Array][] = [
  ['plain', envelopeOf({ signers: [signer] })],
  ['untagged', envelopeOf({ signers: [signer], tagged: false })],
  [
    'integrated',
    envelopeOf({
      signers: [signer],
      shared: shared({ 21: '#a' }),
      install: [21, 0, 3, 0],
      elements: new Map([['#a', payload]]),
    }),
  ],
];

for (const [what, input] of valid) {
  test(`${what}: its length is told from some prefix on, and never told wrong`, (t) => {
    t.is(take(input, anchors).code, 0);
    let told = false;
    for (let have = 0; have <= input.length; have += 1) {
      const length = envelopeLength(input, have);
      t.is(length, told ? input.length : length && input.length);
      told = length > 0;
    }
    t.true(told);
    t.is(envelopeLength(Uint8Array.from([...input, 7, 7, 7]), input.length + 3), input.length);
  });

  test(`${what}: no bit flip and no truncation is taken`, (t) => {
    for (let bit = 0; bit < input.length * 8; bit += 1) {
      const flipped = input.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      if (take(flipped, anchors).code >= 0) t.fail(`bit ${bit}`);
    }
    for (let length = 0; length < input.length; length += 1) t.true(read(input.slice(0, length)) < 0);
    t.is(read(Uint8Array.from([...input, 0])), Err.Cbor);
  });

  test(`${what}: it may lie anywhere`, (t) => {
    const moved = new Uint8Array(input.length + 20);
    moved.set(input, 9);
    t.is(envelopeRead(envelopeNew(), moved, 9, 9 + input.length), 0);
  });
}

const bytes = new Uint8Array(1);
const both: [Value, Value][] = [
  [2, bytes],
  [3, bytes],
];
const table: [what: string, input: Uint8Array, length: number, code: number][] = [
  ['wrapper and manifest', cbor(new Map<Value, Value>(both)), 7, 0],
  ['without wrapper', cbor(new Map([[3, bytes]])), 4, Err.Envelope],
  ['without manifest', cbor(new Map([[2, bytes]])), 4, Err.Envelope],
  ['an empty map', hex('a0'), 1, Err.Envelope],
  ['an array', hex('80'), Err.Envelope, Err.Envelope],
  ['another tag', cbor(new Tagged(1070, new Map(both))), Err.Envelope, Err.Envelope],
  ['two tags', cbor(new Tagged(107, new Tagged(107, new Map(both)))), Err.Envelope, Err.Envelope],
  ['the delegation of old', cbor(new Map<Value, Value>([[1, bytes], ...both])), 10, Err.Envelope],
  ['an unknown key', cbor(new Map<Value, Value>([...both, [21, bytes]])), 10, Err.Envelope],
  ['a huge key', cbor(new Map<Value, Value>([...both, [2 ** 53 - 1, bytes]])), 18, Err.Envelope],
  ['a negative key', cbor(new Map<Value, Value>([...both, [-1, bytes]])), Err.Envelope, Err.Envelope],
  ['a text key without #', cbor(new Map<Value, Value>([...both, ['a', bytes]])), 11, Err.Envelope],
  ['an empty text key', cbor(new Map<Value, Value>([...both, ['', bytes]])), 10, Err.Envelope],
  ['an element that is text', cbor(new Map<Value, Value>([...both, [16, 'a']])), Err.Envelope, Err.Envelope],
  ['keys out of order', hex('a2034100024100'), 7, Err.Cbor],
  ['a key twice', hex('a3024100034100034100'), 10, Err.Cbor],
  ['a payload twice', hex('a402410003410062236141006223614100'), 17, Err.Cbor],
  [
    'five payloads',
    cbor(
      new Map<Value, Value>([
        ...both,
        ...['#a', '#b', '#c', '#d', '#e'].map((key): [Value, Value] => [key, bytes]),
      ]),
    ),
    32,
    Err.Envelope,
  ],
  ['thirteen entries', hex('ad'), Err.Envelope, Err.Envelope],
  ['an indefinite map', hex('bf024100034100ff'), Err.Cbor, Err.Cbor],
  ['a long head', hex('b80202410003410000'), Err.Cbor, Err.Cbor],
  ['a length of 2^64-1', hex('a2025bffffffffffffffff'), Err.SequenceRange, Err.SequenceRange],
  ['a length of 4 GiB', hex('a2025affffffff'), Err.EnvelopeTooLong, Err.Cbor],
  ['a key of 4 GiB', hex('a27affffffff'), Err.EnvelopeTooLong, Err.Cbor],
];
for (const [what, input, length, code] of table)
  test(`${what}: length ${length}, read ${code}`, (t) => {
    t.is(envelopeLength(input, input.length), length);
    t.is(read(input), code);
  });

test('the cap is exact', (t) => {
  const sized = (length: number): Uint8Array =>
    cbor(
      new Map([
        [2, new Uint8Array(length)],
        [3, bytes],
      ]),
    );
  const most = sized(ENVELOPE_MAX - 8);
  t.is(most.length, ENVELOPE_MAX);
  t.is(envelopeLength(most, most.length), ENVELOPE_MAX);
  t.is(read(most), 0);
  const over = sized(ENVELOPE_MAX - 7);
  t.is(envelopeLength(over, over.length), Err.EnvelopeTooLong);
  t.is(read(over), Err.EnvelopeTooLong);
  const full = sized(ENVELOPE_MAX - 5);
  t.is(envelopeLength(full, ENVELOPE_MAX), Err.EnvelopeTooLong);
});

test('no bytes make it throw', (t) => {
  const base = valid[2]![1];
  const mutated = fc
    .array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 8 })
    .map((changes) => {
      const copy = base.slice();
      for (const [at, value] of changes) copy[at] = value;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (input) => {
      const length = envelopeLength(input, input.length);
      const code = read(input);
      const taken = take(input, anchors);
      return Number.isInteger(length) && length <= ENVELOPE_MAX && code <= 0 && taken.code <= 0;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
