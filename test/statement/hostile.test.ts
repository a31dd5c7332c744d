import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import { cbor, digest, map, Tagged, VENDOR } from '../_envelope.ts';
import {
  DIGEST,
  freezeOf,
  judge,
  NONCE,
  payloadOf,
  sealed,
  signer,
  statement,
  stranger,
} from './_statements.ts';

const header = (fields: Record<number, unknown>): Uint8Array => cbor(map(fields));
const named = { 1: -19, 4: signer.keyId };
/** What the signature is over, in another frame. */
const frame = (items: unknown[]): Uint8Array => cbor(new Tagged(18, items));
const good = payloadOf();
const part = (at: number): Uint8Array => {
  const pair = cborItems(statement());
  return pair[at]!;
};
/** Header, payload and signature of a statement. */
const cborItems = (bytes: Uint8Array): Uint8Array[] => {
  const signature = bytes.subarray(bytes.length - 64);
  return [header(named), new Uint8Array(0), good, signature];
};

const hostile: readonly (readonly [string, Uint8Array, number])[] = [
  ['nothing', new Uint8Array(0), Err.Cbor],
  ['no tag', cbor([header(named), new Map(), good, part(3)]), Err.Statement],
  ['another tag', cbor(new Tagged(17, [header(named), new Map(), good, part(3)])), Err.Statement],
  ['five items', frame([header(named), new Map(), good, part(3), 0]), Err.Statement],
  [
    'a key in the open header',
    frame([header(named), new Map([[4, signer.keyId]]), good, part(3)]),
    Err.Signature,
  ],
  ['no payload', frame([header(named), new Map(), null, part(3)]), Err.Statement],
  ['an empty payload', sealed(new Uint8Array(0)), Err.Statement],
  ['a long payload', sealed(new Uint8Array(193)), Err.Statement],
  ['a short signature', frame([header(named), new Map(), good, part(3).subarray(1)]), Err.Signature],
  ['more after it', Uint8Array.of(...statement(), 0), Err.Cbor],
  ['a header with more', sealed(good, { header: header({ ...named, 5: new Uint8Array(1) }) }), Err.Signature],
  [
    'EdDSA without a curve',
    sealed(good, { header: header({ 1: -8, 4: signer.keyId }) }),
    Err.AlgorithmUnknown,
  ],
  [
    'named by a stranger',
    sealed(good, { header: header({ 1: -19, 4: stranger.keyId }) }),
    Err.SignatureWrong,
  ],
  [
    'signed by a stranger',
    sealed(good, { signer: { ...stranger, keyId: signer.keyId } }),
    Err.SignatureWrong,
  ],
  ['without a name, and a stranger', sealed(good, { signer: stranger, named: false }), Err.SignatureWrong],
  ['signed over something else', sealed(good, { signed: payloadOf({ 4: 8 }) }), Err.SignatureWrong],
  ['the digest of a manifest', sealed(cbor(digest(new Uint8Array(3)))), Err.Statement],
  ['text', sealed(cbor('the latest is 7')), Err.Statement],
  ['an empty map', sealed(cbor(new Map())), Err.Statement],
  ['version 2', statement({ 1: 2 }), Err.Statement],
  ['version 0', statement({ 1: 0 }), Err.Statement],
  ['neither an end nor a nonce', statement({ 8: undefined }), Err.Statement],
  ['a key that is not known', statement({ 10: 1 }), Err.Statement],
  ['a key that is not known in place of another', statement({ 8: undefined, 10: 1 }), Err.Statement],
  ['no vendor', statement({ 2: undefined }), Err.Statement],
  ['a short vendor', statement({ 2: VENDOR.subarray(1) }), Err.Statement],
  ['a sequence below zero', statement({ 4: -1 }), Err.Statement],
  ['a sequence as text', statement({ 4: '7' }), Err.Statement],
  ['a sequence above 2^53-1', statement({ 4: 2n ** 53n }), Err.SequenceRange],
  ['a security version above 2^32-1', statement({ 5: 2 ** 32 }), Err.Statement],
  ['a short digest', statement({ 6: DIGEST.subarray(1) }), Err.Statement],
  ['an end below zero', statement({ 8: -1 }), Err.Statement],
  ['a short nonce', statement({ 9: NONCE.subarray(0, 7) }), Err.Statement],
  ['a long nonce', statement({ 9: new Uint8Array(33) }), Err.Statement],
  ['a number with a longer head than it needs', sealed(lengthened()), Err.Cbor],
  ['bytes after the map', sealed(Uint8Array.of(...good, 0)), Err.Statement],
];

/** Sequence 7 as 18 07. */
function lengthened(): Uint8Array {
  const bytes = payloadOf();
  const at = 1 + 2 + 18 + 18 + 1;
  return Uint8Array.of(...bytes.subarray(0, at), 0x18, ...bytes.subarray(at));
}

for (const [name, bytes, code] of hostile) {
  test(`refused: ${name}`, (t) => {
    t.is(judge(freezeOf(), bytes), code);
  });
}

test('what is known of the source must be a release', (t) => {
  const freeze = freezeOf();
  for (const sequence of [NaN, -1]) t.is(judge(freeze, statement(), sequence), Err.BadArgument);
  t.is(judge(freeze, statement(), 7, DIGEST.subarray(1)), Err.BadArgument);
});

test('ranges that are none are refused', (t) => {
  const freeze = freezeOf();
  const bytes = statement();
  for (const [from, to] of [
    [-1, bytes.length],
    [0, bytes.length + 1],
    [NaN, bytes.length],
    [0, NaN],
    [5, 2],
    [0, 1e9],
  ] as const)
    t.true(freeze.judge(bytes, from, to, 7, DIGEST) < 0, `${from} ${to}`);
  const inside = Uint8Array.of(1, 2, 3, ...bytes, 4, 5);
  t.is(freeze.judge(inside, 3, 3 + bytes.length, 7, DIGEST), 0);
});

test('no bit of a statement can be changed, and none of its starts is one', (t) => {
  const bytes = statement({ 9: NONCE });
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = bytes.slice();
      changed[at]! ^= 1 << bit;
      t.true(judge(freezeOf(), changed) < 0, `byte ${at} bit ${bit}`);
    }
    t.true(judge(freezeOf(), bytes.subarray(0, at)) < 0);
  }
});

test('signed nonsense of any form is refused by a code, and nothing is thrown', (t) => {
  const freeze = freezeOf();
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.integer(),
      fc.uint8Array({ maxLength: 40 }),
      fc.string({ maxLength: 10 }),
      fc.array(tie('value'), { maxLength: 5 }),
      fc
        .array(fc.tuple(fc.integer({ min: -2, max: 12 }), tie('value')), { maxLength: 10 })
        .map((all) => new Map(all)),
    ),
  })).value;
  fc.assert(
    fc.property(value, (any) => {
      const payload = cbor(any);
      if (payload.length > 192) return;
      t.true(judge(freeze, sealed(payload)) < 0);
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 192, minLength: 1 }), (payload) => {
      t.true(judge(freeze, sealed(payload)) < 0);
    }),
    { numRuns: 200 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (any) => void t.true(judge(freeze, any) < 0)),
    { numRuns: 300 },
  );
});

test('a signature over a statement signs no manifest, nor the other way round', (t) => {
  // The payload of an envelope's signature is an array of a number and a digest; of a statement it is a map of 8 or 9.
  t.is(payloadOf()[0]! >> 5, 5);
  t.is(cbor(digest(new Uint8Array(3)))[0]! >> 5, 4);
  t.is(judge(freezeOf(), sealed(cbor(digest(new Uint8Array(3))))), Err.Statement);
});
