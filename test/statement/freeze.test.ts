import test from 'ava';
import fc from 'fast-check';
import * as Err from '../../agent/err.ts';
import type { Freeze } from '../../agent/freeze.ts';
import { openLedger } from '../../hal/identity/index.ts';
import { signerNew } from '../_crypto.ts';
import { cbor, CLASS, digest, map, Tagged, VENDOR } from '../_envelope.ts';
import { flashOf, geometries } from '../journal/_journal.ts';
import {
  clockAt,
  DIGEST,
  freezeOf,
  judge,
  NONCE,
  NOW,
  OTHER,
  payloadOf,
  sealed,
  signer,
  statement,
  stranger,
} from './_statements.ts';
import type { Change } from './_statements.ts';

const DAY = 86400;

interface Case {
  readonly name: string;
  readonly change?: Change;
  /** What the source offers, or what runs. */
  readonly offered?: number;
  readonly digest?: Uint8Array;
  readonly asked?: Uint8Array;
  /** -1: there is no clock. */
  readonly now?: number;
  readonly trusted?: boolean;
  readonly code: number;
}

const cases: readonly Case[] = [
  { name: 'fresh, and the latest is offered', code: 0 },
  { name: 'fresh, and something newer is offered', offered: 8, digest: OTHER, code: 0 },
  { name: 'an older one is offered', offered: 6, code: Err.SourceWithholds },
  { name: 'nothing is offered', offered: 0, digest: new Uint8Array(32), code: Err.SourceWithholds },
  { name: 'another manifest of the same number', digest: OTHER, code: Err.SourceWithholds },
  { name: 'the last second', now: NOW + DAY, code: 0 },
  { name: 'over', now: NOW + DAY + 1, code: Err.StatementExpired },
  {
    name: 'over, and withheld: no clock is needed for that',
    now: NOW + 2 * DAY,
    offered: 6,
    code: Err.SourceWithholds,
  },
  { name: 'no clock', now: -1, code: Err.StatementNotJudged },
  { name: 'a clock that nobody trusts', trusted: false, code: Err.StatementNotJudged },
  { name: 'a clock that nobody trusts, long behind', now: 5, trusted: false, code: Err.StatementNotJudged },
  { name: 'no clock, and withheld', now: -1, offered: 6, code: Err.SourceWithholds },
  { name: 'the nonce is answered', change: { 8: undefined, 9: NONCE }, asked: NONCE, code: 0 },
  { name: 'answered, without a clock', change: { 8: undefined, 9: NONCE }, asked: NONCE, now: -1, code: 0 },
  { name: 'answered, and over as well', change: { 9: NONCE }, asked: NONCE, now: NOW + 2 * DAY, code: 0 },
  {
    name: 'answered, and withheld',
    change: { 8: undefined, 9: NONCE },
    asked: NONCE,
    offered: 3,
    code: Err.SourceWithholds,
  },
  {
    name: 'another nonce is answered',
    change: { 8: undefined, 9: new Uint8Array(16).fill(9) },
    asked: NONCE,
    code: Err.StatementNonce,
  },
  {
    name: 'a shorter nonce is answered',
    change: { 9: NONCE.subarray(0, 8) },
    asked: NONCE,
    code: Err.StatementNonce,
  },
  { name: 'asked, and none is answered', asked: NONCE, code: Err.StatementNonce },
  { name: 'answers what nobody asked', change: { 8: undefined, 9: NONCE }, code: Err.StatementNonce },
  { name: 'answers what nobody asked, but has an end', change: { 9: NONCE }, code: 0 },
  {
    name: 'made in a time to come',
    change: { 7: NOW + DAY + 1, 8: NOW + 3 * DAY },
    code: Err.StatementNotJudged,
  },
  { name: 'made by a clock a little ahead', change: { 7: NOW + DAY, 8: NOW + 3 * DAY }, code: 0 },
  { name: 'for another vendor', change: { 2: new Uint8Array(16) }, code: Err.WrongVendor },
  { name: 'for another class', change: { 3: new Uint8Array(16) }, code: Err.WrongClass },
];

for (const one of cases) {
  test(one.name, (t) => {
    const clock = one.now === -1 ? undefined : clockAt(one.now ?? NOW, one.trusted ?? true);
    const freeze = freezeOf({ clock });
    if (one.asked) t.is(freeze.ask(one.asked), 0);
    t.is(judge(freeze, statement(one.change), one.offered, one.digest), one.code);
  });
}

test('a nonce is good for one answer', (t) => {
  const freeze = freezeOf({ clock: undefined });
  const answer = statement({ 8: undefined, 9: NONCE });
  t.is(freeze.ask(NONCE), 0);
  t.is(judge(freeze, answer), 0);
  t.is(judge(freeze, answer), Err.StatementNonce);
  for (const length of [0, 7, 33]) t.is(freeze.ask(new Uint8Array(length)), Err.BadArgument);
});

const seen: readonly (readonly [string, Change, Change, Uint8Array | undefined, number])[] = [
  ['the same again', {}, {}, undefined, 0],
  ['a newer one of the same release', {}, { 7: NOW }, undefined, 0],
  ['an older one of the same release', { 7: NOW }, {}, undefined, Err.StatementOld],
  ['of an older release', { 4: 8 }, {}, undefined, Err.StatementOld],
  ['of an older release, made later', { 4: 8 }, { 7: NOW }, undefined, Err.StatementOld],
  ['of an older release, as an answer', { 4: 8 }, { 7: NOW, 9: NONCE }, NONCE, Err.StatementOld],
  ['an answer by a clock that is behind', { 7: NOW }, { 7: NOW - 500, 9: NONCE }, NONCE, 0],
  [
    'of a newer release, by a clock that is behind',
    { 7: NOW },
    { 4: 9, 7: NOW - 500 },
    undefined,
    Err.SourceWithholds,
  ],
];

for (const [name, first, second, asked, code] of seen) {
  test(`after one that was seen: ${name}; after a reset, too`, (t) => {
    for (const reset of [false, true]) {
      const flash = flashOf(geometries[0]!);
      const opened = (): Freeze => freezeOf({ memory: openLedger({ partition: flash }, undefined) });
      const before = opened();
      judge(before, statement(first));
      const freeze = reset ? opened() : before;
      if (asked) freeze.ask(asked);
      t.is(judge(freeze, statement(second)), code, reset ? 'after a reset' : 'at once');
    }
  });
}

test('what does not hold is not remembered', (t) => {
  const freeze = freezeOf();
  const wrong = [
    statement({ 4: 50 }, { signer: stranger }),
    statement({ 4: 50, 2: new Uint8Array(16) }),
    statement({ 4: 50, 7: NOW + 2 * DAY, 8: NOW + 9 * DAY }),
    statement({ 4: 50, 8: undefined, 9: NONCE }),
  ];
  for (const bytes of wrong) t.true(judge(freeze, bytes) < 0);
  t.is(judge(freeze, statement()), 0);
});

test('a memory that fails: nothing is called fresh; one that throws, likewise', (t) => {
  const memory = { seen: () => undefined, keep: () => Err.LedgerFailed };
  t.is(judge(freezeOf({ memory }), statement()), Err.LedgerFailed);
  const throwing = {
    seen: () => undefined,
    keep: () => {
      throw new Error('flash');
    },
  };
  t.is(judge(freezeOf({ memory: throwing }), statement()), Err.PortFailed);
  const clock = {
    now: () => {
      throw new Error('clock');
    },
    trusted: () => true,
  };
  t.is(judge(freezeOf({ clock }), statement()), Err.PortFailed);
  t.is(judge(freezeOf({ clock: clockAt(NaN) }), statement()), Err.StatementNotJudged);
});

const esp = signerNew(-9, 'esp');
const es256 = signerNew(-7, 'es');
const hss = signerNew(-46, 'hss');

for (const [name, by] of [
  ['ESP256', esp],
  ['ES256', es256],
  ['HSS/LMS', hss],
] as const) {
  test(`signed with ${name}`, (t) => {
    t.is(judge(freezeOf({}, [signer, by]), statement({}, { signer: by })), 0);
    const changed = statement({}, { signer: by });
    changed[changed.length - 1]! ^= 1;
    t.is(judge(freezeOf({}, [signer, by]), changed), Err.SignatureWrong);
    t.is(judge(freezeOf(), statement({}, { signer: by })), Err.SignatureWrong);
  });
}

test('the scope of an anchor counts: who may not speak for vendor and class states nothing', (t) => {
  const scopes = [
    [{ vendor: VENDOR, classId: CLASS }, 0],
    [{ vendor: VENDOR }, 0],
    [{ vendor: new Uint8Array(16) }, Err.AnchorScope],
    [{ vendor: VENDOR, classId: new Uint8Array(16) }, Err.AnchorScope],
  ] as const;
  for (const [scope, code] of scopes) {
    const scoped = { ...signer, anchor: { ...signer.anchor, ...scope } };
    t.is(judge(freezeOf({}, [scoped]), statement()), code);
    // The same key once more, with the right scope: one that may is enough.
    t.is(judge(freezeOf({}, [scoped, signer]), statement()), 0);
  }
});

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
